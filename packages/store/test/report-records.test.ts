/** The answers of a store beside the same answers worked out by hand, in exact whole picos. */
import {
  addMoney,
  type CostRecord,
  divideHalfEven,
  formatMoney,
  type Money,
  parseMoney,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
  ZERO_MONEY,
} from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  REPORT_DIMENSIONS,
  type ReportDimension,
  type ReportPeriod,
  type ReportRow,
  type ReportTokens,
  type RequestCost,
} from '../src/index.ts';
import { arbitraryRecord, sampleRecords } from './arbitrary-record.ts';
import { firstByKey, openStore } from './temporary-store.ts';

const sum = (amounts: readonly bigint[]): Money => amounts.reduce((total, one) => total + one, 0n) as Money;
const byText = (left: unknown, right: unknown): number =>
  JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;

function keyPart(record: CostRecord, dimension: ReportDimension): string | null {
  const start = new Date(Number(BigInt(record.startTimeUnixNano) / 1_000_000n)).toISOString();
  if (dimension === 'day') return start.slice(0, 10);
  return dimension === 'hour' ? `${start.slice(0, 13)}:00Z` : record[dimension];
}

function pico(calls: readonly CostRecord[]): Money {
  return sum(calls.map((call) => parseMoney(call.cost?.total ?? '0')!));
}

function tokens(calls: readonly CostRecord[]): ReportTokens {
  const of = (component: string): number => {
    const buckets = USAGE_BUCKET_NAMES.filter(
      (bucket) => USAGE_BUCKETS[bucket].unit === 'token' && USAGE_BUCKETS[bucket].component === component,
    );
    return Number(sum(calls.flatMap(({ usage }) => buckets.map((bucket) => BigInt(usage?.[bucket] ?? 0)))));
  };
  return {
    input: of('input'),
    cacheRead: of('cache_read'),
    cacheWrite: of('cache_write'),
    output: of('output'),
    reasoning: of('reasoning'),
  };
}

function rowByHand(group: readonly CostRecord[], by: readonly ReportDimension[]): ReportRow {
  const calls = group.filter((record) => record.status !== 'duplicate');
  const priced = group.filter((record) => record.status === 'priced');
  const costs = [...Map.groupBy(priced, (record) => record.traceId).values()]
    .map(pico)
    .toSorted((left, right) => (left < right ? -1 : 1));
  const nearestRank = (percent: number): string | null =>
    costs.length === 0 ? null : formatMoney(costs[Math.ceil((costs.length * percent) / 100) - 1]!);
  return {
    key: Object.fromEntries(by.map((dimension) => [dimension, keyPart(group[0]!, dimension)])),
    requests: new Set(calls.map((record) => record.traceId)).size,
    calls: group.length,
    pricedCalls: priced.length,
    unpricedCalls: calls.length - priced.length,
    duplicateCalls: group.length - calls.length,
    mean: costs.length === 0 ? null : formatMoney(divideHalfEven(sum(costs), BigInt(costs.length)) as Money),
    p50: nearestRank(50),
    p95: nearestRank(95),
    max: nearestRank(100),
    total: formatMoney(sum(costs)),
    tokens: tokens(calls),
  };
}

const QUESTIONS: readonly (readonly ReportDimension[])[] = [
  [],
  ...REPORT_DIMENSIONS.map((dimension) => [dimension]),
  ['tenant', 'feature', 'day'],
];

test('reports by every dimension are exact, the costliest group first', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryRecord, { minLength: 1, maxLength: 60 }), async (records) => {
      const store = await openStore();
      await store.write(records);
      for (const by of QUESTIONS) {
        const groups = Map.groupBy(firstByKey(records), (record) =>
          JSON.stringify(by.map((dimension) => keyPart(record, dimension))),
        );
        const rows = await store.report({ by });
        expect(rows.toSorted(byText)).toEqual(
          [...groups.values()].map((group) => rowByHand(group, by)).toSorted(byText),
        );
        const order = rows.map((row) => (row.max === null ? -1n : parseMoney(row.total)!));
        expect(order).toEqual(order.toSorted((left, right) => (left > right ? -1 : left < right ? 1 : 0)));
        expect(await store.report({ by, limit: 2 })).toEqual(rows.slice(0, 2));
      }
      await store.close();
    }),
    { numRuns: 15, endOnFailure: true },
  );
});

test('the 95th percentile is the 95th of 100 requests and the 96th of 101', async () => {
  const store = await openStore();
  const call = (rank: number): CostRecord => ({
    ...sampleRecords(1, 1)[0]!,
    traceId: rank.toString(16).padStart(32, '0'),
    status: 'priced',
    cost: { currency: 'USD', total: `${rank}`, lines: [] },
  });
  const p95 = async (): Promise<string | null | undefined> => (await store.report({ by: [] }))[0]?.p95;
  await store.write(Array.from({ length: 100 }, (_each, index) => call(index + 1)));
  expect(await p95()).toBe('95.000000000000');
  await store.write([call(101)]);
  expect(await p95()).toBe('96.000000000000');
});

test('the summary and the most expensive requests are exact', async () => {
  const store = await openStore();
  const records = sampleRecords(7, 80);
  await store.write(records);
  const { currency, reasons, bounds, ...summary } = await store.summary({});
  const {
    key: _key,
    mean: _mean,
    p50: _p50,
    p95: _p95,
    max: _max,
    tokens: _tokens,
    ...row
  } = rowByHand(records, []);
  expect({ currency, ...summary }).toEqual({ currency: 'USD', ...row });
  const bounded = Map.groupBy(
    records.filter((record) => record.status === 'priced' && record.usageIncomplete !== null),
    (record) => String(record.usageIncomplete),
  );
  expect(bounds).toEqual(
    [...bounded]
      .sort(([left], [right]) => (left < right ? 1 : -1))
      .map(([bound, group]) => ({
        bound,
        calls: group.length,
        total: formatMoney(
          group.reduce((sum, { cost }) => addMoney(sum, parseMoney(cost?.total ?? '0')!), ZERO_MONEY),
        ),
      })),
  );
  const notPriced = Map.groupBy(
    records.filter((record) => record.status !== 'priced'),
    ({ status, reason, reasonDetail }) => JSON.stringify({ status, reason, detail: reasonDetail }),
  );
  expect(reasons.toSorted(byText)).toEqual(
    [...notPriced]
      .map(([reason, group]) => ({ ...JSON.parse(reason), calls: group.length }))
      .toSorted(byText),
  );

  const names = (calls: readonly CostRecord[], of: 'feature' | 'tenant' | 'model'): string[] =>
    [...new Set(calls.flatMap((call) => call[of] ?? []))].toSorted((left, right) =>
      Buffer.compare(Buffer.from(left), Buffer.from(right)),
    );
  const requests = [...Map.groupBy(records, (record) => record.traceId)].map(
    ([traceId, group]): RequestCost => {
      const calls = group.filter((record) => record.status !== 'duplicate');
      return {
        traceId,
        startTimeUnixNano: String(
          group.map((call) => BigInt(call.startTimeUnixNano)).toSorted((a, b) => (a < b ? -1 : 1))[0],
        ),
        features: names(calls, 'feature'),
        tenants: names(calls, 'tenant'),
        models: names(calls, 'model'),
        calls: calls.length,
        unpricedCalls: calls.filter((record) => record.status === 'unpriced').length,
        total: formatMoney(pico(calls)),
      };
    },
  );
  const costliest = requests.toSorted((left, right) =>
    parseMoney(left.total)! > parseMoney(right.total)! ? -1 : 1,
  );
  expect(await store.topRequests({ limit: 100 })).toEqual(costliest);
  expect(await store.topRequests({ limit: 2 })).toEqual(costliest.slice(0, 2));
});

test.each<[ReportPeriod, number]>([
  [{ from: '2026-01-02T00:00:00Z', until: '2026-01-03T00:00:00Z' }, 1],
  [{ from: '2026-01-02', until: '2026-01-03' }, 1],
  [{ from: '2026-01-02T01:00:00+01:00' }, 1],
  [{ from: '2026-01-02T00:00:00.2Z' }, 1],
  [{ until: '2026-01-02T00:00:00.2Z' }, 0],
  [{ until: '2026-01-02T00:00:00.5Z' }, 1],
  [{ until: '2026-01-02T00:00:00.200000001Z' }, 1],
  [{ from: '2026-01-02T00:00:00.200000001Z' }, 0],
  [{ from: '1969-01-01', until: '9999-12-31' }, 1],
])('a call 0.2 seconds into January 2 is in %j: %i', async (period, calls) => {
  const store = await openStore();
  const start = `${Date.parse('2026-01-02T00:00:00.2Z')}000000`;
  await store.write(sampleRecords(1, 1).map((record) => ({ ...record, startTimeUnixNano: start })));
  expect((await store.summary(period)).calls).toBe(calls);
  expect((await store.records({ ...period, limit: 5 })).records).toHaveLength(calls);
});

test('an unanswerable question says what to ask instead', async () => {
  const store = await openStore();
  const refusal = (what: RegExp): object => ({ code: 'invalid_query', message: expect.stringMatching(what) });
  await expect(store.summary({ from: 'yesterday' })).rejects.toMatchObject(
    refusal(/from .*ISO 8601.*"yesterday"/),
  );
  await expect(store.summary({ until: '2026-01-02T00:00' })).rejects.toMatchObject(refusal(/until/));
  const by = ['constructor'] as unknown as ReportDimension[];
  await expect(store.report({ by })).rejects.toMatchObject(refusal(/feature, tenant/));
  await expect(store.report({ by: ['day', 'day'] })).rejects.toMatchObject(refusal(/each once/));
  await expect(store.topRequests({ limit: 0 })).rejects.toMatchObject(refusal(/1 to 10000/));
  await expect(store.records({ limit: 1, afterKey: "' OR 1=1" })).rejects.toMatchObject(refusal(/nextKey/));
  expect(await store.report({ by: ['feature'] })).toEqual([]);
});

test('more questions than may wait are refused at once', async () => {
  const store = await openStore();
  const answers = await Promise.allSettled(Array.from({ length: 102 }, () => store.summary({})));
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
  expect(refused).toEqual(['queue_full', 'queue_full']);
  expect((await store.summary({})).calls).toBe(0);
});
