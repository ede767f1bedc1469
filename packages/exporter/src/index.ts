export { COST_BUCKET_BOUNDARIES, costBuckets } from './cost-buckets.ts';
export {
  type CallMeasurement,
  type CallMeasurementOptions,
  CostMetrics,
  type CostMetricsOptions,
  type RequestMeasurement,
} from './cost-metrics.ts';
export type { GpuRequestOutcome, GpuWindowAmounts, GpuWindowMeasurement } from './gpu-measurement.ts';
export { type NamedMetrics, withPrometheusNames } from './prometheus-names.ts';
