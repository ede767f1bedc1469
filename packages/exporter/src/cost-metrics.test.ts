import {
  type CostThreshold,
  moneyFromPico,
  moneyToDouble,
  parseMoney,
  ZERO_MONEY,
} from '@costspan/cost-model';
import {
  type Counter,
  createNoopMeter,
  type Meter,
  type MeterProvider as MeterProviderApi,
} from '@opentelemetry/api';
import { AggregationTemporality, MeterProvider } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CALL, ManualReader, measurement, priced, startReader } from '../test/collected.ts';
import { CostMetrics } from './cost-metrics.ts';

const MODEL = 'openai gpt-5-mini-2025-08-07';

function threshold(name: string, requestCost: string, feature?: string): CostThreshold {
  const cost = parseMoney(requestCost) ?? ZERO_MONEY;
  return { name, requestCost: cost, ...(feature !== undefined && { feature }) };
}

test('a priced call adds its cost by component and tenant, its tokens by type and itself', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(measurement());
  metrics.recordCall(measurement({ tenant: undefined, feature: '' }));
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.cost')).toEqual({
    [`input ${MODEL} chat summarize`]: 0.000044,
    [`cache_read ${MODEL} chat summarize`]: 0.0000256,
    [`output ${MODEL} chat summarize`]: 0.000444,
    [`input ${MODEL} chat unattributed`]: 0.000044,
    [`cache_read ${MODEL} chat unattributed`]: 0.0000256,
    [`output ${MODEL} chat unattributed`]: 0.000444,
  });
  expect(points.values('costspan.tenant.cost')).toEqual({
    'acme summarize': 0.0005136,
    'unattributed unattributed': 0.0005136,
  });
  expect(points.values('costspan.calls')).toEqual({ [`none priced ${MODEL}`]: 2 });
  expect(points.values('costspan.tokens')).toMatchObject({
    [`input ${MODEL} summarize`]: 176,
    [`cache_read ${MODEL} summarize`]: 1024,
    [`output ${MODEL} summarize`]: 222,
    [`reasoning ${MODEL} summarize`]: 128,
  });
  expect(points.histograms('costspan.call.cost')[`${MODEL} chat summarize`]).toMatchObject({
    count: 1,
    sum: 0.0005136,
  });
});

test('a call that is taken back leaves nothing, and a counter that showed it waits until it is passed', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(measurement());
  metrics.recordCall(measurement());
  metrics.retractCall(measurement());
  metrics.flush();
  const cost = `output ${MODEL} chat summarize`;
  const before = await reader.points();
  expect(before.values('costspan.cost')[cost]).toBe(0.000444);
  expect(before.values('costspan.calls')).toEqual({ [`none priced ${MODEL}`]: 1 });
  expect(before.values('costspan.tenant.cost')).toEqual({ 'acme summarize': 0.0005136 });
  expect(before.histograms('costspan.call.cost')[`${MODEL} chat summarize`]).toMatchObject({ count: 1 });

  metrics.retractCall(measurement());
  metrics.flush();
  expect((await reader.points()).values('costspan.cost')[cost]).toBe(0.000444);
  metrics.recordCall(measurement());
  metrics.recordCall(measurement());
  metrics.flush();
  expect((await reader.points()).values('costspan.cost')[cost]).toBe(0.000888);
});

test('a priced call whose usage is a bound or an estimate says so, and contradicted counts are counted', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(
    measurement({ call: { ...CALL, usageIncomplete: 'upper_bound', usageCorrected: true } }),
  );
  metrics.recordCall(measurement({ call: { ...CALL, usageSource: 'estimated' } }));
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.calls')).toEqual({
    [`usage_estimated priced ${MODEL}`]: 1,
    [`usage_upper_bound priced ${MODEL}`]: 1,
  });
  expect(Object.values(points.values('costspan.usage.corrections'))).toEqual([1]);
});

test('tokens of all lifetimes and modalities go to their family, other units to none', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  const usage = {
    input: 1,
    inputAudio: 2,
    inputImage: 4,
    cacheRead: 8,
    cacheReadAudio: 16,
    cacheWrite: 32,
    cacheWrite5m: 64,
    cacheWrite1h: 128,
    output: 256,
    outputImage: 512,
    reasoning: 0,
    webSearches: 3,
    seconds: 60,
  };
  metrics.recordCall(measurement({ call: { ...CALL, usage } }));
  metrics.flush();
  expect((await reader.points()).values('costspan.tokens')).toEqual({
    [`input ${MODEL} summarize`]: 7,
    [`cache_read ${MODEL} summarize`]: 24,
    [`cache_write ${MODEL} summarize`]: 224,
    [`output ${MODEL} summarize`]: 768,
  });
});

test('an unpriced call counts with its reason and its tokens, and adds nothing to cost', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  const call = { ...CALL, provider: undefined, responseModel: undefined, requestModel: undefined };
  metrics.recordCall(measurement({ call, result: { status: 'unpriced', reason: 'model_missing' } }));
  metrics.recordCall(
    measurement({
      call: { ...CALL, usage: undefined },
      result: { status: 'unpriced', reason: 'usage_missing' },
    }),
  );
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.calls')).toEqual({
    'model_missing unpriced unknown unknown': 1,
    [`usage_missing unpriced ${MODEL}`]: 1,
  });
  expect(points.values('costspan.tokens')).toHaveProperty('input unknown unknown summarize', 176);
  expect(points.names()).not.toContain('costspan.cost');
  expect(points.names()).not.toContain('costspan.tenant.cost');
  expect(points.names()).not.toContain('costspan.call.cost');
});

test('a duplicate is only counted', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(measurement({ result: { status: 'duplicate', reason: 'duplicate_of_nested_span' } }));
  metrics.recordCall(measurement({ result: { status: 'duplicate' } }));
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.calls')).toEqual({
    [`duplicate_of_nested_span duplicate ${MODEL}`]: 1,
    [`none duplicate ${MODEL}`]: 1,
  });
  expect(points.names()).not.toContain('costspan.tokens');
  expect(points.names()).not.toContain('costspan.cost');
});

test('a free call is a known zero', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(measurement({ result: priced({ input: 0 }) }));
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.cost')).toEqual({ [`input ${MODEL} chat summarize`]: 0 });
  expect(points.histograms('costspan.call.cost')[`${MODEL} chat summarize`]).toMatchObject({
    count: 1,
    sum: 0,
  });
});

test('a request is counted at the thresholds it passed, and its cost falls on their side of the bound', async () => {
  const { reader, meterProvider } = startReader();
  const thresholds = [threshold('cheap', '0.0137', 'summarize'), threshold('any', '0.02')];
  const metrics = new CostMetrics({ meterProvider, thresholds });
  const request = { route: '/summaries', feature: 'summarize' };
  metrics.recordRequest({ ...request, costPico: 13_700_000_000n, exceededThresholds: [] });
  metrics.recordRequest({ ...request, costPico: 13_700_000_001n, exceededThresholds: ['cheap'] });
  metrics.recordRequest({ ...request, route: undefined, costPico: 1n, exceededThresholds: [] });
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.request.over_threshold')).toEqual({
    'cheap summarize': 1,
    'any summarize': 0,
  });
  const histograms = points.histograms('costspan.request.cost');
  expect(Object.keys(histograms)).toEqual(['/summaries summarize', 'unknown summarize']);
  const { boundaries, counts } = histograms['/summaries summarize']?.buckets ?? {
    boundaries: [],
    counts: [],
  };
  expect(counts[boundaries.indexOf(0.0137)]).toBe(1);
  expect(counts[boundaries.indexOf(0.0137) + 1]).toBe(1);
});

test('the series of thresholds are there before anything costs too much', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({
    meterProvider,
    thresholds: [threshold('cheap', '0.01', 'summarize'), threshold('any', '1')],
  });
  const values = async (): Promise<unknown> =>
    (await reader.points()).values('costspan.request.over_threshold');
  expect(await values()).toEqual({ 'cheap summarize': 0, 'any summarize': 0 });
  metrics.recordCall(measurement({ feature: 'chat' }));
  expect(await values()).toEqual({ 'cheap summarize': 0, 'any summarize': 0, 'any chat': 0 });
});

test('the age of the price book is read at each collection', async () => {
  const { reader, meterProvider } = startReader();
  let ageSeconds = 60;
  const priceBook = { version: '2026-11-20', ageSeconds: () => ageSeconds };
  const metrics = new CostMetrics({ meterProvider, priceBook });
  expect((await reader.points()).values('costspan.price_book.age')).toEqual({ '2026-11-20': 60 });
  ageSeconds = 120;
  expect((await reader.points()).values('costspan.price_book.age')).toEqual({ '2026-11-20': 120 });
  expect(metrics.failures).toBe(0);
});

const pool = (...values: (string | undefined)[]): fc.Arbitrary<string | undefined> =>
  fc.constantFrom(...values);
const step = fc.record({
  input: fc.integer({ min: 0, max: 10 ** 12 }),
  output: fc.integer({ min: 0, max: 10 ** 9 }),
  model: fc.constantFrom('gpt-5', 'gpt-5-mini', 'gpt-5-nano'),
  feature: pool('a', 'b', 'c', 'd', undefined),
  tenant: pool('x', 'y', 'z', undefined),
  collect: fc.boolean(),
});

test('every series is the double nearest to its exact sum', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const { reader, meterProvider } = startReader();
      const metrics = new CostMetrics({ meterProvider });
      const exact = new Map<string, bigint>();
      for (const { input, output, model, feature, tenant } of steps) {
        metrics.recordCall(
          measurement({
            call: { ...CALL, responseModel: model },
            result: priced({ input, output }),
            feature,
            tenant,
          }),
        );
        for (const [component, pico] of Object.entries({ input, output })) {
          const key = `${component} openai ${model} chat ${feature ?? 'unattributed'}`;
          exact.set(key, (exact.get(key) ?? 0n) + BigInt(pico));
        }
      }
      metrics.flush();
      const expected = [...exact].map(([key, pico]) => [key, moneyToDouble(moneyFromPico(pico))]);
      expect((await reader.points()).values('costspan.cost')).toEqual(Object.fromEntries(expected));
      expect(metrics.failures).toBe(0);
    }),
  );
});

test('no pico is lost or doubled by bounds, collections, temporalities and two readers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const often = new ManualReader();
      const seldom = new ManualReader();
      const delta = new ManualReader(AggregationTemporality.DELTA);
      const metrics = new CostMetrics({
        meterProvider: new MeterProvider({ readers: [often, seldom, delta] }),
        labelsMax: 2,
      });
      let exact = 0n;
      let growth = 0n;
      for (const { input, output, feature, tenant, collect } of steps) {
        metrics.recordCall(measurement({ result: priced({ input, output }), feature, tenant }));
        exact += BigInt(input + output);
        if (!collect) continue;
        await often.points();
        growth += (await delta.points()).picos('costspan.tenant.cost');
      }
      metrics.flush();
      for (const reader of [often, seldom]) {
        const points = await reader.points();
        expect(points.picos('costspan.cost')).toBe(exact);
        expect(points.picos('costspan.tenant.cost')).toBe(exact);
        const histograms = Object.values(points.histograms('costspan.call.cost'));
        expect(histograms.reduce((count, histogram) => count + histogram.count, 0)).toBe(steps.length);
      }
      expect(growth + (await delta.points()).picos('costspan.tenant.cost')).toBe(exact);
    }),
  );
});

test('sums stay exact past the safe integers', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  for (let count = 0; count < 3; count += 1) {
    metrics.recordCall(measurement({ result: priced({ input: Number.MAX_SAFE_INTEGER }) }));
  }
  metrics.flush();
  const exact = moneyToDouble(moneyFromPico(3n * BigInt(Number.MAX_SAFE_INTEGER)));
  expect((await reader.points()).values('costspan.cost')).toEqual({
    [`input ${MODEL} chat summarize`]: exact,
  });
});

test('two instances on one provider add up', async () => {
  const { reader, meterProvider } = startReader();
  for (const metrics of [new CostMetrics({ meterProvider }), new CostMetrics({ meterProvider })]) {
    metrics.recordCall(measurement());
    metrics.flush();
  }
  expect((await reader.points()).values('costspan.calls')).toEqual({ [`none priced ${MODEL}`]: 2 });
});

const THROWS = (): never => {
  throw new Error('broken provider');
};
const throwingCounter: Counter = { add: THROWS };

test.each<[string, MeterProviderApi]>([
  ['getMeter', { getMeter: THROWS }],
  [
    'createCounter',
    { getMeter: () => ({ ...createNoopMeter(), createCounter: THROWS }) as unknown as Meter },
  ],
  [
    'add',
    {
      getMeter: () =>
        Object.assign(Object.create(createNoopMeter()) as Meter, { createCounter: () => throwingCounter }),
    },
  ],
])('a provider that throws in %s is a counted failure', (_where, meterProvider) => {
  const metrics = new CostMetrics({ meterProvider, thresholds: [threshold('any', '1', 'summarize')] });
  metrics.recordCall(measurement());
  metrics.recordRequest({ costPico: 1n, route: '/', feature: 'f', exceededThresholds: ['any'] });
  metrics.flush();
  metrics.shutdown();
  expect(metrics.failures).toBeGreaterThan(0);
});

test('an amount that is no whole number is a counted failure and spoils no sum', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(measurement({ result: priced({ input: 5 }) }));
  for (const amount of [Number.NaN, -1, 0.5])
    metrics.recordCall(measurement({ result: priced({ input: amount }) }));
  metrics.flush();
  expect(metrics.failures).toBe(3);
  expect((await reader.points()).picos('costspan.cost')).toBe(5n);
});

test('a price book that cannot tell its age does not keep the rest from being collected', async () => {
  for (const ageSeconds of [THROWS, () => Number.NaN]) {
    const { reader, meterProvider } = startReader();
    const metrics = new CostMetrics({ meterProvider, priceBook: { version: 'v', ageSeconds } });
    metrics.recordCall(measurement());
    metrics.flush();
    const points = await reader.points();
    expect(points.picos('costspan.cost')).toBe(513_600_000n);
    expect(points.names()).not.toContain('costspan.price_book.age');
    expect(metrics.failures).toBe(ageSeconds === THROWS ? 1 : 0);
  }
});
