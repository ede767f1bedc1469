import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { MANIFEST_FILES } from '../archive/archive-manifest.ts';
import { writeArchive } from '../archive/record-archive.ts';
import type { Journal } from '../journal/journal.ts';
import type { StoreEvent } from '../store-event.ts';

export interface MaintenanceOptions {
  /** Between two archives. Default one day. */
  readonly everyMillis?: number;
  /** How often it is looked whether one is due; the first time soon after the opening. Default one minute. */
  readonly checkMillis?: number;
  /** For so long the journal is kept in any case. Default 15 minutes. */
  readonly keepJournalMillis?: number;
}

/** What maintenance works on. */
export interface MaintainedBooks {
  readonly archiveFolder: string;
  readonly journal: Journal;
  /** Resolves when everything is applied that is in the journal at the call. */
  readonly whenApplied: () => Promise<unknown>;
  /** Reads on a connection that nobody else uses. */
  readonly read: (read: (connection: DuckDBConnection) => Promise<void>) => Promise<void>;
  readonly onEvent: (event: StoreEvent) => void;
}

const EVERY_MILLIS = 86_400_000;
const CHECK_MILLIS = 60_000;
const KEEP_JOURNAL_MILLIS = 15 * 60_000;
/** Segments that may gather before a day is over: 16 GiB before they are compressed. */
const SEGMENTS_MAX = 256;

/**
 * Archives what the journal brought and then removes that part of the journal, once a day.
 *
 * 1. The segment that is written to is closed.
 * 2. When it is applied, the days that were changed are written to the archive.
 * 3. Segments that are archived and older than some minutes are removed.
 *
 * Nothing is lost if any of it fails: it is tried again with the next check.
 */
export class Maintenance {
  readonly #books: MaintainedBooks;
  readonly #options: MaintenanceOptions;
  readonly #timer: NodeJS.Timeout;
  #isDue: boolean;
  #archivedThrough: number;
  #running: Promise<void> | undefined;
  #connection: DuckDBConnection | undefined;
  #isClosed = false;

  /** @param isDue - Whether the first check is to archive, however short ago the last archive was written. */
  constructor(books: MaintainedBooks, options: MaintenanceOptions, isDue: boolean) {
    this.#books = books;
    this.#options = options;
    this.#isDue = isDue;
    this.#archivedThrough = books.journal.end.segment;
    this.#timer = setInterval(() => void this.check(), options.checkMillis ?? CHECK_MILLIS);
    this.#timer.unref();
  }

  /** Archives when it is due. Never rejects. */
  async check(): Promise<void> {
    this.#running ??= this.#checkOnce().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Stops what is under way, which leaves the archive as it was, and waits for that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#connection?.interrupt();
    await this.#running;
  }

  async #checkOnce(): Promise<void> {
    try {
      if (this.#isClosed || !(await this.#isArchiveDue())) return;
      await this.#archive();
      this.#isDue = false;
    } catch (error) {
      if (this.#isClosed) return;
      const message = error instanceof Error ? error.message : String(error);
      this.#books.onEvent({ code: 'archive_failed', message });
    }
  }

  async #isArchiveDue(): Promise<boolean> {
    if (this.#isDue || this.#books.journal.end.segment - this.#archivedThrough > SEGMENTS_MAX) return true;
    const manifest = join(this.#books.archiveFolder, MANIFEST_FILES[0] ?? '');
    const writtenMillis = await stat(manifest).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    return Date.now() - writtenMillis >= (this.#options.everyMillis ?? EVERY_MILLIS);
  }

  async #archive(): Promise<void> {
    const { journal, archiveFolder } = this.#books;
    const startMillis = Date.now();
    const closed = await journal.rotate();
    await this.#books.whenApplied();
    if (this.#isClosed) return;
    await this.#books.read(async (connection) => {
      this.#connection = connection;
      try {
        if (this.#isClosed) return;
        const { throughSegment, days } = await writeArchive(connection, archiveFolder, closed);
        this.#archivedThrough = throughSegment;
        const records = days.reduce((sum, day) => sum + day.records, 0);
        const tookMillis = Date.now() - startMillis;
        this.#books.onEvent({ code: 'archived', throughSegment, days: days.length, records, tookMillis });
      } finally {
        this.#connection = undefined;
      }
    });
    if (this.#isClosed) return;
    const kept = await journal.placeBefore(
      Date.now() - (this.#options.keepJournalMillis ?? KEEP_JOURNAL_MILLIS),
    );
    await journal.removeThrough(Math.min(closed, kept.segment - 1));
  }
}
