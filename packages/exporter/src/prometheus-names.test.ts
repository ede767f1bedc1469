import { parseMoney, ZERO_MONEY } from '@costspan/cost-model';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { measurement, startReader } from '../test/collected.ts';
import { CostMetrics } from './cost-metrics.ts';
import { withPrometheusNames } from './prometheus-names.ts';

const serializer = new PrometheusSerializer(undefined, false, undefined, true, true);

test('the Prometheus text has the documented names, units, labels and values', async () => {
  const { reader, meterProvider } = startReader();
  const requestCost = parseMoney('0.0003') ?? ZERO_MONEY;
  const metrics = new CostMetrics({
    meterProvider,
    thresholds: [{ name: 'expensive', feature: 'summarize', requestCost }],
    priceBook: { version: '2026-11-20', ageSeconds: () => 3600 },
  });
  metrics.recordCall(measurement());
  metrics.recordRequest({
    costPico: 513_600_000n,
    route: '/summaries',
    feature: 'summarize',
    exceededThresholds: ['expensive'],
  });
  metrics.flush();
  const { resourceMetrics } = await reader.collect();
  const text = serializer.serialize(withPrometheusNames(resourceMetrics));
  const lines = text.split('\n').filter((line) => !/^# (HELP|UNIT)|_bucket.*le="(?!0.0003")/.test(line));
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "# TYPE costspan_cost_USD_total counter
    costspan_cost_USD_total{component="input",provider="openai",model="gpt-5-mini-2025-08-07",operation="chat",feature="summarize"} 0.000044
    costspan_cost_USD_total{component="cache_read",provider="openai",model="gpt-5-mini-2025-08-07",operation="chat",feature="summarize"} 0.0000256
    costspan_cost_USD_total{component="output",provider="openai",model="gpt-5-mini-2025-08-07",operation="chat",feature="summarize"} 0.000444
    # TYPE costspan_tenant_cost_USD_total counter
    costspan_tenant_cost_USD_total{tenant="acme",feature="summarize"} 0.0005136
    # TYPE costspan_calls_total counter
    costspan_calls_total{reason="none",status="priced",provider="openai",model="gpt-5-mini-2025-08-07"} 1
    # TYPE costspan_tokens_total counter
    costspan_tokens_total{type="input",provider="openai",model="gpt-5-mini-2025-08-07",feature="summarize"} 176
    costspan_tokens_total{type="cache_read",provider="openai",model="gpt-5-mini-2025-08-07",feature="summarize"} 1024
    costspan_tokens_total{type="output",provider="openai",model="gpt-5-mini-2025-08-07",feature="summarize"} 222
    costspan_tokens_total{type="reasoning",provider="openai",model="gpt-5-mini-2025-08-07",feature="summarize"} 128
    # TYPE costspan_request_over_threshold_total counter
    costspan_request_over_threshold_total{threshold="expensive",feature="summarize"} 1
    # TYPE costspan_call_cost_USD histogram
    costspan_call_cost_USD_count{provider="openai",model="gpt-5-mini-2025-08-07",operation="chat",feature="summarize"} 1
    costspan_call_cost_USD_sum{provider="openai",model="gpt-5-mini-2025-08-07",operation="chat",feature="summarize"} 0.0005136
    costspan_call_cost_USD_bucket{provider="openai",model="gpt-5-mini-2025-08-07",operation="chat",feature="summarize",le="0.0003"} 0
    # TYPE costspan_request_cost_USD histogram
    costspan_request_cost_USD_count{route="/summaries",feature="summarize"} 1
    costspan_request_cost_USD_sum{route="/summaries",feature="summarize"} 0.0005136
    costspan_request_cost_USD_bucket{route="/summaries",feature="summarize",le="0.0003"} 0
    # TYPE costspan_metrics_overflow_total counter
    costspan_metrics_overflow_total{instrument="costspan.cost",label="all"} 0
    costspan_metrics_overflow_total{instrument="costspan.tenant.cost",label="all"} 0
    costspan_metrics_overflow_total{instrument="costspan.calls",label="all"} 0
    costspan_metrics_overflow_total{instrument="costspan.tokens",label="all"} 0
    costspan_metrics_overflow_total{instrument="costspan.request.over_threshold",label="all"} 0
    costspan_metrics_overflow_total{instrument="costspan.call.cost",label="dropped"} 0
    costspan_metrics_overflow_total{instrument="costspan.request.cost",label="dropped"} 0
    costspan_metrics_overflow_total{instrument="costspan.call.cost",label="all"} 0
    costspan_metrics_overflow_total{instrument="costspan.request.cost",label="all"} 0
    costspan_metrics_overflow_total{instrument="all",label="pool"} 0
    costspan_metrics_overflow_total{instrument="all",label="feature"} 0
    costspan_metrics_overflow_total{instrument="all",label="tenant"} 0
    costspan_metrics_overflow_total{instrument="all",label="route"} 0
    # TYPE costspan_price_book_age_seconds gauge
    costspan_price_book_age_seconds{version="2026-11-20"} 3600
    "
  `);
});

test('the series of a GPU pool have the names that dashboards ask for', async () => {
  const { reader, meterProvider } = startReader();
  const metrics = new CostMetrics({ meterProvider, pools: ['llama'] });
  metrics.recordGpuWindow({
    pool: 'llama',
    direct: 50_000_000_000n,
    idle: 16_666_666_667n,
    overhead: 10_000_000_000n,
    usedNanos: 30_000_000_000n,
    slackNanos: 15_000_000_000n,
    idleNanos: 15_000_000_000n,
    occupancy: 0.75,
    fill: 0.5,
  });
  metrics.correctGpuWindow({
    pool: 'llama',
    direct: 1_000_000_000n,
    idle: -1_000_000_000n,
    overhead: 0n,
    usedNanos: 900_000_000n,
    slackNanos: 0n,
    idleNanos: -900_000_000n,
  });
  metrics.recordGpuRequests('llama', 'settled', 12);
  metrics.flush();
  const { resourceMetrics } = await reader.collect();
  const text = serializer.serialize(withPrometheusNames(resourceMetrics));
  const lines = text.split('\n').filter((line) => /^(# TYPE )?costspan_gpu/.test(line));
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "# TYPE costspan_gpu_cost_USD_total counter
    costspan_gpu_cost_USD_total{kind="direct",pool="llama"} 0.05
    costspan_gpu_cost_USD_total{kind="idle",pool="llama"} 0.016666666667
    costspan_gpu_cost_USD_total{kind="overhead",pool="llama"} 0.01
    # TYPE costspan_gpu_time_seconds_total counter
    costspan_gpu_time_seconds_total{kind="used",pool="llama"} 30
    costspan_gpu_time_seconds_total{kind="slack",pool="llama"} 15
    costspan_gpu_time_seconds_total{kind="idle",pool="llama"} 15
    # TYPE costspan_gpu_cost_corrections_USD gauge
    costspan_gpu_cost_corrections_USD{kind="direct",pool="llama"} 0.001
    costspan_gpu_cost_corrections_USD{kind="idle",pool="llama"} -0.001
    costspan_gpu_cost_corrections_USD{kind="overhead",pool="llama"} 0
    # TYPE costspan_gpu_time_corrections_seconds gauge
    costspan_gpu_time_corrections_seconds{kind="used",pool="llama"} 0.9
    costspan_gpu_time_corrections_seconds{kind="slack",pool="llama"} 0
    costspan_gpu_time_corrections_seconds{kind="idle",pool="llama"} -0.9
    # TYPE costspan_gpu_requests_total counter
    costspan_gpu_requests_total{outcome="settled",pool="llama"} 12
    costspan_gpu_requests_total{outcome="late",pool="llama"} 0
    costspan_gpu_requests_total{outcome="dropped",pool="llama"} 0
    # TYPE costspan_gpu_utilization_ratio gauge
    costspan_gpu_utilization_ratio{kind="occupancy",pool="llama"} 0.75
    costspan_gpu_utilization_ratio{kind="fill",pool="llama"} 0.5"
  `);
});

test('names are left alone where the unit is no word or is there already', () => {
  const named = (name: string, unit: string, dataPointType: DataPointType = DataPointType.SUM): string =>
    withPrometheusNames({ scopeMetrics: [{ metrics: [{ descriptor: { name, unit }, dataPointType }] }] })
      .scopeMetrics[0]!.metrics[0]!.descriptor.name;
  expect(named('costspan.tokens', '{token}')).toBe('costspan.tokens');
  expect(named('a.ratio', '1')).toBe('a.ratio');
  expect(named('filled', '1')).toBe('filled');
  expect(named('filled', '1', DataPointType.GAUGE)).toBe('filled.ratio');
  expect(named('filled.ratio', '1', DataPointType.GAUGE)).toBe('filled.ratio');
  expect(named('wait.seconds', 's')).toBe('wait.seconds');
  expect(named('wait', 's')).toBe('wait.seconds');
  expect(named('costspan.cost', 'USD')).toBe('costspan.cost.USD');
});
