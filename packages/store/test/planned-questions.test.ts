/** A question is planned and then run: a write that is committed in between must not become garbage in its answer. */
import type { CostRecord } from '@costspan/cost-model';
import { DuckDBPreparedStatement } from '@duckdb/node-api';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type RecordStore, REPORT_DIMENSIONS } from '../src/index.ts';
import { gpuRecord, gpuWindow, settlementOf } from './gpu-records.ts';
import { openStore } from './temporary-store.ts';

const ALL_TIME = { fromUnixNano: 0n, untilUnixNano: 2n ** 64n - 1n };
const FROM = '1970-01-01';

/** With and without values to bind: DuckDB plans the former anew when it runs them, the latter not. */
const QUESTIONS: Readonly<Record<string, (store: RecordStore) => Promise<unknown>>> = {
  records: async (store) => store.records({ limit: 100 }),
  'records of a period': async (store) => store.records({ limit: 100, from: FROM }),
  'report in one row': async (store) => store.report({ by: [] }),
  'report by tenant': async (store) => store.report({ by: ['tenant'] }),
  'report by day': async (store) => store.report({ by: ['day'] }),
  'report by all': async (store) => store.report({ by: REPORT_DIMENSIONS }),
  'report of a period': async (store) => store.report({ by: ['tenant'], from: FROM }),
  summary: async (store) => store.summary({}),
  'summary of a period': async (store) => store.summary({ from: FROM }),
  topRequests: async (store) => store.topRequests({ limit: 100 }),
  gpuMarks: async (store) => store.gpuMarks(),
  gpuWindows: async (store) => store.gpuWindows(ALL_TIME),
  gpuWindowAt: async (store) => store.gpuWindowAt({ pool: 'llama', unixNano: 5n }),
  gpuRecords: async (store) =>
    (await store.gpuRecords({ pool: 'llama', ...ALL_TIME })).map(({ text }) => text).toSorted(),
  unsettledGpu: async (store) => store.unsettledGpu('llama'),
};

function named(record: CostRecord, name: string | null): CostRecord {
  const names = { service: name, feature: name, tenant: name, route: name, provider: name, model: name };
  return { ...record, ...names };
}

const FIRST = named(gpuRecord(1, { start: 5, intervals: [[5, 9]], total: '0.1' }), 'a');
const LONG = 'a name that is longer than every other one before';

/** Writes, one after another: of values that are longer, greater, absent and changed. */
const WRITES: readonly ((store: RecordStore) => Promise<unknown>)[] = [
  async (store) => store.write([FIRST]),
  async (store) =>
    store.write([named(gpuRecord(2, { start: 2e15, intervals: [[2e15, 3e15]], total: '1000' }), LONG)]),
  async (store) => store.write([named(gpuRecord(3, { status: 'unpriced' }), null)]),
  async (store) =>
    store.writeGpuWindows({
      windows: [],
      marks: [{ pool: 'llama', observedFromUnixNano: '1', closedUntilUnixNano: null }],
      settled: [],
    }),
  async (store) =>
    store.writeGpuWindows({
      windows: [gpuWindow()],
      marks: [{ pool: LONG, observedFromUnixNano: '1', closedUntilUnixNano: String(2n ** 63n) }],
      settled: [settlementOf(FIRST, '12345.000000000001')],
    }),
];

/** Asks, and writes when the first statement of the question is planned and has not run yet. */
async function askAcross(
  ask: () => Promise<unknown>,
  write: () => Promise<unknown>,
): Promise<{ readonly answer: unknown; readonly isWritten: boolean }> {
  let isWritten = false;
  const runs = (['run', 'stream'] as const).map((name) => {
    const run = DuckDBPreparedStatement.prototype[name];
    return vi.spyOn(DuckDBPreparedStatement.prototype, name).mockImplementation(async function (
      this: DuckDBPreparedStatement,
    ) {
      // The store has statements of its own, beside the questions.
      if (!isWritten && new Error('whose').stack?.includes('query-queue') === true) {
        isWritten = true;
        await write();
      }
      return Reflect.apply(run, this, []);
    });
  });
  onTestFinished(() => runs.forEach((run) => run.mockRestore()));
  const answer = await ask();
  for (const run of runs) run.mockRestore();
  return { answer, isWritten };
}

test.each(Object.entries(QUESTIONS))('%s', async (_name, ask) => {
  const store = await openStore();
  for (const write of WRITES) {
    const before = await ask(store);
    const { answer, isWritten } = await askAcross(
      async () => ask(store),
      async () => write(store),
    );
    expect(isWritten).toBe(true);
    expect([before, await ask(store)]).toContainEqual(answer);
  }
});
