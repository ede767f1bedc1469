import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { RecordKey } from './frame-applier.ts';
import { RecentKeys } from './recent-keys.ts';

/** Keys whose fingerprints are kept: 64 MiB when there are so many. */
const RECENT_KEYS_MAX = 6_000_000;
/** Rows of which the keys are read at once: some milliseconds of work between which others get their turn. */
const ROWS_AT_ONCE = 10_240;

const SOUGHT = `WITH sought AS (
  SELECT key[1] AS trace_id, key[2] AS span_id, key[3]::UBIGINT AS start_unix_nano
  FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS key))`;
const FOUND = 'SELECT DISTINCT sought.trace_id, sought.span_id FROM sought JOIN cost_records';
/** A record that is delivered again has the same start: only blocks of rows with such starts are read. */
const FIND_BY_START = `${SOUGHT} ${FOUND} USING (start_unix_nano, trace_id, span_id)
  WHERE cost_records.start_unix_nano BETWEEN $first::UBIGINT AND $last::UBIGINT`;
const FIND_ANYWHERE = `${SOUGHT} ${FOUND} USING (trace_id, span_id)`;

const TRACE_CHARACTERS = 32;
const KEY_CHARACTERS = TRACE_CHARACTERS + 16;
const IS_PLAIN = `strlen(trace_id) = 32 AND length(trace_id) = 32 AND strlen(span_id) = 16 AND length(span_id) = 16`;
/** Ids as they should be are one long text, which is many times faster to read than a value for each. */
const READ_KEYS = `SELECT string_agg(trace_id || span_id, '') FILTER (${IS_PLAIN}),
    to_json(list([trace_id, span_id]) FILTER (NOT (${IS_PLAIN}))), max(start_unix_nano)
  FROM cost_records WHERE rowid >= $1 AND rowid < $2`;
const ROWS = 'SELECT max(rowid) + 1, max(start_unix_nano) FROM cost_records';
const LAST_START_BEFORE = 'SELECT max(start_unix_nano) FROM cost_records WHERE rowid < $1';

/**
 * Which keys are in the books, without an index of them in the database, which would have to be in memory as a whole.
 *
 * 1. The fingerprints of the last keys are kept, and the latest start among those that are not kept any more, or were not read
 *    yet by {@link load}. A key without a fingerprint that starts later is new; that is nearly every one.
 * 2. Of another one the database is asked, among the records with the same start.
 * 3. Of one whose fingerprint is there, but with another start, it is asked among all records.
 *
 * A record is therefore never in the books twice, unless it comes again with another start after its fingerprint was forgotten:
 * to search all of the books for that, with every batch, would bring the writer to a halt.
 */
export class KnownKeys {
  readonly #recent: RecentKeys;
  /** No record of the database that was not read starts later. */
  #unreadUntilNano: number = Number.POSITIVE_INFINITY;

  constructor(keysMax: number = RECENT_KEYS_MAX) {
    this.#recent = new RecentKeys(keysMax);
  }

  /** Whether the key was added or read, and is not forgotten. */
  hasSeen({ traceId, spanId }: RecordKey): boolean {
    return this.#recent.has(traceId, spanId);
  }

  /** Whether the books may have it, with this start if it was not seen; `false` is certain. */
  mayHave(key: RecordKey): boolean {
    return !this.#isBeyondForgotten(key) || this.hasSeen(key);
  }

  /**
   * Adds keys that are about to be inserted, and tells which of them are not in the books yet; of two that are the same, the
   * first one. It may be told again of keys that were then not inserted.
   */
  async add(connection: DuckDBConnection, keys: readonly RecordKey[]): Promise<boolean[]> {
    const isSeen = keys.map((key) => {
      return !this.#recent.add(key.traceId, key.spanId, Number(key.startTimeUnixNano));
    });
    const isNew = keys.map((key, index) => isSeen[index] === false && this.#isBeyondForgotten(key));
    if (isNew.every(Boolean)) return isNew;
    const told = new Set<string>();
    const doubtful: DoubtfulKey[] = [];
    keys.forEach((key, index) => {
      const text = `${key.traceId} ${key.spanId}`;
      const isFirst = !told.has(text);
      told.add(text);
      if (isFirst && isNew[index] === false)
        doubtful.push({ key, text, index, isSeen: isSeen[index] === true });
    });
    const found = await findKeys(connection, doubtful);
    for (const { text, index } of doubtful) isNew[index] = !found.has(text);
    return isNew;
  }

  /**
   * Reads the keys of the database, the newest ones first, as many as are kept; others may add some meanwhile.
   *
   * @param connection - One that nobody else uses.
   */
  async load(connection: DuckDBConnection, signal?: AbortSignal): Promise<void> {
    // Numbers of rows hold within a transaction.
    await connection.run('BEGIN TRANSACTION READ ONLY');
    try {
      const [rows, lastStartNano] = await readRow(connection, ROWS);
      this.#unreadUntilNano = nanoOf(lastStartNano);
      let unread = Number(rows ?? 0);
      while (unread > 0 && this.#recent.freeKeys >= ROWS_AT_ONCE) {
        const first = Math.max(0, unread - ROWS_AT_ONCE);
        const keys = await readRow(connection, READ_KEYS, [BigInt(first), BigInt(unread)]);
        if (signal?.aborted === true) return;
        this.#remember(keys);
        unread = first;
      }
      const [unreadStartNano] = await readRow(connection, LAST_START_BEFORE, [BigInt(unread)]);
      this.#unreadUntilNano = nanoOf(unreadStartNano);
    } finally {
      await connection.run('ROLLBACK');
    }
  }

  #remember([plain, others, lastStartNano]: readonly DuckDBValue[]): void {
    // No key of the rows starts later, and which one starts when does not matter.
    const startNano = nanoOf(lastStartNano);
    const text = String(plain ?? '');
    for (let at = 0; at < text.length; at += KEY_CHARACTERS) {
      const spanAt = at + TRACE_CHARACTERS;
      this.#recent.add(text.slice(at, spanAt), text.slice(spanAt, at + KEY_CHARACTERS), startNano);
    }
    for (const [traceId, spanId] of JSON.parse(String(others ?? '[]')) as [string, string][]) {
      this.#recent.add(traceId, spanId, startNano);
    }
  }

  /** Whether it starts later than every key that has no fingerprint. */
  #isBeyondForgotten({ startTimeUnixNano }: RecordKey): boolean {
    const startNano = Number(startTimeUnixNano);
    return startNano > this.#unreadUntilNano && startNano > this.#recent.forgottenUntilNano;
  }
}

interface DoubtfulKey {
  readonly key: RecordKey;
  readonly text: string;
  readonly index: number;
  readonly isSeen: boolean;
}

async function readRow(
  connection: DuckDBConnection,
  sql: string,
  values: DuckDBValue[] = [],
): Promise<readonly DuckDBValue[]> {
  const reader = await connection.runAndReadAll(sql, values);
  return reader.getRows()[0] ?? [];
}

/** The greatest start of some rows; of none, any start is later. */
function nanoOf(value: DuckDBValue | undefined): number {
  return value === null || value === undefined ? Number.NEGATIVE_INFINITY : Number(value);
}

/** Those that the database has, as their texts. */
async function findKeys(
  connection: DuckDBConnection,
  keys: readonly DoubtfulKey[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const find = async (sql: string, sought: readonly DoubtfulKey[]): Promise<void> => {
    if (sought.length === 0) return;
    const rows = await connection.runAndReadAll(sql, parametersOf(sought, sql === FIND_BY_START));
    for (const [traceId, spanId] of rows.getRows()) found.add(`${String(traceId)} ${String(spanId)}`);
  };
  await find(FIND_BY_START, keys);
  await find(
    FIND_ANYWHERE,
    keys.filter(({ text, isSeen }) => isSeen && !found.has(text)),
  );
  return found;
}

function parametersOf(keys: readonly DoubtfulKey[], isByStart: boolean): Record<string, string> {
  const starts = keys.map(({ key }) => BigInt(key.startTimeUnixNano));
  const range = {
    first: String(starts.reduce((least, each) => (each < least ? each : least))),
    last: String(starts.reduce((greatest, each) => (each > greatest ? each : greatest))),
  };
  const sought = keys.map(({ key }) => [key.traceId, key.spanId, key.startTimeUnixNano]);
  return { keys: JSON.stringify(sought), ...(isByStart && range) };
}
