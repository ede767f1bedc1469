/**
 * The books of a GPU pool among 1,000,000 records: reading what one window depends on, settling it, and settling 60,000
 * records at once, with the longest time for which the main thread was held.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COST_RECORD_SCHEMA, type CostRecord, type CostRecordGpu } from '@costspan/cost-model';
import { openDuckDbStore, type RecordStore, type StoredGpuRecord } from '../src/index.ts';

const RECORDS = Number(process.argv[2] ?? 1_000_000);
const RECORDS_PER_BATCH = 10_000;
const NANOS = 1_000_000_000n;
const START = 1_795_200_000n * NANOS;
/** Twelve requests start in each second, and each takes twenty. */
const RECORDS_PER_SECOND = 12;
const ACTIVE_SECONDS = 20n;

function record(index: number): CostRecord {
  const startUnixNano = START + (BigInt(index) * NANOS) / BigInt(RECORDS_PER_SECOND);
  const endUnixNano = startUnixNano + ACTIVE_SECONDS * NANOS;
  return {
    schema: COST_RECORD_SCHEMA,
    traceId: ((BigInt(index) * 0x9e3779b97f4a7c15n) & ((1n << 64n) - 1n)).toString(16).padStart(32, '0'),
    spanId: index.toString(16).padStart(16, '0'),
    entrySpanId: null,
    startTimeUnixNano: String(startUnixNano),
    endTimeUnixNano: String(endUnixNano),
    service: 'vllm',
    environment: 'production',
    feature: `feature-${index % 7}`,
    tenant: `tenant-${index % 50}`,
    route: '/ask',
    provider: 'vllm',
    requestModel: 'llama-70b',
    model: 'llama-70b',
    operation: 'chat',
    dialect: 'bench',
    responseId: `chatcmpl-${index}`,
    region: null,
    conditions: null,
    serviceTier: null,
    errorType: null,
    usage: { input: 1200, output: 222 },
    usageSource: 'server',
    usageIncomplete: null,
    usageCorrected: false,
    status: 'priced',
    reason: null,
    reasonDetail: null,
    duplicateOfSpanId: null,
    duplicateOfTraceId: null,
    cost: {
      currency: 'USD',
      total: '0.000769600000',
      lines: [
        {
          component: 'gpu',
          bucket: 'gpu',
          quantity: '20',
          unit: 'gpu_second',
          rate: '0.001',
          per: 1,
          amount: '0.000769600000',
        },
      ],
    },
    gpu: {
      pool: 'llama-70b',
      replica: null,
      basis: 'estimated',
      seconds: '20.000000000',
      share: 1,
      used: '0.000769600000',
      slack: '0.000000000000',
      idle: '0.000000000000',
      overhead: '0.000000000000',
      intervals: [{ startUnixNano: String(startUnixNano), endUnixNano: String(endUnixNano), weight: 1 }],
      adjustedCount: 1,
      flags: [],
      late: null,
      windows: [],
    },
    priceBook: { version: '2026-11-20', digest: 'sha256:0', entry: null, exactMatch: null },
  } as CostRecord;
}

function settled({ record: before, text }: StoredGpuRecord): { before: string; after: CostRecord } {
  const window = {
    startUnixNano: before.startTimeUnixNano,
    endUnixNano: before.endTimeUnixNano,
    replicaNanos: 1,
    used: '0.000769600000',
    slack: '0.000000000000',
    idle: '0.000000000000',
    overhead: '0.000000000000',
  };
  const gpu = { ...(before.gpu as CostRecordGpu), basis: 'settled' as const, windows: [window, window] };
  return { before: text, after: { ...before, gpu } };
}

async function timed<Result>(name: string, what: () => Promise<Result>): Promise<Result> {
  let heldMillis = 0;
  let last = performance.now();
  const beat = setInterval(() => {
    const now = performance.now();
    heldMillis = Math.max(heldMillis, now - last);
    last = now;
  }, 1);
  const start = performance.now();
  const result = await what();
  const millis = performance.now() - start;
  await new Promise((resolve) => setTimeout(resolve, 5));
  clearInterval(beat);
  console.log(`${name}: ${millis.toFixed(0)} ms, main thread held at most ${heldMillis.toFixed(0)} ms`);
  return result;
}

async function fill(store: RecordStore): Promise<void> {
  for (let first = 0; first < RECORDS; first += RECORDS_PER_BATCH) {
    const size = Math.min(RECORDS_PER_BATCH, RECORDS - first);
    await store.write(Array.from({ length: size }, (_each, index) => record(first + index)));
  }
}

async function settle(store: RecordStore, fromSecond: number, seconds: number): Promise<void> {
  const fromUnixNano = START + BigInt(fromSecond) * NANOS;
  const period = { fromUnixNano, untilUnixNano: fromUnixNano + BigInt(seconds) * NANOS };
  const read = await timed(`read ${seconds} s`, () => store.gpuRecords({ pool: 'llama-70b', ...period }));
  const changes = read.map(settled);
  const outcome = await timed(`settle ${read.length} records`, () =>
    store.writeGpuWindows({ windows: [], marks: [], settled: changes }),
  );
  console.log(`${read.length} records: ${outcome}`);
}

const path = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'costspan-bench-'));
const opened = await openDuckDbStore({ path });
if (!opened.ok) throw new Error(opened.error.message);
const { store } = opened;
if ((await store.summary({})).calls === 0) await timed(`write ${RECORDS} records`, () => fill(store));
const middle = Math.floor(RECORDS / RECORDS_PER_SECOND / 2);
await settle(store, middle, 60);
await settle(store, middle + 60, 60);
await settle(store, middle * 2 - 120, 60);
await settle(store, middle + 120, 4980);
await timed('unsettled spans', () => store.unsettledGpu('llama-70b'));
await timed('summary', () => store.summary({}));
await timed('checkpoint', () => store.checkpoint());
await store.close();
if (process.argv[3] === undefined) rmSync(path, { recursive: true, force: true });
