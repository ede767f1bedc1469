/** What the processes of this benchmark say to each other. */

export const EVENTS_PER_STREAM = 200;
export const LARGE_STREAM_BYTES = 16 * 1024 * 1024;
export const ABANDONED_AT_ONCE = 30;

/** The first segment of a path of the model server: how it answers. */
export type Route = 'json' | 'burst' | 'paced' | 'gzip' | 'large' | 'unread';

export type Mode = 'none' | 'none again' | 'otel' | 'openinference' | 'openllmetry' | 'tap';

export interface Workload {
  readonly route: Route;
  /** `fetch` calls the model without an SDK; `other` is a request that calls no model. */
  readonly client: 'openai' | 'fetch' | 'other';
  readonly calls: number;
  readonly concurrency: number;
}

export type Order =
  | { readonly kind: 'measure'; readonly workload: Workload }
  /** The tap is switched off and on in turn, in one process. */
  | { readonly kind: 'switch'; readonly workload: Workload; readonly turns: number }
  | { readonly kind: 'large stream'; readonly calls: 1 }
  | { readonly kind: 'abandon'; readonly calls: number };

export interface Measurement {
  readonly cpuMicros: number;
  readonly wallMillis: number;
  /** Of each call: until the first event (streams), until the end. */
  readonly firstMillis: readonly number[];
  readonly totalMillis: readonly number[];
  readonly spansStarted: number;
}

export interface SwitchMeasurement {
  /** Microseconds of CPU per call, turn by turn. */
  readonly off: readonly number[];
  readonly on: readonly number[];
}

export interface MemoryMeasurement {
  /** Bytes in use after a garbage collection: before, at most while the stream was read, after. */
  readonly before: number;
  readonly peak: number;
  readonly after: number;
  readonly spansStarted: number;
  /** Spans that were started and not ended: what is still held for a call. */
  readonly spansOpen: number;
  /** Each would have ended the program. */
  readonly unhandledRejections: number;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
