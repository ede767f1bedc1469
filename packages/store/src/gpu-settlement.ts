import { assert, type GpuWindowRecord } from '@costspan/cost-model';
import { type DuckDBConnection, INTEGER, VARCHAR } from '@duckdb/node-api';
import { appendRows, createTemporaryTable, rowOf } from './append-rows.ts';
import type { GpuPoolMark, GpuSettlement } from './gpu-books.ts';
import { RECORD_COLUMNS } from './record-columns.ts';
import { moneyColumn, type TableColumn, textColumn, unixNanoColumn, unixNanoOf } from './table-column.ts';

const WINDOW_COLUMNS: readonly TableColumn<GpuWindowRecord>[] = [
  textColumn('pool', (window) => window.pool),
  unixNanoColumn('start_unix_nano', (window) => window.startUnixNano),
  unixNanoColumn('end_unix_nano', (window) => window.endUnixNano),
  { name: 'revision', type: INTEGER, read: revision },
  textColumn('currency', (window) => window.currency),
  moneyColumn('bill', (window) => window.bill),
  moneyColumn('used', (window) => window.used),
  moneyColumn('slack', (window) => window.slack),
  moneyColumn('idle', (window) => window.idle),
  moneyColumn('unsampled', (window) => window.unsampled),
  moneyColumn('overhead', (window) => window.overhead),
  textColumn('record', (window) => JSON.stringify(window)),
];
const WINDOW_NAMES = WINDOW_COLUMNS.map(({ name }) => name).join(', ');

type Settled = GpuSettlement['settled'][number];

const SETTLED_COLUMNS: readonly TableColumn<Settled>[] = [
  ...RECORD_COLUMNS.map(({ name, type, read }) => ({
    name,
    type,
    read: ({ after }: Settled) => read(after),
  })),
  { name: 'before_record', type: VARCHAR, read: ({ before }) => before },
];
/** The start is there for the database, which passes over blocks of rows by it: it has no index of the texts. */
const IS_SETTLED = `cost_records.trace_id = settled.trace_id AND cost_records.span_id = settled.span_id
  AND cost_records.start_unix_nano = settled.start_unix_nano`;
const KEPT_COLUMNS: readonly string[] = ['trace_id', 'span_id', 'start_unix_nano'];

const UPDATE_SETTLED = `UPDATE cost_records SET
  ${RECORD_COLUMNS.filter(({ name }) => !KEPT_COLUMNS.includes(name))
    .map(({ name }) => `${name} = settled.${name}`)
    .join(', ')}
  FROM settled WHERE ${IS_SETTLED} AND cost_records.record = settled.before_record`;
const OTHER_BOOKS = `SELECT 1 FROM settled_windows JOIN gpu_windows USING (pool, start_unix_nano, revision)
  WHERE gpu_windows.record <> settled_windows.record LIMIT 1`;
const INSERT_WINDOWS = `INSERT INTO gpu_windows (${WINDOW_NAMES}) SELECT ${WINDOW_NAMES} FROM settled_windows
  ON CONFLICT DO NOTHING`;
const PUT_MARK = `INSERT INTO gpu_pools VALUES ($pool, $observedFrom::UBIGINT, $closedUntil::UBIGINT)
  ON CONFLICT (pool) DO UPDATE SET closed_until_unix_nano =
    greatest(gpu_pools.closed_until_unix_nano, excluded.closed_until_unix_nano)`;

/** What a window covers of a reopened time is settled with it; a longer one goes on behind it. */
const CLOSE_REOPENED = `DELETE FROM gpu_reopened USING settled_windows AS settled
  WHERE gpu_reopened.pool = settled.pool AND gpu_reopened.start_unix_nano >= settled.start_unix_nano
    AND gpu_reopened.end_unix_nano <= settled.end_unix_nano`;
const SHORTEN_REOPENED = `UPDATE gpu_reopened SET start_unix_nano = settled.end_unix_nano FROM settled_windows AS settled
  WHERE gpu_reopened.pool = settled.pool AND gpu_reopened.start_unix_nano >= settled.start_unix_nano
    AND gpu_reopened.start_unix_nano < settled.end_unix_nano`;

/** Makes the tables in memory that {@link writeSettlement} fills. */
export async function prepareSettlements(connection: DuckDBConnection): Promise<void> {
  await connection.run(createTemporaryTable('settled', SETTLED_COLUMNS));
  await connection.run(createTemporaryTable('settled_windows', WINDOW_COLUMNS));
}

/**
 * Writes a settlement in the transaction that is open.
 *
 * @returns False when it is stale, after which the transaction is to be rolled back.
 */
export async function writeSettlement(
  connection: DuckDBConnection,
  settlement: GpuSettlement,
): Promise<boolean> {
  return (
    (await insertWindows(connection, settlement.windows)) &&
    (await updateRecords(connection, settlement.settled)) &&
    (await putMarks(connection, settlement.marks))
  );
}

async function insertWindows(
  connection: DuckDBConnection,
  windows: readonly GpuWindowRecord[],
): Promise<boolean> {
  if (windows.length === 0) return true;
  const rows = distinct(windows, ({ pool, startUnixNano, revision }) =>
    [pool, startUnixNano, revision].join(' '),
  );
  await appendRows(connection, 'settled_windows', WINDOW_COLUMNS, rowsOf(WINDOW_COLUMNS, rows));
  const others = await connection.runAndReadAll(OTHER_BOOKS);
  if (others.currentRowCount > 0) return false;
  await connection.run(INSERT_WINDOWS);
  await connection.run(CLOSE_REOPENED);
  await connection.run(SHORTEN_REOPENED);
  await connection.run('DELETE FROM settled_windows');
  return true;
}

async function updateRecords(connection: DuckDBConnection, settled: readonly Settled[]): Promise<boolean> {
  if (settled.length === 0) return true;
  const rows = distinct(settled, ({ after }) => `${after.traceId} ${after.spanId}`);
  await appendRows(connection, 'settled', SETTLED_COLUMNS, rowsOf(SETTLED_COLUMNS, startChecked(rows)));
  const { rowsChanged } = await connection.run(UPDATE_SETTLED);
  if (rowsChanged !== settled.length) return false;
  await connection.run('DELETE FROM settled');
  return true;
}

async function putMarks(connection: DuckDBConnection, marks: readonly GpuPoolMark[]): Promise<true> {
  for (const { pool, observedFromUnixNano, closedUntilUnixNano } of marks) {
    await connection.run(PUT_MARK, {
      pool,
      observedFrom: unixNanoOf(observedFromUnixNano),
      closedUntil: closedUntilUnixNano === null ? null : unixNanoOf(closedUntilUnixNano),
    });
  }
  return true;
}

function* rowsOf<Source>(
  columns: readonly TableColumn<Source>[],
  sources: Iterable<Source>,
): Generator<ReturnType<typeof rowOf>> {
  for (const source of sources) yield rowOf(columns, source);
}

function* distinct<Source>(sources: Iterable<Source>, keyOf: (source: Source) => string): Generator<Source> {
  const seen = new Set<string>();
  for (const source of sources) {
    const key = keyOf(source);
    assert(!seen.has(key), 'a settlement names each record and each revision of a window once', { key });
    seen.add(key);
    yield source;
  }
}

function* startChecked(settled: Iterable<Settled>): Generator<Settled> {
  for (const each of settled) {
    const start = `"startTimeUnixNano":"${each.after.startTimeUnixNano}"`;
    assert(each.before.includes(start), 'a settled record keeps its start', { start });
    yield each;
  }
}

function revision({ revision: number }: GpuWindowRecord): number {
  assert(number >= 1 && number < 2 ** 31 && Number.isInteger(number), 'revisions are counted from 1', {
    number,
  });
  return number;
}
