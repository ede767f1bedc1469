import { type CostThreshold, moneyToDouble } from '@costspan/cost-model';

/** A microdollar to a hundred dollars in 1-2.5-5 steps: model calls cost from fractions of a cent to dollars. */
export const COST_BUCKET_BOUNDARIES: readonly number[] = [
  1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1,
  0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100,
];

/**
 * The bucket bounds of the cost histograms. Every threshold is a bound of its own, so that
 * `count - bucket{le="0.05"}` counts exactly the requests above it.
 */
export function costBuckets(thresholds: readonly CostThreshold[]): number[] {
  const bounds = [
    ...COST_BUCKET_BOUNDARIES,
    ...thresholds.map((threshold) => moneyToDouble(threshold.requestCost)),
  ];
  return [...new Set(bounds)].filter((bound) => bound > 0).toSorted((a, b) => a - b);
}
