import type { DuckDBConnection } from '@duckdb/node-api';
import type { RecordKey } from './frame-applier.ts';
import { RecentKeys } from './recent-keys.ts';

/** Keys whose fingerprints are kept: 128 MiB when there are so many. */
const RECENT_KEYS_MAX = 12_000_000;

const SOUGHT = `WITH sought AS (
  SELECT key[1] AS trace_id, key[2] AS span_id, key[3]::UBIGINT AS start_unix_nano
  FROM (SELECT unnest(from_json($keys, '[["VARCHAR"]]')) AS key))`;
const FOUND = 'SELECT DISTINCT sought.trace_id, sought.span_id FROM sought JOIN cost_records';
/** A record that is delivered again has the same start: only blocks of rows with such starts are read. */
const FIND_BY_START = `${SOUGHT} ${FOUND} USING (start_unix_nano, trace_id, span_id)
  WHERE cost_records.start_unix_nano BETWEEN $first::UBIGINT AND $last::UBIGINT`;
const FIND_ANYWHERE = `${SOUGHT} ${FOUND} USING (trace_id, span_id)`;

/**
 * Which keys are in the books, without an index of them in the database, which would have to be in memory as a whole.
 *
 * 1. A key whose fingerprint was never seen is new; that is nearly every one.
 * 2. Of another one the database is asked, first among the records with the same start, then among all.
 * 3. The fingerprints of what is in the database at the beginning are read by {@link load}. Until that has happened, and when
 *    there were more than are kept, the database is asked of every key: slower, and as exact.
 */
export class KnownKeys {
  readonly #recent: RecentKeys;
  #isLoaded = false;

  constructor(keysMax: number = RECENT_KEYS_MAX) {
    this.#recent = new RecentKeys(keysMax);
  }

  /** Whether the books may have it; `false` is certain. */
  mayHave({ traceId, spanId }: RecordKey): boolean {
    return !this.#isWhole || this.#recent.has(traceId, spanId);
  }

  /**
   * Adds keys that are about to be inserted, and tells which of them are not in the books yet; of two that are the same, the
   * first one. It may be told again of keys that were then not inserted.
   */
  async add(connection: DuckDBConnection, keys: readonly RecordKey[]): Promise<boolean[]> {
    const isCertain = this.#isWhole;
    const isNew = keys.map(({ traceId, spanId }) => this.#recent.add(traceId, spanId) && isCertain);
    if (isNew.every(Boolean)) return isNew;
    const first = new Map<string, { readonly key: RecordKey; readonly index: number }>();
    keys.forEach((key, index) => {
      const text = `${key.traceId} ${key.spanId}`;
      if (!first.has(text)) first.set(text, { key, index });
    });
    const doubtful = [...first.values()].filter(({ index }) => isNew[index] === false);
    const found = await findKeys(
      connection,
      doubtful.map(({ key }) => key),
    );
    for (const { key, index } of doubtful) isNew[index] = !found.has(`${key.traceId} ${key.spanId}`);
    return isNew;
  }

  /**
   * Reads the keys of the database; others may add some meanwhile.
   *
   * @param connection - One that nobody else uses.
   */
  async load(connection: DuckDBConnection, signal?: AbortSignal): Promise<void> {
    const result = await connection.stream('SELECT trace_id, span_id FROM cost_records');
    for await (const rows of result.yieldRows()) {
      if (signal?.aborted === true) return;
      for (const [traceId, spanId] of rows) this.#recent.add(String(traceId), String(spanId));
      if (!this.#recent.isWhole) return;
    }
    this.#isLoaded = true;
  }

  get #isWhole(): boolean {
    return this.#isLoaded && this.#recent.isWhole;
  }
}

async function findKeys(connection: DuckDBConnection, keys: readonly RecordKey[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const sql of [FIND_BY_START, FIND_ANYWHERE]) {
    const sought = keys.filter(({ traceId, spanId }) => !found.has(`${traceId} ${spanId}`));
    if (sought.length === 0) break;
    const rows = await connection.runAndReadAll(sql, parametersOf(sought, sql === FIND_BY_START));
    for (const [traceId, spanId] of rows.getRows()) found.add(`${String(traceId)} ${String(spanId)}`);
  }
  return found;
}

function parametersOf(keys: readonly RecordKey[], isByStart: boolean): Record<string, string> {
  const starts = keys.map(({ startTimeUnixNano }) => BigInt(startTimeUnixNano));
  const range = {
    first: String(starts.reduce((least, each) => (each < least ? each : least))),
    last: String(starts.reduce((greatest, each) => (each > greatest ? each : greatest))),
  };
  const sought = keys.map(({ traceId, spanId, startTimeUnixNano }) => [traceId, spanId, startTimeUnixNano]);
  return { keys: JSON.stringify(sought), ...(isByStart && range) };
}
