/**
 * Durable ingest through the store beside the limit: DuckDB alone inserting the same rows, already typed and in
 * its memory, with one commit for each batch, into a table of the same columns and key.
 *
 * 1. A round fills an empty store, delivers everything once more, and closes it.
 * 2. The round's rows are then read from that store's file into memory, and inserted into an empty database.
 * 3. A ratio is the median over the rounds of each round's own ratio.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COST_RECORD_SCHEMA, type CostRecord } from '@costspan/cost-model';
import { DuckDBInstance } from '@duckdb/node-api';
import { DATABASE_FILE, openDuckDbStore, type RecordStore } from '../src/index.ts';

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

const rounds: { oneByOne: number; together: number; redelivered: number; limit: number }[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-ingest-'));
  const alone = await openStore(join(folder, 'one-by-one'));
  const ours = await perSecond(() => oneByOne(alone));
  const redelivered = await perSecond(() => oneByOne(alone));
  await alone.close();
  const limit = await limitPerSecond(folder, join(folder, 'one-by-one', DATABASE_FILE));
  const shared = await openStore(join(folder, 'together'));
  const together = await perSecond(() => Promise.all(BATCHES.map((batch) => shared.write(batch))));
  await shared.close();
  rmSync(folder, { recursive: true });
  rounds.push({ oneByOne: ours, together, redelivered, limit });
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const figure = (name: 'oneByOne' | 'together' | 'redelivered' | 'limit'): string => {
  const perSecondMedian = Math.round(median(rounds.map((round) => round[name])));
  return `${perSecondMedian} records/s, ${median(rounds.map((round) => round[name] / round.limit)).toFixed(2)} of the limit`;
};
console.log(`durable ingest, ${RECORDS_PER_BATCH} records a write, ${BATCH_COUNT} writes`);
console.log(`  DuckDB alone:     ${figure('limit')}`);
console.log(`  one write at a time: ${figure('oneByOne')}`);
console.log(`  writes together:  ${figure('together')}`);
console.log(`  redelivered:      ${figure('redelivered')}`);
