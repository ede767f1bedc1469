/** What is archived comes back as it was, to the last column. */
import { appendFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CostRecord } from '@costspan/cost-model';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { appendRows, createTemporaryTable, rowOf } from '../src/append-rows.ts';
import { readManifest } from '../src/archive/archive-manifest.ts';
import { restoreArchive, writeArchive } from '../src/archive/record-archive.ts';
import { RECORD_COLUMNS } from '../src/record-columns.ts';
import { migrate } from '../src/schema.ts';
import { arbitraryRecord, sampleRecords } from './arbitrary-record.ts';
import { gpuRecord } from './gpu-records.ts';
import { temporaryFolder } from './temporary-store.ts';

const instances: DuckDBInstance[] = [];
afterAll(() => instances.forEach((instance) => instance.closeSync()));

async function emptyDatabase(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:');
  instances.push(instance);
  const connection = await instance.connect();
  await migrate(connection);
  await connection.run(createTemporaryTable('incoming', RECORD_COLUMNS));
  return connection;
}

/** Puts records in the place of those with their keys. */
async function put(
  connection: DuckDBConnection,
  records: readonly CostRecord[],
  segment: number,
): Promise<void> {
  const latest = new Map(records.map((record) => [`${record.traceId} ${record.spanId}`, record]));
  const rows = [...latest.values()].map((record) => rowOf(RECORD_COLUMNS, record));
  await appendRows(connection, 'incoming', RECORD_COLUMNS, rows);
  await connection.run(`DELETE FROM cost_records USING incoming
    WHERE cost_records.trace_id = incoming.trace_id AND cost_records.span_id = incoming.span_id`);
  await connection.run(`INSERT INTO cost_records BY NAME SELECT *, ${segment} AS segment FROM incoming`);
  await connection.run('DELETE FROM incoming');
  await connection.run(`UPDATE journal_position SET segment = ${segment}, byte_offset = 7`);
}

async function putGpu(connection: DuckDBConnection, revision: number): Promise<void> {
  await connection.run(`INSERT INTO gpu_windows VALUES ('p', 18446744073709551614, 18446744073709551615, ${revision},
    'USD', 99999999999999999999999999.999999999999, -0.000000000001, 0, 0, 0, 0, '{"ü":${revision}}')
    ON CONFLICT DO NOTHING`);
  await connection.run(
    `INSERT INTO gpu_reopened VALUES ('p', ${revision}, 18446744073709551615), ('p', 1, 2), ('p', 1, 2)`,
  );
  await connection.run(`INSERT INTO gpu_pools VALUES ('p', ${revision}, NULL) ON CONFLICT DO NOTHING`);
}

const TABLES = ['cost_records', 'gpu_windows', 'gpu_pools', 'gpu_reopened'];

async function contents(connection: DuckDBConnection): Promise<unknown> {
  const all: unknown[] = [];
  for (const table of TABLES) {
    const reader = await connection.runAndReadAll(`SELECT * FROM ${table} ORDER BY ALL`);
    all.push(reader.getRows().map((row) => row.map((value) => (value === null ? null : String(value)))));
  }
  return all;
}

const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(arbitraryRecord, { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constant('gpu' as const) },
  { weight: 2, arbitrary: fc.constant('archive' as const) },
);

test('an archive that is written again and again is the database, whatever was changed in between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
      const folder = temporaryFolder();
      const connection = await emptyDatabase();
      let segment = 0;
      await connection.run('UPDATE journal_position SET segment = 0');
      for (const each of steps) {
        if (each === 'archive') await writeArchive(connection, folder, segment++);
        else if (each === 'gpu') await putGpu(connection, segment + 1);
        else await put(connection, each, segment);
        await connection.run(`UPDATE journal_position SET segment = ${segment}`);
      }
      await writeArchive(connection, folder, segment);
      const restored = await emptyDatabase();
      const { damaged, state } = await restoreArchive(restored, folder, join(folder, 'quarantine'));
      expect(damaged).toEqual([]);
      expect(state.position.segment).toBe(segment);
      expect(await contents(restored)).toEqual(await contents(connection));
      const named = [...state.days, ...state.tables].map(({ file }) => file).toSorted();
      expect(
        readdirSync(join(folder, 'records'))
          .map((name) => `records/${name}`)
          .toSorted(),
      ).toEqual(named);
    }),
    { numRuns: Number(process.env['COSTSPAN_ARCHIVE_RUNS'] ?? 25), endOnFailure: true },
  );
}, 120_000);

/** Three days with a record of each, and one whose clock says the year 2262. */
function fourDays(): CostRecord[] {
  const starts = ['2026-01-01', '2026-01-02', '2026-01-03'].map((day) => `${Date.parse(day)}000000`);
  return [...starts, String(2n ** 63n)].map((startTimeUnixNano, index) => ({
    ...sampleRecords(1, 1)[0]!,
    traceId: String(index).padStart(32, '0'),
    startTimeUnixNano,
  }));
}

test('only days that were changed are written anew', async () => {
  const folder = temporaryFolder();
  const connection = await emptyDatabase();
  const records = fourDays();
  await put(connection, records, 1);
  const first = await writeArchive(connection, folder, 1);
  expect(first.days.map(({ day, records: count }) => [day, count])).toEqual([
    ['2026-01-01', 1],
    ['2026-01-02', 1],
    ['2026-01-03', 1],
    ['other', 1],
  ]);
  await put(connection, [{ ...records[1]!, feature: 'corrected' }], 2);
  const second = await writeArchive(connection, folder, 2);
  const isSame = second.days.map(({ file }, index) => file === first.days[index]!.file);
  expect(isSame).toEqual([true, false, true, true]);
});

test('a record whose start is corrected is in one day only', async () => {
  const folder = temporaryFolder();
  const connection = await emptyDatabase();
  const [record, ...others] = fourDays();
  await put(connection, [record!, ...others], 1);
  await writeArchive(connection, folder, 1);
  await put(connection, [{ ...record!, startTimeUnixNano: others[0]!.startTimeUnixNano }], 2);
  const { days } = await writeArchive(connection, folder, 2);
  expect(days.map(({ records }) => records)).toEqual([2, 1, 1]);
  const restored = await emptyDatabase();
  await restoreArchive(restored, folder, join(folder, 'quarantine'));
  expect(await contents(restored)).toEqual(await contents(connection));
});

const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  'a flipped bit': (path) => {
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(path, bytes);
  },
  'a cut': (path) => truncateSync(path, 100),
  'nothing left': (path) => truncateSync(path, 0),
  'more than there was': (path) => appendFileSync(path, 'x'),
  'no file': (path) => rmSync(path),
};

test.each(Object.entries(DAMAGES))(
  'a day with %s is counted, and the others come back',
  async (_name, damage) => {
    const folder = temporaryFolder();
    const quarantine = join(folder, 'quarantine');
    const connection = await emptyDatabase();
    await put(connection, [...fourDays(), gpuRecord(7)], 1);
    const { days } = await writeArchive(connection, folder, 1);
    const day = days[1]!;
    damage(join(folder, day.file));
    const restored = await emptyDatabase();
    const { damaged } = await restoreArchive(restored, folder, quarantine);
    expect(damaged).toEqual([{ day: '2026-01-02', recordsAtLeast: 1 }]);
    const found = await restored.runAndReadAll('SELECT count(*) FROM cost_records');
    expect(Number(found.getRows()[0]![0])).toBe(4);
    if (_name !== 'no file') expect(readdirSync(quarantine)).toEqual([day.file.replace('records/', '')]);
  },
);

test('one manifest may be damaged, and a crash between the two leaves the newer one', async () => {
  const folder = temporaryFolder();
  const connection = await emptyDatabase();
  await put(connection, fourDays(), 1);
  const first = await writeArchive(connection, folder, 1);
  const old = readFileSync(join(folder, 'manifest-copy.json'));
  await put(connection, fourDays().slice(0, 1), 2);
  const second = await writeArchive(connection, folder, 2);
  writeFileSync(join(folder, 'manifest-copy.json'), old);
  expect(await readManifest(folder)).toEqual({ state: second, damaged: [] });
  const text = readFileSync(join(folder, 'manifest.json'), 'utf8');
  writeFileSync(join(folder, 'manifest.json'), text.replace('"records": 1', '"records": 2'));
  expect(await readManifest(folder)).toEqual({ state: first, damaged: [join(folder, 'manifest.json')] });
});
