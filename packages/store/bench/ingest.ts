/**
 * Durable ingest through the store beside the limit: the same rows as one plain multi-row INSERT for each batch,
 * in a transaction of its own, into a table with the same key. Rounds alternate; the figure is the median.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COST_RECORD_SCHEMA, type CostRecord } from '@costspan/cost-model';
import { DuckDBInstance } from '@duckdb/node-api';
import { openDuckDbStore } from '../src/index.ts';

const ROUNDS = 7;
const BATCHES = 10;
const RECORDS_PER_BATCH = 1000;

function record(round: number, index: number): CostRecord {
  return {
    schema: COST_RECORD_SCHEMA,
    traceId: `${round}`.padStart(32, '0'),
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
    serviceTier: null,
    errorType: null,
    usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
    usageSource: 'span',
    status: 'priced',
    reason: null,
    reasonDetail: null,
    duplicateOfSpanId: null,
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
    priceBook: { version: '2026-09-23', digest: 'sha256:0', entry: 'openai/gpt-5-mini' },
  };
}

const batchesOf = (round: number): CostRecord[][] =>
  Array.from({ length: BATCHES }, (_each, batch) =>
    Array.from({ length: RECORDS_PER_BATCH }, (_one, index) =>
      record(round, batch * RECORDS_PER_BATCH + index),
    ),
  );

async function perSecond(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (BATCHES * RECORDS_PER_BATCH * 1000) / (performance.now() - start);
}

const folder = mkdtempSync(join(tmpdir(), 'costspan-ingest-'));
const opened = await openDuckDbStore({ path: join(folder, 'store') });
if (!opened.ok) throw new Error(opened.error.message);
const plain = await (await DuckDBInstance.create(join(folder, 'plain.duckdb'))).connect();
await plain.run(
  'CREATE TABLE records (trace_id VARCHAR, span_id VARCHAR, feature VARCHAR, tenant VARCHAR, model VARCHAR, total DECIMAL(38,12), record VARCHAR, PRIMARY KEY (trace_id, span_id))',
);
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const ours: number[] = [];
const theirs: number[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const batches = batchesOf(round);
  ours.push(
    await perSecond(async () => void (await Promise.all(batches.map((batch) => opened.store.write(batch))))),
  );
  theirs.push(
    await perSecond(async () => {
      for (const batch of batches) {
        const rows = batch.map(
          (one) =>
            `(${[one.traceId, one.spanId, one.feature ?? '', one.tenant ?? '', one.model ?? '', one.cost?.total ?? '', JSON.stringify(one)].map(literal).join(',')})`,
        );
        await plain.run(`INSERT INTO records VALUES ${rows.join(',')}`);
      }
    }),
  );
}
await opened.store.close();
const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
console.log(
  `durable ingest, ${RECORDS_PER_BATCH} records a write: store ${Math.round(median(ours))}/s, plain INSERT ${Math.round(median(theirs))}/s, ratio ${(median(ours) / median(theirs)).toFixed(2)}`,
);
