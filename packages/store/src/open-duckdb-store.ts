import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BooksDatabase } from './books-database.ts';
import {
  firstGpuStart,
  gpuMarks,
  gpuRecords,
  gpuWindowAt,
  gpuWindows,
  unsettledGpu,
} from './queries/gpu-queries.ts';
import type { QueryQueue } from './queries/query-queue.ts';
import { type RecordStore, StoreQueryError } from './record-store.ts';
import { RecordWriter } from './writer/record-writer.ts';
import { DATABASE_FILE, isDatabaseDamage, lockHolder, openDatabase } from './recovery/database-file.ts';
import { lockFolder } from './recovery/folder-lock.ts';
import { Maintenance, type MaintenanceOptions } from './recovery/maintenance.ts';
import { ARCHIVE_FOLDER, NewerSchemaError, type OpenBooks, openBooks } from './recovery/open-books.ts';
import { putAsideFrame } from './recovery/put-aside-frame.ts';
import { records, report, summary, topRequests } from './queries/report-queries.ts';
import type { StoreEvent } from './store-event.ts';

export { DATABASE_FILE } from './recovery/database-file.ts';

export interface OpenStoreOptions {
  /** The data folder; it is created when it does not exist. */
  readonly path: string;
  /** Records that may wait for a commit; a write beyond it is refused. Default 50,000. */
  readonly queuedRecordsMax?: number;
  /** Is told what happens besides the answers. What it throws is ignored. */
  readonly onEvent?: (event: StoreEvent) => void;
  /** When the archive is written. */
  readonly maintenance?: MaintenanceOptions;
}

export type OpenStoreResult =
  | { readonly ok: true; readonly store: RecordStore }
  | { readonly ok: false; readonly error: OpenStoreError };

/** `unreadable`: the folder or the disk cannot be used. A damaged database is no error: `RecordStore.recovery` tells of it. */
export interface OpenStoreError {
  readonly code: 'locked' | 'newer_schema' | 'unreadable';
  readonly path: string;
  readonly message: string;
}

const QUEUED_RECORDS_MAX = 50_000;

/**
 * Opens the embedded store of a data folder. One process at a time can have it open, and only once. Whatever state a crash
 * or a disk has left the folder in, it opens, and `RecordStore.recovery` tells what was found.
 */
export async function openDuckDbStore(options: OpenStoreOptions): Promise<OpenStoreResult> {
  let release: (() => void) | undefined;
  try {
    mkdirSync(options.path, { recursive: true });
    const folder = realpathSync(options.path);
    const lock = await lockFolder(folder);
    if (lock.holder !== undefined) return { ok: false, error: lockedError(options.path, lock.holder) };
    ({ release } = lock);
    const books = await openBooks(folder, new Date());
    try {
      return { ok: true, store: await openStore(folder, books, options, release) };
    } catch (error) {
      books.instance.closeSync();
      await books.journal.close();
      throw error;
    }
  } catch (error) {
    release?.();
    return { ok: false, error: openError(options.path, error) };
  }
}

async function openStore(
  folder: string,
  books: OpenBooks,
  options: OpenStoreOptions,
  release: () => void,
): Promise<RecordStore> {
  const onEvent = quietly(options.onEvent);
  const { journal, marks } = books;
  const onDatabaseError = (error: unknown): void => {
    if (!isDatabaseDamage(error)) return;
    const message = error instanceof Error ? error.message : String(error);
    onEvent({ code: 'database_damaged', message });
    marks.foundDamage(message).catch(() => undefined);
  };
  const openAgain = (): ReturnType<typeof openDatabase> => openDatabase(join(folder, DATABASE_FILE));
  const database = await BooksDatabase.connect(books.instance, openAgain, () => writer.untilAnswerable());
  const writer: RecordWriter = await RecordWriter.create({
    database,
    journal,
    queuedRecordsMax: options.queuedRecordsMax ?? QUEUED_RECORDS_MAX,
    now: () => Date.now(),
    putAside: (frame, error) => putAsideFrame(folder, frame, error, onEvent),
    onDatabaseError,
  });
  const maintained = {
    archiveFolder: join(folder, ARCHIVE_FOLDER),
    journal,
    whenApplied: () => writer.untilApplied(),
    read: (body: Parameters<BooksDatabase['read']>[0]) => database.read(body),
    onEvent: (event: StoreEvent) => {
      onEvent(event);
      if (event.code === 'archive_failed') onDatabaseError(event.message);
    },
  };
  const maintenance = new Maintenance(maintained, options.maintenance ?? {}, books.isArchiveDue);
  const close = async (): Promise<void> => {
    // Maintenance may wait for what the writer cannot apply, until the writer gives it up.
    await Promise.all([maintenance.close(), writer.close()]);
    await database.close();
    await journal.close();
    await marks.closedWell().catch(() => undefined);
    release();
  };
  return duckDbStore({ queries: database.queries, writer, recovery: books.report, onDatabaseError, close });
}

interface StoreParts {
  readonly queries: QueryQueue;
  readonly writer: RecordWriter;
  readonly recovery: RecordStore['recovery'];
  readonly onDatabaseError: (error: unknown) => void;
  readonly close: () => Promise<void>;
}

function duckDbStore({ queries, writer, recovery, onDatabaseError, close }: StoreParts): RecordStore {
  let closing: Promise<void> | undefined;
  const ask: QueryQueue['ask'] = (question) => {
    return queries.ask(question).catch((error: unknown) => {
      onDatabaseError(error);
      if (isOutOfMemory(error)) {
        const message = 'the answer needs more memory than a question may take: ask for a shorter period';
        throw new StoreQueryError('invalid_query', message);
      }
      if (!isDatabaseDamage(error)) throw error;
      throw new StoreQueryError('unavailable', 'a part of the database cannot be read');
    });
  };
  return {
    write: (batch, corrections) => writer.write(batch, corrections),
    append: (write) => writer.append(write),
    recentContexts: (sinceUnixMillis) => writer.recentContexts(sinceUnixMillis),
    get health() {
      return writer.health;
    },
    recovery,
    report: (query) => ask((connection) => report(connection, query)),
    summary: (period) => ask((connection) => summary(connection, period)),
    topRequests: (query) => ask((connection) => topRequests(connection, query)),
    records: (query) => ask((connection) => records(connection, query)),
    writeGpuWindows: (settlement) => writer.settle(settlement),
    gpuRecords: (query) => ask((connection) => gpuRecords(connection, query)),
    gpuWindows: (query) => ask((connection) => gpuWindows(connection, query)),
    firstGpuStart: (query) => ask((connection) => firstGpuStart(connection, query)),
    gpuWindowAt: (query) => ask((connection) => gpuWindowAt(connection, query)),
    gpuMarks: () => ask((connection) => gpuMarks(connection)),
    unsettledGpu: (pool) => ask((connection) => unsettledGpu(connection, pool)),
    checkpoint: () => ask(async (connection) => void (await connection.run('CHECKPOINT'))),
    close: () => (closing ??= close()),
  };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('Out of Memory Error');
}

/** A log that fails is no reason to stop. */
function quietly(onEvent: OpenStoreOptions['onEvent']): (event: StoreEvent) => void {
  return (event) => {
    try {
      onEvent?.(event);
    } catch {
      // Nobody is left to be told.
    }
  };
}

function openError(folder: string, cause: unknown): OpenStoreError {
  const path = join(folder, DATABASE_FILE);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof NewerSchemaError) return { code: 'newer_schema', path, message };
  const holder = lockHolder(cause);
  if (holder !== undefined) return lockedError(folder, holder);
  const mend = 'make the folder writable and free space on its disk, or name another data folder';
  return { code: 'unreadable', path, message: `cannot open ${path}: ${message}\n${mend}` };
}

function lockedError(folder: string, holder: string): OpenStoreError {
  const message = `${folder} is in use: ${holder} has it open; ask the running gateway instead, or stop it`;
  return { code: 'locked', path: join(folder, DATABASE_FILE), message };
}
