import type { CostRecord } from '@costspan/cost-model';
import type { DuckDBConnection } from '@duckdb/node-api';
import { appendRows, createTemporaryTable, type Row, rowOf } from './append-rows.ts';
import type { GpuSettlement } from './gpu-books.ts';
import { prepareSettlements, writeSettlement } from './gpu-settlement.ts';
import { RECORD_COLUMNS } from './record-columns.ts';
import { StoreWriteError } from './record-store.ts';

/** Rows of one transaction: a commit costs a disk flush, so writes share one. */
const ROWS_PER_COMMIT = 2048;
/** Settlements that may wait for their turn. */
const WAITING_SETTLEMENTS_MAX = 100;

interface QueuedWrite {
  readonly kind: 'write';
  /** The key and the row of each record, in order. */
  readonly keys: readonly string[];
  readonly rows: readonly Row[];
  /** Rows that take the place of those with their keys. */
  readonly corrections: readonly Row[];
  readonly resolve: (isNew: readonly boolean[]) => void;
  readonly reject: (error: StoreWriteError) => void;
}

interface QueuedSettlement {
  readonly kind: 'settlement';
  readonly settlement: GpuSettlement;
  readonly resolve: (outcome: 'written' | 'stale') => void;
  readonly reject: (error: StoreWriteError) => void;
}

const COLUMN_NAMES = RECORD_COLUMNS.map(({ name }) => name).join(', ');

const INSERT_INCOMING = `INSERT INTO cost_records (${COLUMN_NAMES}) SELECT ${COLUMN_NAMES} FROM incoming
  ON CONFLICT DO NOTHING RETURNING trace_id, span_id`;

const KEY_COLUMNS: readonly string[] = ['trace_id', 'span_id'];
const CORRECT_FROM_INCOMING = `UPDATE cost_records SET
  ${RECORD_COLUMNS.filter(({ name }) => !KEY_COLUMNS.includes(name))
    .map(({ name }) => `${name} = incoming.${name}`)
    .join(', ')}
  FROM incoming WHERE ${KEY_COLUMNS.map((name) => `cost_records.${name} = incoming.${name}`).join(' AND ')}`;

/** A record that is corrected after its windows were settled leaves them with a part that is no longer its own. */
const REOPEN_WINDOWS = `INSERT INTO gpu_reopened
  SELECT cost_records.gpu_pool, cost_records.gpu_start_unix_nano, cost_records.gpu_end_unix_nano
  FROM cost_records JOIN incoming ON ${KEY_COLUMNS.map((name) => `cost_records.${name} = incoming.${name}`).join(' AND ')}
  WHERE cost_records.gpu_pool IS NOT NULL AND contains(cost_records.record, '"windows":[{')`;

/**
 * Commits records in the order of their arrival.
 *
 * 1. A write joins the queue; a full queue refuses it.
 * 2. The writes that wait when a commit begins are committed together. Their rows go to a table in memory, and
 *    from there, in one INSERT, to the table of the books; it passes over keys that exist and returns the others.
 * 3. Corrections follow in the same transaction; of two for one key the later one holds.
 * 4. If a shared commit fails, each of its writes is tried alone, so that one bad write fails by itself.
 * 5. A settlement is a transaction of its own, after the writes that came before it and before those that came later.
 */
export class RecordWriter {
  readonly #connection: DuckDBConnection;
  readonly #queuedRecordsMax: number;
  #queue: (QueuedWrite | QueuedSettlement)[] = [];
  #queuedRecords = 0;
  #waitingSettlements = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  private constructor(connection: DuckDBConnection, queuedRecordsMax: number) {
    this.#connection = connection;
    this.#queuedRecordsMax = queuedRecordsMax;
  }

  static async create(connection: DuckDBConnection, queuedRecordsMax: number): Promise<RecordWriter> {
    await connection.run(createTemporaryTable('incoming', RECORD_COLUMNS));
    await prepareSettlements(connection);
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
    const rows = records.map((record) => rowOf(RECORD_COLUMNS, record));
    const queued = { keys, rows, corrections: corrections.map((record) => rowOf(RECORD_COLUMNS, record)) };
    return new Promise((resolve, reject) => {
      this.#queue.push({ kind: 'write', ...queued, resolve, reject });
      this.#queuedRecords += count;
      this.#running ??= this.#run();
    });
  }

  /** Rows of a settlement are made in its turn, a chunk at a time: there can be tens of thousands. */
  async settle(settlement: GpuSettlement): Promise<'written' | 'stale'> {
    if (this.#closed) throw new StoreWriteError('closed', 'the record store is closed');
    if (this.#waitingSettlements >= WAITING_SETTLEMENTS_MAX) {
      const message = `${this.#waitingSettlements} settlements wait to be committed, no more may`;
      throw new StoreWriteError('queue_full', message);
    }
    return new Promise((resolve, reject) => {
      this.#queue.push({ kind: 'settlement', settlement, resolve, reject });
      this.#waitingSettlements += 1;
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
      const [first] = this.#queue;
      if (first?.kind === 'settlement') {
        this.#queue.shift();
        this.#waitingSettlements -= 1;
        await this.#settle(first).catch((error) => rejectAll([first], error));
        continue;
      }
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

  /** The writes that share the next commit. */
  #takeGroup(): QueuedWrite[] {
    const group: QueuedWrite[] = [];
    let count = 0;
    for (const next of this.#queue) {
      if (next.kind === 'settlement') break;
      const added = next.keys.length + next.corrections.length;
      if (group.length > 0 && count + added > ROWS_PER_COMMIT) break;
      group.push(next);
      count += added;
    }
    this.#queuedRecords -= count;
    this.#queue.splice(0, group.length);
    return group;
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
    return this.#inTransaction(async (connection) => {
      await appendRows(connection, 'incoming', RECORD_COLUMNS, rows);
      const reader = await connection.runAndReadAll(INSERT_INCOMING);
      await connection.run('DELETE FROM incoming');
      if (corrections.length > 0) {
        await appendRows(connection, 'incoming', RECORD_COLUMNS, corrections);
        await connection.run(REOPEN_WINDOWS);
        await connection.run(CORRECT_FROM_INCOMING);
        await connection.run('DELETE FROM incoming');
      }
      await connection.run('COMMIT');
      return new Set(reader.getRows().map(([traceId, spanId]) => keyOf(String(traceId), String(spanId))));
    });
  }

  async #settle({ settlement, resolve }: QueuedSettlement): Promise<void> {
    const outcome = await this.#inTransaction(async (connection) => {
      const isWritten = await writeSettlement(connection, settlement);
      await connection.run(isWritten ? 'COMMIT' : 'ROLLBACK');
      return isWritten ? 'written' : 'stale';
    });
    resolve(outcome);
  }

  /** Runs what ends a transaction by itself, and rolls it back if that fails. */
  async #inTransaction<Result>(body: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    await this.#connection.run('BEGIN TRANSACTION');
    try {
      return await body(this.#connection);
    } catch (error) {
      // A failed COMMIT has rolled back by itself, and then this fails.
      await this.#connection.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }
}

function rejectAll(group: readonly (QueuedWrite | QueuedSettlement)[], cause: unknown): void {
  const message = `the records could not be committed: ${cause instanceof Error ? cause.message : String(cause)}`;
  for (const { reject } of group) reject(new StoreWriteError('commit_failed', message, { cause }));
}

function keyOf(traceId: string, spanId: string): string {
  return `${traceId} ${spanId}`;
}
