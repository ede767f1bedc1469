import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export const DATABASE_FILE = 'records.duckdb';
/** Beside the database and of the same name: what was committed and is not in the file yet. */
export const WAL_SUFFIX = '.wal';

/** Nothing is ever fetched at run time: all that the store needs is built in. */
const DATABASE_OPTIONS = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  memory_limit: '384MB',
};

/** @throws Error of DuckDB. */
export function openInstance(
  path: string,
  options: Readonly<Record<string, string>> = {},
): Promise<DuckDBInstance> {
  return DuckDBInstance.create(path, { ...DATABASE_OPTIONS, ...options });
}

/**
 * Rows that are compressed together. The last such group is written anew by each checkpoint, and is in memory meanwhile: with
 * DuckDB's 122,880 rows, that would be most of the work of a write, and 160 MB.
 *
 * @see https://duckdb.org/docs/stable/guides/performance/file_formats.html
 */
const ROWS_PER_GROUP = 10_240;
const NAME = 'books';

/** A database that is open; whoever asks for a connection closes it. */
export interface OpenDatabase {
  connect(): Promise<DuckDBConnection>;
  /** Folds the write-ahead log into the file, when no connection is left. */
  closeSync(): void;
}

/**
 * Opens the database of the books. DuckDB takes the rows of a group only for a database that is attached.
 *
 * @throws Error of DuckDB.
 */
export async function openDatabase(path: string): Promise<OpenDatabase> {
  // What does not fit into memory is written beside the database, not to the folder that the process happens to be in.
  const instance = await openInstance(':memory:', { temp_directory: `${path}.tmp` });
  try {
    const connection = await instance.connect();
    await connection.run(`ATTACH ${quotedSql(path)} AS ${NAME} (ROW_GROUP_SIZE ${ROWS_PER_GROUP})`);
    connection.closeSync();
  } catch (error) {
    instance.closeSync();
    throw error;
  }
  return {
    connect: async () => {
      const connection = await instance.connect();
      await connection.run(`USE ${NAME}`);
      return connection;
    },
    closeSync: () => instance.closeSync(),
  };
}

/** A path or a text as SQL writes it. */
export function quotedSql(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The one who holds a database, as DuckDB's refusal to open it names him; `undefined` when it failed for another reason. */
export function lockHolder(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : String(error);
  if (!/could not set lock on file|used by another process/i.test(message)) return undefined;
  const holder = /\(PID \d+\)/.exec(message)?.[0];
  return holder === undefined ? 'another process' : `another process ${holder}`;
}

/** Whether a failure says that the file is damaged, or that the database has stopped because of that. */
export function isDatabaseDamage(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return /corrupt|checksum|database has been invalidated|internal error|could not read enough bytes|failed to deserialize|serialization error/i.test(
    message,
  );
}

/** Failures of the machine, which say nothing about the file. */
export function isNoDamage(error: unknown): boolean {
  if (lockHolder(error) !== undefined) return true;
  const message = error instanceof Error ? error.message : String(error);
  return /no space left|permission denied|too many open files|out of memory|cannot allocate|read-only file system|disk quota|no such file or directory/i.test(
    message,
  );
}
