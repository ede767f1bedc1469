import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { firstGpuStart, gpuMarks, gpuRecords, gpuWindowAt, gpuWindows, unsettledGpu } from './gpu-queries.ts';
import { QueryQueue } from './query-queue.ts';
import type { RecordStore } from './record-store.ts';
import { RecordWriter } from './record-writer.ts';
import { records, report, summary, topRequests } from './report-queries.ts';
import { migrate, SCHEMA_VERSION } from './schema.ts';

export const DATABASE_FILE = 'records.duckdb';

export interface OpenStoreOptions {
  /** The data folder; it is created when it does not exist. */
  readonly path: string;
  /** Records that may wait for a commit; a write beyond it is refused. Default 50,000. */
  readonly queuedRecordsMax?: number;
}

export type OpenStoreResult =
  | { readonly ok: true; readonly store: RecordStore }
  | { readonly ok: false; readonly error: OpenStoreError };

export interface OpenStoreError {
  readonly code: 'locked' | 'newer_schema' | 'unreadable';
  readonly path: string;
  readonly message: string;
}

const QUEUED_RECORDS_MAX = 50_000;

/** DuckDB does not notice a second opening in one process, and the two would overwrite each other. */
const OPEN_FOLDERS = new Set<string>();

/** Nothing is ever fetched at run time: all that the store needs is built in. */
const DATABASE_OPTIONS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' };

/** Opens the embedded store of a data folder. One process at a time can have it open, and only once. */
export async function openDuckDbStore(options: OpenStoreOptions): Promise<OpenStoreResult> {
  let folder: string;
  try {
    mkdirSync(options.path, { recursive: true });
    folder = realpathSync(options.path);
  } catch (error) {
    return { ok: false, error: openError(options.path, error) };
  }
  if (OPEN_FOLDERS.has(folder)) return { ok: false, error: lockedError(options.path, 'this process') };
  OPEN_FOLDERS.add(folder);
  const result = await openDatabase(options, () => OPEN_FOLDERS.delete(folder));
  if (!result.ok) OPEN_FOLDERS.delete(folder);
  return result;
}

async function openDatabase(options: OpenStoreOptions, onClosed: () => void): Promise<OpenStoreResult> {
  const path = join(options.path, DATABASE_FILE);
  let instance: DuckDBInstance;
  try {
    instance = await DuckDBInstance.create(path, DATABASE_OPTIONS);
  } catch (error) {
    return { ok: false, error: openError(options.path, error) };
  }
  try {
    const writing = await instance.connect();
    const found = await migrate(writing);
    if (found > SCHEMA_VERSION) {
      instance.closeSync();
      const message = `${path} has schema ${found}, this Costspan knows up to ${SCHEMA_VERSION}: use a newer Costspan or another data folder`;
      return { ok: false, error: { code: 'newer_schema', path, message } };
    }
    const reading = await instance.connect();
    const writer = await RecordWriter.create(writing, options.queuedRecordsMax ?? QUEUED_RECORDS_MAX);
    return { ok: true, store: duckDbStore({ instance, writing, reading, onClosed }, writer) };
  } catch (error) {
    instance.closeSync();
    return { ok: false, error: openError(options.path, error) };
  }
}

interface OpenDatabase {
  readonly instance: DuckDBInstance;
  readonly writing: DuckDBConnection;
  readonly reading: DuckDBConnection;
  readonly onClosed: () => void;
}

function duckDbStore(database: OpenDatabase, writer: RecordWriter): RecordStore {
  const queries = new QueryQueue(database.reading);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([writer.close(), queries.close()]);
    database.reading.closeSync();
    database.writing.closeSync();
    database.instance.closeSync();
    database.onClosed();
  };
  return {
    write: (batch, corrections) => writer.write(batch, corrections),
    append({ records: batch, corrections }) {
      const applied = writer.write(batch, corrections);
      return { durable: applied.then(() => undefined), applied };
    },
    async *recentContexts() {},
    health: { problem: undefined, waitingRecords: 0, waitingBytes: 0 },
    recovery: {
      database: 'intact',
      framesReplayed: 0,
      journalDamage: [],
      archiveDamage: [],
      recordsLostAtLeast: 0,
      isComplete: true,
    },
    report: (query) => queries.ask((connection) => report(connection, query)),
    summary: (period) => queries.ask((connection) => summary(connection, period)),
    topRequests: (query) => queries.ask((connection) => topRequests(connection, query)),
    records: (query) => queries.ask((connection) => records(connection, query)),
    writeGpuWindows: (settlement) => writer.settle(settlement),
    gpuRecords: (query) => queries.ask((connection) => gpuRecords(connection, query)),
    gpuWindows: (query) => queries.ask((connection) => gpuWindows(connection, query)),
    firstGpuStart: (query) => queries.ask((connection) => firstGpuStart(connection, query)),
    gpuWindowAt: (query) => queries.ask((connection) => gpuWindowAt(connection, query)),
    gpuMarks: () => queries.ask((connection) => gpuMarks(connection)),
    unsettledGpu: (pool) => queries.ask((connection) => unsettledGpu(connection, pool)),
    checkpoint: () => queries.ask(async (connection) => void (await connection.run('CHECKPOINT'))),
    close: () => (closing ??= close()),
  };
}

function openError(folder: string, cause: unknown): OpenStoreError {
  const path = join(folder, DATABASE_FILE);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/could not set lock on file|used by another process/i.test(message)) {
    const holder = /\(PID \d+\)/.exec(message)?.[0];
    return lockedError(folder, holder === undefined ? 'another process' : `another process ${holder}`);
  }
  const mend =
    'if the file is damaged, move it and its .wal file aside and restore a copy, or name another data folder';
  return { code: 'unreadable', path, message: `cannot open ${path}: ${message}\n${mend}` };
}

function lockedError(folder: string, holder: string): OpenStoreError {
  const message = `${folder} is in use: ${holder} has it open; ask the running gateway instead, or stop it`;
  return { code: 'locked', path: join(folder, DATABASE_FILE), message };
}
