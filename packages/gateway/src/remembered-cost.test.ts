import type { ModelCall } from '@costspan/cost-model';
import { builtinPriceBook } from '@costspan/pricing';
import type { SpanCost } from '@costspan/processor';
import { expect, test } from 'vitest';
import type { GatewayCall } from './gateway-call.ts';
import { rememberedCost, rememberedMeasurement } from './remembered-cost.ts';

const priceBook = builtinPriceBook();
const START_MILLIS = Date.UTC(2026, 9, 1);
const call: ModelCall = {
  dialect: 'test',
  provider: 'openai',
  requestModel: 'gpt-5-mini',
  responseModel: undefined,
  operation: 'chat',
  usage: { input: 1000, output: 100 },
  usageSource: 'span',
  responseId: undefined,
  serviceTier: undefined,
  serverAddress: undefined,
  errorType: undefined,
};
const attribution = { feature: 'chat', tenant: 'acme', entrySpanId: 'a'.repeat(16), route: '/orders/:id' };
const priced: SpanCost = {
  call,
  outcome: priceBook.price(call, START_MILLIS),
  gpu: undefined,
  ...attribution,
  priceBook,
};

function kept(): GatewayCall {
  const startTimeUnixNano = `${START_MILLIS}000000`;
  return {
    span: {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      startTimeUnixNano,
      endTimeUnixNano: startTimeUnixNano,
      service: undefined,
      environment: undefined,
    },
    call,
    gpu: { pool: undefined, replica: undefined, adjustedCount: 1, process: '', closedAtArrival: new Map() },
    attribution,
    reports: [],
    reportOf: undefined,
    caller: undefined,
    cost: undefined,
    counted: undefined,
    isRecorded: false,
    isCostLater: false,
    lateNumber: undefined,
    committedGpu: undefined,
  };
}

test('a price of the book is forgotten and found again', () => {
  expect(priced.outcome.status).toBe('priced');
  const one = kept();
  one.cost = rememberedCost(one, priced);
  expect(one.cost).not.toBe(priced);
  const { outcome, gpu, feature, tenant, entrySpanId, route } = one.cost;
  expect({ call: one.cost.call, outcome, gpu, feature, tenant, entrySpanId, route, priceBook }).toEqual(
    priced,
  );
  const measurement = { call, result: priced.outcome, feature: 'chat', tenant: 'acme' };
  expect(rememberedMeasurement(one, priced, measurement)).toBe(one.cost);
  expect(rememberedMeasurement(one, priced, measurement).result).toEqual(priced.outcome);
});

test.each([
  ['whose call it was by another span', { ...priced, tenant: 'other' }],
  [
    'a call without a price',
    { ...priced, outcome: { status: 'unpriced', reason: 'usage_missing' } as const },
  ],
])('%s is kept as it is', (_name, cost) => {
  const one = kept();
  one.cost = rememberedCost(one, priced);
  const measurement = { call, result: cost.outcome, feature: cost.feature, tenant: cost.tenant };
  expect(rememberedCost(one, cost)).toBe(cost);
  expect(rememberedMeasurement(one, cost, measurement)).toBe(measurement);
});
