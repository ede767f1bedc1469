import type { CostRecord, GpuWindowRecord } from '@costspan/cost-model';

/** Nanoseconds since 1970, half open. */
export interface GpuPeriod {
  readonly fromUnixNano: bigint;
  readonly untilUnixNano: bigint;
}

/** A stretch of time, half open; an instant takes one nanosecond. */
export interface GpuSpan {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

/** How far a pool's books reach. */
export interface GpuPoolMark {
  readonly pool: string;
  /** The pool's first observation; once set it stays. */
  readonly observedFromUnixNano: string;
  /** Windows up to here are settled; `null` before the first one. It never goes back. */
  readonly closedUntilUnixNano: string | null;
}

/** A record and the text that the store keeps of it: the proof, when it is settled, that nobody changed it since. */
export interface StoredGpuRecord {
  readonly record: CostRecord;
  readonly text: string;
}

/** What a settlement found: all of it is written, or nothing. */
export interface GpuSettlement {
  /** Each (pool, start, revision) once. Revisions are only ever added. */
  readonly windows: readonly GpuWindowRecord[];
  /** Each pool once. */
  readonly marks: readonly GpuPoolMark[];
  /** Each record once: the text that was read of it, and what takes its place. */
  readonly settled: readonly { readonly before: string; readonly after: CostRecord }[];
}
