import { type GpuPool, type Money, moneyFromPico } from '@costspan/cost-model';

/** A stretch of time, half open. */
export interface PoolPeriod {
  readonly fromUnixNano: bigint;
  readonly untilUnixNano: bigint;
}

/** Since when a pool is observed, and up to when its windows are closed. */
export interface PoolMark {
  readonly observedFromUnixNano: string;
  readonly closedUntilUnixNano: string | null;
}

/**
 * The books of one pool over a period: bill = used + slack + idle + unsampled + overhead, exactly. What is `undefined`
 * has nothing to be divided by, or is not known.
 */
export interface GpuPoolReport {
  readonly pool: GpuPool;
  readonly currency: string;
  /** From the first to the last of the period that is in the books, in whole closed windows; `leftOut` may lie between. */
  readonly covered: PoolPeriod | undefined;
  /** Why the rest of the period is not in the books, in order. */
  readonly leftOut: readonly LeftOut[];
  readonly bill: Money;
  readonly used: Money;
  readonly slack: Money;
  readonly idle: Money;
  readonly unsampled: Money;
  readonly overhead: Money;
  /** Used and slack: what the requests cost while they ran. */
  readonly direct: Money;
  /** Requests that started in it, those included that were not sampled. */
  readonly requests: number;
  readonly outputTokens: number;
  readonly perRequest: UnitCost;
  readonly per1kOutputTokens: UnitCost;
  /** Wall-clock time that is in the books, in nanoseconds. */
  readonly periodNanos: bigint;
  /** Time of all replicas together, in nanoseconds. */
  readonly replicaNanos: bigint;
  readonly busyNanos: bigint;
  readonly activeNanos: bigint;
  readonly filledNanos: bigint | undefined;
  /** The part of the time in which a replica had anything to do, from 0 to 1. */
  readonly occupancy: number | undefined;
  /** The part of the capacity that was filled, from 0 to 1; `undefined` where the capacity is not known. */
  readonly fill: number | undefined;
  /** Requests that one replica worked on at a time, on average. */
  readonly meanConcurrency: number | undefined;
  /** The same over the time in which it worked at all. */
  readonly batchDepth: number | undefined;
  readonly peak: PoolPeak;
  readonly lateRequests: number;
  readonly droppedRequests: number;
  readonly unknownReplicas: number;
  /** Who has which part, the costliest first; adds up to the bill. */
  readonly tenants: readonly GpuTenantCost[];
}

/** The cost of one request, or of 1,000 output tokens. */
export interface UnitCost {
  /** Of the capacity that was filled. */
  readonly used: Money | undefined;
  /** While the requests ran: used and slack. */
  readonly direct: Money | undefined;
  /** With idle time and overhead: the bill, divided. */
  readonly loaded: Money | undefined;
}

/** The window with the most to do. */
export interface PoolPeak {
  /** Requests at a time in the whole pool, on average over the window. */
  readonly concurrency: number;
  /** Replicas that had anything to do, on average over the window. */
  readonly busyReplicas: number;
  readonly startUnixNano: bigint | undefined;
}

export interface LeftOut extends PoolPeriod {
  /**
   * `not_observed`: before the pool was observed, and no settled window. `not_closed`: requests may still arrive.
   * `no_rate`: it had no price then. `other_currency`: settled in another currency than that of the configuration.
   * `no_window`: no window of the pool starts in it.
   */
  readonly reason: 'not_observed' | 'not_closed' | 'no_rate' | 'other_currency' | 'no_window';
}

/** A tenant's part; `tenant` as in a window's tenants. */
export interface GpuTenantCost {
  readonly tenant: string | null;
  /** One counts in each window that it was active in. */
  readonly requestsActive: number;
  readonly used: Money;
  readonly slack: Money;
  readonly idle: Money;
  readonly overhead: Money;
  /** Of the replicas. */
  readonly nanos: bigint;
}

/** What a tenant's part comes to. */
export function tenantTotal({ used, slack, idle, overhead }: GpuTenantCost): Money {
  return moneyFromPico(used + slack + idle + overhead);
}
