import type { Money } from './money.ts';

/** Hardware that is paid by the hour and serves model calls: what `pools` of a configuration describes. */
export interface GpuPool {
  /** Names the pool in records, metrics and tables; unique. */
  readonly name: string;
  /** The team or tenant that answers for it, and that carries its idle cost under the policy `owner`. */
  readonly owner: string | undefined;
  /**
   * Which calls it serves: every attribute must have a value that one of its patterns fits, where `*` stands for any
   * text. No call fits two pools of a configuration.
   */
  readonly match: Readonly<Record<string, readonly string[]>>;
  /** What is rented, as the cloud calls it. */
  readonly instance: { readonly type: string; readonly count: number } | undefined;
  /** GPUs of the whole pool; a slice of one is a fraction. */
  readonly gpus: number;
  /** Equal parts that batch their requests by themselves, each with `gpus / replicas` GPUs: engines behind a balancer. */
  readonly replicas: number;
  /** Attributes that tell which replica served a call; the first that is present counts. */
  readonly replicaKeys: readonly string[];
  /** What the whole pool costs, ascending by date. Before the first one its hours have no rate. */
  readonly rates: readonly GpuRate[];
  readonly method: GpuMethod;
  readonly basis: GpuBasis;
  /** Requests that one replica can work on at once; `undefined` where it is not known. */
  readonly capacity: number | undefined;
  readonly idle: IdlePolicy;
  /** Booked parts of the pool under the idle policy `reserved`, in any whole numbers. */
  readonly reserved: readonly { readonly tenant: string; readonly share: number }[];
  /** Added on top of the hourly rate: power, network, the platform team. */
  readonly overhead: { readonly percent: string; readonly reviewed: string } | undefined;
  /** Length of the windows that are settled; they begin at whole multiples of it since the epoch. */
  readonly windowSeconds: number;
  /** How long after a window's end its requests may still arrive; more than the longest request takes. */
  readonly latenessSeconds: number;
  readonly late: LatePolicy;
  /** After so many hours a window is final: what is still late takes from its idle time only. */
  readonly finalAfterHours: number;
  /** How much a token counts under the method `tokens`. */
  readonly tokenWeights: { readonly input: number; readonly cached: number; readonly output: number };
  /** Labels of its devices in metrics of DCGM or OpenTelemetry. Empty: every device. */
  readonly devices: Readonly<Record<string, readonly string[]>>;
  /** Labels of its model servers in their own metrics. Empty: every server. */
  readonly servers: Readonly<Record<string, readonly string[]>>;
}

/** From an instant on, the whole pool costs so much an hour. */
export interface GpuRate {
  readonly fromUnixNano: bigint;
  readonly perHour: Money;
}

/**
 * How a window's cost becomes the requests'. `time_share`: by the time in which they were active, divided among those
 * that were active beside them. `tokens`: the same, with each weighing as much as the tokens it works on.
 * `throughput`: equally among the requests that started in the window, which leaves no idle cost.
 */
export type GpuMethod = 'time_share' | 'tokens' | 'throughput';

/**
 * What a request is charged while others could have been served too. `concurrency`: all of the moment is divided among
 * those who were there. `slots`: one of the capacity's slots, and what is not filled is the pool's slack.
 * `measured`: the exclusive time that a profiler reported.
 */
export type GpuBasis = 'concurrency' | 'slots' | 'measured';

/** Who carries the cost of the time in which nothing ran. `separate`: nobody, it is shown by itself. */
export type IdlePolicy = 'separate' | 'proportional' | 'even' | 'owner' | 'reserved';

/**
 * What becomes of a request that arrives when its window is closed. `reopen`: the window is settled again. `idle_only`:
 * it takes from what was idle and leaves the others alone. `drop`: it has no cost in that window.
 */
export type LatePolicy = 'reopen' | 'idle_only' | 'drop';
