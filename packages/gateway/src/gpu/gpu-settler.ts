import { type GpuWindow, windowAt } from '@costspan/allocation';
import type { GpuPool } from '@costspan/cost-model';
import type { GpuCost } from '@costspan/processor';
import type { GpuPoolMark } from '@costspan/store';
import type { EnrichedCall } from '../enrich-request.ts';
import type { GatewayCall } from '../gateway-call.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { ClosedWindows } from './gpu-pricing.ts';
import { GpuWatermark } from './gpu-watermark.ts';
import { wholeWindows, windowsOf } from './settle-records.ts';
import { WindowSettler, type WindowSettlerParts } from './window-settler.ts';

/** What a {@link GpuSettler} works with. */
export interface GpuSettlerParts extends WindowSettlerParts {
  readonly pools: readonly GpuPool[];
  readonly log: GatewayLog;
  readonly nowUnixMillis: () => number;
}

const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;
/** As much as is looked at together when windows may all be idle. */
const NANOS_PER_HOUR = 3600n * NANOS_PER_SECOND;
/** How often closing is looked at; windows are a minute long by default. */
const TICK_MILLIS_MAX = 2000;
const TICK_MILLIS_MIN = 50;
/** Closed windows that wait to be settled again, of one pool; what is over is found in the store by the next start. */
const REOPENED_MAX = 100_000;
/** A reopened window waits for more that is late, so that a backlog is settled once and not span by span. */
const REOPEN_WAIT_MILLIS = 500;
/** So that a pool's backlog holds up no other. */
const REOPENED_PER_RUN = 50;

interface PoolBooks {
  readonly pool: GpuPool;
  readonly watermark: GpuWatermark;
  readonly observedFromUnixNano: bigint;
  /** Windows that end by then are settled, or are being settled. */
  closedUntilUnixNano: bigint;
  /** Closed windows to settle again, by their start, and from when on. */
  readonly reopened: Map<bigint, number>;
}

/**
 * Closes the windows of the pools and settles them from the records in the store, which are all of its state: a
 * settlement is the same whoever runs it again.
 *
 * 1. A window is closed when its requests have had the time to arrive: the watermark has passed its end by the pool's
 *    lateness. From then on what arrives for it is late.
 * 2. Requests that are being committed at that moment are waited for, as they were not marked late.
 * 3. The records that were active in it are read, settled and written back, with the window's books, in one
 *    transaction, unless one has been corrected in between; it is then read again.
 * 4. What arrives late, and corrections of records that were settled, reopen windows: they are settled again as a new
 *    revision, and metrics are told the difference.
 */
export class GpuSettler {
  readonly #parts: GpuSettlerParts;
  readonly #windows: WindowSettler;
  readonly #books = new Map<string, PoolBooks>();
  readonly #committing = new Set<Promise<void>>();
  #closedWindows: ClosedWindows = new Map();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: GpuSettlerParts) {
    this.#parts = parts;
    this.#windows = new WindowSettler(parts);
  }

  /** Finds in the store how far the books reach and what an earlier process left unsettled, and begins. */
  async start(): Promise<void> {
    const { pools, store } = this.#parts;
    if (pools.length === 0) return;
    const marks = new Map((await store.gpuMarks()).map((mark) => [mark.pool, mark]));
    for (const pool of pools) {
      const books = this.#openBooks(pool, marks.get(pool.name));
      this.#books.set(pool.name, books);
      for (const span of await store.unsettledGpu(pool.name)) {
        this.#reopen(books, {
          startUnixNano: String(span.startUnixNano),
          endUnixNano: String(span.endUnixNano),
        });
      }
    }
    this.#announceClosed();
    this.#warnOfAbandoned([...marks.keys()]);
    const shortest = Math.min(...pools.map(({ windowSeconds }) => windowSeconds * 1000));
    const tickMillis = Math.max(TICK_MILLIS_MIN, Math.min(TICK_MILLIS_MAX, shortest / 4));
    this.#timer = setInterval(() => void this.settle(), tickMillis);
  }

  /** Finishes what is being settled. Open windows are settled by the next process. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Up to when each pool's windows are closed; a new map whenever that changes. */
  get closedWindows(): ClosedWindows {
    return this.#closedWindows;
  }

  /** A request's calls have been costed and are about to be committed; call what is returned when that is over. */
  beginCommit(): () => void {
    let end = (): void => undefined;
    const committing = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#committing.add(committing);
    return () => {
      this.#committing.delete(committing);
      end();
    };
  }

  /** Calls were committed, for the first time or corrected. */
  observe(calls: readonly Pick<EnrichedCall, 'kept'>[]): void {
    for (const { kept } of calls) {
      this.#countDropped(kept);
      const { cost } = kept;
      const gpu = cost?.gpu !== undefined && cost.outcome.status === 'priced' ? cost.gpu : undefined;
      const before = kept.committedGpu;
      kept.committedGpu = gpu;
      if (before !== undefined) this.#reopenClosed(before);
      if (gpu === undefined) continue;
      this.#reopenClosed(gpu);
      const { watermark } = this.#books.get(gpu.pool.name) ?? {};
      watermark?.observe(kept.gpu.process, BigInt(kept.span.endTimeUnixNano), performance.now());
      if (gpu.late !== undefined && before === undefined)
        this.#parts.metrics.recordGpuRequest(gpu.pool.name, 'late');
    }
  }

  #countDropped({ cost, gpu }: GatewayCall): void {
    if (gpu.pool === undefined) return;
    const { outcome } = cost ?? {};
    if (outcome?.status !== 'unpriced' || outcome.reason !== 'gpu_request_dropped') return;
    this.#parts.metrics.recordGpuRequest(gpu.pool.name, 'dropped');
  }

  /** Settles whatever is due; it runs by itself, one run at a time. */
  settle(): Promise<void> {
    this.#running ??= this.#settleAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #openBooks(pool: GpuPool, mark: GpuPoolMark | undefined): PoolBooks {
    const now = windowAt(pool, this.#nowUnixNano()).startUnixNano;
    const observedFrom = mark === undefined ? now : BigInt(mark.observedFromUnixNano);
    return {
      pool,
      watermark: new GpuWatermark(),
      observedFromUnixNano: observedFrom,
      closedUntilUnixNano: BigInt(mark?.closedUntilUnixNano ?? observedFrom),
      reopened: new Map(),
    };
  }

  /** What is due is closed in every pool before anything is settled again. */
  async #settleAll(): Promise<void> {
    for (const step of [this.#closeDue, this.#settleReopened]) {
      for (const books of this.#books.values()) {
        if (this.#isStopped) return;
        await step.call(this, books).catch((error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          const what = `pool ${books.pool.name} could not be settled, it is tried again: ${reason}`;
          this.#parts.log.warn('gpu', what);
        });
      }
    }
  }

  /** Closes the windows that are due, in order. */
  async #closeDue(books: PoolBooks): Promise<void> {
    const { pool, watermark } = books;
    const lateness = BigInt(pool.latenessSeconds) * NANOS_PER_SECOND;
    const passed = watermark.at(this.#nowUnixNano(), lateness, performance.now()) - lateness;
    const until = windowAt(pool, passed).startUnixNano;
    const from = books.closedUntilUnixNano;
    if (until <= from) return;
    books.closedUntilUnixNano = until;
    this.#announceClosed();
    await Promise.all(this.#committing);
    const closing = { books, closedUntilUnixNano: from };
    try {
      await this.#settleClosed(closing, until);
    } finally {
      books.closedUntilUnixNano = closing.closedUntilUnixNano;
      this.#announceClosed();
    }
  }

  #announceClosed(): void {
    this.#closedWindows = new Map(
      [...this.#books].map(([name, { closedUntilUnixNano }]) => [name, closedUntilUnixNano]),
    );
  }

  #warnOfAbandoned(known: readonly string[]): void {
    for (const name of known.filter((each) => !this.#books.has(each))) {
      this.#parts.log.warn(
        'gpu pools',
        `pool ${name} is in the books and not in the configuration: its last windows stay estimated; ` +
          'add it again under that name to settle them',
      );
    }
  }

  /**
   * Settles windows up to an instant; those in which nothing ran are closed together. Windows that are done are closed
   * whatever becomes of the others.
   */
  async #settleClosed(
    closing: { readonly books: PoolBooks; closedUntilUnixNano: bigint },
    untilUnixNano: bigint,
  ): Promise<void> {
    const { pool, reopened } = closing.books;
    while (closing.closedUntilUnixNano < untilUnixNano && !this.#isStopped) {
      const from = closing.closedUntilUnixNano;
      const waiting = new Map(reopened);
      const windows = await this.#nextToClose(pool, from, untilUnixNano);
      const end = windows.at(-1)?.endUnixNano ?? untilUnixNano;
      const marks = [this.#markOf(closing.books, end)];
      if (!(await this.#windows.settle(pool, windows, { marks, countedIdleFrom: undefined }))) return;
      // What was committed since it was read has reopened its windows.
      for (const { startUnixNano } of windows) {
        if (reopened.get(startUnixNano) === waiting.get(startUnixNano)) reopened.delete(startUnixNano);
      }
      closing.closedUntilUnixNano = end;
    }
  }

  /** The windows before the first in which something ran, or that one. */
  async #nextToClose(pool: GpuPool, fromUnixNano: bigint, untilUnixNano: bigint): Promise<GpuWindow[]> {
    const hourLater = windowAt(pool, fromUnixNano + NANOS_PER_HOUR).startUnixNano;
    const until = hourLater > fromUnixNano && hourLater < untilUnixNano ? hourLater : untilUnixNano;
    const period = { pool: pool.name, fromUnixNano, untilUnixNano: until };
    const first = await this.#parts.store.firstGpuStart(period);
    const windows: GpuWindow[] = [];
    for (const window of wholeWindows(pool, fromUnixNano, until)) {
      const isIdle = first === undefined || first >= window.endUnixNano;
      // A new length of windows begins where the old ones ended.
      if (isIdle || windows.length === 0)
        windows.push({ ...window, startUnixNano: later(window, fromUnixNano) });
      if (!isIdle) break;
    }
    return windows;
  }

  async #settleReopened(books: PoolBooks): Promise<void> {
    const { pool, reopened, observedFromUnixNano: countedIdleFrom } = books;
    const due = [...reopened].filter(([, fromMillis]) => fromMillis <= performance.now());
    for (const [startUnixNano] of due.slice(0, REOPENED_PER_RUN)) {
      if (this.#isStopped) return;
      // It waits until it is written; what arrives in the meantime reopens it once more.
      const waiting = reopened.get(startUnixNano);
      const { endUnixNano } = windowAt(pool, startUnixNano);
      let at = startUnixNano;
      while (at < endUnixNano && at < books.closedUntilUnixNano) {
        const window = await this.#windows.closedAt(pool, at, books.closedUntilUnixNano);
        if (!(await this.#windows.settle(pool, [window], { marks: [], countedIdleFrom }))) break;
        at = window.endUnixNano;
      }
      const isDone = at >= endUnixNano || at >= books.closedUntilUnixNano;
      if (isDone && reopened.get(startUnixNano) === waiting) reopened.delete(startUnixNano);
    }
  }

  #markOf({ pool, observedFromUnixNano }: PoolBooks, closedUntilUnixNano: bigint): GpuPoolMark {
    return {
      pool: pool.name,
      observedFromUnixNano: String(observedFromUnixNano),
      closedUntilUnixNano: String(closedUntilUnixNano),
    };
  }

  /** Has the closed ones among the windows of a request settled again. */
  #reopenClosed(gpu: GpuCost): void {
    const books = this.#books.get(gpu.pool.name);
    if (books !== undefined) for (const interval of gpu.intervals) this.#reopen(books, interval);
  }

  #reopen(books: PoolBooks, time: { readonly startUnixNano: string; readonly endUnixNano: string }): void {
    if (BigInt(time.startUnixNano) >= books.closedUntilUnixNano) return;
    for (const { startUnixNano } of windowsOf(books.pool, time)) {
      if (startUnixNano >= books.closedUntilUnixNano || books.reopened.size >= REOPENED_MAX) return;
      books.reopened.set(startUnixNano, performance.now() + REOPEN_WAIT_MILLIS);
    }
  }

  #nowUnixNano(): bigint {
    return BigInt(Math.floor(this.#parts.nowUnixMillis())) * NANOS_PER_MILLI;
  }
}

function later({ startUnixNano }: GpuWindow, fromUnixNano: bigint): bigint {
  return startUnixNano < fromUnixNano ? fromUnixNano : startUnixNano;
}
