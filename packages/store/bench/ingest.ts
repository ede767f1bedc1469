/**
 * Durable ingest through the store beside two limits of the same run: DuckDB alone inserting the same rows, already typed and in
 * its memory, with one commit for each batch; and the journal alone, writing the same texts.
 *
 * 1. A round fills an empty store, delivers everything once more, and closes it.
 * 2. The round's rows are then read from that store's file into memory, and inserted into an empty database.
 * 3. A ratio is the median over the rounds of each round's own ratio to DuckDB alone.
 *
 * With `sustained` as argument: for 60 seconds, or as many as the second argument says, 32 writes of 500 records at a time,
 * durable and applied, with the memory and the time of the main thread that they take.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COST_RECORD_SCHEMA, type CostRecord } from '@costspan/cost-model';
import { DuckDBInstance } from '@duckdb/node-api';
import { DATABASE_FILE, openDuckDbStore, type RecordStore, StoreWriteError } from '../src/index.ts';
import { openJournal } from '../src/journal/journal.ts';

const ROUNDS = 5;
const BATCH_COUNT = 10;
const RECORDS_PER_BATCH = 1000;

function record(index: number): CostRecord {
  return {
    schema: COST_RECORD_SCHEMA,
    traceId: (index >> 3).toString(16).padStart(32, '0'),
    spanId: index.toString(16).padStart(16, '0'),
    entrySpanId: null,
    startTimeUnixNano: '1795200000000000000',
    endTimeUnixNano: '1795200001000000000',
    service: 'bench',
    environment: null,
    feature: `feature-${index % 7}`,
    tenant: `tenant-${index % 50}`,
    route: '/ask',
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    model: 'gpt-5-mini-2025-08-07',
    operation: 'chat',
    dialect: 'bench',
    responseId: `chatcmpl-${index}`,
    region: null,
    conditions: null,
    serviceTier: null,
    errorType: null,
    usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
    usageSource: 'span',
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
          component: 'input',
          bucket: 'input',
          quantity: '176',
          unit: 'token',
          rate: '0.25',
          per: 1_000_000,
          amount: '0.000044000000',
        },
        {
          component: 'output',
          bucket: 'output',
          quantity: '222',
          unit: 'token',
          rate: '2',
          per: 1_000_000,
          amount: '0.000444000000',
        },
      ],
    },
    priceBook: { version: '2026-09-23', digest: 'sha256:0', entry: 'openai/gpt-5-mini', exactMatch: true },
  };
}

const BATCHES: readonly CostRecord[][] = Array.from({ length: BATCH_COUNT }, (_each, batch) =>
  Array.from({ length: RECORDS_PER_BATCH }, (_one, index) => record(batch * RECORDS_PER_BATCH + index)),
);

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (BATCH_COUNT * RECORDS_PER_BATCH * 1000) / (performance.now() - start);
}

async function oneByOne(store: RecordStore): Promise<void> {
  for (const batch of BATCHES) await store.write(batch);
}

async function openStore(path: string): Promise<RecordStore> {
  const opened = await openDuckDbStore({ path });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.store;
}

/** Inserts per second of DuckDB alone, for the rows of a store's file. */
async function limitPerSecond(folder: string, storeFile: string): Promise<number> {
  const instance = await DuckDBInstance.create(join(folder, 'limit.duckdb'));
  const connection = await instance.connect();
  await connection.run(`ATTACH '${storeFile}' AS store (READ_ONLY)`);
  const tables = await connection.runAndReadAll(
    `SELECT sql FROM duckdb_tables() WHERE database_name = 'store' AND table_name = 'cost_records'`,
  );
  await connection.run(String(tables.getRows()[0]?.[0]).replace('store.', ''));
  await connection.run('CREATE TEMP TABLE rows AS SELECT *, rowid // $1 AS batch FROM store.cost_records', [
    RECORDS_PER_BATCH,
  ]);
  const insert = 'INSERT INTO cost_records SELECT * EXCLUDE batch FROM rows WHERE batch = $1';
  const result = await perSecond(async () => {
    for (let batch = 0; batch < BATCH_COUNT; batch++) await connection.run(insert, [batch]);
  });
  connection.closeSync();
  instance.closeSync();
  return result;
}

/** Records per second of the journal alone, already as text, all batches at once. */
async function journalPerSecond(folder: string): Promise<number> {
  const { journal } = await openJournal({
    folder: join(folder, 'journal'),
    quarantineFolder: join(folder, 'quarantine'),
  });
  const payloads = BATCHES.map((batch) => JSON.stringify({ records: batch, corrections: [] }));
  const frame = { kind: 'write', atUnixMillis: 0, recordCount: RECORDS_PER_BATCH } as const;
  const result = await perSecond(() =>
    Promise.all(payloads.map((payload) => journal.append({ ...frame, payload }))),
  );
  await journal.close();
  return result;
}

interface Round {
  readonly oneByOne: number;
  readonly together: number;
  readonly redelivered: number;
  readonly journal: number;
  readonly limit: number;
}

async function round(): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-ingest-'));
  const alone = await openStore(join(folder, 'one-by-one'));
  const ours = await perSecond(() => oneByOne(alone));
  const redelivered = await perSecond(() => oneByOne(alone));
  await alone.close();
  const limit = await limitPerSecond(folder, join(folder, 'one-by-one', DATABASE_FILE));
  const shared = await openStore(join(folder, 'together'));
  const together = await perSecond(() => Promise.all(BATCHES.map((batch) => shared.write(batch))));
  await shared.close();
  const journal = await journalPerSecond(folder);
  rmSync(folder, { recursive: true });
  return { oneByOne: ours, together, redelivered, journal, limit };
}

async function compare(): Promise<void> {
  const rounds: Round[] = [];
  for (let index = 0; index < ROUNDS; index++) rounds.push(await round());
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const figure = (name: keyof Round): string => {
    const perSecondMedian = Math.round(median(rounds.map((each) => each[name])));
    const ratio = median(rounds.map((each) => each[name] / each.limit)).toFixed(2);
    return `${perSecondMedian} records/s, ${ratio} of DuckDB alone`;
  };
  console.log(`durable ingest, ${RECORDS_PER_BATCH} records a write, ${BATCH_COUNT} writes`);
  console.log(`  DuckDB alone:        ${figure('limit')}`);
  console.log(`  journal alone:       ${figure('journal')}`);
  console.log(`  one write at a time: ${figure('oneByOne')}`);
  console.log(`  writes together:     ${figure('together')}`);
  console.log(`  redelivered:         ${figure('redelivered')}`);
}

const WRITES_AT_ONCE = 32;
const RECORDS_PER_WRITE = 500;

function recordsFrom(first: number): CostRecord[] {
  return Array.from({ length: RECORDS_PER_WRITE }, (_one, index) => record(first + index));
}

async function sustain(seconds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-ingest-'));
  const store = await openStore(folder);
  const end = performance.now() + seconds * 1000;
  const loop = performance.eventLoopUtilization();
  const cpu = process.cpuUsage();
  let given = 0;
  let peak = process.memoryUsage();
  const deliver = async (): Promise<void> => {
    while (performance.now() < end) {
      const from = given;
      given += RECORDS_PER_WRITE;
      await store.write(recordsFrom(from)).catch((error: unknown) => {
        if (!(error instanceof StoreWriteError && error.code === 'queue_full')) throw error;
      });
      const memory = process.memoryUsage();
      if (memory.rss > peak.rss) peak = memory;
    }
  };
  await Promise.all(Array.from({ length: WRITES_AT_ONCE }, deliver));
  const spent = process.cpuUsage(cpu);
  const { utilization } = performance.eventLoopUtilization(loop);
  const { calls } = await store.summary({});
  await store.close();
  rmSync(folder, { recursive: true });
  console.log(`sustained for ${seconds} s: ${Math.round(calls / seconds)} records/s`);
  console.log(`  ${((spent.user + spent.system) / calls).toFixed(1)} µs of CPU a record, making it included`);
  const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
  console.log(`  main thread busy ${Math.round(utilization * 100)} %`);
  console.log(
    `  memory at most ${mebibytes(peak.rss)} MiB, then ${mebibytes(peak.heapTotal)} of JavaScript's heap and ${mebibytes(peak.external)} of buffers`,
  );
}

const [mode, seconds] = process.argv.slice(2);
await (mode === 'sustained' ? sustain(Number(seconds ?? 60)) : compare());
