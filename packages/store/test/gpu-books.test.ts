/** The books of GPU pools: what is read for a settlement, and that one is written whole or not at all. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CostRecord, GpuWindowRecord } from '@costspan/cost-model';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { gpuRecords, gpuWindows, unsettledGpu } from '../src/queries/gpu-queries.ts';
import { DATABASE_FILE, type GpuPoolMark, type RecordStore } from '../src/index.ts';
import { sampleRecords } from './arbitrary-record.ts';
import {
  bySpan,
  gpuRecord,
  gpuWindow,
  period,
  settledRecord,
  settlementOf,
  spanNumbers,
} from './gpu-records.ts';
import { allRecords, openStore, temporaryFolder } from './temporary-store.ts';

async function records(store: RecordStore): Promise<CostRecord[]> {
  return (await allRecords(store, 100)).toSorted(bySpan);
}

/** Runs SQL on the file of a store that is closed. */
async function onFile(path: string, run: (connection: DatabaseConnection) => Promise<void>): Promise<void> {
  const instance = await DuckDBInstance.create(join(path, DATABASE_FILE));
  const connection = await instance.connect();
  await run(connection);
  connection.closeSync();
  instance.closeSync();
}

type DatabaseConnection = Awaited<ReturnType<DuckDBInstance['connect']>>;

test('a window depends on the priced records of its pool that were active or started in it', async () => {
  const store = await openStore();
  await store.write([
    gpuRecord(1, { intervals: [[10, 20]] }),
    gpuRecord(2, { intervals: [[5, 10]] }),
    gpuRecord(3, { intervals: [[20, 25]] }),
    gpuRecord(4, { intervals: [[0, 100]] }),
    // Active before and after, not in it.
    gpuRecord(5, {
      start: 1,
      intervals: [
        [1, 5],
        [30, 40],
      ],
    }),
    gpuRecord(6, { intervals: [[10, 10]] }),
    gpuRecord(7, { intervals: [[20, 20]] }),
    gpuRecord(8, { intervals: [[12, 14]], pool: 'other' }),
    gpuRecord(9, { intervals: [[12, 14]], status: 'unpriced' }),
    // It waited: it started in the window and was worked on later.
    gpuRecord(10, { start: 19, intervals: [[50, 60]] }),
    gpuRecord(11, { start: 12, intervals: [] }),
    gpuRecord(12, { intervals: [[19, 21]], basis: 'settled' }),
    ...sampleRecords(2, 5).map((record) => ({ ...record, startTimeUnixNano: '12' })),
  ]);
  const found = await store.gpuRecords({ pool: 'llama', ...period(10, 20) });
  expect(spanNumbers(found)).toEqual([1, 4, 6, 10, 11, 12]);
  for (const { record, text } of found) expect(JSON.parse(text)).toEqual(record);
  expect(spanNumbers(await store.gpuRecords({ pool: 'llama', ...period(-5, 2) }))).toEqual([4, 5]);
  expect(await store.gpuRecords({ pool: 'none', ...period(0, 100) })).toEqual([]);
});

test('unsettled spans are merged where they overlap or touch, and bounded', async () => {
  const path = temporaryFolder();
  const store = await openStore({ path });
  await store.write([
    gpuRecord(1, { intervals: [[10, 20]] }),
    gpuRecord(2, { intervals: [[20, 30]] }),
    gpuRecord(3, { intervals: [[12, 14]] }),
    gpuRecord(4, { start: 40, intervals: [[50, 60]] }),
    gpuRecord(5, { intervals: [[70, 70]] }),
    gpuRecord(6, { intervals: [[80, 90]], basis: 'settled' }),
    gpuRecord(7, { intervals: [[80, 90]], pool: 'other' }),
    gpuRecord(8, { intervals: [[80, 90]], status: 'unpriced' }),
  ]);
  const spans = (...each: [number, number][]): unknown =>
    each.map(([start, end]) => ({ startUnixNano: BigInt(start), endUnixNano: BigInt(end) }));
  expect(await store.unsettledGpu('llama')).toEqual(spans([10, 30], [40, 60], [70, 71]));
  expect(await store.unsettledGpu('none')).toEqual([]);
  await store.close();
  await onFile(path, async (connection) => {
    expect(await unsettledGpu(connection, 'llama', 2)).toEqual(spans([10, 30], [40, 71]));
  });
});

test('what is too much to answer says so', async () => {
  const path = temporaryFolder();
  const store = await openStore({ path });
  await store.write([1, 2, 3].map((id) => gpuRecord(id)));
  const windows = ['0', '10', '20'].map((startUnixNano) => gpuWindow({ startUnixNano }));
  await store.writeGpuWindows({ windows, marks: [], settled: [] });
  await store.close();
  const query = { pool: 'llama', ...period(0, 100) };
  const refused = { code: 'invalid_query', message: expect.stringMatching('more than 2 .*shorter period') };
  await onFile(path, async (connection) => {
    await expect(gpuRecords(connection, query, 2)).rejects.toMatchObject(refused);
    await expect(gpuWindows(connection, query, 2)).rejects.toMatchObject(refused);
    expect(await gpuRecords(connection, query, 3)).toHaveLength(3);
    expect(await gpuWindows(connection, query, 3)).toHaveLength(3);
  });
});

test('the latest revision of each window that starts in the period, by pool and start', async () => {
  const store = await openStore();
  const first = gpuWindow({ startUnixNano: '10' });
  const second = gpuWindow({ startUnixNano: '10', revision: 2, idle: '0.009000000000' });
  const tenth = gpuWindow({ startUnixNano: '10', revision: 10, idle: '0.008000000000' });
  const later = gpuWindow({ startUnixNano: '20' });
  const other = gpuWindow({ startUnixNano: '9', pool: 'a' });
  for (const windows of [[first, later], [second], [tenth], [other]]) {
    expect(await store.writeGpuWindows({ windows, marks: [], settled: [] })).toBe('written');
  }
  expect(await store.gpuWindows(period(0, 100))).toEqual([other, tenth, later]);
  expect(await store.gpuWindows({ pool: 'llama', ...period(10, 20) })).toEqual([tenth]);
  expect(await store.gpuWindows({ pool: undefined, ...period(11, 20) })).toEqual([]);
});

test('a revision that is there already may come again, but not with other books', async () => {
  const store = await openStore();
  const window = gpuWindow();
  const mark = { pool: 'llama', observedFromUnixNano: '0', closedUntilUnixNano: '10' };
  const write = (windows: readonly GpuWindowRecord[], marks: readonly GpuPoolMark[]): Promise<string> =>
    store.writeGpuWindows({ windows, marks, settled: [] });
  expect(await write([window], [])).toBe('written');
  expect(await write([window, gpuWindow({ startUnixNano: '10' })], [])).toBe('written');
  expect(await write([gpuWindow({ startUnixNano: '20' }), gpuWindow({ bill: '1' })], [mark])).toBe('stale');
  expect(await store.gpuMarks()).toEqual([]);
  expect(await store.gpuWindows(period(0, 100))).toEqual([window, gpuWindow({ startUnixNano: '10' })]);
});

test('closed marks never go back and the first observation stays', async () => {
  const store = await openStore();
  const put = async (closed: string | null, observed = '5', pool = 'llama'): Promise<GpuPoolMark[]> => {
    const marks = [{ pool, observedFromUnixNano: observed, closedUntilUnixNano: closed }];
    expect(await store.writeGpuWindows({ windows: [], marks, settled: [] })).toBe('written');
    return store.gpuMarks();
  };
  const mark = (closed: string | null): GpuPoolMark => ({
    pool: 'llama',
    observedFromUnixNano: '5',
    closedUntilUnixNano: closed,
  });
  expect(await put(null)).toEqual([mark(null)]);
  expect(await put('20', '3')).toEqual([mark('20')]);
  expect(await put('10', '7')).toEqual([mark('20')]);
  expect(await put(null)).toEqual([mark('20')]);
  expect(await put('30')).toEqual([mark('30')]);
  const last = String(2n ** 64n - 1n);
  expect(await put(last, '0', 'a')).toEqual([
    { pool: 'a', observedFromUnixNano: '0', closedUntilUnixNano: last },
    mark('30'),
  ]);
});

test('a settlement changes the records that are still what was read, or nothing at all', async () => {
  const store = await openStore();
  const [one, two, three] = [1, 2, 3].map((id) => gpuRecord(id)) as [CostRecord, CostRecord, CostRecord];
  await store.write([one, two, three]);
  const settled = [settlementOf(one, '0.1'), settlementOf(two, '0.2')];
  const windows = [gpuWindow()];
  const marks = [{ pool: 'llama', observedFromUnixNano: '0', closedUntilUnixNano: '10' }];

  const corrected = { ...two, feature: 'corrected' };
  await store.write([], [corrected]);
  expect(await store.writeGpuWindows({ windows, marks, settled })).toBe('stale');
  expect(await records(store)).toEqual([one, corrected, three]);
  expect(await store.gpuWindows(period(0, 100))).toEqual([]);
  expect(await store.gpuMarks()).toEqual([]);

  const again = [settlementOf(one, '0.1'), settlementOf(corrected, '0.2')];
  expect(await store.writeGpuWindows({ windows, marks, settled: again })).toBe('written');
  const after = [settledRecord(one, '0.1'), settledRecord(corrected, '0.2'), three];
  expect(await records(store)).toEqual(after);
  expect(await store.gpuWindows(period(0, 100))).toEqual(windows);
  expect((await store.summary({})).total).toBe('0.800000000000');
  expect(await store.writeGpuWindows({ windows, marks, settled: again })).toBe('stale');

  const absent = settlementOf(gpuRecord(4), '1');
  expect(await store.writeGpuWindows({ windows: [], marks: [], settled: [absent] })).toBe('stale');
  expect(await records(store)).toEqual(after);
});

test('a settlement that was written is forgotten: a record that is as it was before it stays so', async () => {
  const store = await openStore();
  const [one, two] = [gpuRecord(1), gpuRecord(2)];
  await store.write([one, two]);
  const settle = (record: CostRecord): Promise<string> =>
    store.writeGpuWindows({ windows: [], marks: [], settled: [settlementOf(record, '0.1')] });
  expect(await settle(one)).toBe('written');
  await store.write([], [one]);
  expect(await settle(two)).toBe('written');
  expect(await records(store)).toEqual([one, settledRecord(two, '0.1')]);
});

test('what is estimated of the total are records that are not settled, whatever tokens were lost', async () => {
  const store = await openStore();
  const [one, two] = [1, 2].map((id) => ({ ...gpuRecord(id), usageIncomplete: 'lower_bound' as const }));
  await store.write([one!, two!]);
  expect((await store.summary({})).bounds).toEqual([
    { bound: 'gpu_estimated', calls: 2, total: '1.000000000000' },
  ]);
  await store.writeGpuWindows({ windows: [], marks: [], settled: [settlementOf(one!, '0.1')] });
  expect((await store.summary({})).bounds).toEqual([
    { bound: 'gpu_estimated', calls: 1, total: '0.500000000000' },
  ]);
});

test('a settlement takes its turn among the writes, and one that fails leaves the others', async () => {
  const store = await openStore();
  const [one, two] = [gpuRecord(1), gpuRecord(2)];
  const settle = (record: CostRecord, total: string): Promise<string> =>
    store.writeGpuWindows({ windows: [], marks: [], settled: [settlementOf(record, total)] });
  const results = await Promise.allSettled([
    store.write([one]),
    settle(one, '0.1'),
    store.write([two], [{ ...settledRecord(one, '0.1'), feature: 'later' }]),
    settle(one, '0.2'),
    settle(two, 'free'),
    settle({ ...two, startTimeUnixNano: '3' }, '0.3'),
    settle(two, '0.4'),
  ]);
  expect(results.map((each) => (each.status === 'fulfilled' ? each.value : each.reason.code))).toEqual([
    [true],
    'written',
    [true],
    'stale',
    'commit_failed',
    'stale',
    'written',
  ]);
  expect(await records(store)).toEqual([
    { ...settledRecord(one, '0.1'), feature: 'later' },
    settledRecord(two, '0.4'),
  ]);
});

test.each<[string, Parameters<RecordStore['writeGpuWindows']>[0]]>([
  [
    'once',
    {
      windows: [],
      marks: [],
      settled: [settlementOf(gpuRecord(1), '1'), settlementOf(gpuRecord(1), '2')],
    },
  ],
  ['once', { windows: [gpuWindow(), gpuWindow()], marks: [], settled: [] }],
  ['counted from 1', { windows: [gpuWindow({ revision: 0 })], marks: [], settled: [] }],
  ['at most 26 places', { windows: [gpuWindow({ bill: '0.0000000000001' })], marks: [], settled: [] }],
  [
    'keeps its start',
    {
      windows: [],
      marks: [],
      settled: [{ before: JSON.stringify(gpuRecord(1)), after: gpuRecord(1, { start: 5 }) }],
    },
  ],
])('a settlement that contradicts itself is refused: %s', async (message, settlement) => {
  const store = await openStore();
  await store.write([gpuRecord(1)]);
  await expect(store.writeGpuWindows(settlement)).rejects.toThrow(message);
  expect(await records(store)).toEqual([gpuRecord(1)]);
  expect(await store.gpuWindows(period(0, 100))).toEqual([]);
});

test('settlements that wait are bounded, and a closed store refuses them', async () => {
  const store = await openStore();
  const write = (): Promise<string> => store.writeGpuWindows({ windows: [], marks: [], settled: [] });
  const results = await Promise.allSettled(Array.from({ length: 150 }, write));
  const refused = results.filter((each) => each.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(results.length - refused.length).toBeGreaterThanOrEqual(100);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'queue_full' });
  await store.close();
  await expect(write()).rejects.toMatchObject({ code: 'closed' });
  await expect(store.gpuMarks()).rejects.toMatchObject({ code: 'closed' });
});

test('a settlement of any size is one commit', async () => {
  const store = await openStore();
  const all = Array.from({ length: 5000 }, (_each, id) => gpuRecord(id, { total: '0.000000000001' }));
  await store.write(all);
  const settled = all.map((record) => settlementOf(record, '0.000000000003'));
  const writing = store.writeGpuWindows({ windows: [], marks: [], settled });
  const seen = new Set<string>();
  let isWritten = false;
  void writing.then(() => (isWritten = true));
  do seen.add((await store.summary({})).total);
  while (!isWritten);
  seen.add((await store.summary({})).total);
  expect(await writing).toBe('written');
  expect([...seen].at(-1)).toBe('0.000000015000');
  for (const total of seen) expect(['0.000000005000', '0.000000015000']).toContain(total);
});

const SETTLER = fileURLToPath(new URL('./settler-process.ts', import.meta.url));

async function settledRounds(child: ChildProcess, killAfter: number): Promise<number> {
  let rounds = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    rounds += chunk.toString().split('\n').length - 1;
    if (rounds >= killAfter) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return rounds;
}

test('SIGKILL leaves a settlement whole or not at all', { timeout: 60_000 }, async () => {
  for (const killAfter of [3, 8]) {
    const path = temporaryFolder();
    const child = spawn(process.execPath, ['--conditions=@costspan/source', SETTLER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const rounds = await settledRounds(child, killAfter);
    const store = await openStore({ path });
    const windows = await store.gpuWindows(period(0, 100));
    const revision = windows[0]?.revision ?? 0;
    expect(revision).toBeGreaterThanOrEqual(rounds);
    expect(await store.gpuMarks()).toEqual([
      { pool: 'llama', observedFromUnixNano: '0', closedUntilUnixNano: String(revision) },
    ]);
    const totals = new Set((await allRecords(store, 1000)).map(({ cost }) => cost?.total));
    expect([...totals]).toEqual([`${revision}.0`]);
    await store.close();
  }
});

test('a settlement that cannot be put into the journal fails for whoever made it, and for nobody else', async () => {
  const path = temporaryFolder();
  const store = await openStore({ path });
  await store.write([gpuRecord(1)]);
  rmSync(join(path, 'journal'), { recursive: true });
  const settlement = { windows: [gpuWindow()], marks: [], settled: [] };
  await expect(store.writeGpuWindows(settlement)).rejects.toMatchObject({ code: 'commit_failed' });
  expect(await store.writeGpuWindows(settlement)).toBe('written');
});
