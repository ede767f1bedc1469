import { moneyFromPico, moneyToDouble } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measurement, startReader } from '../test/collected.ts';
import { CostMetrics } from './cost-metrics.ts';
import type { GpuWindowAmounts, GpuWindowMeasurement } from './gpu-measurement.ts';

const SUMS = ['costspan.gpu.cost', 'costspan.gpu.time'];

function window(given: Partial<GpuWindowMeasurement> = {}): GpuWindowMeasurement {
  return {
    pool: 'llama',
    direct: 50_000_000_000n,
    idle: 16_666_666_667n,
    overhead: 10_000_000_000n,
    usedNanos: 30_000_000_000n,
    slackNanos: 15_000_000_000n,
    idleNanos: 15_000_000_000n,
    occupancy: 0.75,
    fill: 0.5,
    ...given,
  };
}

const NOTHING: GpuWindowAmounts = {
  pool: 'llama',
  direct: 0n,
  idle: 0n,
  overhead: 0n,
  usedNanos: 0n,
  slackNanos: 0n,
  idleNanos: 0n,
};

test('windows add up by kind, and the utilization is that of the last one', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordGpuWindow(window());
  metrics.recordGpuWindow(window({ occupancy: 0.25, fill: undefined }));
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.gpu.cost')).toEqual({
    'direct llama': 0.1,
    'idle llama': 0.033333333334,
    'overhead llama': 0.02,
  });
  expect(points.values('costspan.gpu.time')).toEqual({
    'used llama': 60,
    'slack llama': 30,
    'idle llama': 30,
  });
  expect(points.values('costspan.gpu.utilization')).toEqual({ 'occupancy llama': 0.25 });
});

test('the series of configured pools are 0 before their first window, and have no utilization', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, pools: ['llama'] });
  const points = await reader.points();
  const costs = { 'direct llama': 0, 'idle llama': 0, 'overhead llama': 0 };
  const times = { 'used llama': 0, 'slack llama': 0, 'idle llama': 0 };
  expect(points.values('costspan.gpu.cost')).toEqual(costs);
  expect(points.values('costspan.gpu.cost.corrections')).toEqual(costs);
  expect(points.values('costspan.gpu.time')).toEqual(times);
  expect(points.values('costspan.gpu.time.corrections')).toEqual(times);
  expect(points.values('costspan.gpu.requests')).toEqual({
    'settled llama': 0,
    'late llama': 0,
    'dropped llama': 0,
  });
  expect(points.values('costspan.gpu.utilization')).toEqual({});
  metrics.recordGpuRequests('llama', 'late', 3);
  expect((await reader.points()).values('costspan.gpu.requests')).toMatchObject({ 'late llama': 3 });
});

test('a correction may fall below 0 and leaves the counters as they are', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordGpuWindow(window());
  metrics.correctGpuWindow({ ...NOTHING, direct: 2_000_000_000n, idle: -2_000_000_000n });
  metrics.flush();
  const before = await reader.points();
  expect(before.values('costspan.gpu.cost.corrections')).toEqual({
    'direct llama': 0.002,
    'idle llama': -0.002,
    'overhead llama': 0,
  });
  metrics.correctGpuWindow({ ...NOTHING, direct: -5_000_000_000n, idleNanos: -1n });
  metrics.flush();
  const after = await reader.points();
  expect(after.values('costspan.gpu.cost.corrections')).toMatchObject({ 'direct llama': -0.003 });
  expect(after.values('costspan.gpu.time.corrections')).toMatchObject({ 'idle llama': -1e-9 });
  for (const name of SUMS) expect(after.values(name)).toEqual(before.values(name));
});

test('pools over the bound are summed under other, and counted', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, labelsMax: 2, pools: ['p0'] });
  for (let pool = 0; pool < 5; pool++) metrics.recordGpuWindow(window({ pool: `p${pool}` }));
  metrics.flush();
  const points = await reader.points();
  expect(points.values('costspan.gpu.cost')).toMatchObject({
    'direct p0': 0.05,
    'direct p1': 0.05,
    'direct other': 0.15,
  });
  expect(points.values('costspan.metrics.overflow')).toMatchObject({ 'all pool': 3 });
});

test('no instrument has more series than it may', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, labelsMax: 1000, seriesMax: 100 });
  for (let pool = 0; pool < 500; pool++) metrics.recordGpuWindow(window({ pool: `p${pool}` }));
  metrics.recordGpuWindow(window({ pool: '' }));
  metrics.flush();
  const points = await reader.points();
  for (const name of [...SUMS, 'costspan.gpu.cost.corrections', 'costspan.gpu.utilization']) {
    expect(Object.keys(points.values(name)).length, name).toBeLessThanOrEqual(100);
  }
  expect(points.picos('costspan.gpu.cost')).toBe(501n * 76_666_666_667n);
});

test('a window below 0 is a counted failure and spoils no sum', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, pools: ['llama'] });
  metrics.recordGpuWindow(window({ idleNanos: -1n }));
  metrics.recordGpuRequests('llama', 'settled', -1);
  metrics.flush();
  const points = await reader.points();
  expect(metrics.failures).toBe(2);
  expect(points.picos('costspan.gpu.cost')).toBe(0n);
});

test('after shutdown no utilization is collected', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordGpuWindow(window());
  metrics.shutdown();
  const points = await reader.points();
  expect(points.values('costspan.gpu.utilization')).toEqual({});
  expect(points.values('costspan.gpu.time')).toMatchObject({ 'used llama': 30 });
});

const AMOUNT_MAX = 10n ** 19n;
const amount = fc.bigInt({ min: 0n, max: AMOUNT_MAX });
const difference = fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX });
const step = fc.record({
  direct: amount,
  usedNanos: amount,
  changedDirect: difference,
  changedUsedNanos: difference,
  collect: fc.boolean(),
});

test('every series is as near to its exact sum as doubles get, at any size, whenever it is collected', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const { reader, meterProvider } = startReader();
      const metrics = new CostMetrics({ meterProvider });
      const exact = { direct: 0n, usedNanos: 0n, changedDirect: 0n, changedUsedNanos: 0n };
      for (const { direct, usedNanos, changedDirect, changedUsedNanos, collect } of steps) {
        metrics.recordGpuWindow({ ...NOTHING, direct, usedNanos, occupancy: 1, fill: 1 });
        metrics.correctGpuWindow({ ...NOTHING, direct: changedDirect, usedNanos: changedUsedNanos });
        exact.direct += direct;
        exact.usedNanos += usedNanos;
        exact.changedDirect += changedDirect;
        exact.changedUsedNanos += changedUsedNanos;
        if (collect) await reader.points();
      }
      metrics.flush();
      const points = await reader.points();
      const value = (name: string, kind: string): number =>
        points.values(name)[`${kind} llama`] ?? Number.NaN;
      const near = (actual: number, pico: bigint, picoPerUnit: bigint): void => {
        // The SDK adds the growths up, each of which is off by half a unit in the last place of the largest sum.
        const largest = moneyToDouble(moneyFromPico(AMOUNT_MAX * picoPerUnit)) * steps.length;
        const expected = moneyToDouble(moneyFromPico(pico));
        expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Number.EPSILON * largest * steps.length);
      };
      near(value('costspan.gpu.cost', 'direct'), exact.direct, 1n);
      near(value('costspan.gpu.time', 'used'), exact.usedNanos * 1000n, 1000n);
      near(value('costspan.gpu.cost.corrections', 'direct'), exact.changedDirect, 1n);
      near(value('costspan.gpu.time.corrections', 'used'), exact.changedUsedNanos * 1000n, 1000n);
      expect(metrics.failures).toBe(0);
    }),
  );
});

test('a call whose cost comes later counts itself first, and both halves make the whole', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(measurement(), { costLater: true });
  metrics.flush();
  const first = await reader.points();
  expect(Object.values(first.values('costspan.calls'))).toEqual([1]);
  expect(Object.values(first.values('costspan.tokens'))).toEqual([176, 1024, 222, 128]);
  expect(first.names()).not.toContain('costspan.cost');
  expect(first.names()).not.toContain('costspan.tenant.cost');
  expect(first.names()).not.toContain('costspan.call.cost');
  metrics.recordCost(measurement());
  metrics.flush();
  const { reader: wholeReader, meterProvider: wholeProvider } = startReader();
  const whole = new CostMetrics({ meterProvider: wholeProvider });
  whole.recordCall(measurement());
  whole.flush();
  const [both, once] = [await reader.points(), await wholeReader.points()];
  expect(both.names()).toEqual(expect.arrayContaining(once.names()));
  for (const name of ['costspan.calls', 'costspan.tokens', 'costspan.cost', 'costspan.tenant.cost']) {
    expect(both.values(name), name).toEqual(once.values(name));
  }
  expect(Object.values(both.histograms('costspan.call.cost'))).toMatchObject([{ count: 1, sum: 0.0005136 }]);
});

test('a call without its cost is taken back without it', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider });
  metrics.recordCall(measurement());
  metrics.recordCall(measurement(), { costLater: true });
  metrics.retractCall(measurement(), { costLater: true });
  metrics.recordCall(measurement({ result: { status: 'unpriced', reason: 'gpu_request_dropped' } }), {
    costLater: true,
  });
  metrics.recordCost(measurement({ result: { status: 'unpriced', reason: 'gpu_request_dropped' } }));
  metrics.flush();
  const points = await reader.points();
  expect(Object.values(points.values('costspan.calls'))).toEqual([1, 1]);
  expect(points.picos('costspan.cost')).toBe(513_600_000n);
  expect(points.picos('costspan.tenant.cost')).toBe(513_600_000n);
  expect(Object.values(points.histograms('costspan.call.cost'))).toMatchObject([{ count: 1 }]);
  expect(metrics.failures).toBe(0);
});
