/** The version of the shape; a change that breaks readers gets a new one. */
export const GPU_WINDOW_SCHEMA = 'costspan.gpu_window.v1';

/**
 * The books of one pool in one window: used + slack + idle + unsampled + overhead = bill, exactly. Amounts are decimal
 * strings with 12 places, seconds with 9 and of the replicas (a pool of two has two seconds each second).
 */
export interface GpuWindowRecord {
  readonly schema: typeof GPU_WINDOW_SCHEMA;
  readonly pool: string;
  readonly startUnixNano: string;
  readonly endUnixNano: string;
  /** 1 for the first settlement; each later one takes the place of those before. */
  readonly revision: number;
  readonly currency: string;
  readonly bill: string;
  /** Requests' parts of the capacity that was filled. */
  readonly used: string;
  /** Moments in which something ran and capacity was left. */
  readonly slack: string;
  /** Time in which nothing ran, whoever carries it. */
  readonly idle: string;
  /** The parts of requests that were not sampled, which those that were stand for. */
  readonly unsampled: string;
  readonly overhead: string;
  /** How much of `idle` no request, owner or reservation carries. */
  readonly idleUndistributed: string;
  /** Requests that were active, those included that were not sampled; one counts in each of its windows. */
  readonly requestsActive: number;
  /** Requests that started in it. */
  readonly requestsStarted: number;
  /** Output tokens of the requests that started in it. */
  readonly outputTokens: number;
  readonly replicaSeconds: string;
  /** In which something ran. */
  readonly busySeconds: string;
  /** Sum of the requests' active times: divided by the replicas' time it is the mean concurrency. */
  readonly activeSeconds: string;
  /** How much of the capacity was filled, in the replicas' time; `null` where the capacity is not known. */
  readonly filledSeconds: string | null;
  readonly lateRequests: number;
  readonly droppedRequests: number;
  /** Requests without a replica, or more replicas than the pool has, so that the split between them is a guess. */
  readonly unknownReplicas: number;
  /** Who has which part of it; the costliest, and the rest as `other`. Adds up to the bill. */
  readonly tenants: readonly GpuTenantShare[];
}

/** `tenant` is `null` for requests without one; `__idle__`, `__slack__` and `__unsampled__` are what nobody carries, a name of its own with two leading underscores has one more. */
export interface GpuTenantShare {
  readonly tenant: string | null;
  readonly requests: number;
  readonly used: string;
  readonly slack: string;
  readonly idle: string;
  readonly overhead: string;
  /** Of the replicas. */
  readonly seconds: string;
}
