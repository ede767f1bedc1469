import { metrics as metricsApi } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ManualReader, measurement, Points, startReader } from '../test/collected.ts';
import { CostMetrics } from './cost-metrics.ts';

const COST_PICO = 513_600_000n;

describe('a new series', () => {
  afterEach(() => vi.useRealTimers());

  test('is collected as 0 first, so that its whole growth is an increase', async () => {
    const { reader, meterProvider } = startReader();
    const metrics = new CostMetrics({ meterProvider });
    const costs = async (): Promise<number[]> =>
      Object.values((await reader.points()).values('costspan.tenant.cost'));
    metrics.recordCall(measurement());
    expect(await costs()).toEqual([0]);
    expect(await costs()).toEqual([0.0005136]);
    metrics.recordCall(measurement());
    metrics.recordCall(measurement({ tenant: 'globex' }));
    expect(await costs()).toEqual([0.0010272, 0]);
    expect(await costs()).toEqual([0.0010272, 0.0005136]);
  });

  test('is collected whole after a flush', async () => {
    const { reader, meterProvider } = startReader();
    const metrics = new CostMetrics({ meterProvider });
    metrics.recordCall(measurement());
    metrics.flush();
    expect((await reader.points()).picos('costspan.cost')).toBe(COST_PICO);
  });

  test('starts at its birth, before the collection that sees it', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1000 });
    const { reader, meterProvider } = startReader();
    const metrics = new CostMetrics({ meterProvider });
    vi.setSystemTime(2000);
    metrics.recordCall(measurement());
    vi.setSystemTime(3000);
    const points = await reader.points();
    expect(points.startMillis('costspan.tenant.cost')).toEqual([2000]);
    expect(points.startMillis('costspan.call.cost')).toEqual([2000]);
  });

  test('is shown as 0 to the reader that collects first; the other one gets its start time', async () => {
    const first = new ManualReader();
    const second = new ManualReader();
    const metrics = new CostMetrics({ meterProvider: new MeterProvider({ readers: [first, second] }) });
    metrics.recordCall(measurement());
    expect((await first.points()).picos('costspan.cost')).toBe(0n);
    expect((await second.points()).picos('costspan.cost')).toBe(COST_PICO);
    expect((await first.points()).picos('costspan.cost')).toBe(COST_PICO);
  });
});

test('histogram values reach every reader in the collection that follows', async () => {
  const first = new ManualReader();
  const second = new ManualReader(AggregationTemporality.DELTA);
  const metrics = new CostMetrics({ meterProvider: new MeterProvider({ readers: [first, second] }) });
  const count = async (reader: ManualReader): Promise<number | undefined> =>
    Object.values((await reader.points()).histograms('costspan.call.cost'))[0]?.count;
  for (let index = 0; index < 3; index += 1) metrics.recordCall(measurement());
  expect(await count(first)).toBe(3);
  metrics.recordCall(measurement());
  expect(await count(second)).toBe(4);
  expect(await count(first)).toBe(4);
  metrics.recordCall(measurement());
  expect(await count(second)).toBe(1);
});

test('readers that collect at the same moment see the same', async () => {
  const readers = [new ManualReader(), new ManualReader()];
  const metrics = new CostMetrics({ meterProvider: new MeterProvider({ readers }) });
  metrics.recordCall(measurement());
  metrics.flush();
  metrics.recordCall(measurement());
  const seen = await Promise.all(readers.map((reader) => reader.points()));
  expect(seen.map((points) => points.picos('costspan.cost'))).toEqual([2n * COST_PICO, 2n * COST_PICO]);
});

describe('at the end of a process', () => {
  function startExporter(): { exporter: InMemoryMetricExporter; meterProvider: MeterProvider } {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 });
    return { exporter, meterProvider: new MeterProvider({ readers: [reader] }) };
  }

  function exported(exporter: InMemoryMetricExporter): bigint | undefined {
    const last = exporter.getMetrics().at(-1);
    return last === undefined ? undefined : new Points(last).picos('costspan.cost');
  }

  test('a flush before the provider shuts down carries everything', async () => {
    const { exporter, meterProvider } = startExporter();
    const metrics = new CostMetrics({ meterProvider });
    metrics.recordCall(measurement());
    metrics.flush();
    await meterProvider.shutdown();
    expect(exported(exporter)).toBe(COST_PICO);
  });

  test('so does a flush in the same tick, as when NodeSDK shuts everything down at once', async () => {
    const { exporter, meterProvider } = startExporter();
    const metrics = new CostMetrics({ meterProvider });
    metrics.recordCall(measurement());
    const down = meterProvider.shutdown();
    metrics.flush();
    await down;
    expect(exported(exporter)).toBe(COST_PICO);
  });

  test('after a shutdown, nothing more is published', async () => {
    const { reader, meterProvider } = startReader();
    const metrics = new CostMetrics({ meterProvider });
    metrics.recordCall(measurement());
    metrics.shutdown();
    metrics.recordCall(measurement());
    await reader.points();
    await reader.points();
    expect((await reader.points()).picos('costspan.cost')).toBe(COST_PICO);
    expect(metrics.failures).toBe(0);
  });
});

describe('before there is a meter provider', () => {
  afterEach(() => {
    metricsApi.disable();
    vi.useRealTimers();
  });

  test('measurements are kept and published once it is registered', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const metrics = new CostMetrics();
    for (let index = 0; index < 5; index += 1) metrics.recordCall(measurement());
    metrics.recordRequest({ costPico: 7n, route: '/', feature: 'f', exceededThresholds: ['t'] });
    const { reader, meterProvider } = startReader();
    metricsApi.setGlobalMeterProvider(meterProvider);
    vi.advanceTimersByTime(1000);
    metrics.recordCall(measurement());
    await reader.points();
    const points = await reader.points();
    expect(points.picos('costspan.cost')).toBe(6n * COST_PICO);
    expect(Object.values(points.histograms('costspan.call.cost'))[0]?.count).toBe(6);
    expect(Object.values(points.histograms('costspan.request.cost'))[0]?.sum).toBe(7e-12);
    expect(points.values('costspan.request.over_threshold')).toEqual({ 't f': 1 });
    expect(metrics.failures).toBe(0);
  });

  test('a flush looks for it too', async () => {
    const metrics = new CostMetrics();
    metrics.recordCall(measurement());
    const { reader, meterProvider } = startReader();
    metricsApi.setGlobalMeterProvider(meterProvider);
    metrics.flush();
    expect((await reader.points()).picos('costspan.cost')).toBe(COST_PICO);
  });

  test('the histograms keep 1024 values each and count what they drop; the sums keep all', async () => {
    const metrics = new CostMetrics();
    for (let index = 0; index < 5000; index += 1) metrics.recordCall(measurement());
    const { reader, meterProvider } = startReader();
    metricsApi.setGlobalMeterProvider(meterProvider);
    metrics.flush();
    const points = await reader.points();
    expect(points.picos('costspan.cost')).toBe(5000n * COST_PICO);
    expect(Object.values(points.histograms('costspan.call.cost'))[0]?.count).toBe(1024);
    expect(points.values('costspan.metrics.overflow')).toHaveProperty(['costspan.call.cost dropped'], 3976);
  });
});
