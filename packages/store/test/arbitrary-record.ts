import { COST_RECORD_SCHEMA, type CostRecord, formatMoney, moneyFromPico } from '@costspan/cost-model';
import fc from 'fast-check';

const name = fc.option(
  fc.oneof(fc.constantFrom('a', 'b', 'ünï "quoted"', "o'hara; --"), fc.string({ unit: 'grapheme' })),
  {
    nil: null,
  },
);
const hex = (length: number, values: number): fc.Arbitrary<string> =>
  fc.nat(values - 1).map((value) => value.toString(16).padStart(length, '0'));

/** Records over few traces, so that requests have several calls and keys collide. */
export const arbitraryRecord: fc.Arbitrary<CostRecord> = fc
  .record({
    traceId: hex(32, 6),
    spanId: hex(16, 12),
    feature: name,
    tenant: name,
    model: name,
    status: fc.constantFrom('priced', 'priced', 'unpriced', 'duplicate'),
    pico: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    input: fc.nat({ max: 1e12 }),
    output: fc.nat({ max: 1e9 }),
    startMillis: fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2026-01-04') }),
  })
  .map(
    ({ traceId, spanId, feature, tenant, model, status, pico, input, output, startMillis }): CostRecord => ({
      schema: COST_RECORD_SCHEMA,
      traceId,
      spanId,
      entrySpanId: null,
      startTimeUnixNano: `${startMillis}000001`,
      endTimeUnixNano: `${startMillis + 10}000001`,
      service: 'svc',
      environment: null,
      feature,
      tenant,
      route: '/r',
      provider: 'openai',
      requestModel: model,
      model,
      operation: 'chat',
      dialect: 'test',
      responseId: null,
      serviceTier: null,
      errorType: null,
      usage: { input, output },
      usageSource: 'span',
      status: status as CostRecord['status'],
      reason:
        status === 'priced' ? null : status === 'unpriced' ? 'usage_missing' : 'duplicate_of_nested_span',
      reasonDetail: null,
      duplicateOfSpanId: status === 'duplicate' ? '00' : null,
      cost:
        status === 'priced' ? { currency: 'USD', total: formatMoney(moneyFromPico(pico)), lines: [] } : null,
      priceBook: { version: '2026-01-01', digest: 'sha256:0', entry: null },
    }),
  );
