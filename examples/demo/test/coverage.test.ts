import {
  type CostRecord,
  moneyFromPico,
  parseMoney,
  type PriceResult,
  type TokenUsage,
} from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { computeCoverage, percentOf } from '../src/coverage.ts';

/** One pico per token, two per output token: enough to tell amounts apart. */
function priceUsage(entry: LedgerEntry): PriceResult {
  return {
    status: 'priced',
    price: { entry: 'test/model', exactMatch: true },
    lines: [],
    totalPico: amountPico(entry.usage ?? {}),
  };
}

function amountPico({ input = 0, cacheRead = 0, output = 0 }: TokenUsage): number {
  return 10 * input + cacheRead + 20 * output;
}

function money(text: string): bigint {
  return parseMoney(text) ?? -1n;
}

function pico(amount: number): string {
  return `0.${String(amount).padStart(12, '0')}`;
}

function entry(fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    sequence: 1,
    path: '/v1/chat/completions',
    api: 'chat',
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    responseModel: 'gpt-5-mini-2025-08-07',
    responseId: 'chatcmpl-1',
    status: 'ok',
    streamed: false,
    usageReported: true,
    serviceTier: null,
    usage: { input: 100, output: 10 },
    traceId: 'trace-1',
    startUnixMillis: 1_000_000,
    ...fields,
  };
}

/** A record of a call, right unless told otherwise. */
function recordOf(call: LedgerEntry, fields: Partial<CostRecord> = {}): CostRecord {
  const total = pico(amountPico(fields.usage ?? call.usage ?? {}));
  return {
    schema: 'costspan.record.v1',
    traceId: call.traceId ?? 'no-trace',
    spanId: `span-${call.sequence}`,
    entrySpanId: null,
    startTimeUnixNano: `${call.startUnixMillis - 2}000000`,
    endTimeUnixNano: `${call.startUnixMillis + 40}000000`,
    service: null,
    environment: null,
    feature: null,
    tenant: null,
    route: null,
    provider: call.provider,
    requestModel: call.requestModel,
    model: call.responseModel,
    operation: 'chat',
    dialect: 'test',
    responseId: call.responseId,
    serviceTier: null,
    region: null,
    conditions: null,
    errorType: null,
    usage: call.usage,
    usageSource: 'span',
    usageIncomplete: null,
    usageCorrected: false,
    status: 'priced',
    reason: null,
    reasonDetail: null,
    duplicateOfSpanId: null,
    duplicateOfTraceId: null,
    cost: { currency: 'USD', total, lines: [] },
    priceBook: { version: 'test', digest: 'test', entry: null, exactMatch: null },
    ...fields,
  };
}

const UNPRICED = { status: 'unpriced', reason: 'usage_missing', usage: null, cost: null } as const;

test('a right record covers its call completely', () => {
  const call = entry();
  const coverage = computeCoverage({ ledger: [call], records: [recordOf(call)], priceUsage });
  expect(coverage).toEqual({
    callsServed: 1,
    callsSeen: 1,
    callsPriceable: 1,
    callsPriced: 1,
    callsWithoutTruth: 0,
    unstated: [],
    moneyTrue: moneyFromPico(1200),
    moneyMeasured: moneyFromPico(1200),
    moneyExcess: 0n,
    losses: [],
    excesses: [],
  });
});

test('a refused attempt is not a served call', () => {
  const refused = entry({ status: 'rate_limited', usage: null, responseId: null });
  const call = entry({ sequence: 2, startUnixMillis: 1_000_100 });
  // The record spans both attempts and starts with the refused one.
  const record = recordOf(call, { responseId: null, startTimeUnixNano: '999999000000' });
  const coverage = computeCoverage({ ledger: [refused, call], records: [record], priceUsage });
  expect(coverage).toMatchObject({ callsServed: 1, callsSeen: 1, losses: [] });
});

test('losses say what was lost and why', () => {
  const ledger = [
    entry({ sequence: 1, responseId: 'a', streamed: true }),
    entry({ sequence: 2, responseId: null, traceId: 'trace-2', api: 'embeddings', usage: { input: 3 } }),
    entry({ sequence: 3, responseId: 'c', streamed: true, status: 'dropped', usageReported: false }),
    entry({ sequence: 4, responseId: 'd', streamed: true, usageReported: false }),
    entry({ sequence: 5, responseId: 'e', traceId: 'trace-5' }),
    entry({ sequence: 6, responseId: 'f', usage: { input: 100, output: 30 } }),
  ];
  const records = [
    recordOf(ledger[0]!, UNPRICED),
    recordOf(ledger[2]!, { ...UNPRICED, errorType: 'terminated' }),
    recordOf(ledger[3]!, UNPRICED),
    recordOf(ledger[4]!, UNPRICED),
    recordOf(ledger[5]!, { usage: { input: 100, output: 10 } }),
  ];
  const { losses, callsSeen, callsPriced } = computeCoverage({ ledger, records, priceUsage });
  expect({ callsSeen, callsPriced }).toEqual({ callsSeen: 5, callsPriced: 1 });
  expect(losses.map(({ what, why, calls, money: lost }) => [what, why, calls, Number(lost)])).toEqual([
    ['openai chat completions, streamed', 'not stated, but recorded as usage_missing', 2, 2400],
    ['openai chat completions', 'the span reports no usage', 1, 1200],
    ['openai chat completions, streamed', 'the span reports no usage', 1, 1200],
    ['openai chat completions', 'too few tokens reported: output', 1, 400],
    ['openai embeddings', 'no span', 1, 30],
  ]);
});

const CUT_OFF = { streamed: true, status: 'dropped', usageReported: false } as const;
const ENDED_EARLY = { ...UNPRICED, reason: 'stream_ended_early', errorType: 'terminated' } as const;

test('usage that the provider never stated is neither measured nor lost, and told apart', () => {
  const ledger = [
    entry({ sequence: 1, responseId: 'a' }),
    entry({ sequence: 2, responseId: 'b', ...CUT_OFF }),
    entry({ sequence: 3, responseId: 'c', streamed: true, usageReported: false }),
    entry({ sequence: 4, responseId: 'd', ...CUT_OFF, usage: { input: 100, output: 90 } }),
  ];
  const records = [
    recordOf(ledger[0]!),
    recordOf(ledger[1]!, ENDED_EARLY),
    recordOf(ledger[2]!, { ...UNPRICED, reason: 'stream_usage_not_requested' }),
    // Gemini says in every event what was used so far.
    recordOf(ledger[3]!, { usage: { input: 100, output: 40 }, usageIncomplete: 'lower_bound' }),
  ];
  const coverage = computeCoverage({ ledger, records, priceUsage });
  expect(coverage).toMatchObject({
    callsServed: 4,
    callsSeen: 4,
    callsPriceable: 1,
    callsPriced: 1,
    moneyTrue: 1200n,
    moneyMeasured: 1200n,
    losses: [],
    excesses: [],
  });
  expect(coverage.unstated).toEqual([
    {
      reason: 'stream_ended_early',
      recordedAs: 'lower_bound',
      calls: 1,
      moneyTrue: 2800n,
      moneyRecorded: 1800n,
    },
    { reason: 'stream_ended_early', recordedAs: 'unpriced', calls: 1, moneyTrue: 1200n, moneyRecorded: 0n },
    {
      reason: 'stream_usage_not_requested',
      recordedAs: 'unpriced',
      calls: 1,
      moneyTrue: 1200n,
      moneyRecorded: 0n,
    },
  ]);
});

test.each([
  ['no record', undefined, 'no span; the stream was cut off'],
  ['another model', { ...ENDED_EARLY, model: 'x', requestModel: null }, 'recorded under another model'],
  ['another reason', UNPRICED, 'not stated, but recorded as usage_missing'],
  [
    'a price that says nothing of the loss',
    { usage: { input: 50 } },
    'too few tokens reported: uncached input, output',
  ],
])('a stream that was cut off is lost with %s', (_, record, why) => {
  const call = entry(CUT_OFF);
  const records = record === undefined ? [] : [recordOf(call, record)];
  const coverage = computeCoverage({ ledger: [call], records, priceUsage });
  expect(coverage).toMatchObject({ callsPriceable: 1, unstated: [], moneyTrue: 1200n });
  expect(coverage.losses.map((loss) => loss.why)).toEqual([why]);
});

test.each([
  ['an excuse', { ...UNPRICED, reason: 'stream_usage_not_requested' }, 1200n],
  ['a lower bound', { usage: { input: 100 }, usageIncomplete: 'lower_bound' }, 200n],
] as const)('usage that the provider stated is lost when %s is recorded', (_, record, lost) => {
  const call = entry({ streamed: true });
  const coverage = computeCoverage({ ledger: [call], records: [recordOf(call, record)], priceUsage });
  expect(coverage).toMatchObject({ callsPriceable: 1, unstated: [], moneyTrue: 1200n });
  expect(coverage.losses.map((loss) => loss.money)).toEqual([lost]);
});

test('what was recorded beyond the truth of a broken stream is an excess, even when it calls itself a bound', () => {
  const call = entry(CUT_OFF);
  const record = recordOf(call, { usage: { input: 500 }, usageIncomplete: 'lower_bound' });
  expect(computeCoverage({ ledger: [call], records: [record], priceUsage })).toMatchObject({
    unstated: [],
    moneyMeasured: 1200n,
    moneyExcess: 3800n,
  });
});

test('an excess is shown apart and does not make up for a loss', () => {
  const cached = entry({ sequence: 1, responseId: 'a', usage: { input: 100, cacheRead: 900 } });
  const lost = entry({ sequence: 2, responseId: 'b', usage: { input: 1000 } });
  const records = [recordOf(cached, { usage: { input: 1000 } })];
  const coverage = computeCoverage({ ledger: [cached, lost], records, priceUsage });
  expect(coverage).toMatchObject({ moneyTrue: 11_900n, moneyMeasured: 1900n, moneyExcess: 8100n });
  expect(coverage.excesses).toEqual([
    {
      what: 'openai chat completions',
      why: 'cached tokens not reported, priced as uncached',
      calls: 1,
      money: 8100n,
    },
  ]);
});

test('a second record of a call is an excess, a duplicate is nothing', () => {
  const call = entry();
  const duplicate = recordOf(call, { spanId: 'outer', status: 'duplicate', cost: null });
  expect(computeCoverage({ ledger: [call], records: [recordOf(call), duplicate], priceUsage })).toMatchObject(
    {
      callsSeen: 1,
      moneyExcess: 0n,
    },
  );
  const second = recordOf(call, { spanId: 'again' });
  const coverage = computeCoverage({ ledger: [call], records: [recordOf(call), second], priceUsage });
  expect(coverage).toMatchObject({ callsSeen: 1, moneyMeasured: 1200n, moneyExcess: 1200n });
});

test('a record with a response id that was not served is not matched by time', () => {
  const call = entry({ responseId: 'served' });
  const stranger = recordOf(call, { responseId: 'elsewhere' });
  const coverage = computeCoverage({ ledger: [call], records: [stranger], priceUsage });
  expect(coverage).toMatchObject({ callsSeen: 0, moneyMeasured: 0n, moneyExcess: 1200n });
});

test('a failed call is paired with the interrupted answer, even when another one is closer in time', () => {
  const dropped = entry({ sequence: 1, responseId: 'a', status: 'dropped', usage: { input: 50 } });
  const complete = entry({ sequence: 2, responseId: 'b', startUnixMillis: 1_000_010 });
  const failed = recordOf(complete, {
    ...UNPRICED,
    spanId: 'failed',
    responseId: null,
    errorType: 'terminated',
  });
  const right = recordOf(dropped, { usage: complete.usage, responseId: null });
  const { losses } = computeCoverage({ ledger: [dropped, complete], records: [failed, right], priceUsage });
  expect(losses).toMatchObject([{ why: 'the span reports no usage', money: 500n }]);
});

test('a call without a trace is found by its model and time', () => {
  const call = entry({ responseId: 'a', traceId: null, startUnixMillis: 1_000_010 });
  const record = recordOf(call, { responseId: null, traceId: 'trace-1' });
  expect(computeCoverage({ ledger: [call], records: [record], priceUsage })).toMatchObject({
    callsSeen: 1,
    losses: [],
    excesses: [],
  });
  const later = { ...record, startTimeUnixNano: '1000011000000', endTimeUnixNano: '1000090000000' };
  expect(computeCoverage({ ledger: [call], records: [later], priceUsage }).callsSeen).toBe(0);
});

test('reasoning that is reported within the output is not a difference', () => {
  const call = entry({ usage: { input: 100, output: 10, reasoning: 40 } });
  const record = recordOf(call, { usage: { input: 120, output: 50 } });
  const { excesses } = computeCoverage({ ledger: [call], records: [record], priceUsage });
  expect(excesses[0]?.why).toBe('too many tokens reported: uncached input');
});

test('calls of the same moment are paired in the order of the ledger', () => {
  const small = entry({ sequence: 1, responseId: 'a' });
  const large = entry({ sequence: 2, responseId: 'b', usage: { input: 5000 } });
  const records = [recordOf(small, { responseId: null }), recordOf(large, { responseId: null })];
  for (const ledger of [
    [small, large],
    [large, small],
  ]) {
    expect(computeCoverage({ ledger, records, priceUsage })).toMatchObject({ losses: [], excesses: [] });
  }
});

test('a call whose true price is not known counts as a call, not as money', () => {
  const call = entry();
  const coverage = computeCoverage({
    ledger: [call],
    records: [],
    priceUsage: () => ({ status: 'unpriced', reason: 'model_not_in_price_book' }),
  });
  expect(coverage).toMatchObject({ callsServed: 1, callsWithoutTruth: 1, moneyTrue: 0n, losses: [] });
});

test('the percentage is rounded down and has no value for nothing', () => {
  expect(percentOf(999_999n, 1_000_000n)).toBe('99.9');
  expect(percentOf(7n, 7n)).toBe('100.0');
  expect(percentOf(1n, 3n)).toBe('33.3');
  expect(percentOf(0n, 0n)).toBeUndefined();
});

/** How a call is recorded whose usage the provider never stated. */
function unstatedRecord(call: LedgerEntry): Partial<CostRecord> {
  const reason = call.status === 'dropped' ? 'stream_ended_early' : 'stream_usage_not_requested';
  return { ...UNPRICED, reason };
}

/** Served calls in a few traces, and records that are right, wrong, missing, doubled or made up. */
const scenes = fc
  .array(
    fc.record({
      trace: fc.integer({ min: 1, max: 3 }),
      model: fc.constantFrom('gpt-5', 'gpt-5-mini'),
      status: fc.constantFrom('ok' as const, 'ok' as const, 'dropped' as const, 'rate_limited' as const),
      asksForUsage: fc.boolean(),
      startUnixMillis: fc.integer({ min: 1_000_000, max: 1_000_004 }),
      usage: fc.record({ input: fc.nat(5000), cacheRead: fc.nat(5000), output: fc.nat(500) }),
      record: fc.constantFrom('right', 'by time', 'wrong', 'bound', 'unpriced', 'excused', 'twice', 'none'),
      wrong: fc.record({ input: fc.nat(5000), output: fc.nat(500) }),
    }),
    { maxLength: 12 },
  )
  .map((calls) => {
    const ledger: LedgerEntry[] = [];
    const records: CostRecord[] = [];
    calls.forEach(({ trace, model, record, wrong, asksForUsage, ...fields }, index) => {
      const refused = fields.status === 'rate_limited';
      const call = entry({
        ...fields,
        usageReported: fields.status === 'ok' && asksForUsage,
        sequence: index + 1,
        responseId: refused ? null : `resp-${index}`,
        requestModel: model,
        responseModel: model,
        traceId: `trace-${trace}`,
        usage: refused ? null : fields.usage,
      });
      ledger.push(call);
      if (refused || record === 'none') return;
      if (record === 'unpriced') records.push(recordOf(call, UNPRICED));
      else if (record === 'excused') records.push(recordOf(call, unstatedRecord(call)));
      else if (record === 'wrong') records.push(recordOf(call, { usage: wrong }));
      else if (record === 'bound')
        records.push(recordOf(call, { usage: wrong, usageIncomplete: 'lower_bound' }));
      else records.push(recordOf(call, record === 'by time' ? { responseId: null } : {}));
      if (record === 'twice') records.push(recordOf(call, { spanId: `again-${index}`, usage: wrong }));
      if (record === 'by time')
        records.push(recordOf(call, { spanId: `odd-${index}`, responseId: null, usage: wrong }));
    });
    return { ledger, records };
  });

test('measured money is never more than the true money, and every difference is accounted for', () => {
  fc.assert(
    fc.property(scenes, ({ ledger, records }) => {
      const coverage = computeCoverage({ ledger, records, priceUsage });
      const sum = (amounts: readonly bigint[]): bigint =>
        amounts.reduce((total, amount) => total + amount, 0n);
      const recordedMoney = sum(records.map((record) => money(record.cost?.total ?? '0')));
      const servedMoney = sum(ledger.map((call) => BigInt(amountPico(call.usage ?? {}))));
      const lost = sum(coverage.losses.map((gap) => gap.money));
      const unstated = sum(coverage.unstated.map((group) => group.moneyTrue));
      const unstatedRecorded = sum(coverage.unstated.map((group) => group.moneyRecorded));
      const unstatedCalls = coverage.unstated.reduce((calls, group) => calls + group.calls, 0);
      expect(coverage.moneyMeasured).toBeLessThanOrEqual(coverage.moneyTrue);
      expect(coverage.moneyMeasured + lost).toBe(coverage.moneyTrue);
      expect(coverage.moneyTrue + unstated).toBe(servedMoney);
      expect(coverage.moneyMeasured + coverage.moneyExcess + unstatedRecorded).toBe(recordedMoney);
      expect(unstatedRecorded).toBeLessThanOrEqual(unstated);
      expect(coverage.callsPriceable + unstatedCalls).toBe(coverage.callsServed);
      const unreported = ledger.filter((call) => call.usage !== null && !call.usageReported);
      expect(unstatedCalls).toBeLessThanOrEqual(unreported.length);
      expect(coverage.callsSeen).toBeLessThanOrEqual(coverage.callsServed);
      expect(coverage.callsPriced).toBeLessThanOrEqual(coverage.callsPriceable);
    }),
  );
});

test('a call without its record is missed, whether its usage was stated or not', () => {
  const withMissing = scenes.chain(({ ledger }) => {
    const served = ledger.filter((call) => call.status !== 'rate_limited');
    return fc.record({ served: fc.constant(served), missing: fc.nat(Math.max(0, served.length - 1)) });
  });
  fc.assert(
    fc.property(withMissing, ({ served, missing }) => {
      fc.pre(served.length > 0);
      const records = served.map((call) => recordOf(call, call.usageReported ? {} : unstatedRecord(call)));
      const whole = computeCoverage({ ledger: served, records, priceUsage });
      expect(whole).toMatchObject({ callsSeen: served.length, losses: [], excesses: [], moneyExcess: 0n });
      expect(whole.callsPriced).toBe(whole.callsPriceable);
      expect(whole.moneyMeasured).toBe(whole.moneyTrue);

      const rest = computeCoverage({ ledger: served, records: records.toSpliced(missing, 1), priceUsage });
      const lost = BigInt(amountPico(served[missing]?.usage ?? {}));
      expect(rest.callsSeen).toBe(served.length - 1);
      expect(rest.callsPriced).toBeLessThan(rest.callsPriceable);
      expect(rest.moneyTrue - rest.moneyMeasured).toBe(lost);
    }),
  );
});

test('the order of the ledger and of the records does not matter', () => {
  const shuffledScenes = scenes.chain(({ ledger, records }) =>
    fc.record({
      ledger: fc.constant(ledger),
      records: fc.constant(records),
      shuffledLedger: fc.shuffledSubarray(ledger, { minLength: ledger.length }),
      shuffledRecords: fc.shuffledSubarray(records, { minLength: records.length }),
    }),
  );
  fc.assert(
    fc.property(shuffledScenes, ({ ledger, records, shuffledLedger, shuffledRecords }) => {
      expect(computeCoverage({ ledger: shuffledLedger, records: shuffledRecords, priceUsage })).toEqual(
        computeCoverage({ ledger, records, priceUsage }),
      );
    }),
  );
});

test('records equal to the ledger cover exactly all of it', () => {
  fc.assert(
    fc.property(scenes, fc.boolean(), ({ ledger }, withResponseId) => {
      // Without response ids only calls that do not overlap can be told apart.
      const spread = ledger.map((call, index) => ({ ...call, startUnixMillis: 1_000_000 + 1000 * index }));
      const records = spread
        .filter((call) => call.status !== 'rate_limited')
        .map((call) => recordOf(call, withResponseId ? {} : { responseId: null }));
      const coverage = computeCoverage({ ledger: spread, records, priceUsage });
      expect(coverage.callsSeen).toBe(coverage.callsServed);
      expect(coverage.moneyMeasured).toBe(coverage.moneyTrue);
      expect(coverage.losses).toEqual([]);
      expect(coverage.excesses).toEqual([]);
    }),
  );
});
