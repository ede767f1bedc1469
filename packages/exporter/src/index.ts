export { COST_BUCKET_BOUNDARIES, costBuckets } from './cost-buckets.ts';
export {
  type CallMeasurement,
  CostMetrics,
  type CostMetricsOptions,
  type RequestMeasurement,
} from './cost-metrics.ts';
export { type NamedMetrics, withPrometheusNames } from './prometheus-names.ts';
