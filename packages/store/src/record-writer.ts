import { setImmediate } from 'node:timers/promises';
import type { CostRecord } from '@costspan/cost-model';
import { type DuckDBConnection, DuckDBDataChunk, type DuckDBValue } from '@duckdb/node-api';
import { RECORD_COLUMNS } from './record-columns.ts';
import { StoreWriteError } from './record-store.ts';

/** Rows that DuckDB takes at a time, and of one transaction: a commit costs a disk flush, so writes share one. */
const ROWS_PER_CHUNK = 2048;

type Row = readonly DuckDBValue[];

interface QueuedWrite {
  /** The key and the row of each record, in order. */
  readonly keys: readonly string[];
  readonly rows: readonly Row[];
  /** Rows that take the place of those with their keys. */
  readonly corrections: readonly Row[];
  readonly resolve: (isNew: readonly boolean[]) => void;
  readonly reject: (error: StoreWriteError) => void;
}

const COLUMN_NAMES = RECORD_COLUMNS.map(({ name }) => name).join(', ');
const COLUMN_TYPES = RECORD_COLUMNS.map(({ type }) => type);

const CREATE_INCOMING = `CREATE TEMP TABLE incoming
  (${RECORD_COLUMNS.map(({ name, type }) => `${name} ${type.toString()}`).join(', ')})`;
const INSERT_INCOMING = `INSERT INTO cost_records (${COLUMN_NAMES}) SELECT ${COLUMN_NAMES} FROM incoming
  ON CONFLICT DO NOTHING RETURNING trace_id, span_id`;

const KEY_COLUMNS: readonly string[] = ['trace_id', 'span_id'];
const CORRECT_FROM_INCOMING = `UPDATE cost_records SET
  ${RECORD_COLUMNS.filter(({ name }) => !KEY_COLUMNS.includes(name))
    .map(({ name }) => `${name} = incoming.${name}`)
    .join(', ')}
  FROM incoming WHERE ${KEY_COLUMNS.map((name) => `cost_records.${name} = incoming.${name}`).join(' AND ')}`;

/**
 * Commits records in the order of their arrival.
 *
 * 1. A write joins the queue; a full queue refuses it.
 * 2. The writes that wait when a commit begins are committed together. Their rows go to a table in memory, and
 *    from there, in one INSERT, to the table of the books; it passes over keys that exist and returns the others.
 * 3. Corrections follow in the same transaction; of two for one key the later one holds.
 * 4. If a shared commit fails, each of its writes is tried alone, so that one bad write fails by itself.
 */
export class RecordWriter {
  readonly #connection: DuckDBConnection;
  readonly #queuedRecordsMax: number;
  #queue: QueuedWrite[] = [];
  #queuedRecords = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  private constructor(connection: DuckDBConnection, queuedRecordsMax: number) {
    this.#connection = connection;
    this.#queuedRecordsMax = queuedRecordsMax;
  }

  static async create(connection: DuckDBConnection, queuedRecordsMax: number): Promise<RecordWriter> {
    await connection.run(CREATE_INCOMING);
    return new RecordWriter(connection, queuedRecordsMax);
  }

  async write(
    records: readonly CostRecord[],
    corrections: readonly CostRecord[] = [],
  ): Promise<readonly boolean[]> {
    if (this.#closed) throw new StoreWriteError('closed', 'the record store is closed');
    const count = records.length + corrections.length;
    if (count === 0) return [];
    if (this.#queuedRecords > 0 && this.#queuedRecords + count > this.#queuedRecordsMax) {
      const message = `${this.#queuedRecords} records wait to be committed, at most ${this.#queuedRecordsMax} may`;
      throw new StoreWriteError('queue_full', message);
    }
    const keys = records.map((record) => keyOf(record.traceId, record.spanId));
    const rows = records.map(rowOf);
    const queued = { keys, rows, corrections: corrections.map(rowOf) };
    return new Promise((resolve, reject) => {
      this.#queue.push({ ...queued, resolve, reject });
      this.#queuedRecords += count;
      this.#running ??= this.#run();
    });
  }

  /** Refuses further writes and waits for those in the queue. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        if (group.length === 1) rejectAll(group, error);
        else for (const write of group) await this.#commit([write]).catch((each) => rejectAll([write], each));
      }
    }
    this.#running = undefined;
  }

  #takeGroup(): QueuedWrite[] {
    let count = 0;
    let end = 0;
    for (; end < this.#queue.length; end++) {
      const write = this.#queue[end];
      const next = write === undefined ? 0 : write.keys.length + write.corrections.length;
      if (end > 0 && count + next > ROWS_PER_CHUNK) break;
      count += next;
    }
    this.#queuedRecords -= count;
    return this.#queue.splice(0, end);
  }

  async #commit(group: readonly QueuedWrite[]): Promise<void> {
    const byKey = new Map<string, Row>();
    for (const { keys, rows } of group) {
      keys.forEach((key, index) => {
        if (!byKey.has(key)) byKey.set(key, rows[index] ?? []);
      });
    }
    const corrections = new Map<string, Row>();
    for (const row of group.flatMap((write) => write.corrections)) {
      corrections.set(keyOf(String(row[0]), String(row[1])), row);
    }
    const unclaimed = await this.#insert([...byKey.values()], [...corrections.values()]);
    // The first write that brought a new key has it; a later one with the same key was a redelivery.
    for (const { keys, resolve } of group) resolve(keys.map((key) => unclaimed.delete(key)));
  }

  /** Inserts and corrects rows with different keys in one transaction and returns the keys that were new. */
  async #insert(rows: readonly Row[], corrections: readonly Row[]): Promise<Set<string>> {
    await this.#connection.run('BEGIN TRANSACTION');
    try {
      await this.#fillIncoming(rows);
      const reader = await this.#connection.runAndReadAll(INSERT_INCOMING);
      await this.#connection.run('DELETE FROM incoming');
      if (corrections.length > 0) {
        await this.#fillIncoming(corrections);
        await this.#connection.run(CORRECT_FROM_INCOMING);
        await this.#connection.run('DELETE FROM incoming');
      }
      await this.#connection.run('COMMIT');
      return new Set(reader.getRows().map(([traceId, spanId]) => keyOf(String(traceId), String(spanId))));
    } catch (error) {
      // A failed COMMIT has rolled back by itself, and then this fails.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  async #fillIncoming(rows: readonly Row[]): Promise<void> {
    const appender = await this.#connection.createAppender('incoming', 'main', 'temp');
    try {
      for (let start = 0; start < rows.length; start += ROWS_PER_CHUNK) {
        // Filling a chunk takes the main thread for milliseconds, so others get their turn in between.
        if (start > 0) await setImmediate();
        const chunk = DuckDBDataChunk.create(COLUMN_TYPES);
        chunk.setRows(rows.slice(start, start + ROWS_PER_CHUNK));
        appender.appendDataChunk(chunk);
      }
    } finally {
      appender.closeSync();
    }
  }
}

function rowOf(record: CostRecord): Row {
  return RECORD_COLUMNS.map((column) => column.read(record));
}

function rejectAll(group: readonly QueuedWrite[], cause: unknown): void {
  const message = `the records could not be committed: ${cause instanceof Error ? cause.message : String(cause)}`;
  for (const { reject } of group) reject(new StoreWriteError('commit_failed', message, { cause }));
}

function keyOf(traceId: string, spanId: string): string {
  return `${traceId} ${spanId}`;
}
