import { setTimeout as delay } from 'node:timers/promises';
import type { CostRecord } from '@costspan/cost-model';
import { ApplyLoop } from './apply-loop.ts';
import type { BooksDatabase } from '../books-database.ts';
import { keyOf, type RecordText } from './frame-applier.ts';
import type { GpuSettlement } from '../gpu-books.ts';
import type { JournalFrame } from '../journal/journal-frame.ts';
import type { Journal } from '../journal/journal.ts';
import { commitError, JournalWriter } from './journal-writer.ts';
import { type RecordWrite, type StoreHealth, StoreQueryError, StoreWriteError } from '../record-store.ts';
import { storedText } from './stored-text.ts';
import { encodeWrite, readWritePayload } from './write-payload.ts';

/** Bytes of records that may be on their way. */
const WAITING_BYTES_MAX = 48 * 1024 * 1024;
/** What of the journal is read for {@link RecordWriter.recentContexts}: the newest of it. */
const RECENT_BYTES_MAX = 64 * 1024 * 1024;
/** For how long a question waits for a database that fails. */
const PATIENCE_MILLIS = 5000;
/** Settlements that may wait for their turn. */
const WAITING_SETTLEMENTS_MAX = 100;

export interface RecordWriterOptions {
  readonly database: BooksDatabase;
  readonly journal: Journal;
  /** Records that may be on their way when a write is taken. */
  readonly queuedRecordsMax: number;
  /** The time, in milliseconds since 1970. */
  readonly now: () => number;
  /** Keeps a frame that the database cannot take, and never will. */
  readonly putAside: (frame: JournalFrame, error: unknown) => void;
  /** Is told of every failure of the database, also of one that passes. */
  readonly onDatabaseError?: ((error: unknown) => void) | undefined;
}

/**
 * Writes records to the journal, and from there to the database, in the order of the calls.
 *
 * 1. A write becomes a frame of the journal: what is written there is in the books whatever happens.
 * 2. Frames that are durable are applied to the database, many at a time when many wait: see {@link ApplyLoop}.
 * 3. A settlement is decided against the database, after the writes that came before it.
 */
export class RecordWriter {
  readonly #options: RecordWriterOptions;
  readonly #journal: JournalWriter;
  readonly #loop: ApplyLoop;
  #waitingSettlements = 0;
  #closed = false;

  private constructor(options: RecordWriterOptions, journal: JournalWriter, loop: ApplyLoop) {
    this.#options = options;
    this.#journal = journal;
    this.#loop = loop;
  }

  static async create(options: RecordWriterOptions): Promise<RecordWriter> {
    const journal = new JournalWriter(options.journal);
    return new RecordWriter(options, journal, await ApplyLoop.create({ ...options, journal }));
  }

  /**
   * The steps of a write. A record that the books cannot hold is a mistake of the caller.
   *
   * @throws Error when a number of a record is not one, or too large.
   */
  append(added: {
    readonly records: readonly CostRecord[];
    readonly corrections: readonly CostRecord[];
    readonly context?: string;
  }): RecordWrite {
    if (added.records.length === 0 && added.corrections.length === 0 && added.context === undefined) {
      return { durable: Promise.resolve(), applied: Promise.resolve([]) };
    }
    const refusal = this.#refusal();
    if (refusal !== undefined) return refused(refusal);
    const corrections = added.corrections.map(recordText);
    const encoded = encodeWrite({
      records: added.records.map(storedText),
      corrections: corrections.map(({ text }) => text),
      context: added.context,
    });
    const frame = {
      kind: 'write',
      atUnixMillis: this.#options.now(),
      recordCount: added.records.length,
      payload: encoded.payload,
    } as const;
    const records = { keys: added.records.map(keyOf), texts: encoded.records };
    const write = this.#loop.add({ frame, records, corrections }, added.corrections);
    // Whoever only waits for one of the two is not to be stopped by the other.
    write.durable.catch(() => undefined);
    write.applied.catch(() => undefined);
    return write;
  }

  /**
   * Waits until the records can be asked for. When the database does not take them for now, that is a failure, although they
   * are in the journal and will be in the books: the same call again then tells that they are not new.
   */
  write(
    records: readonly CostRecord[],
    corrections: readonly CostRecord[] = [],
  ): Promise<readonly boolean[]> {
    // A function that waits keeps its arguments: the records are in memory no longer than it takes to encode them.
    return new Promise((resolve) => resolve(this.#confirm(this.append({ records, corrections }))));
  }

  async #confirm({ durable, applied }: RecordWrite): Promise<readonly boolean[]> {
    await durable;
    this.#loop.hurry();
    return this.#loop.whileHealthy(applied).catch((error: unknown) => {
      throw error instanceof StoreWriteError ? error : commitError(error);
    });
  }

  /** Takes its turn among the writes. */
  async settle(settlement: GpuSettlement): Promise<'written' | 'stale'> {
    if (this.#closed) throw closedError();
    if (this.#waitingSettlements >= WAITING_SETTLEMENTS_MAX) {
      const message = `${this.#waitingSettlements} settlements wait to be committed, no more may`;
      throw new StoreWriteError('queue_full', message);
    }
    this.#waitingSettlements += 1;
    return this.#loop.settle(settlement).finally(() => {
      this.#waitingSettlements -= 1;
    });
  }

  /** Resolves when everything that is durable now is applied. */
  untilApplied(): Promise<void> {
    return this.#loop.untilApplied();
  }

  /**
   * The same, as long as that can be expected.
   *
   * @throws StoreQueryError when the database has been failing for some seconds.
   */
  async untilAnswerable(): Promise<void> {
    const waiting = new AbortController();
    const applied = this.untilApplied().then(() => true);
    try {
      for (;;) {
        const patience = delay(PATIENCE_MILLIS, false, { signal: waiting.signal }).catch(() => false);
        if (await Promise.race([applied, patience])) return;
        if (!this.#loop.isFailing) continue;
        const message = 'what was written last cannot be asked for yet: the database does not take it';
        throw new StoreQueryError('unavailable', message);
      }
    } finally {
      waiting.abort();
    }
  }

  /** The contexts of the frames since then, oldest first. Frames that cannot be read have none. */
  async *recentContexts(
    sinceUnixMillis: number,
  ): AsyncGenerator<{ readonly atUnixMillis: number; readonly context: string }> {
    const { journal } = this.#options;
    const from = await journal.placeBefore(sinceUnixMillis, RECENT_BYTES_MAX);
    for await (const { frame } of journal.read(from, () => undefined)) {
      if (frame.kind !== 'write' || frame.atUnixMillis < sinceUnixMillis) continue;
      if (!frame.payload.includes('"context":')) continue;
      const { context } = readWritePayload(frame.payload);
      if (context !== undefined) yield { atUnixMillis: frame.atUnixMillis, context };
    }
  }

  get health(): StoreHealth {
    const { waitingRecords, waitingBytes, isFailing } = this.#loop;
    const isFull = this.#refusal()?.code === 'queue_full';
    const problem = this.#closed
      ? 'closed'
      : (this.#journal.problem ?? (isFailing ? 'database_failed' : isFull ? 'backlog_full' : undefined));
    return { problem, waitingRecords, waitingBytes };
  }

  /** Refuses further writes and waits for those under way. The journal is left open. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#loop.close();
  }

  #refusal(): StoreWriteError | undefined {
    if (this.#closed) return closedError();
    const { waitingRecords, waitingBytes } = this.#loop;
    const { queuedRecordsMax } = this.#options;
    if (waitingRecords < queuedRecordsMax && waitingBytes < WAITING_BYTES_MAX) return undefined;
    const message = `${waitingRecords} records of ${waitingBytes} bytes wait to be committed, no more may`;
    return new StoreWriteError('queue_full', message);
  }
}

function recordText(record: CostRecord): RecordText {
  return { key: keyOf(record), text: storedText(record) };
}

function refused(error: StoreWriteError): RecordWrite {
  const durable = Promise.reject(error);
  const applied = Promise.reject(error);
  durable.catch(() => undefined);
  applied.catch(() => undefined);
  return { durable, applied };
}

function closedError(): StoreWriteError {
  return new StoreWriteError('closed', 'the record store is closed');
}
