import { setTimeout as delay } from 'node:timers/promises';
import type { CostRecord } from '@costspan/cost-model';
import { applyFailureOf, isDatabaseLost } from './apply-failure.ts';
import type { BooksDatabase } from '../books-database.ts';
import {
  type Change,
  FrameApplier,
  isApplied,
  NO_RECORDS,
  type RecordText,
  type RecordTexts,
} from './frame-applier.ts';
import type { GpuSettlement } from '../gpu-books.ts';
import { settlementScope } from '../gpu-settlement.ts';
import type { JournalFrame } from '../journal/journal-frame.ts';
import type { JournalPosition } from '../journal/journal.ts';
import { commitError, type JournalWriter } from './journal-writer.ts';
import { KnownKeys } from './known-keys.ts';
import type { RecordWrite } from '../record-store.ts';
import { type EncodedFrame, type SettlementInTurn, settleInTurn } from './settle-in-turn.ts';
import { SettlementGate, type UndecidedSettlement } from './settlement-gate.ts';

/** What is applied in one transaction at most: more would cost memory and no longer save time. */
const BATCH_RECORDS_MAX = 10_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;
/** A transaction takes nearly as long for one record as for hundreds: for so many times as long as it took, it waits for more. */
const GATHER_FACTOR = 4;
const GATHER_MILLIS_MAX = 250;
/** What a frame that waits takes beside its payload, with what waits for it. */
const FRAME_BYTES = 2048;
/** Failures of a frame alone, for a reason that is not known to pass, until it is put aside. */
const ATTEMPTS_MAX = 5;
/** Failures of any kind until a store that closes leaves what is in the journal to the next start. */
const CLOSING_ATTEMPTS_MAX = 3;
/** Failures after which it is not worth waiting any more. */
const FAILURES_IN_A_ROW = 3;
const PAUSE_MILLIS_MIN = 50;
const PAUSE_MILLIS_MAX = 5000;

interface AddedFrame {
  readonly frame: EncodedFrame;
  readonly records: RecordTexts;
  readonly corrections: readonly RecordText[];
}

interface WaitingFrame extends AddedFrame {
  readonly kind: 'frame';
  /** Set when it is durable. */
  change: Change | undefined;
  readonly durable: Promise<unknown>;
  /** Which records were new. */
  readonly applied: PromiseWithResolvers<readonly boolean[]>;
}

interface WaitingSettlement extends UndecidedSettlement, SettlementInTurn {
  readonly kind: 'settlement';
}

export interface ApplyLoopOptions {
  readonly database: BooksDatabase;
  readonly journal: JournalWriter;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Keeps a frame that the database cannot take, and never will. */
  readonly putAside: (frame: JournalFrame, error: unknown) => void;
  /** Is told of every failure of the database, also of one that passes. */
  readonly onDatabaseError?: ((error: unknown) => void) | undefined;
}

/**
 * Applies the frames of the journal to the database, in their order.
 *
 * 1. A frame joins the queue when it is given to the journal, and may be applied when it is durable there.
 * 2. Those that are durable when a transaction begins are applied by it together.
 * 3. What fails is tried again, for as long as it takes: the frames are durable, and the queue is bounded. A database that is
 *    lost as a whole is opened anew.
 * 4. When it is the frames that the database cannot take, each is tried alone. One that fails by itself is put aside, if the
 *    database can do without it.
 * 5. A settlement is decided when everything before it is applied.
 */
export class ApplyLoop {
  readonly #options: ApplyLoopOptions;
  readonly #known: KnownKeys;
  #applier: FrameApplier;
  #queue: (WaitingFrame | WaitingSettlement)[] = [];
  #running: Promise<void> | undefined;
  readonly #gate = new SettlementGate();
  /** In a row. */
  #failures = 0;
  #lastFailure: unknown;
  readonly #impatient = new Set<(cause: unknown) => void>();
  #waitingRecords = 0;
  #waitingBytes = 0;
  #isClosing = false;
  /** How long the last transaction took, and when it ended. */
  #lastApply = { millis: 0, endMillis: 0 };
  /** Set while it waits for more frames. */
  #gathering: AbortController | undefined;
  /** Whether somebody waits for what is in the queue. */
  #isHurried = false;
  /** Why a store that closes gave up. */
  #abandoned: unknown;
  #loadingStop = new AbortController();
  #loading: Promise<void> = Promise.resolve();

  private constructor(options: ApplyLoopOptions, known: KnownKeys, applier: FrameApplier) {
    this.#options = options;
    this.#known = known;
    this.#applier = applier;
  }

  static async create(options: ApplyLoopOptions): Promise<ApplyLoop> {
    const known = new KnownKeys();
    const loop = new ApplyLoop(options, known, await FrameApplier.create(options.database.writing, known));
    loop.#loadKeys();
    return loop;
  }

  get waitingRecords(): number {
    return this.#waitingRecords;
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Whether the last try to apply something failed. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /**
   * What was applied, if that is not failing again and again.
   *
   * @throws Error of the database when it is.
   */
  async whileHealthy<Applied>(applied: Promise<Applied>): Promise<Applied> {
    const failing = Promise.withResolvers<never>();
    if (this.#failures >= FAILURES_IN_A_ROW) failing.reject(this.#lastFailure);
    this.#impatient.add(failing.reject);
    try {
      return await Promise.race([applied, failing.promise]);
    } finally {
      this.#impatient.delete(failing.reject);
    }
  }

  /**
   * Writes a frame to the journal and applies it. Corrections that concern a settlement before them wait until that is in the
   * journal, and with them all that comes later.
   *
   * @param corrected - The frame's corrections.
   */
  add(added: AddedFrame, corrected: readonly CostRecord[]): RecordWrite {
    const { records, corrections, frame } = added;
    const journaled = Promise.withResolvers<JournalPosition>();
    this.#gate.pass(corrected, () => journaled.resolve(this.#options.journal.append(frame)));
    const durable = journaled.promise;
    const applied = this.#join(added, durable, (end) => ({ kind: 'write', records, corrections, end }));
    return { durable: durable.then(() => undefined), applied };
  }

  /** Takes its turn when everything before it is applied. */
  async settle(settlement: GpuSettlement): Promise<'written' | 'stale'> {
    const outcome = Promise.withResolvers<'written' | 'stale'>();
    const waiting: WaitingSettlement = {
      kind: 'settlement',
      settlement,
      outcome,
      concerns: settlementScope(settlement),
    };
    this.#gate.add(waiting);
    this.#queue.push(waiting);
    this.#wake();
    return outcome.promise;
  }

  /** Applies what waits, and does not wait for more. */
  hurry(): void {
    this.#isHurried = true;
    this.#gathering?.abort();
  }

  /** Resolves when everything that is durable now has been applied or put aside. */
  async untilApplied(): Promise<void> {
    this.hurry();
    const last = this.#queue.findLast((each) => each.kind === 'frame' && each.change !== undefined);
    if (last?.kind === 'frame') await last.applied.promise.catch(() => undefined);
  }

  /** Waits for what is under way; what the database does not take then is applied by the next start. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.hurry();
    while (this.#queue.length > 0) {
      this.#wake();
      await this.#running;
      const [first] = this.#queue;
      if (first?.kind === 'frame') await first.durable.catch(() => undefined);
    }
    this.#loadingStop.abort();
    await this.#loading;
    this.#applier.close();
  }

  async #join(
    added: AddedFrame,
    durable: Promise<JournalPosition>,
    changeAt: (end: JournalPosition) => Change,
  ): Promise<readonly boolean[]> {
    const applied = Promise.withResolvers<readonly boolean[]>();
    const waiting: WaitingFrame = { kind: 'frame', ...added, change: undefined, durable, applied };
    const count = added.records.keys.length + added.corrections.length;
    this.#waitingRecords += count;
    const bytes = added.frame.payload.length + FRAME_BYTES;
    this.#waitingBytes += bytes;
    this.#queue.push(waiting);
    durable.then(
      (end) => {
        waiting.change = changeAt(end);
        if (this.#isBatchFull) this.#gathering?.abort();
        this.#wake();
      },
      (error: unknown) => {
        this.#queue = this.#queue.filter((each) => each !== waiting);
        applied.reject(error);
        this.#wake();
      },
    );
    return applied.promise.finally(() => {
      this.#waitingRecords -= count;
      this.#waitingBytes -= bytes;
    });
  }

  #wake(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    // Calls of one turn of the event loop are to share a transaction.
    await Promise.resolve();
    for (let first = this.#queue[0]; first !== undefined; [first] = this.#queue) {
      if (first.kind === 'settlement') {
        this.#queue.shift();
        await this.#settle(first);
        continue;
      }
      if (first.change === undefined) return;
      await this.#gather();
      const batch = this.#takeBatch();
      const startMillis = performance.now();
      await this.#apply(batch);
      const endMillis = performance.now();
      this.#lastApply = { millis: endMillis - startMillis, endMillis };
      this.#queue.splice(0, batch.length);
    }
    this.#isHurried = false;
  }

  get #isBatchFull(): boolean {
    return this.#waitingRecords >= BATCH_RECORDS_MAX / 2 || this.#waitingBytes >= BATCH_BYTES_MAX / 2;
  }

  /** Under load, waits for more frames to share the next transaction, unless somebody waits for those that are there. */
  async #gather(): Promise<void> {
    const { millis, endMillis } = this.#lastApply;
    const untilMillis = endMillis + Math.min(millis * GATHER_FACTOR, GATHER_MILLIS_MAX);
    const waitMillis = untilMillis - performance.now();
    if (waitMillis < 1 || this.#isHurried || this.#isBatchFull) return;
    this.#gathering = new AbortController();
    await delay(waitMillis, undefined, { signal: this.#gathering.signal }).catch(() => undefined);
    this.#gathering = undefined;
  }

  /** The durable frames at the head of the queue; they stay there until they are applied. */
  #takeBatch(): WaitingFrame[] {
    const batch: WaitingFrame[] = [];
    let records = 0;
    let bytes = 0;
    for (const next of this.#queue) {
      if (next.kind === 'settlement' || next.change === undefined) break;
      records += next.records.keys.length + next.corrections.length;
      bytes += next.frame.payload.length;
      if (batch.length > 0 && (records > BATCH_RECORDS_MAX || bytes > BATCH_BYTES_MAX)) break;
      batch.push(next);
    }
    return batch;
  }

  async #apply(batch: readonly WaitingFrame[]): Promise<void> {
    let unknownFailures = 0;
    for (let attempt = 1; ; attempt++) {
      if (this.#abandoned !== undefined) return rejectAll(batch, this.#abandoned);
      let decided: readonly (readonly boolean[])[] = [];
      try {
        await this.#applier.apply(changesOf(batch), (isNew) => (decided = isNew));
        return this.#resolveAll(batch, decided);
      } catch (error) {
        this.#noteFailure(error);
        if (await this.#recover(error, attempt, batch)) return this.#resolveAll(batch, decided);
        const failure = applyFailureOf(error);
        if (failure === 'unknown') unknownFailures += 1;
        if (failure === 'data' || unknownFailures >= ATTEMPTS_MAX) {
          if (batch.length > 1) {
            for (const each of batch) await this.#apply([each]);
            return;
          }
          if (await this.#passOver(batch[0], error)) return;
        }
        if (this.#isClosing && attempt >= CLOSING_ATTEMPTS_MAX) this.#abandoned = error;
      }
    }
  }

  #resolveAll(batch: readonly WaitingFrame[], isNew: readonly (readonly boolean[])[]): void {
    this.#failures = 0;
    batch.forEach(({ applied }, index) => applied.resolve(isNew[index] ?? []));
  }

  #noteFailure(error: unknown): void {
    this.#failures += 1;
    this.#lastFailure = error;
    if (this.#failures >= FAILURES_IN_A_ROW) for (const reject of this.#impatient) reject(error);
    this.#options.onDatabaseError?.(error);
  }

  /** Waits a while and opens the database anew where it is lost. Tells whether the batch had been committed after all. */
  async #recover(error: unknown, attempt: number, batch: readonly WaitingFrame[]): Promise<boolean> {
    const failure = applyFailureOf(error);
    if (failure === 'data' && !isDatabaseLost(error)) return false;
    const pauseMillis = Math.min(PAUSE_MILLIS_MIN * 2 ** (attempt - 1), PAUSE_MILLIS_MAX);
    await delay(this.#isClosing ? PAUSE_MILLIS_MIN : pauseMillis);
    try {
      if (isDatabaseLost(error)) await this.#reopen();
      const last = batch.at(-1)?.change;
      return last !== undefined && (await isApplied(this.#options.database.writing, last.end));
    } catch (again) {
      this.#options.onDatabaseError?.(again);
      return false;
    }
  }

  async #reopen(): Promise<void> {
    const { database } = this.#options;
    this.#loadingStop.abort();
    await this.#loading;
    await database.reopen();
    this.#applier = await FrameApplier.create(database.writing, this.#known);
    this.#loadKeys();
  }

  /** Puts a frame aside that fails by itself, if the database works without it. */
  async #passOver(waiting: WaitingFrame | undefined, error: unknown): Promise<boolean> {
    if (waiting?.change === undefined) return true;
    const { end } = waiting.change;
    try {
      await this.#applier.apply([{ kind: 'write', records: NO_RECORDS, corrections: [], end }]);
    } catch {
      return false;
    }
    this.#failures = 0;
    this.#options.putAside({ ...waiting.frame, payload: waiting.frame.payload.toString() }, error);
    rejectAll([waiting], error);
    return true;
  }

  /** A settlement that has its place in the journal keeps it here, where it is applied in case that its commit fails. */
  async #settle(waiting: WaitingSettlement): Promise<void> {
    await settleInTurn(waiting, {
      connection: this.#options.database.writing,
      journal: this.#options.journal,
      now: this.#options.now,
      onPlaced: () => this.#gate.decide(waiting),
      keepPlace: async (frame, durable, changeAt) =>
        this.#join({ frame, records: NO_RECORDS, corrections: [] }, durable, changeAt),
      onDatabaseLost: async () => this.#reopen().catch((again) => this.#options.onDatabaseError?.(again)),
    });
    this.#gate.decide(waiting);
  }

  /** Reads the keys that the database has, beside the work. */
  #loadKeys(): void {
    this.#loadingStop = new AbortController();
    const { signal } = this.#loadingStop;
    const load = async (): Promise<void> => {
      const connection = await this.#options.database.connect();
      try {
        await this.#known.load(connection, signal);
      } finally {
        connection.closeSync();
      }
    };
    this.#loading = load().catch((error: unknown) => this.#options.onDatabaseError?.(error));
  }
}

function changesOf(batch: readonly WaitingFrame[]): Change[] {
  return batch.flatMap(({ change }) => change ?? []);
}

function rejectAll(batch: readonly WaitingFrame[], cause: unknown): void {
  for (const { applied } of batch) applied.reject(commitError(cause));
}
