import { type CostThreshold, moneyToDouble } from '@costspan/cost-model';

/** Upper bounds of the cost histograms' buckets: a millionth to a hundred currency units in 1-2.5-5 steps. */
export const COST_BUCKET_BOUNDARIES: readonly number[] = [
  0.000001, 0.0000025, 0.000005, 0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005,
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100,
];

/**
 * The bucket bounds with every threshold among them, so that `count - bucket{le="<threshold>"}` is exactly the
 * number of requests above a threshold and not an estimate between two bounds.
 */
export function costBuckets(thresholds: readonly CostThreshold[]): number[] {
  const bounds = thresholds.map((threshold) => moneyToDouble(threshold.requestCost));
  return [...new Set([...COST_BUCKET_BOUNDARIES, ...bounds])].sort((a, b) => a - b);
}
