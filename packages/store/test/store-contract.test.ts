/** What every record store must do, on the real DuckDB in a folder of its own. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CostRecord, divideHalfEven, formatMoney, type Money, parseMoney } from '@costspan/cost-model';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { openDuckDbStore, type RecordStore, type ReportDimension, type ReportRow } from '../src/index.ts';
import { arbitraryRecord } from './arbitrary-record.ts';

const opened: RecordStore[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'costspan-store-'));
}

async function open(path = folder(), queuedRecordsMax?: number): Promise<RecordStore> {
  const result = await openDuckDbStore({ path, ...(queuedRecordsMax !== undefined && { queuedRecordsMax }) });
  if (!result.ok) throw new Error(result.error.message);
  opened.push(result.store);
  return result.store;
}

async function allRecords(store: RecordStore): Promise<CostRecord[]> {
  const found: CostRecord[] = [];
  let afterKey: string | undefined;
  do {
    const page = await store.records({ limit: 3, ...(afterKey !== undefined && { afterKey }) });
    found.push(...page.records);
    afterKey = page.nextKey;
  } while (afterKey !== undefined);
  return found;
}

const sample = (seed: number, size = 30): CostRecord[] => fc.sample(arbitraryRecord, { seed, numRuns: size });
const keyOf = (record: CostRecord): string => `${record.traceId}-${record.spanId}`;

function firstByKey(batches: readonly (readonly CostRecord[])[]): Map<string, CostRecord> {
  const first = new Map<string, CostRecord>();
  for (const record of batches.flat()) if (!first.has(keyOf(record))) first.set(keyOf(record), record);
  return first;
}

test('redelivery changes nothing: any batches leave the first record of each key, lossless and in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(arbitraryRecord, { maxLength: 8 }), { maxLength: 6 }),
      async (batches) => {
        const store = await open();
        const told = (await Promise.all(batches.map((batch) => store.write(batch)))).flat();
        const expected = firstByKey(batches);
        const seen = new Set<string>();
        expect(told).toEqual(
          batches.flat().map((record) => !seen.has(keyOf(record)) && seen.add(keyOf(record)) !== undefined),
        );
        expect(await store.write(batches.flat())).toEqual(batches.flat().map(() => false));
        expect(await allRecords(store)).toEqual(
          [...expected.values()].toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)),
        );
        await store.close();
      },
    ),
    { numRuns: 15, endOnFailure: true },
  );
});

/** The report as it would be worked out by hand, in exact whole picos. */
function reportByHand(
  records: readonly CostRecord[],
  dimension: 'feature' | 'tenant' | 'model' | 'day',
): ReportRow[] {
  const groups = new Map<string | null, CostRecord[]>();
  for (const record of records) {
    const day = new Date(Number(BigInt(record.startTimeUnixNano) / 1_000_000n)).toISOString().slice(0, 10);
    const key = dimension === 'day' ? day : record[dimension];
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups].map(([key, group]) => {
    const traces = Map.groupBy(
      group.filter((record) => record.status !== 'duplicate'),
      (record) => record.traceId,
    );
    const costs = [...traces.values()]
      .map((calls) => calls.flatMap((call) => (call.cost === null ? [] : parseMoney(call.cost.total)!)))
      .filter((amounts) => amounts.length > 0)
      .map((amounts) => amounts.reduce((sum: bigint, amount) => sum + amount, 0n) as Money)
      .toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const total = costs.reduce((sum: bigint, cost) => sum + cost, 0n) as Money;
    const at = (share: number): string | null =>
      costs.length === 0 ? null : formatMoney(costs[Math.max(0, Math.ceil(share * costs.length) - 1)]!);
    const status = (wanted: string): number => group.filter((record) => record.status === wanted).length;
    const tokens = (bucket: 'input' | 'output'): number =>
      group
        .filter((record) => record.status !== 'duplicate')
        .reduce((sum, record) => sum + (record.usage?.[bucket] ?? 0), 0);
    return {
      key: { [dimension]: key },
      requests: traces.size,
      calls: group.length,
      pricedCalls: status('priced'),
      unpricedCalls: status('unpriced'),
      duplicateCalls: status('duplicate'),
      mean: costs.length === 0 ? null : formatMoney(divideHalfEven(total, BigInt(costs.length)) as Money),
      p50: at(0.5),
      p95: at(0.95),
      max: at(1),
      total: formatMoney(total),
      tokens: { input: tokens('input'), cacheRead: 0, cacheWrite: 0, output: tokens('output'), reasoning: 0 },
    };
  });
}

test.each<ReportDimension>(['feature', 'tenant', 'model', 'day'])(
  'the report by %s is exact',
  async (dimension) => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryRecord, { minLength: 1, maxLength: 40 }), async (records) => {
        const store = await open();
        await store.write(records);
        const kept = [...firstByKey([records]).values()];
        const byKey = (rows: readonly ReportRow[]): ReportRow[] =>
          rows.toSorted((a, b) => (JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1));
        expect(byKey(await store.report({ by: [dimension] }))).toEqual(
          byKey(reportByHand(kept, dimension as 'feature')),
        );
        await store.close();
      }),
      { numRuns: 10, endOnFailure: true },
    );
  },
);

test('summary and top requests agree with the records', async () => {
  const store = await open();
  const records = sample(7, 60);
  await store.write(records);
  const kept = [...firstByKey([records]).values()];
  const summary = await store.summary({});
  const total = kept.reduce(
    (sum, record) => sum + (parseMoney(record.cost?.total ?? '0') ?? 0n),
    0n,
  ) as Money;
  expect(summary).toMatchObject({ calls: kept.length, total: formatMoney(total), currency: 'USD' });
  expect(summary.pricedCalls + summary.unpricedCalls + summary.duplicateCalls).toBe(kept.length);
  const top = await store.topRequests({ limit: 100 });
  expect(top.reduce((sum, request) => sum + (parseMoney(request.total) ?? 0n), 0n)).toBe(total);
  expect(top.map((request) => request.total)).toEqual(
    top.map((request) => request.total).toSorted((a, b) => Number(parseMoney(b)! - parseMoney(a)!)),
  );
});

test('a period is from inclusive to until exclusive', async () => {
  const store = await open();
  const [record] = sample(1, 1);
  const start = { ...record!, startTimeUnixNano: `${Date.parse('2026-01-02T00:00:00Z')}000000` };
  await store.write([start]);
  const calls = async (period: { from?: string; until?: string }): Promise<number> =>
    (await store.summary(period)).calls;
  expect(await calls({ from: '2026-01-02T00:00:00Z', until: '2026-01-03T00:00:00Z' })).toBe(1);
  expect(await calls({ until: '2026-01-02T00:00:00Z' })).toBe(0);
  expect(await calls({ from: '2026-01-02T00:00:00.001Z' })).toBe(0);
});

test('what was written is there after reopening', async () => {
  const path = folder();
  const first = await open(path);
  const records = sample(3);
  await first.write(records);
  await first.close();
  const second = await open(path);
  expect(await allRecords(second)).toHaveLength(firstByKey([records]).size);
  expect(await second.write(records)).toEqual(records.map(() => false));
});

test('a closed store and a full queue refuse writes', async () => {
  const store = await open(folder(), 10);
  const results = await Promise.allSettled([
    store.write(sample(1, 8)),
    store.write(sample(2, 8)),
    store.write(sample(3, 8)),
  ]);
  expect(results.map((result) => result.status)).toContain('rejected');
  expect(results.flatMap((result) => (result.status === 'rejected' ? result.reason.code : []))).toContain(
    'queue_full',
  );
  await store.close();
  await expect(store.write(sample(1))).rejects.toMatchObject({ code: 'closed' });
});

test('one bad write fails alone', async () => {
  const store = await open();
  const [good, bad, alsoGood] = sample(5, 3).map((record, index) => ({ ...record, spanId: `${index}` }));
  const broken = { ...bad!, startTimeUnixNano: 'not a number' };
  const results = await Promise.allSettled([
    store.write([good!]),
    store.write([broken]),
    store.write([alsoGood!]),
  ]);
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await allRecords(store)).toHaveLength(2);
});
