import type { CostRecord, TokenUsage } from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import { describe, expect, test } from 'vitest';
import { compareLedger } from '../src/compare-ledger.ts';
import type { Variant } from '../src/run-group.ts';
import { totalsOf } from '../src/run-totals.ts';
import type { ScenarioReport } from '../src/scenario.ts';

const SERVED: TokenUsage = { input: 500, cacheRead: 1024, output: 100, reasoning: 50 };

function scenario(name: string, startUnixMillis: number, brokenOff = false): ScenarioReport {
  return { name, brokenOff, startUnixMillis, endUnixMillis: startUnixMillis + 20, error: null };
}

function served(startUnixMillis: number, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const entry = {
    startUnixMillis,
    api: 'chat',
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    responseModel: 'gpt-5-mini',
    status: 'ok',
    streamed: false,
    usageReported: true,
    serviceTier: null,
    usage: SERVED,
    responseId: null,
    ...changes,
  };
  return entry as LedgerEntry;
}

function record(startUnixMillis: number, changes: Partial<CostRecord> & object = {}): CostRecord {
  return {
    startTimeUnixNano: `${startUnixMillis}000000`,
    status: 'priced',
    usage: SERVED,
    usageSource: 'span',
    responseId: null,
    ...changes,
  } as CostRecord;
}

function compare(
  entries: LedgerEntry[],
  records: CostRecord[],
  { brokenOff = false, variant = 'alone' }: { brokenOff?: boolean; variant?: Variant } = {},
) {
  const scenarios = [scenario('first', 1000, brokenOff), scenario('second', 1100)];
  return compareLedger({ scenarios, served: entries, records, failure: undefined, tail: '' }, variant);
}

test('what was served and what was recorded meet in the scenario of their time', () => {
  const { scenarios, violations } = compare([served(1005), served(1105)], [record(1104), record(1004)]);
  expect(violations).toEqual([]);
  expect(scenarios.map(({ calls }) => calls.length)).toEqual([1, 1]);
});

test('a call that is billed twice is wrong', () => {
  expect(compare([served(1005)], [record(1004), record(1006)]).violations).toEqual([
    'first: billed, but no such call was served',
  ]);
});

test('a call that is recorded a second time, without usage, is wrong', () => {
  const twin = record(1006, { status: 'unpriced', usage: null });
  expect(compare([served(1005)], [record(1004), twin]).violations).toEqual([
    'first: recorded, but no such call was made',
  ]);
});

test('a duplicate is counted and not billed', () => {
  const account = compare([served(1005)], [record(1004), record(1006, { status: 'duplicate' })]);
  expect(account.violations).toEqual([]);
  expect(account.scenarios[0]).toMatchObject({ duplicates: 1, calls: [{ record: { status: 'priced' } }] });
  expect(totalsOf(account)).toMatchObject({ served: 1, inputBilled: 1524 });
});

test('a difference that changes the price must be flagged', () => {
  const folded = { input: 1524, output: 150 };
  expect(compare([served(1005)], [record(1004, { usage: folded })]).violations).toEqual([
    'first: input +1024, and nothing says so',
    'first: cacheRead -1024, and nothing says so',
  ]);
  const flagged = { usage: folded, usageSource: 'estimated' } as const;
  expect(compare([served(1005)], [record(1004, flagged)]).violations).toEqual([]);
});

test('an upper bound holds at least the tokens that were served', () => {
  const usageIncomplete = 'upper_bound';
  const folded = { usage: { input: 1524, output: 150 }, usageIncomplete } as const;
  expect(compare([served(1005)], [record(1004, folded)]).violations).toEqual([]);
  const less = { usage: { input: 500, output: 150 }, usageIncomplete } as const;
  expect(compare([served(1005)], [record(1004, less)]).violations).toHaveLength(1);
});

test('reasoning within the output changes no price', () => {
  const usage = { input: 500, cacheRead: 1024, output: 150 };
  expect(compare([served(1005)], [record(1004, { usage })]).violations).toEqual([]);
});

test('a response id decides against the order of time', () => {
  const entries = [served(1001, { responseId: 'a' }), served(1002, { responseId: 'b', usage: { input: 1 } })];
  const records = [record(1001, { responseId: 'b', usage: { input: 1 } }), record(1002, { responseId: 'a' })];
  expect(compare(entries, records).violations).toEqual([]);
});

test('a record that names another response is not taken for this call', () => {
  const account = compare([served(1005, { responseId: 'a' })], [record(1004, { responseId: 'b' })]);
  expect(account.violations).toEqual(['first: billed, but no such call was served']);
  expect(totalsOf(account)).toMatchObject({ served: 1, exact: 0 });
});

test('an answer that was broken off is billed only with a flag', () => {
  const dropped = served(1005, { status: 'dropped' });
  expect(compare([dropped], [record(1004)], { brokenOff: true }).violations).toHaveLength(1);
  expect(
    compare([dropped], [record(1004, { usageSource: 'estimated' })], { brokenOff: true }).violations,
  ).toEqual([]);
});

test('a call that was broken at once belongs to the scenario in which it was made', () => {
  const late = served(1101, { responseId: 'a' });
  expect(
    compare([late], [record(1019, { responseId: 'a' })]).scenarios.map(({ calls }) => calls.length),
  ).toEqual([1, 0]);
});

describe('with the wire', () => {
  const variant = 'with_wire';
  const wire = (changes: Partial<CostRecord> = {}) => record(1004, { usageSource: 'wire', ...changes });

  test('the provider’s own usage is right', () => {
    expect(compare([served(1005)], [wire()], { variant }).violations).toEqual([]);
  });

  test.each<[string, CostRecord[]]>([
    ['no record', []],
    ['usage by span', [record(1004)]],
    ['lower_bound', [wire({ usageIncomplete: 'lower_bound' })]],
    ['reasoning as output', [wire({ usage: { input: 500, cacheRead: 1024, output: 150 } })]],
    ['unpriced: usage_missing', [wire({ status: 'unpriced', usage: null, reason: 'usage_missing' })]],
    [
      'unpriced: stream_usage_not_requested',
      [wire({ status: 'unpriced', usage: null, reason: 'stream_usage_not_requested' })],
    ],
  ])('%s is wrong', (violation, records) => {
    expect(compare([served(1005)], records, { variant }).violations).toContain(`first: ${violation}`);
  });

  test('a stream without usage has no price, and its record says why', () => {
    const silent = served(1005, { streamed: true, usageReported: false });
    const unpriced = wire({ status: 'unpriced', usage: null, reason: 'stream_usage_not_requested' });
    expect(compare([silent], [unpriced], { variant }).violations).toEqual([]);
    expect(compare([silent], [record(1004, { usageSource: 'estimated' })], { variant }).violations).toEqual([
      'first: usage by estimated',
    ]);
  });

  test('a stream that the consumer left is billed in full or not at all', () => {
    const left = { variant, brokenOff: true } as const;
    const unpriced = wire({ status: 'unpriced', usage: null, reason: 'stream_ended_early' });
    expect(compare([served(1005, { status: 'dropped' })], [unpriced], left).violations).toEqual([]);
    expect(compare([served(1005)], [wire()], left).violations).toEqual([]);
    expect(compare([served(1005)], [], left).violations).toEqual(['first: no record']);
    expect(compare([served(1005)], [wire({ usageIncomplete: 'lower_bound' })], left).violations).toEqual([
      'first: lower_bound',
    ]);
  });
});

test('exact is what costs what was served', () => {
  const priced = (usage: TokenUsage, total: string) =>
    totalsOf(compare([served(1005)], [record(1004, { usage, cost: { total } as CostRecord['cost'] })]));
  // 500 at $0.25, 1024 at $0.025 and 150 at $2 per million.
  expect(priced({ input: 500, cacheRead: 1024, output: 150 }, '0.0004506')).toMatchObject({
    priceable: 1,
    exact: 1,
    moneyServed: 450_600_000n,
    moneyBilled: 450_600_000n,
  });
  expect(priced({ input: 1524, output: 150 }, '0.000681')).toMatchObject({
    exact: 0,
    moneyBilled: 450_600_000n,
  });
});
