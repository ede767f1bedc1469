export { BoundedLabels, OTHER, UNATTRIBUTED } from './bounded-labels.ts';
export { COST_BUCKET_BOUNDARIES, costBuckets } from './cost-buckets.ts';
export { CostMetrics, type CostMetricsOptions } from './cost-metrics.ts';
export type { CallMeasurement, RequestMeasurement } from './measurements.ts';
