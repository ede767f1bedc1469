import { availableParallelism } from 'node:os';
import type { DuckDBConnection } from '@duckdb/node-api';
import { QueryQueue } from './queries/query-queue.ts';
import type { OpenDatabase } from './recovery/database-file.ts';

/**
 * What is not flushed to the database's file stays in memory; half of it would be written each time with a smaller one. The
 * journal is what makes a write durable, and how long the database takes to read this after a crash is all that it costs.
 */
const WAL_BYTES = '32MB';
/** Half of the cores are left to the gateway; on one of two, the database needs less time than on both. */
const THREADS = Math.max(1, Math.floor(availableParallelism() / 2));
/** Memory that is free is given back when there is more than this of it; DuckDB would keep some hundred megabytes. */
const FREE_BYTES = '64MB';
/** What writing takes at most, and what a question or an archive may take while it is under way. */
const WRITING_BYTES = '64MB';
const READING_BYTES = '384MB';
const SETTINGS = Object.entries({
  wal_autocheckpoint: WAL_BYTES,
  threads: THREADS,
  memory_limit: WRITING_BYTES,
  allocator_flush_threshold: FREE_BYTES,
  allocator_bulk_deallocation_flush_threshold: FREE_BYTES,
})
  .map(([name, value]) => `SET ${name} = '${value}'`)
  .join('; ');

/** The open database: one connection that writes, and one for the questions. */
export class BooksDatabase {
  #instance: OpenDatabase;
  #writing: DuckDBConnection;
  #reading: DuckDBConnection;
  readonly #openAgain: () => Promise<OpenDatabase>;
  /** Questions and archives that are under way. */
  #readings = 0;
  readonly queries: QueryQueue;

  private constructor(
    instance: OpenDatabase,
    [writing, reading]: readonly [DuckDBConnection, DuckDBConnection],
    openAgain: () => Promise<OpenDatabase>,
    untilApplied: () => Promise<void>,
  ) {
    this.#instance = instance;
    this.#writing = writing;
    this.#reading = reading;
    this.#openAgain = openAgain;
    this.queries = new QueryQueue(reading, untilApplied, (connection, read) =>
      this.#withMemory(connection, read),
    );
  }

  /**
   * @param openAgain - Opens the same database anew, after it was closed.
   * @param untilApplied - What each question waits for.
   */
  static async connect(
    instance: OpenDatabase,
    openAgain: () => Promise<OpenDatabase>,
    untilApplied: () => Promise<void>,
  ): Promise<BooksDatabase> {
    const connections = await connectionsOf(instance);
    return new BooksDatabase(instance, connections, openAgain, untilApplied);
  }

  get writing(): DuckDBConnection {
    return this.#writing;
  }

  /** A connection more; whoever asks for it closes it. */
  connect(): Promise<DuckDBConnection> {
    return this.#instance.connect();
  }

  /** Reads much on a connection of its own. */
  async read(read: (connection: DuckDBConnection) => Promise<void>): Promise<void> {
    const connection = await this.connect();
    try {
      await this.#withMemory(connection, () => read(connection));
    } finally {
      connection.closeSync();
    }
  }

  async #withMemory<Result>(connection: DuckDBConnection, read: () => Promise<Result>): Promise<Result> {
    this.#readings += 1;
    try {
      await connection.run(`SET memory_limit = '${READING_BYTES}'`);
      return await read();
    } finally {
      this.#readings -= 1;
      // It fails while more than that cannot be given back, and is set again after the next question.
      if (this.#readings === 0)
        await connection.run(`SET memory_limit = '${WRITING_BYTES}'`).catch(() => undefined);
    }
  }

  /**
   * Opens the database anew: after a failure in the middle of a commit DuckDB answers nothing any more.
   *
   * @throws Error of DuckDB; it may be tried again.
   */
  async reopen(): Promise<void> {
    await this.queries.reconnect(async () => {
      this.#closeAll();
      this.#instance = await this.#openAgain();
      [this.#writing, this.#reading] = await connectionsOf(this.#instance);
      return this.#reading;
    });
  }

  /** Answers the questions that wait, and closes; nothing may be written any more. */
  async close(): Promise<void> {
    await this.queries.close();
    this.#closeAll();
  }

  #closeAll(): void {
    this.#reading.closeSync();
    this.#writing.closeSync();
    this.#instance.closeSync();
  }
}

async function connectionsOf(instance: OpenDatabase): Promise<readonly [DuckDBConnection, DuckDBConnection]> {
  const writing = await instance.connect();
  await writing.run(SETTINGS);
  return [writing, await instance.connect()];
}
