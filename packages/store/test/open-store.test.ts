/** Who may open a data folder, and what a killed process or a full disk leaves in it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CostRecord } from '@costspan/cost-model';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { DATABASE_FILE, openDuckDbStore, type StoreEvent } from '../src/index.ts';
import { sampleRecords } from './arbitrary-record.ts';
import { gpuRecord } from './gpu-records.ts';
import { allRecords, openStore, temporaryFolder } from './temporary-store.ts';

const WRITER = fileURLToPath(new URL('./writer-process.ts', import.meta.url));
const ARGUMENTS = ['--conditions=@costspan/source', WRITER];

/** Calls back for each line that the process prints; resolves when it is gone. */
async function eachLine(child: ChildProcess, onLine: (line: string) => void): Promise<void> {
  let rest = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = `${rest}${chunk.toString()}`.split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
  await once(child, 'close');
}

/** The acknowledged batches must be there, each of its three records, and no part of another batch. */
async function expectBatches(path: string, acknowledged: readonly string[]): Promise<void> {
  const store = await openStore({ path });
  const found = Map.groupBy(await allRecords(store, 1000), (record) => record.traceId);
  expect(acknowledged.filter((batch) => found.get(batch)?.length !== 3)).toEqual([]);
  expect([...found.values()].filter((records) => records.length !== 3)).toEqual([]);
  await store.close();
}

test('every acknowledged record survives SIGKILL', { timeout: 60_000 }, async () => {
  for (const batches of [20, 37, 54]) {
    const path = temporaryFolder();
    const child = spawn(process.execPath, [...ARGUMENTS, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const acknowledged: string[] = [];
    await eachLine(child, (line) => {
      acknowledged.push(line);
      if (acknowledged.length === batches) child.kill('SIGKILL');
    });
    expect(acknowledged.length).toBeGreaterThanOrEqual(batches);
    await expectBatches(path, acknowledged);
  }
});

test.skipIf(process.platform === 'win32')(
  'a full disk fails writes, not the process, and loses nothing acknowledged',
  { timeout: 60_000 },
  async () => {
    const path = temporaryFolder();
    // A limit on file size fails like a full disk once its signal is ignored.
    const limited = 'trap "" XFSZ; ulimit -f 1000; exec "$0" "$@"';
    const child = spawn('sh', ['-c', limited, process.execPath, ...ARGUMENTS, path, '120'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    await eachLine(child, (line) => lines.push(line));
    const acknowledged = lines.filter((line) => /^[0-9a-f]+$/.test(line));
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(lines).toContain('commit_failed');
    expect(lines.at(-1)).toBe('closed');
    await expectBatches(path, acknowledged);
  },
);

test('a folder in use by another process or by this one is locked', { timeout: 60_000 }, async () => {
  const path = temporaryFolder();
  const child = spawn(process.execPath, [...ARGUMENTS, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const second = await openDuckDbStore({ path });
  child.kill('SIGKILL');
  expect(second).toMatchObject({ ok: false, error: { code: 'locked' } });
  expect(!second.ok && second.error.message).toMatch(
    `${path} is in use: another process (PID ${child.pid}) has it open`,
  );
  await once(child, 'close');

  const store = await openStore({ path });
  const link = join(temporaryFolder(), 'link');
  symlinkSync(path, link);
  expect(await openDuckDbStore({ path: link })).toMatchObject({ ok: false, error: { code: 'locked' } });
  await store.close();
  const reopened = await openStore({ path: link });
  await reopened.close();
});

test('a store from a newer version is left alone', async () => {
  const path = temporaryFolder();
  const instance = await DuckDBInstance.create(join(path, DATABASE_FILE));
  const connection = await instance.connect();
  await connection.run(
    'CREATE TABLE schema_version (version INTEGER); INSERT INTO schema_version VALUES (99)',
  );
  connection.closeSync();
  instance.closeSync();
  const expected = { ok: false, error: { code: 'newer_schema' } };
  expect(await openDuckDbStore({ path })).toMatchObject(expected);
  expect(await openDuckDbStore({ path })).toMatchObject(expected);
});

test('a damaged file is made again from the journal, an unusable folder is unreadable', async () => {
  const path = temporaryFolder();
  const store = await openStore({ path });
  const records = sampleRecords(1, 100);
  await store.write(records);
  await store.close();
  const file = join(path, DATABASE_FILE);
  const bytes = readFileSync(file);
  bytes[4096 + 100] = ~(bytes[4096 + 100] ?? 0);
  writeFileSync(file, bytes);
  const mended = await openStore({ path });
  expect(mended.recovery).toMatchObject({
    database: 'rebuilt',
    databaseProblem: 'header_damaged',
    isComplete: true,
  });
  expect(await allRecords(mended, 1000)).toHaveLength(records.length);
  await mended.close();
  expect(await openDuckDbStore({ path: file })).toMatchObject({ ok: false, error: { code: 'unreadable' } });
});

/** The tables as versions before there was a journal made them, up to one of their schemas. */
const OLD_SCHEMAS: readonly string[] = [
  `CREATE TABLE schema_version (version INTEGER NOT NULL);
  CREATE TABLE cost_records (
    trace_id VARCHAR NOT NULL, span_id VARCHAR NOT NULL, entry_span_id VARCHAR, start_unix_nano UBIGINT NOT NULL,
    service VARCHAR, environment VARCHAR, feature VARCHAR, tenant VARCHAR, route VARCHAR, provider VARCHAR,
    model VARCHAR, operation VARCHAR NOT NULL, status VARCHAR NOT NULL, reason VARCHAR, reason_detail VARCHAR,
    currency VARCHAR, total DECIMAL(38, 12), input_tokens BIGINT NOT NULL, cache_read_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL, reasoning_tokens BIGINT NOT NULL,
    record VARCHAR NOT NULL, PRIMARY KEY (trace_id, span_id)
  );
  INSERT INTO schema_version VALUES (1)`,
  `ALTER TABLE cost_records ADD COLUMN usage_bound VARCHAR;
  INSERT INTO schema_version VALUES (2)`,
  `ALTER TABLE cost_records ADD COLUMN gpu_pool VARCHAR;
  ALTER TABLE cost_records ADD COLUMN gpu_basis VARCHAR;
  ALTER TABLE cost_records ADD COLUMN gpu_start_unix_nano UBIGINT;
  ALTER TABLE cost_records ADD COLUMN gpu_end_unix_nano UBIGINT;
  CREATE TABLE gpu_windows (
    pool VARCHAR NOT NULL, start_unix_nano UBIGINT NOT NULL, end_unix_nano UBIGINT NOT NULL,
    revision INTEGER NOT NULL, currency VARCHAR NOT NULL, bill DECIMAL(38, 12) NOT NULL,
    used DECIMAL(38, 12) NOT NULL, slack DECIMAL(38, 12) NOT NULL, idle DECIMAL(38, 12) NOT NULL,
    unsampled DECIMAL(38, 12) NOT NULL, overhead DECIMAL(38, 12) NOT NULL, record VARCHAR NOT NULL,
    PRIMARY KEY (pool, start_unix_nano, revision)
  );
  CREATE TABLE gpu_pools (
    pool VARCHAR PRIMARY KEY, observed_from_unix_nano UBIGINT NOT NULL, closed_until_unix_nano UBIGINT
  );
  CREATE TABLE gpu_reopened (pool VARCHAR NOT NULL, start_unix_nano UBIGINT NOT NULL, end_unix_nano UBIGINT NOT NULL);
  INSERT INTO schema_version VALUES (3)`,
];
const INSERT_OLD = `INSERT INTO cost_records (trace_id, span_id, start_unix_nano, operation, status, currency, total,
  input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, record)
  VALUES ($traceId, $spanId, $start::UBIGINT, $operation, $status, $currency, $total::DECIMAL(38, 12), 0, 0, 0, 0, 0, $record)`;

test.each([1, 2, 3])('a database of schema %i is brought up to date with its records', async (version) => {
  const path = temporaryFolder();
  const records = sampleRecords(9, 5);
  const instance = await DuckDBInstance.create(join(path, DATABASE_FILE));
  const connection = await instance.connect();
  for (const schema of OLD_SCHEMAS.slice(0, version)) await connection.run(schema);
  for (const record of records) {
    const { traceId, spanId, startTimeUnixNano, operation, status, cost } = record;
    const values = { traceId, spanId, start: startTimeUnixNano, operation, status };
    const money = { currency: cost?.currency ?? null, total: cost?.total ?? null };
    await connection.run(INSERT_OLD, { ...values, ...money, record: JSON.stringify(record) });
  }
  connection.closeSync();
  instance.closeSync();

  const store = await openStore({ path });
  expect((await allRecords(store)).toSorted(bySpan)).toEqual(records.toSorted(bySpan));
  expect(await store.write(records)).toEqual(records.map(() => false));
  const period = { fromUnixNano: 0n, untilUnixNano: 2n ** 64n };
  expect(await store.gpuRecords({ pool: 'llama', ...period })).toEqual([]);
  expect(await store.gpuWindows(period)).toEqual([]);
  expect(await store.gpuMarks()).toEqual([]);
  const corrected = { ...records[0]!, feature: 'corrected' };
  await store.write([], [corrected]);
  expect((await allRecords(store)).find(({ spanId }) => spanId === corrected.spanId)).toEqual(corrected);
  const added = gpuRecord(77);
  await store.write([added]);
  expect(await store.gpuRecords({ pool: 'llama', ...period })).toMatchObject([{ record: added }]);
  await store.close();
  const again = await openStore({ path });
  expect((await again.summary({})).calls).toBe(records.length + 1);
});

const MANY = 200_000;
const INSERT_MANY = `INSERT INTO cost_records (trace_id, span_id, start_unix_nano, feature, operation, status, currency,
    total, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens, record)
  SELECT lpad(lower(hex(range // 8)), 32, '0'), lpad(lower(hex(range)), 16, '0'), range, 'feature-' || (range % 7),
    'chat', 'priced', 'USD', range * 1e-12::DECIMAL(38, 12), 1, 0, 0, 0, 0, repeat(md5(range::VARCHAR), 40)
  FROM range(${MANY})`;

test(
  'a database of before with many records is asked at once, and archived',
  { timeout: 60_000 },
  async () => {
    const path = temporaryFolder();
    const instance = await DuckDBInstance.create(join(path, DATABASE_FILE));
    const connection = await instance.connect();
    for (const sql of [...OLD_SCHEMAS, INSERT_MANY]) await connection.run(sql);
    connection.closeSync();
    instance.closeSync();

    const archived = Promise.withResolvers<StoreEvent>();
    const store = await openStore({ path, maintenance: { checkMillis: 10 }, onEvent: archived.resolve });
    const sum = { calls: MANY, total: '0.019999900000' };
    expect(await store.summary({})).toMatchObject({ requests: MANY / 8, ...sum });
    expect(await store.report({ by: ['feature'] })).toHaveLength(7);
    const [sample] = sampleRecords(9, 1);
    const recordAt = (index: number): CostRecord => ({
      ...sample!,
      traceId: Math.floor(index / 8)
        .toString(16)
        .padStart(32, '0'),
      spanId: index.toString(16).padStart(16, '0'),
      startTimeUnixNano: String(index),
    });
    const delivered = [0, MANY, MANY - 1, 70_000].map(recordAt);
    expect(await store.write(delivered)).toEqual([false, true, false, false]);
    expect(await archived.promise).toMatchObject({ code: 'archived', records: expect.any(Number) });
    await store.close();
    const again = await openStore({ path });
    expect(again.recovery).toMatchObject({ isComplete: true, recordsLostAtLeast: 0 });
    expect(await again.write(delivered)).not.toContain(true);
    expect((await again.summary({})).calls).toBe(MANY + 1);
  },
);

function bySpan(left: CostRecord, right: CostRecord): number {
  return left.spanId < right.spanId ? -1 : 1;
}
