import { type GpuWindow, windowAt } from '@costspan/allocation';
import type { GpuPool, GpuWindowRecord } from '@costspan/cost-model';
import type { GpuPoolMark, RecordStore, StoredGpuRecord } from '@costspan/store';
import type { CallWindows } from '../call-windows.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import { type SettledCost, type SettledRecords, settleRecords } from './settle-records.ts';

/** What a {@link WindowSettler} works with. */
export interface WindowSettlerParts {
  readonly currency: string;
  /** The calls that can still be corrected. */
  readonly calls: Pick<CallWindows, 'subject'>;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
}

/** Reads a window's records from the store, settles them, writes them back with its books and tells the metrics. */
export class WindowSettler {
  readonly #parts: WindowSettlerParts;

  constructor(parts: WindowSettlerParts) {
    this.#parts = parts;
  }

  /**
   * Settles one window, or several without any record.
   *
   * @param options.countedIdleFrom Windows from then on that have no books were closed as idle, and counted so.
   * @returns False when a record was corrected since it was read, and nothing was written.
   */
  async settle(
    pool: GpuPool,
    windows: readonly GpuWindow[],
    options: { readonly marks: readonly GpuPoolMark[]; readonly countedIdleFrom: bigint | undefined },
  ): Promise<boolean> {
    const { store, metrics, currency } = this.#parts;
    const { marks, countedIdleFrom } = options;
    const [first] = windows;
    if (first === undefined) return true;
    const stored = windows.length > 1 ? [] : await this.#recordsOf(pool, first);
    const written: { readonly books: GpuWindowRecord; readonly before: GpuWindowRecord | undefined }[] = [];
    const settlement: { windows: GpuWindowRecord[]; settled: SettledRecords['settled'][number][] } = {
      windows: [],
      settled: [],
    };
    const costs: SettledCost[] = [];
    for (const window of windows) {
      // Before its first rate the hardware has no price, and requests are refused one as they arrive.
      if (window.rate === undefined) continue;
      const known = await this.#booksAt(pool, window.startUnixNano);
      const revision = (known?.revision ?? 0) + 1;
      const result = settleRecords(pool, window, stored, { revision, currency });
      if (known !== undefined && isUnchanged(result, known)) continue;
      const wasIdle = countedIdleFrom !== undefined && window.startUnixNano >= countedIdleFrom;
      const idle = wasIdle ? settleRecords(pool, window, [], { revision, currency }).window : undefined;
      written.push({ books: result.window, before: known ?? idle });
      // A window in which nothing ran needs no books: its cost is idle, and the mark says that it was watched.
      if (result.settled.length > 0 || known !== undefined) settlement.windows.push(result.window);
      settlement.settled.push(...result.settled);
      costs.push(...result.costs);
    }
    if ((await store.writeGpuWindows({ ...settlement, marks })) === 'stale') return false;
    for (const { books, before } of written) metrics.recordGpuWindow(pool, books, before);
    for (const cost of costs) this.#countCost(pool, cost);
    return true;
  }

  /**
   * The window at a closed instant: as it was settled, since the pool's windows may have had another length then, or
   * what nothing ran in up to the next that was.
   */
  async closedAt(pool: GpuPool, unixNano: bigint, closedUntilUnixNano: bigint): Promise<GpuWindow> {
    const window = windowAt(pool, unixNano);
    const known = await this.#booksAt(pool, unixNano);
    if (known !== undefined) {
      const start = BigInt(known.startUnixNano);
      // A rate may have been added since that begins inside it.
      const { rate } = windowAt(pool, start);
      return { startUnixNano: start, endUnixNano: BigInt(known.endUnixNano), rate };
    }
    const end = window.endUnixNano < closedUntilUnixNano ? window.endUnixNano : closedUntilUnixNano;
    const period = { fromUnixNano: unixNano, untilUnixNano: end };
    const [next] = await this.#parts.store.gpuWindows({ pool: pool.name, ...period });
    return { ...window, startUnixNano: unixNano, endUnixNano: BigInt(next?.startUnixNano ?? end) };
  }

  /** A correction that comes after it has to take back what was settled. */
  #countCost(pool: GpuPool, cost: SettledCost): void {
    this.#parts.metrics.recordGpuCost(pool, cost);
    const kept = this.#parts.calls.subject(cost.traceId, cost.spanId);
    if (kept?.counted === undefined) return;
    kept.counted = cost.measurement;
    kept.isCostLater = false;
  }

  #recordsOf({ name }: GpuPool, window: GpuWindow): Promise<StoredGpuRecord[]> {
    const { startUnixNano: fromUnixNano, endUnixNano: untilUnixNano } = window;
    return this.#parts.store.gpuRecords({ pool: name, fromUnixNano, untilUnixNano });
  }

  #booksAt({ name }: GpuPool, unixNano: bigint): Promise<GpuWindowRecord | undefined> {
    return this.#parts.store.gpuWindowAt({ pool: name, unixNano });
  }
}

/** Whether a window that was settled again came out as it was. */
function isUnchanged({ window, settled }: SettledRecords, known: GpuWindowRecord): boolean {
  return (
    JSON.stringify({ ...window, revision: known.revision }) === JSON.stringify(known) &&
    settled.every(({ before, after }) => before === JSON.stringify(after))
  );
}
