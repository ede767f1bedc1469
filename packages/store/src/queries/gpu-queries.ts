import type { CostRecord, GpuWindowRecord } from '@costspan/cost-model';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { GpuPeriod, GpuPoolMark, GpuSpan, StoredGpuRecord } from '../gpu-books.ts';
import { concernsPeriod } from '../gpu-span.ts';
import { StoreQueryError } from '../record-store.ts';

const RECORDS_MAX = 5_000_000;
const WINDOWS_MAX = 100_000;
const WINDOW_CHARACTERS_MAX = 2 ** 28;
const SPANS_MAX = 10_000;
const LAST_UNIX_NANO = 2n ** 64n - 1n;

type Row = readonly DuckDBValue[];

/**
 * The columns narrow it down: rows lie in the order of their arrival, so that the database passes over nearly all of
 * them by the least and greatest value of each block. A record has gaps between its intervals, which only it tells.
 */
export async function gpuRecords(
  connection: DuckDBConnection,
  query: GpuPeriod & { readonly pool: string },
  recordsMax: number = RECORDS_MAX,
): Promise<StoredGpuRecord[]> {
  const found: StoredGpuRecord[] = [];
  const sql = `SELECT record FROM cost_records WHERE gpu_pool = $pool AND status = 'priced'
    AND gpu_start_unix_nano < $until::UBIGINT AND gpu_end_unix_nano > $from::UBIGINT`;
  for await (const [value] of rowsOf(connection, sql, { pool: query.pool, ...periodOf(query) })) {
    const text = String(value);
    const record = JSON.parse(text) as CostRecord;
    if (!concernsPeriod(record, query)) continue;
    if (found.length === recordsMax) throw tooMuch(`${recordsMax} records of pool ${query.pool}`);
    found.push({ record, text });
  }
  return found;
}

export async function firstGpuStart(
  connection: DuckDBConnection,
  query: GpuPeriod & { readonly pool: string },
): Promise<bigint | undefined> {
  const sql = `SELECT min(gpu_start_unix_nano) FROM cost_records WHERE gpu_pool = $pool AND status = 'priced'
    AND gpu_start_unix_nano < $until::UBIGINT AND gpu_end_unix_nano > $from::UBIGINT`;
  for await (const [start] of rowsOf(connection, sql, { pool: query.pool, ...periodOf(query) })) {
    return start === null ? undefined : BigInt(String(start));
  }
  return undefined;
}

export async function gpuWindows(
  connection: DuckDBConnection,
  query: GpuPeriod & { readonly pool?: string | undefined },
  windowsMax: number = WINDOWS_MAX,
): Promise<GpuWindowRecord[]> {
  const found: GpuWindowRecord[] = [];
  let characters = 0;
  const sql = `SELECT arg_max(record, revision) FROM gpu_windows
    WHERE start_unix_nano >= $from::UBIGINT AND start_unix_nano < $until::UBIGINT
      AND ${query.pool === undefined ? 'TRUE' : 'pool = $pool'}
    GROUP BY pool, start_unix_nano ORDER BY pool, start_unix_nano`;
  const values = { ...periodOf(query), ...(query.pool !== undefined && { pool: query.pool }) };
  for await (const [value] of rowsOf(connection, sql, values)) {
    const text = String(value);
    characters += text.length;
    if (found.length === windowsMax) throw tooMuch(`${windowsMax} windows`);
    if (characters > WINDOW_CHARACTERS_MAX) throw tooMuch(`${WINDOW_CHARACTERS_MAX} characters of windows`);
    found.push(JSON.parse(text) as GpuWindowRecord);
  }
  return found;
}

export async function gpuWindowAt(
  connection: DuckDBConnection,
  { pool, unixNano }: { readonly pool: string; readonly unixNano: bigint },
): Promise<GpuWindowRecord | undefined> {
  const sql = `SELECT arg_max(record, revision) FROM gpu_windows
    WHERE pool = $pool AND start_unix_nano <= $from::UBIGINT AND end_unix_nano > $from::UBIGINT
    GROUP BY start_unix_nano ORDER BY start_unix_nano DESC LIMIT 1`;
  const { from } = periodOf({ fromUnixNano: unixNano, untilUnixNano: unixNano });
  for await (const [value] of rowsOf(connection, sql, { pool, from })) {
    return JSON.parse(String(value)) as GpuWindowRecord;
  }
  return undefined;
}

export async function gpuMarks(connection: DuckDBConnection): Promise<GpuPoolMark[]> {
  const found: GpuPoolMark[] = [];
  const sql = 'SELECT pool, observed_from_unix_nano, closed_until_unix_nano FROM gpu_pools ORDER BY pool';
  for await (const [pool, observedFrom, closedUntil] of rowsOf(connection, sql, {})) {
    found.push({
      pool: String(pool),
      observedFromUnixNano: String(observedFrom),
      closedUntilUnixNano: closedUntil === null ? null : String(closedUntil),
    });
  }
  return found;
}

/** Spans that overlap or touch become one: a new one begins where all the earlier ones have ended. */
export async function unsettledGpu(
  connection: DuckDBConnection,
  pool: string,
  spansMax: number = SPANS_MAX,
): Promise<GpuSpan[]> {
  const sql = `
    WITH active AS (
      SELECT gpu_start_unix_nano AS span_start, gpu_end_unix_nano AS span_end FROM cost_records
      WHERE gpu_pool = $pool AND status = 'priced' AND gpu_basis = 'estimated'
      UNION ALL SELECT start_unix_nano, end_unix_nano FROM gpu_reopened WHERE pool = $pool
    ), following AS (
      SELECT *, max(span_end) OVER (ORDER BY span_start, span_end
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended FROM active
    ), numbered AS (
      SELECT *, sum((ended IS NULL OR span_start > ended)::INTEGER) OVER (ORDER BY span_start, span_end
        ROWS UNBOUNDED PRECEDING) AS number FROM following
    )
    SELECT min(span_start), max(span_end) FROM numbered
    GROUP BY least(number, $spansMax) ORDER BY min(span_start)`;
  const found: GpuSpan[] = [];
  for await (const [start, end] of rowsOf(connection, sql, { pool, spansMax })) {
    found.push({ startUnixNano: BigInt(String(start)), endUnixNano: BigInt(String(end)) });
  }
  return found;
}

/** One row after another, of one state of the books; reading on in between lets others have their turn. */
async function* rowsOf(
  connection: DuckDBConnection,
  sql: string,
  values: Readonly<Record<string, DuckDBValue>>,
): AsyncGenerator<Row> {
  const result = await connection.stream(sql, values);
  for await (const rows of result.yieldRows()) yield* rows;
}

function periodOf({ fromUnixNano, untilUnixNano }: GpuPeriod): Readonly<Record<'from' | 'until', bigint>> {
  const clamped = (nano: bigint): bigint => (nano < 0n ? 0n : nano > LAST_UNIX_NANO ? LAST_UNIX_NANO : nano);
  return { from: clamped(fromUnixNano), until: clamped(untilUnixNano) };
}

function tooMuch(maximum: string): StoreQueryError {
  return new StoreQueryError('invalid_query', `there are more than ${maximum}; ask for a shorter period`);
}
