/** A request that a pool served, as far as its part of the pool's cost depends on it. */
export interface GpuRequest {
  /** Trace id and span id; equal remainders are served in the order of the ids. */
  readonly id: string;
  readonly tenant: string | undefined;
  /** `undefined` where it is not known which of the pool's replicas served it. */
  readonly replica: string | undefined;
  readonly startUnixNano: bigint;
  /** When it was worked on; several where phases weigh differently, or several tries or choices make one request. */
  readonly intervals: readonly GpuInterval[];
  /** Requests that it stands for, itself included: 100 when one in a hundred was sampled. */
  readonly adjustedCount: number;
  readonly outputTokens: number;
  /** Set when it arrived after windows up to an instant had been closed. */
  readonly late: { readonly closedUntilUnixNano: bigint; readonly number: number } | undefined;
}

/** Half open: it was active at its start and no longer at its end. */
export interface GpuInterval {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** A whole number from 1 to {@link WEIGHT_MAX}. */
  readonly weight: number;
}

/** So that the weights of two million requests at once still add up exactly. */
export const WEIGHT_MAX: number = 2 ** 31;
