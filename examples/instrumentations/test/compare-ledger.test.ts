import type { CostRecord, TokenUsage } from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import { expect, test } from 'vitest';
import { compareLedger, totalsOf } from '../src/compare-ledger.ts';
import type { ScenarioReport } from '../src/scenario.ts';

const SERVED: TokenUsage = { input: 500, cacheRead: 1024, output: 100, reasoning: 50 };

function scenario(name: string, startUnixMillis: number, brokenOff = false): ScenarioReport {
  return { name, brokenOff, startUnixMillis, endUnixMillis: startUnixMillis + 20, error: null };
}

function served(startUnixMillis: number, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  const entry = { startUnixMillis, status: 'ok', usage: SERVED, responseId: null, ...changes };
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

function compare(entries: LedgerEntry[], records: CostRecord[], brokenOff = false) {
  const scenarios = [scenario('first', 1000, brokenOff), scenario('second', 1100)];
  return compareLedger({ scenarios, served: entries, records, failure: undefined, tail: '' });
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
  expect(totalsOf(account)).toMatchObject({ served: 1, billed: 1, duplicates: 1, inputBilled: 1524 });
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
  expect(totalsOf(account)).toMatchObject({ served: 1, billed: 0, unseen: 1 });
});

test('an answer that was broken off is billed only with a flag', () => {
  const dropped = served(1005, { status: 'dropped' });
  expect(compare([dropped], [record(1004)], true).violations).toHaveLength(1);
  expect(compare([dropped], [record(1004, { usageSource: 'estimated' })], true).violations).toEqual([]);
});
