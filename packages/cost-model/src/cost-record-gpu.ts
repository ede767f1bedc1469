/**
 * What a call took of a GPU pool. Amounts are decimal strings with 12 places, seconds with 9. While it is `estimated`
 * the amounts are by the time that it ran beside those known until then, at the rate of its start and without idle cost:
 * another request can only lower them, except by `throughput`. `settled` ones add up with those of all other requests,
 * slack, idle time and overhead to the pool's bill.
 */
export interface CostRecordGpu {
  readonly pool: string;
  /** The replica; `null` where the pool is one, or it is not known. */
  readonly replica: string | null;
  readonly basis: 'estimated' | 'settled';
  /** GPU-seconds: its part of the time, times the GPUs of the replica. */
  readonly seconds: string;
  /** Its part of the hardware while it was active, from 0 to 1. */
  readonly share: number;
  /** Its part of the capacity that was filled. */
  readonly used: string;
  /** Its part of the moments in which it ran but the capacity was not filled. Under the basis `slots` it is not charged. */
  readonly slack: string;
  /** Idle cost that the pool's policy gives it. */
  readonly idle: string;
  readonly overhead: string;
  /** When it was worked on; what it is settled from. */
  readonly intervals: readonly CostRecordGpuInterval[];
  /** Requests that it stands for, itself included, where others were not sampled. */
  readonly adjustedCount: number;
  /** Where the times that were reported could not be taken as they were. */
  readonly flags: readonly GpuFlag[];
  /** Set when windows that it was active in had been closed before it arrived. */
  readonly late: CostRecordGpuLate | null;
  /** What it has of each settled window. */
  readonly windows: readonly CostRecordGpuWindow[];
}

export interface CostRecordGpuInterval {
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  /** How much it counts beside others; whole, 1 where all count the same. */
  readonly weight: number;
}

export interface CostRecordGpuLate {
  /** Windows up to here were closed. */
  readonly closedUntilUnixNano: string;
  /** Its place among the pool's late requests, for what takes from idle time in turn. */
  readonly number: number;
}

export interface CostRecordGpuWindow {
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  /** Its part of the time, in nanoseconds of the replica. */
  readonly replicaNanos: number;
  readonly used: string;
  readonly slack: string;
  readonly idle: string;
  readonly overhead: string;
}

/**
 * `invalid_interval`: it ended before it began. `invalid_phases`: the server's phases cannot be those of this span.
 * `clock_shifted`: the server's clock was set by its client's. `truncated`: it lasted longer than is settled.
 * `shadow`: it was not seen while it ran. `tokens_missing`: it counts like any other for want of token counts.
 * `exclusive_time_missing`: likewise for want of a profiler's time.
 */
export type GpuFlag =
  | 'invalid_interval'
  | 'invalid_phases'
  | 'clock_shifted'
  | 'truncated'
  | 'shadow'
  | 'tokens_missing'
  | 'exclusive_time_missing';
