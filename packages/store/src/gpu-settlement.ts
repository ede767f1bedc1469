import { assert, type CostRecord, type GpuWindowRecord } from '@costspan/cost-model';
import { type DuckDBConnection, INTEGER, VARCHAR } from '@duckdb/node-api';
import { setImmediate } from 'node:timers/promises';
import { appendRows, createTemporaryTable, rowOf } from './append-rows.ts';
import type { GpuPeriod, GpuPoolMark, GpuSettlement } from './gpu-books.ts';
import { gpuSpanOf } from './gpu-span.ts';
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

const RECORDS_PER_TURN = 512;

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

const SET_RECORDS = `UPDATE cost_records SET
  ${RECORD_COLUMNS.filter(({ name }) => !KEPT_COLUMNS.includes(name))
    .map(({ name }) => `${name} = settled.${name}`)
    .join(', ')}, segment = $segment
  FROM settled WHERE ${IS_SETTLED}`;
const UPDATE_SETTLED = `${SET_RECORDS} AND cost_records.record = settled.before_record`;
const PUT_SETTLED = `${SET_RECORDS} AND cost_records.record <> settled.record`;
const MOVE_TO_SEGMENT = `UPDATE cost_records SET segment = $segment FROM settled WHERE ${IS_SETTLED}`;
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
 * @param segment - Of the journal, that the settlement will presumably be in.
 * @returns False when it is stale, after which the transaction is to be rolled back.
 */
export async function writeSettlement(
  connection: DuckDBConnection,
  settlement: GpuSettlement,
  segment: number,
): Promise<boolean> {
  if (!(await stageWindows(connection, settlement.windows))) return false;
  await stageRecords(connection, startChecked(settlement.settled));
  const updated = await connection.run(UPDATE_SETTLED, { segment });
  if (updated.rowsChanged !== settlement.settled.length) return false;
  await putWindowsAndMarks(connection, settlement);
  return true;
}

/** Puts the records that a settlement in the open transaction has changed to the segment that it came to be in. */
export async function moveToSegment(connection: DuckDBConnection, segment: number): Promise<void> {
  await connection.run(MOVE_TO_SEGMENT, { segment });
}

/** Empties the tables in memory at the end of the transaction that wrote a settlement. */
export async function endSettlement(connection: DuckDBConnection): Promise<void> {
  await connection.run('DELETE FROM settled');
  await connection.run('DELETE FROM settled_windows');
}

/** What is journaled of a settlement: the texts before are its proof and not needed once it is decided. */
interface SettlementPayload {
  readonly windows: readonly GpuWindowRecord[];
  readonly marks: readonly GpuPoolMark[];
  readonly settled: readonly CostRecord[];
}

/** The payload of its frame, made a chunk at a time, so that others get their turn in between. */
export async function settlementPayload({ windows, marks, settled }: GpuSettlement): Promise<string> {
  const texts: string[] = [];
  for (const { after } of settled) {
    texts.push(JSON.stringify(after));
    if (texts.length % RECORDS_PER_TURN === 0) await setImmediate();
  }
  return `{"windows":${JSON.stringify(windows)},"marks":${JSON.stringify(marks)},"settled":[${texts.join(',')}]}`;
}

/**
 * Tells of a correction whether it concerns what is settled: one of its records, or its windows' time, which it reopens. Of the
 * two, whatever comes later in the journal has the last word.
 */
export function settlementScope({ windows, settled }: GpuSettlement): (correction: CostRecord) => boolean {
  const keys = new Set(settled.map(({ after }) => `${after.traceId} ${after.spanId}`));
  const spans = windows.map(({ startUnixNano, endUnixNano }) => ({
    fromUnixNano: unixNanoOf(startUnixNano),
    untilUnixNano: unixNanoOf(endUnixNano),
  }));
  return (record) =>
    keys.has(`${record.traceId} ${record.spanId}`) || spans.some((span) => mayConcern(record, span));
}

/** A correction may have lost what tells when the call was worked on; it was so between its start and its end. */
function mayConcern(record: CostRecord, { fromUnixNano, untilUnixNano }: GpuPeriod): boolean {
  const active = gpuSpanOf(record) ?? {
    startUnixNano: unixNanoOf(record.startTimeUnixNano),
    endUnixNano: 0n,
  };
  const endUnixNano = unixNanoOf(record.endTimeUnixNano);
  const end = endUnixNano > active.endUnixNano ? endUnixNano : active.endUnixNano;
  return active.startUnixNano < untilUnixNano && end >= fromUnixNano;
}

/**
 * Writes a settlement that was decided, from the journal. What it brings may be there already: nothing is changed by doing it
 * again.
 */
export async function replaySettlement(
  connection: DuckDBConnection,
  payload: string,
  segment: number,
): Promise<void> {
  const { windows, marks, settled } = JSON.parse(payload) as SettlementPayload;
  await stageWindows(connection, windows);
  await stageRecords(
    connection,
    settled.map((after) => ({ before: '', after })),
  );
  await connection.run(PUT_SETTLED, { segment });
  await putWindowsAndMarks(connection, { windows, marks });
  await endSettlement(connection);
}

/** @returns False when the books have a window in the same revision that is another one. */
async function stageWindows(
  connection: DuckDBConnection,
  windows: readonly GpuWindowRecord[],
): Promise<boolean> {
  if (windows.length === 0) return true;
  const rows = distinct(windows, ({ pool, startUnixNano, revision }) =>
    [pool, startUnixNano, revision].join(' '),
  );
  await appendRows(connection, 'settled_windows', WINDOW_COLUMNS, rowsOf(WINDOW_COLUMNS, rows));
  const others = await connection.runAndReadAll(OTHER_BOOKS);
  return others.currentRowCount === 0;
}

async function stageRecords(connection: DuckDBConnection, settled: Iterable<Settled>): Promise<void> {
  const rows = distinct(settled, ({ after }) => `${after.traceId} ${after.spanId}`);
  await appendRows(connection, 'settled', SETTLED_COLUMNS, rowsOf(SETTLED_COLUMNS, rows));
}

async function putWindowsAndMarks(
  connection: DuckDBConnection,
  { windows, marks }: Pick<GpuSettlement, 'windows' | 'marks'>,
): Promise<void> {
  if (windows.length > 0) {
    await connection.run(INSERT_WINDOWS);
    await connection.run(CLOSE_REOPENED);
    await connection.run(SHORTEN_REOPENED);
  }
  for (const { pool, observedFromUnixNano, closedUntilUnixNano } of marks) {
    await connection.run(PUT_MARK, {
      pool,
      observedFrom: unixNanoOf(observedFromUnixNano),
      closedUntil: closedUntilUnixNano === null ? null : unixNanoOf(closedUntilUnixNano),
    });
  }
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
