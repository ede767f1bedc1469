import { DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import { expect, test } from 'vitest';
import { enrichOtlp } from '../src/index.ts';

test.each([
  ['18446744073709551615', '18446744073709551615'],
  ['18446744073709551616', '0'],
  ['99999999999999999999', '0'],
])('a start of %s nanoseconds is recorded as %s', (start, recorded) => {
  const attributes = [
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
    { key: 'gen_ai.request.model', value: { stringValue: 'gpt-5-mini' } },
  ];
  const span = {
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    name: 'chat',
    startTimeUnixNano: start,
    attributes,
  };
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
  const result = enrichOtlp(body, 'json', {
    priceBook: builtinPriceBook(),
    attribution: DEFAULT_ATTRIBUTION_KEYS,
    thresholds: [],
    emit: ['costspan'],
  });
  expect(result).toMatchObject({
    ok: true,
    enrichment: { calls: [{ record: { startTimeUnixNano: recorded } }], unrecordable: 0 },
  });
});
