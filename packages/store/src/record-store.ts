import type { CostRecord, GpuWindowRecord, UsageBound } from '@costspan/cost-model';
import type { RecoveryReport } from './recovery-report.ts';
import type { GpuPeriod, GpuPoolMark, GpuSettlement, GpuSpan, StoredGpuRecord } from './gpu-books.ts';

/** A span of time by the calls' start: ISO instants, `from` inclusive, `until` exclusive, each optional. */
export interface ReportPeriod {
  readonly from?: string;
  readonly until?: string;
}

export const REPORT_DIMENSIONS = [
  'feature',
  'tenant',
  'model',
  'provider',
  'route',
  'service',
  'day',
  'hour',
] as const;

export type ReportDimension = (typeof REPORT_DIMENSIONS)[number];

export interface ReportQuery extends ReportPeriod {
  readonly by: readonly ReportDimension[];
  /** Rows at most, the costliest first. Default and maximum 10,000. */
  readonly limit?: number;
}

/** Tokens of a group, by what they were. */
export interface ReportTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  readonly reasoning: number;
}

/**
 * Cost per request of one group. A request is one trace; its cost is the sum of its priced calls in the group.
 * Amounts are decimal strings with 12 places, `null` when nothing in the group was priced. Percentiles are by
 * nearest rank, so each is what some request really cost; the mean is rounded half to even.
 */
export interface ReportRow {
  /** The group; a day is `2026-11-01`, an hour `2026-11-01T15:00Z`, both UTC. */
  readonly key: { readonly [dimension in ReportDimension]?: string | null };
  /** Traces with at least one call that is no duplicate. */
  readonly requests: number;
  /** Recorded calls: priced, unpriced and duplicate. */
  readonly calls: number;
  readonly pricedCalls: number;
  readonly unpricedCalls: number;
  readonly duplicateCalls: number;
  readonly mean: string | null;
  readonly p50: string | null;
  readonly p95: string | null;
  readonly max: string | null;
  readonly total: string;
  readonly tokens: ReportTokens;
}

export interface ReasonCount {
  readonly status: 'unpriced' | 'duplicate';
  readonly reason: string;
  readonly detail: string | null;
  readonly calls: number;
}

/** Priced calls whose usage the instrumentation lost a part of, or guessed, or whose GPU time is not settled yet. */
export interface BoundCount {
  /** `gpu_estimated`: it costs at most this until its windows are settled. */
  readonly bound: UsageBound | 'estimated' | 'gpu_estimated';
  readonly calls: number;
  /** What they cost at most, at least or about. */
  readonly total: string;
}

/** Every recorded call by what became of it. */
export interface CallSummary {
  readonly requests: number;
  readonly calls: number;
  readonly pricedCalls: number;
  readonly unpricedCalls: number;
  readonly duplicateCalls: number;
  readonly total: string;
  readonly currency: string | null;
  /** Why calls have no price of their own, most frequent first. */
  readonly reasons: readonly ReasonCount[];
  /** Which part of the total is no more than a bound or an estimate. */
  readonly bounds: readonly BoundCount[];
}

/** One request and what it cost. */
export interface RequestCost {
  readonly traceId: string;
  /** Of its earliest call. */
  readonly startTimeUnixNano: string;
  readonly features: readonly string[];
  readonly tenants: readonly string[];
  readonly models: readonly string[];
  /** Priced and unpriced calls. */
  readonly calls: number;
  readonly unpricedCalls: number;
  readonly total: string;
}

export interface RecordPage {
  readonly records: readonly CostRecord[];
  /** Where the next page starts; `undefined` after the last one. */
  readonly nextKey: string | undefined;
}

export interface RecordsQuery extends ReportPeriod {
  /** Records of a page, at most 10,000. */
  readonly limit: number;
  /** The `nextKey` of the page before. */
  readonly afterKey?: string;
}

/** A write that is under way. */
export interface RecordWrite {
  /**
   * Resolves when the write is on disk: it is in the books whatever happens from then on.
   *
   * Rejects with a {@link StoreWriteError} when it is not, and then `applied` does too.
   */
  readonly durable: Promise<void>;
  /** Resolves when questions see it, and tells for each record, in order, whether it was new. */
  readonly applied: Promise<readonly boolean[]>;
}

/** How far the books are behind what is on disk, for health and metrics. */
export interface StoreHealth {
  /** Whether a write would be taken now; else why not, in fixed words. */
  readonly problem: 'disk_full' | 'io_error' | 'backlog_full' | 'database_failed' | 'closed' | undefined;
  /** Records on their way: to the disk, or from there to the database. */
  readonly waitingRecords: number;
  readonly waitingBytes: number;
}

/**
 * The books: cost records, written once each, and the questions that are asked of them.
 *
 * A question that cannot be answered rejects with a {@link StoreQueryError}; each is answered from one state of
 * the books, and a write is seen whole or not at all.
 */
export interface RecordStore {
  /**
   * Writes durably and idempotently by (traceId, spanId): resolves once committed. Tells for each record, in
   * order, whether it is new; a redelivered one changes nothing.
   *
   * A correction takes the place of the record with its ids, if there is one, in the same transaction: a call that is
   * found to be billed by another span is never seen billed by both or by none.
   *
   * @throws StoreWriteError when the store is closed, its queue is full or the commit failed. After `commit_failed` the records
   * may be durable all the same, and will be in the books: writing them again is safe, and then tells that they are not new.
   */
  write(records: readonly CostRecord[], corrections?: readonly CostRecord[]): Promise<readonly boolean[]>;
  /**
   * The same, in its two steps. `context` is JSON text that is kept with the write for some time, and is read again after a
   * restart by {@link recentContexts}; a write may consist of nothing else.
   */
  append(write: {
    readonly records: readonly CostRecord[];
    readonly corrections: readonly CostRecord[];
    readonly context?: string;
  }): RecordWrite;
  /**
   * Only of a store that keeps nothing, which needs no records to tell which of them would be new: it is asked instead of
   * {@link append}.
   */
  identify?(spans: readonly Pick<CostRecord, 'traceId' | 'spanId'>[]): RecordWrite;
  /** The contexts since a time, oldest first, as far as they are still there and among the last 64 MiB that were written. */
  recentContexts(
    sinceUnixMillis: number,
  ): AsyncIterable<{ readonly atUnixMillis: number; readonly context: string }>;
  readonly health: StoreHealth;
  /** What opening it found damaged. */
  readonly recovery: RecoveryReport;
  report(query: ReportQuery): Promise<ReportRow[]>;
  summary(period: ReportPeriod): Promise<CallSummary>;
  /** The most expensive requests with a priced call, costliest first; `limit` is at most 10,000. */
  topRequests(query: ReportPeriod & { readonly limit: number }): Promise<RequestCost[]>;
  /** The records by start, a page at a time. */
  records(query: RecordsQuery): Promise<RecordPage>;
  /**
   * Every priced record of a pool that was worked on in a period or started in it, in no particular order. One that ends
   * where the period starts is not among them; one of no length is where its instant is.
   *
   * @throws StoreQueryError when they are more than 5,000,000.
   */
  gpuRecords(query: GpuPeriod & { readonly pool: string }): Promise<StoredGpuRecord[]>;
  /** When the earliest of them was, which may be before the period; `undefined` when there is none. */
  firstGpuStart(query: GpuPeriod & { readonly pool: string }): Promise<bigint | undefined>;
  /**
   * Writes what a settlement found, durably and whole: windows, marks and the records whose cost it changed. It takes its
   * turn among the writes.
   *
   * @returns `stale`, and nothing is written, when a record is no longer the one that was settled, or a window has other
   * books under the same revision: read again and settle again.
   * @throws StoreWriteError when the store is closed, its queue is full or the commit failed.
   */
  writeGpuWindows(settlement: GpuSettlement): Promise<'written' | 'stale'>;
  /** How far each pool is observed and settled, by name. */
  gpuMarks(): Promise<GpuPoolMark[]>;
  /**
   * The books of the windows that start in a period, each in its latest revision, by pool and start.
   *
   * @throws StoreQueryError when they are more than 100,000, or 256 MiB.
   */
  gpuWindows(query: GpuPeriod & { readonly pool?: string | undefined }): Promise<GpuWindowRecord[]>;
  /** The books of the window that an instant lies in, in their latest revision. */
  gpuWindowAt(query: {
    readonly pool: string;
    readonly unixNano: bigint;
  }): Promise<GpuWindowRecord | undefined>;
  /**
   * What is to be settled still, ascending and disjoint: when the priced records of a pool were active that are estimated,
   * and when those were that have been corrected after their windows were settled. Of more than 10,000 such spans the last
   * one reaches over the rest.
   */
  unsettledGpu(pool: string): Promise<GpuSpan[]>;
  /** Folds the write-ahead log into the database file. */
  checkpoint(): Promise<void>;
  /** Waits for the writes and questions under way, refuses others and lets the data folder go. */
  close(): Promise<void>;
}

/**
 * Why a write cannot be confirmed; the same call may be made again. `closed` and `queue_full`: nothing was written.
 * `commit_failed`: the records are not on disk, or they are and the database does not take them for now.
 */
export class StoreWriteError extends Error {
  readonly code: 'closed' | 'queue_full' | 'commit_failed';

  constructor(code: StoreWriteError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreWriteError';
    this.code = code;
  }
}

/** Why a question has no answer. */
export class StoreQueryError extends Error {
  readonly code: 'closed' | 'queue_full' | 'invalid_query' | 'unavailable';

  constructor(code: StoreQueryError['code'], message: string) {
    super(message);
    this.name = 'StoreQueryError';
    this.code = code;
  }
}
