import {
  COST_RECORD_SCHEMA,
  type CostRecord,
  type CostRecordLine,
  formatMoney,
  moneyFromPico,
  type TokenUsage,
  USAGE_BUCKET_NAMES,
} from '@costspan/cost-model';
import fc from 'fast-check';

/** Few enough values that groups form, and all that text can hold: quotes, NUL, JSON, any script. */
const name = fc.option(
  fc.oneof(
    fc.constantFrom('a', 'b', '', 'ünï "quoted"', "o'hara; --", '{"json":null}', 'null', 'nul\0'),
    fc.string({ unit: 'grapheme' }),
  ),
  { nil: null },
);
const hex = (length: number, values: number): fc.Arbitrary<string> =>
  fc.nat(values - 1).map((value) => value.toString(16).padStart(length, '0'));
const amount = fc.nat({ max: Number.MAX_SAFE_INTEGER }).map((pico) => formatMoney(moneyFromPico(pico)));

const usage: fc.Arbitrary<TokenUsage> = fc.dictionary(
  fc.constantFrom(...USAGE_BUCKET_NAMES),
  fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  { noNullPrototype: true },
);

const line: fc.Arbitrary<CostRecordLine> = fc.record({
  component: fc.constantFrom('input', 'cache_read', 'output'),
  bucket: fc.constantFrom(...USAGE_BUCKET_NAMES),
  quantity: fc.nat().map(String),
  unit: fc.constantFrom('token', 'second'),
  rate: fc.constantFrom('0.25', '0'),
  per: fc.constant(1_000_000),
  amount,
});

/** Three days, and the ends of what a span's clock can say. */
const startTimeUnixNano = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-01-04') })
      .map((millis) => `${millis}000001`),
  },
  { weight: 1, arbitrary: fc.constantFrom('0', String(2n ** 63n), String(2n ** 64n - 1n)) },
);

const outcome: fc.Arbitrary<
  Pick<CostRecord, 'status' | 'reason' | 'reasonDetail' | 'duplicateOfSpanId' | 'cost'>
> = fc.oneof(
  fc.record({
    status: fc.constant('priced'),
    reason: fc.constant(null),
    reasonDetail: fc.constant(null),
    duplicateOfSpanId: fc.constant(null),
    cost: fc.record({ currency: fc.constant('USD'), total: amount, lines: fc.array(line, { maxLength: 2 }) }),
  }),
  fc.record({
    status: fc.constant('unpriced'),
    reason: fc.constantFrom('usage_missing', 'rate_missing'),
    reasonDetail: name,
    duplicateOfSpanId: fc.constant(null),
    cost: fc.constant(null),
  }),
  fc.record({
    status: fc.constant('duplicate'),
    reason: fc.constant('duplicate_of_nested_span'),
    reasonDetail: fc.constant(null),
    duplicateOfSpanId: hex(16, 12),
    cost: fc.constant(null),
  }),
);

/** Records over few traces, so that requests have several calls and keys collide. */
export const arbitraryRecord: fc.Arbitrary<CostRecord> = fc
  .tuple(
    fc.record({
      schema: fc.constant(COST_RECORD_SCHEMA),
      traceId: hex(32, 6),
      spanId: hex(16, 12),
      entrySpanId: fc.option(hex(16, 12)),
      startTimeUnixNano,
      endTimeUnixNano: startTimeUnixNano,
      service: name,
      environment: name,
      feature: name,
      tenant: name,
      route: name,
      provider: name,
      requestModel: name,
      model: name,
      operation: fc.constantFrom('chat', 'embeddings'),
      dialect: fc.constant('test'),
      responseId: name,
      serviceTier: name,
      region: name,
      conditions: fc.constantFrom(null, { search_context_size: 'low' }),
      errorType: name,
      usage: fc.option(usage),
      usageSource: fc.constantFrom('span', 'wire'),
      usageIncomplete: fc.constantFrom(null, 'upper_bound', 'lower_bound'),
      usageCorrected: fc.boolean(),
      duplicateOfTraceId: fc.constant(null),
      priceBook: fc.record({
        version: fc.constant('2026-01-01'),
        digest: fc.constant('sha256:0'),
        entry: name,
        exactMatch: fc.constantFrom(true, false, null),
      }),
    }),
    outcome,
  )
  .map(([call, became]) => ({ ...call, ...became }));

/** The records of a seed, each with a key of its own. */
export function sampleRecords(seed: number, size: number): CostRecord[] {
  return fc
    .sample(arbitraryRecord, { seed, numRuns: size })
    .map((record, index) => ({ ...record, spanId: index.toString(16).padStart(16, '0') }));
}
