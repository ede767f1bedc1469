import { copyFile, rename, rm } from 'node:fs/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { JournalFrame } from '../journal/journal-frame.ts';
import { writePayload } from '../writer/write-payload.ts';
import { quotedSql, WAL_SUFFIX } from './database-file.ts';
import { writeTrimmedWal } from './trim-wal.ts';

/** Rows that are read at once, and rows that are given up when one of them cannot be read: DuckDB's row group and vector. */
const ROWS_AT_ONCE = 122_880;
const ROWS_AT_LEAST = 2048;
/** Rows whose texts are in memory at a time. */
const TEXTS_AT_ONCE = 1000;

/** What could be read of a damaged database. */
export interface Salvaged {
  /** Whether it could be opened at all. */
  readonly isOpened: boolean;
  /** Records that it has, whether or not they could be read. */
  readonly records: number;
}

export type SalvagedTable = 'cost_records' | 'gpu_windows';

/** A table of a damaged database, a number of its rows' `record` texts at a time. */
export type OnSalvaged = (table: SalvagedTable, texts: readonly string[]) => Promise<void>;

/**
 * Reads what can be read of a damaged database that lies in the quarantine, and what the books do not have.
 *
 * 1. It is attached for reading with its WAL, or else with as much of the WAL as is whole, or else without one.
 * 2. Its rows are read by their numbers. Where that fails, halves are tried, down to 2,048 rows, which share a block.
 *
 * Only the texts of the records are read: everything else is derived from them.
 */
export async function salvageDatabase(
  connection: DuckDBConnection,
  path: string,
  onSalvaged: OnSalvaged,
): Promise<Salvaged> {
  if (!(await attach(connection, path))) return { isOpened: false, records: 0 };
  try {
    const records = await salvageTable(connection, 'cost_records', onSalvaged);
    await salvageTable(connection, 'gpu_windows', onSalvaged);
    return { isOpened: true, records };
  } finally {
    await connection.run('DETACH damaged').catch(() => undefined);
  }
}

/** What brings salvaged rows to the books: a write of records, or a settlement that has windows and nothing else. */
export function salvagedFrame(table: SalvagedTable, texts: readonly string[], at: Date): JournalFrame {
  const atUnixMillis = at.getTime();
  if (table === 'cost_records') {
    const payload = writePayload({ records: texts, corrections: [] });
    return { kind: 'write', atUnixMillis, recordCount: texts.length, payload };
  }
  const payload = `{"windows":[${texts.join(',')}],"marks":[],"settled":[]}`;
  return { kind: 'settlement', atUnixMillis, recordCount: 0, payload };
}

async function attach(connection: DuckDBConnection, path: string): Promise<boolean> {
  const wal = `${path}${WAL_SUFFIX}`;
  const original = `${wal}.original`;
  const attempts: (() => Promise<unknown>)[] = [
    () => Promise.resolve(),
    async () => {
      await copyFile(wal, original);
      if (!(await writeTrimmedWal(original, wal))) throw new Error('no transaction is whole');
    },
    () => rm(wal, { force: true }),
  ];
  try {
    for (const prepare of attempts) {
      try {
        await prepare();
        await connection.run(`ATTACH ${quotedSql(path)} AS damaged (READ_ONLY)`);
        return true;
      } catch {
        // The next one asks for less.
      }
    }
    return false;
  } finally {
    await rename(original, wal).catch(() => undefined);
  }
}

/** Gives the number of its rows. */
async function salvageTable(
  connection: DuckDBConnection,
  table: SalvagedTable,
  onSalvaged: OnSalvaged,
): Promise<number> {
  let count: number;
  let end: number;
  try {
    const reader = await connection.runAndReadAll(`SELECT count(*), max(rowid) FROM damaged.${table}`);
    const [found, last] = reader.getRows()[0] ?? [];
    count = Number(found ?? 0);
    end = last === null || last === undefined ? 0 : Number(last) + 1;
  } catch {
    // Databases of before have no such table.
    return 0;
  }
  const ranges: [number, number][] = [];
  for (let from = 0; from < end; from += ROWS_AT_ONCE)
    ranges.push([from, Math.min(end, from + ROWS_AT_ONCE)]);
  ranges.reverse();
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const [from, until] = range;
    try {
      await connection.run(`CREATE OR REPLACE TEMP TABLE salvaged AS
        SELECT record FROM damaged.${table} WHERE rowid >= ${from} AND rowid < ${until}`);
    } catch {
      const half =
        from + Math.max(ROWS_AT_LEAST, Math.floor((until - from) / 2 / ROWS_AT_LEAST) * ROWS_AT_LEAST);
      if (until - from > ROWS_AT_LEAST) ranges.push([half, until], [from, half]);
      continue;
    }
    await handOver(connection, table, onSalvaged);
  }
  return count;
}

/**
 * A record's ids are the first ones of its text. They are cut out of it, because the database's JSON reader refuses some texts
 * that are good JSON.
 */
const ID = (name: string): string => `regexp_extract(salvaged.record, '"${name}":"([0-9a-f]*)"', 1)`;
const MISSING: Readonly<Record<SalvagedTable, string>> = {
  cost_records: `SELECT record FROM salvaged WHERE NOT EXISTS (FROM cost_records AS known
    WHERE known.trace_id = ${ID('traceId')} AND known.span_id = ${ID('spanId')})`,
  gpu_windows: `SELECT record FROM salvaged WHERE NOT EXISTS (FROM gpu_windows AS known
    WHERE known.record = salvaged.record)`,
};

async function handOver(
  connection: DuckDBConnection,
  table: SalvagedTable,
  onSalvaged: OnSalvaged,
): Promise<void> {
  await connection.run(`CREATE OR REPLACE TEMP TABLE missing AS ${MISSING[table]}`);
  const result = await connection.stream('SELECT record FROM missing');
  let texts: string[] = [];
  for await (const rows of result.yieldRows()) {
    for (const [text] of rows) texts.push(String(text));
    if (texts.length < TEXTS_AT_ONCE) continue;
    await onSalvaged(table, texts);
    texts = [];
  }
  if (texts.length > 0) await onSalvaged(table, texts);
}
