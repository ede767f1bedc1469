/** What opening does with a folder in any state, and what a crash in the middle of that leaves. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { DATABASE_FILE, openDuckDbStore, type StoreEvent } from '../src/index.ts';
import { checksumOf, checksumOfBytes } from '../src/recovery/database-blocks.ts';
import { LOCK_FILE } from '../src/recovery/folder-lock.ts';
import { wholeTransactions } from '../src/recovery/trim-wal.ts';
import { sampleRecords } from './arbitrary-record.ts';
import { gpuRecord, gpuWindow, settlementOf } from './gpu-records.ts';
import { allRecords, keyOf, openStore, temporaryFolder } from './temporary-store.ts';

const PROCESS = fileURLToPath(new URL('./recovery-process.ts', import.meta.url));
const KILLS = Number(process.env['COSTSPAN_KILLS'] ?? 6);
const BLOCKS_START = 12_288;

function flip(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes[offset]! ^= 1;
  writeFileSync(path, bytes);
}

test(
  'kills at any moment, of the archive and of the rebuilding too, lose nothing acknowledged',
  { timeout: 1_800_000 },
  async () => {
    const path = temporaryFolder();
    const acknowledged = new Set<string>();
    for (let kill = 1; kill <= KILLS; kill++) {
      const first = String(kill * 1_000_000);
      const child = spawn(process.execPath, ['--conditions=@costspan/source', PROCESS, path, first], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      // Every third one is killed while it opens, which rebuilds the database.
      if (kill % 3 !== 2) await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, (kill * 173) % 900));
      child.kill('SIGKILL');
      await once(child, 'close');
      for (const line of text.split('\n').slice(0, -1)) if (line !== 'open') acknowledged.add(line);
      const database = join(path, DATABASE_FILE);
      if (kill % 3 === 1)
        flip(database, BLOCKS_START + ((kill * 7919) % (statSync(database).size - BLOCKS_START)));
    }
    const store = await openStore({ path });
    expect(store.recovery.isComplete).toBe(true);
    const found = Map.groupBy(await allRecords(store, 10_000), (record) => record.traceId);
    expect([...acknowledged].filter((batch) => found.get(batch)?.length !== 3)).toEqual([]);
    expect([...found.values()].filter((records) => records.length !== 3)).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(0);
    await store.close();
  },
);

test('a settlement, its windows and its marks are made again', async () => {
  const path = temporaryFolder();
  const store = await openStore({ path });
  const record = gpuRecord(1);
  await store.write([record]);
  const marks = [{ pool: 'llama', observedFromUnixNano: '0', closedUntilUnixNano: '10' }];
  const settlement = { windows: [gpuWindow()], marks, settled: [settlementOf(record, '0.25')] };
  expect(await store.writeGpuWindows(settlement)).toBe('written');
  await store.close();
  writeFileSync(join(path, DATABASE_FILE), '');
  const again = await openStore({ path });
  expect(again.recovery).toMatchObject({ database: 'rebuilt', databaseProblem: 'empty', isComplete: true });
  expect(await allRecords(again)).toEqual([settlement.settled[0]!.after]);
  expect(await again.gpuMarks()).toEqual(marks);
  expect(await again.gpuWindows({ fromUnixNano: 0n, untilUnixNano: 100n })).toEqual([gpuWindow()]);
  await again.close();
});

test('damage that only a question finds is told, and mended by the next opening', async () => {
  const path = temporaryFolder();
  const database = join(path, DATABASE_FILE);
  const store = await openStore({ path });
  await store.write(sampleRecords(1, 3000));
  await store.close();
  const { atime, mtime } = statSync(database);
  const blocks = Math.floor((statSync(database).size - BLOCKS_START) / 262_144);
  for (let block = 0; block < blocks - 1; block++) flip(database, BLOCKS_START + block * 262_144 + 131_072);
  utimesSync(database, atime, mtime);
  const events: StoreEvent[] = [];
  const opened = await openDuckDbStore({ path, onEvent: (event) => events.push(event) });
  if (!opened.ok) throw new Error(opened.error.message);
  if (opened.store.recovery.database === 'intact') {
    await expect(allRecords(opened.store, 10_000)).rejects.toThrow('');
    expect(events.map(({ code }) => code)).toContain('database_damaged');
    await opened.store.close().catch(() => undefined);
    const again = await openStore({ path });
    expect(again.recovery).toMatchObject({ database: 'rebuilt', isComplete: true });
    expect(await allRecords(again, 10_000)).toHaveLength(3000);
    await again.close();
  } else {
    expect(opened.store.recovery).toMatchObject({ database: 'rebuilt', isComplete: true });
    await opened.store.close();
  }
});

test('a database without its archive and journal gives what can be read of it', async () => {
  const path = temporaryFolder();
  const store = await openStore({ path });
  const records = sampleRecords(5, 400);
  await store.write(records);
  await store.close();
  const old = temporaryFolder();
  cpSync(join(path, DATABASE_FILE), join(old, DATABASE_FILE));
  const database = join(old, DATABASE_FILE);
  const blocks = (statSync(database).size - BLOCKS_START) / 262_144;
  let hasSalvaged = false;
  for (let block = 0; block < blocks; block++) {
    const folder = temporaryFolder();
    cpSync(database, join(folder, DATABASE_FILE));
    flip(join(folder, DATABASE_FILE), BLOCKS_START + block * 262_144 + 200_000);
    const opened = await openStore({ path: folder });
    const found = await allRecords(opened, 1000);
    const { recovery } = opened;
    expect(recovery).toMatchObject({ databaseProblem: 'block_damaged', isComplete: false });
    expect(recovery.recordsSalvaged ?? 0).toBe(found.length);
    expect(recovery.recordsLostAtLeast).toBeLessThanOrEqual(records.length - found.length);
    const byKey = new Map(records.map((record) => [keyOf(record), record]));
    for (const record of found) expect(record).toEqual(byKey.get(keyOf(record)));
    expect(readdirSync(recovery.quarantineFolder!)).toContain(DATABASE_FILE);
    hasSalvaged ||= found.length === records.length;
    await opened.close();
  }
  expect(hasSalvaged).toBe(true);
});

test('a journal that is gone leaves what the database has, and is said', async () => {
  const path = temporaryFolder();
  const store = await openStore({ path });
  await store.write(sampleRecords(1, 10));
  await store.close();
  rmSync(join(path, 'journal'), { recursive: true });
  const second = await openStore({ path });
  expect(second.recovery).toMatchObject({ database: 'intact', isComplete: false });
  const later = sampleRecords(2, 10).map((record) => ({ ...record, traceId: 'e'.repeat(32) }));
  await second.write(later);
  await second.close();
  const third = await openStore({ path });
  expect(await allRecords(third, 100)).toHaveLength(20);
  await third.close();
});

test('a damaged lock is mended, and nobody else gets in', async () => {
  const path = temporaryFolder();
  const first = await openStore({ path });
  expect(await openDuckDbStore({ path })).toMatchObject({ ok: false, error: { code: 'locked' } });
  await first.close();
  for (const content of ['', 'hello', 'x'.repeat(20_000)]) {
    writeFileSync(join(path, LOCK_FILE), content);
    const opened = await openStore({ path });
    expect(await openDuckDbStore({ path })).toMatchObject({ ok: false, error: { code: 'locked' } });
    await opened.close();
  }
});

test('the checksums are those of DuckDB', async () => {
  const path = join(temporaryFolder(), 'a.duckdb');
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run('CREATE TABLE t (a INTEGER, b VARCHAR)');
  for (let row = 0; row < 20; row++)
    await connection.run('INSERT INTO t VALUES ($1, $2)', [row, 'b'.repeat(row)]);
  const wal = readFileSync(`${path}.wal`);
  expect(wholeTransactions(wal)?.length).toBe(wal.length);
  const ends = new Set<number>();
  for (let length = 0; length < wal.length; length++) {
    const whole = wholeTransactions(wal.subarray(0, length));
    ends.add(whole?.length ?? 0);
    expect(whole?.length ?? 0).toBeLessThanOrEqual(length);
  }
  // Nothing, the table, and all rows but the last one.
  expect(ends.size).toBe(21);
  connection.closeSync();
  instance.closeSync();
  const bytes = readFileSync(path);
  const block = new Uint8Array(bytes.subarray(BLOCKS_START, BLOCKS_START + 262_144));
  const words = new BigUint64Array(block.buffer);
  expect(checksumOf(words.subarray(1))).toBe(words[0]);
  expect(checksumOfBytes(block.subarray(8))).toBe(words[0]);
});
