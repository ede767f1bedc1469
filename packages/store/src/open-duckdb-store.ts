import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
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

/** Opens the embedded store of a data folder. One process at a time can have it open. */
export async function openDuckDbStore(options: OpenStoreOptions): Promise<OpenStoreResult> {
  const path = join(options.path, DATABASE_FILE);
  let instance: DuckDBInstance;
  let writing: DuckDBConnection;
  try {
    mkdirSync(options.path, { recursive: true });
    instance = await DuckDBInstance.create(path);
    writing = await instance.connect();
  } catch (error) {
    return { ok: false, error: openError(options.path, path, error) };
  }
  try {
    const found = await migrate(writing);
    if (found > SCHEMA_VERSION) {
      closeAll(writing, instance);
      const message = `${path} has schema ${found}, this Costspan knows up to ${SCHEMA_VERSION}: use a newer Costspan or another data folder`;
      return { ok: false, error: { code: 'newer_schema', path, message } };
    }
    const reading = await instance.connect();
    return { ok: true, store: duckDbStore(instance, writing, reading, options) };
  } catch (error) {
    closeAll(writing, instance);
    return { ok: false, error: openError(options.path, path, error) };
  }
}

function duckDbStore(
  instance: DuckDBInstance,
  writing: DuckDBConnection,
  reading: DuckDBConnection,
  options: OpenStoreOptions,
): RecordStore {
  const writer = new RecordWriter(writing, options.queuedRecordsMax ?? QUEUED_RECORDS_MAX);
  let closing: Promise<void> | undefined;
  // DuckDB crashes the process when a connection is closed under a running query, so closing waits for them.
  const running = new Set<Promise<unknown>>();
  const ask = <Answer>(question: (connection: DuckDBConnection) => Promise<Answer>): Promise<Answer> => {
    if (closing !== undefined) return Promise.reject(new Error('the record store is closed'));
    const answer = question(reading);
    const settled = answer.then(
      () => undefined,
      () => undefined,
    );
    running.add(settled);
    void settled.then(() => running.delete(settled));
    return answer;
  };
  const close = async (): Promise<void> => {
    await writer.close();
    await Promise.all(running);
    reading.closeSync();
    closeAll(writing, instance);
  };
  return {
    write: (batch) => writer.write(batch),
    report: (query) => ask((connection) => report(connection, query)),
    summary: (period) => ask((connection) => summary(connection, period)),
    topRequests: (query) => ask((connection) => topRequests(connection, query)),
    records: (query) => ask((connection) => records(connection, query)),
    checkpoint: () => ask(async (connection) => void (await connection.run('CHECKPOINT'))),
    close: () => (closing ??= close()),
  };
}

function closeAll(connection: DuckDBConnection, instance: DuckDBInstance): void {
  connection.closeSync();
  instance.closeSync();
}

function openError(folder: string, path: string, error: unknown): OpenStoreError {
  const message = error instanceof Error ? error.message : String(error);
  if (/lock/i.test(message)) {
    const mend = 'another process has it open: ask the running gateway over HTTP, or stop it';
    return { code: 'locked', path, message: `${folder} is in use; ${mend}` };
  }
  return { code: 'unreadable', path, message: `cannot open ${path}: ${message}` };
}
