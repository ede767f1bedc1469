/**
 * What a window of a pool cost and what its hardware did, or, for one that was settled again, by how much that differs
 * from before. Costs are pico-units and add up to the bill; times are GPU-nanoseconds and add up to the window's.
 */
export interface GpuWindowAmounts {
  readonly pool: string;
  /** Of the requests, whether they were sampled or not: the filled capacity, and what was left while something ran. */
  readonly direct: bigint;
  readonly idle: bigint;
  readonly overhead: bigint;
  readonly usedNanos: bigint;
  readonly slackNanos: bigint;
  readonly idleNanos: bigint;
}

/** A window of a pool that was settled for the first time. */
export interface GpuWindowMeasurement extends GpuWindowAmounts {
  /** In how much of the time something ran, from 0 to 1. */
  readonly occupancy: number;
  /** How much of the capacity was filled, from 0 to 1; `undefined` where the capacity is not known. */
  readonly fill: number | undefined;
}

/**
 * What became of a pool's requests. `settled`: in the books of its windows. `late`: it came when they were closed.
 * `dropped`: it came late and has no cost.
 */
export type GpuRequestOutcome = 'settled' | 'late' | 'dropped';
