import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { assert } from '@costspan/cost-model';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { JournalPosition } from '../journal/journal.ts';
import { SCHEMA_VERSION } from '../schema.ts';
import {
  type ArchivedDay,
  type ArchivedFile,
  type ArchivedTable,
  type ArchiveState,
  type GpuTable,
  readManifest,
  writeManifest,
} from './archive-manifest.ts';
import { sha256Of, syncPath } from './durable-file.ts';

const GPU_TABLES: readonly GpuTable[] = ['gpu_windows', 'gpu_pools', 'gpu_reopened'];
const FILES_FOLDER = 'records';

/** Days in files of their own: a span's clock can say any time, and files have a maximum. */
const FIRST_NANO = BigInt(Date.parse('2000-01-01')) * 1_000_000n;
const END_NANO = BigInt(Date.parse('2100-01-01')) * 1_000_000n;
const DAY_NANOS = 86_400_000_000_000n;
/** The number of a record's day since 1970; NULL is any day outside of those above. */
const DAY_NUMBER = `CASE WHEN start_unix_nano >= ${FIRST_NANO} AND start_unix_nano < ${END_NANO}
  THEN (start_unix_nano // ${DAY_NANOS})::INTEGER END`;

/**
 * Writes every day anew that a segment after the archive's own has changed, and the GPU books, then the manifest. The
 * database must have applied the segments up to `throughSegment`. What it has of later ones is archived with them: all is
 * read in one transaction, so that the archive is the books as of one place in the journal, which the manifest names.
 *
 * A file is written under another name, read again and compared, flushed, and then named by its checksum; the manifest
 * takes its place at the end. A crash in between leaves the archive as it was before.
 */
export async function writeArchive(
  connection: DuckDBConnection,
  folder: string,
  throughSegment: number,
): Promise<ArchiveState> {
  const { state: before } = await readManifest(folder);
  const filesFolder = join(folder, FILES_FOLDER);
  await mkdir(filesFolder, { recursive: true });
  await connection.run('BEGIN TRANSACTION READ ONLY');
  let state: ArchiveState;
  try {
    const position = await journalPosition(connection);
    const days = await writeDays(connection, filesFolder, before);
    const tables: ArchivedTable[] = [];
    for (const table of GPU_TABLES) {
      const { totals: _none, ...written } = await writeFile(connection, filesFolder, {
        name: table,
        from: table,
        totals: '0',
      });
      tables.push({ table, ...written });
    }
    state = { throughSegment, position, schema: SCHEMA_VERSION, days, tables };
  } finally {
    await connection.run('ROLLBACK');
  }
  await syncPath(filesFolder);
  await writeManifest(folder, state);
  await removeUnnamed(filesFolder, state);
  return state;
}

/** Fills an empty database from the archive, a file at a time; files that cannot be read are moved to the quarantine. */
export async function restoreArchive(
  connection: DuckDBConnection,
  folder: string,
  quarantineFolder: string,
): Promise<{
  readonly state: ArchiveState;
  /** `day` is the table's name where it is not a day. */
  readonly damaged: readonly { day: string; recordsAtLeast: number }[];
}> {
  const { state } = await readManifest(folder);
  const damaged: { day: string; recordsAtLeast: number }[] = [];
  const files = [
    ...state.tables.map((each) => ({ name: each.table as string, table: each.table as string, each })),
    ...state.days.map((each) => ({ name: each.day, table: 'cost_records', each })),
  ];
  for (const { name, table, each } of files) {
    const path = join(folder, each.file);
    if (await isWhole(path, each)) {
      await connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM read_parquet(${quoted(path)})`);
      continue;
    }
    damaged.push({ day: name, recordsAtLeast: each.records });
    await mkdir(quarantineFolder, { recursive: true });
    await rename(path, join(quarantineFolder, basename(path))).catch(() => undefined);
  }
  return { state, damaged };
}

/** How far the journal was applied to a database. */
export async function journalPosition(connection: DuckDBConnection): Promise<JournalPosition> {
  const reader = await connection.runAndReadAll('SELECT segment, byte_offset FROM journal_position');
  const [segment, offset] = reader.getRows()[0] ?? [1, 0];
  return { segment: Number(segment), offset: Number(offset) };
}

/** Writes the days that were changed and gives all of them. */
async function writeDays(
  connection: DuckDBConnection,
  folder: string,
  before: Pick<ArchiveState, 'throughSegment' | 'days'>,
): Promise<ArchivedDay[]> {
  const byName = new Map(before.days.map((day) => [day.day, day]));
  for (const day of await changedDays(connection, before.throughSegment)) {
    const written = await writeFile(connection, folder, recordsOf(day));
    byName.set(day.name, { day: day.name, ...written });
  }
  const days = [...byName.values()].toSorted((left, right) => (left.day < right.day ? -1 : 1));
  const archived = days.reduce((sum, { records }) => sum + records, 0);
  const reader = await connection.runAndReadAll('SELECT count(*) FROM cost_records');
  if (archived === Number(reader.getRows()[0]?.[0])) return days;
  // A correction has moved a record to another day, and the day that it left does not know.
  assert(before.throughSegment >= 0, 'the days are all records', { archived });
  return writeDays(connection, folder, { throughSegment: -1, days: [] });
}

interface Day {
  readonly name: string;
  /** SQL that is true for its records. */
  readonly condition: string;
}

async function changedDays(connection: DuckDBConnection, afterSegment: number): Promise<Day[]> {
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT ${DAY_NUMBER} FROM cost_records WHERE segment > ${afterSegment} ORDER BY 1 NULLS LAST`,
  );
  return reader.getRows().map(([number]) => {
    if (number === null)
      return {
        name: 'other',
        condition: `start_unix_nano < ${FIRST_NANO} OR start_unix_nano >= ${END_NANO}`,
      };
    const start = BigInt(Number(number)) * DAY_NANOS;
    const name = new Date(Number(start / 1_000_000n)).toISOString().slice(0, 10);
    return { name, condition: `start_unix_nano >= ${start} AND start_unix_nano < ${start + DAY_NANOS}` };
  });
}

interface Source {
  readonly name: string;
  /** What stands behind FROM. */
  readonly from: string;
  /** SQL for the sum of its totals. */
  readonly totals: string;
}

function recordsOf({ name, condition }: Day): Source {
  return { name, from: `cost_records WHERE ${condition}`, totals: 'coalesce(sum(total), 0)' };
}

/** Writes a source to a Parquet file and compares what can be read of it again. */
async function writeFile(
  connection: DuckDBConnection,
  folder: string,
  source: Source,
): Promise<ArchivedFile & { readonly totals: string }> {
  const writing = join(folder, `${source.name}.writing`);
  await connection.run(
    `COPY (SELECT * FROM ${source.from}) TO ${quoted(writing)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  const expected = await contentOf(connection, source);
  const written = await contentOf(connection, { ...source, from: `read_parquet(${quoted(writing)})` });
  assert(JSON.stringify(written) === JSON.stringify(expected), 'a copy is a copy', { expected, written });
  await syncPath(writing);
  const sha256 = await sha256Of(writing);
  const { size } = await stat(writing);
  const file = `${source.name}.${sha256.slice(0, 16)}.parquet`;
  await rename(writing, join(folder, file));
  const { records, totals } = expected;
  return { file: `${FILES_FOLDER}/${file}`, records, totals, bytes: size, sha256 };
}

/** The number of rows, the sum of their totals and a digest that does not depend on their order. */
async function contentOf(
  connection: DuckDBConnection,
  { from, totals }: Source,
): Promise<{ readonly records: number; readonly totals: string; readonly digest: string }> {
  const reader = await connection.runAndReadAll(
    `SELECT count(*), (${totals})::VARCHAR, coalesce(sum(hash(*COLUMNS(*))), 0)::VARCHAR FROM ${from}`,
  );
  const [records, sum, digest] = reader.getRows()[0] ?? [];
  return { records: Number(records), totals: String(sum), digest: String(digest) };
}

async function isWhole(path: string, { bytes, sha256 }: ArchivedFile): Promise<boolean> {
  try {
    return (await stat(path)).size === bytes && (await sha256Of(path)) === sha256;
  } catch {
    return false;
  }
}

async function removeUnnamed(folder: string, state: ArchiveState): Promise<void> {
  const named = new Set([...state.days, ...state.tables].map(({ file }) => basename(file)));
  for (const name of await readdir(folder))
    if (!named.has(name)) await rm(join(folder, name), { force: true });
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}
