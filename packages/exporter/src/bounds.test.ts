import { expect, test } from 'vitest';
import { CALL, measurement, type Points, startReader } from '../test/collected.ts';
import { CostMetrics, type CostMetricsOptions } from './cost-metrics.ts';

const COST_PICO = 513_600_000n;
const PICOS_BY_COMPONENT = { input: 44_000_000n, cache_read: 25_600_000n, output: 444_000_000n };

async function collect(
  options: CostMetricsOptions,
  calls: number,
  call: (index: number) => Parameters<typeof measurement>[0],
): Promise<Points> {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, ...options });
  for (let index = 0; index < calls; index += 1) metrics.recordCall(measurement(call(index)));
  metrics.flush();
  expect(metrics.failures).toBe(0);
  return reader.points();
}

test('features and tenants over the bound are summed under other, first come, first served', async () => {
  const points = await collect({ labelsMax: 2 }, 10, (index) => ({
    feature: `f${index % 5}`,
    tenant: `t${index % 5}`,
  }));
  expect(points.values('costspan.tenant.cost')).toEqual({
    't0 f0': 0.0010272,
    't1 f1': 0.0010272,
    'other other': 0.0030816,
  });
  expect(points.picos('costspan.cost')).toBe(10n * COST_PICO);
  expect(points.values('costspan.metrics.overflow')).toMatchObject({ 'all feature': 6, 'all tenant': 6 });
});

test('what nobody stated takes no place among the features', async () => {
  const points = await collect({ labelsMax: 1 }, 3, (index) => ({
    feature: [undefined, 'a', ''][index],
    tenant: undefined,
  }));
  expect(Object.keys(points.values('costspan.tenant.cost'))).toEqual([
    'unattributed unattributed',
    'unattributed a',
  ]);
});

test('routes over the bound are other', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, labelsMax: 2 });
  for (let index = 0; index < 5; index += 1) {
    metrics.recordRequest({ costPico: 1n, route: `/${index}`, feature: 'f', exceededThresholds: [] });
  }
  const histograms = (await reader.points()).histograms('costspan.request.cost');
  expect(Object.fromEntries(Object.entries(histograms).map(([key, { count }]) => [key, count]))).toEqual({
    '/0 f': 1,
    '/1 f': 1,
    'other f': 3,
  });
});

test('no instrument has more series than it may, and sums by component stay exact', async () => {
  const points = await collect({ seriesMax: 100, labelsMax: 1000 }, 500, (index) => ({
    call: { ...CALL, responseModel: `model-${index}` },
    feature: `f${index}`,
    tenant: `t${index}`,
  }));
  for (const name of ['costspan.cost', 'costspan.tenant.cost', 'costspan.calls', 'costspan.tokens']) {
    const series = Object.keys(points.values(name)).length;
    expect(series, name).toBeLessThanOrEqual(100);
    expect(series, name).toBeGreaterThan(84);
    expect(points.values('costspan.metrics.overflow')[`${name} all`], name).toBeGreaterThan(0);
  }
  const histograms = Object.entries(points.histograms('costspan.call.cost'));
  expect(histograms).toHaveLength(100);
  expect(histograms.find(([key]) => key === 'other other other other')?.[1].count).toBe(401);
  expect(points.values('costspan.metrics.overflow')).toHaveProperty(['costspan.call.cost all'], 401);
  expect(points.picos('costspan.tenant.cost')).toBe(500n * COST_PICO);
  for (const [component, picos] of Object.entries(PICOS_BY_COMPONENT)) {
    const series = Object.entries(points.values('costspan.cost')).filter(([key]) =>
      key.startsWith(component),
    );
    const sum = series.reduce((total, [, value]) => total + BigInt(Math.round(value * 1e12)), 0n);
    expect(sum, component).toBe(500n * picos);
  }
  const calls = Object.values(points.values('costspan.calls'));
  expect(calls.reduce((sum, value) => sum + value, 0)).toBe(500);
});

test('requests over the bound share one series', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, seriesMax: 100, labelsMax: 1000 });
  for (let index = 0; index < 150; index += 1) {
    const name = String(index);
    metrics.recordRequest({ costPico: 1n, route: name, feature: name, exceededThresholds: [name] });
  }
  metrics.flush();
  const points = await reader.points();
  expect(Object.keys(points.histograms('costspan.request.cost'))).toHaveLength(100);
  expect(points.histograms('costspan.request.cost')['other other']?.count).toBe(51);
  const passed = Object.values(points.values('costspan.request.over_threshold'));
  expect(passed.length).toBeLessThanOrEqual(100);
  expect(passed.reduce((sum, value) => sum + value, 0)).toBe(150);
});

test("a provider's own limit, 2,000 series unless it is set, loses nothing", async () => {
  const points = await collect({ labelsMax: 5000 }, 3000, (index) => ({ tenant: `t${index}` }));
  expect(Object.keys(points.values('costspan.tenant.cost'))).toHaveLength(2000);
  expect(points.picos('costspan.tenant.cost')).toBe(3000n * COST_PICO);
});

test('a long label is cut at 128 characters', async () => {
  const feature = 'f'.repeat(1000);
  const model = 'm'.repeat(1000);
  const points = await collect({}, 3, () => ({
    feature,
    tenant: feature,
    call: { ...CALL, responseModel: model },
  }));
  const cut = 'f'.repeat(128);
  expect(points.values('costspan.tenant.cost')).toEqual({ [`${cut} ${cut}`]: 0.0015408 });
  expect(points.values('costspan.calls')).toEqual({ [`none priced openai ${'m'.repeat(128)}`]: 3 });
});

test('values beyond the buffer reach the histogram without waiting for a collection', async () => {
  const points = await collect({}, 5000, () => ({}));
  expect(Object.values(points.histograms('costspan.call.cost'))[0]?.count).toBe(5000);
  expect(points.values('costspan.metrics.overflow')).toHaveProperty(['costspan.call.cost dropped'], 0);
});
