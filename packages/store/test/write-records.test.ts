/** What every record store must do with what is written to it, on the real DuckDB in a folder of its own. */
import type { CostRecord } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CallSummary } from '../src/index.ts';
import { arbitraryRecord, sampleRecords } from './arbitrary-record.ts';
import { allRecords, firstByKey, keyOf, openStore, temporaryFolder } from './temporary-store.ts';

function byStart(left: CostRecord, right: CostRecord): number {
  const difference = BigInt(left.startTimeUnixNano) - BigInt(right.startTimeUnixNano);
  return difference === 0n ? (keyOf(left) < keyOf(right) ? -1 : 1) : difference < 0n ? -1 : 1;
}

test('redelivery changes nothing: any batches leave the first record of each key, lossless, by start', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(arbitraryRecord, { maxLength: 8 }), { maxLength: 6 }),
      async (batches) => {
        const store = await openStore();
        const told = (await Promise.all(batches.map((batch) => store.write(batch)))).flat();
        const seen = new Set<string>();
        expect(told).toEqual(
          batches.flat().map((record) => !seen.has(keyOf(record)) && seen.add(keyOf(record)) !== undefined),
        );
        expect(await store.write(batches.flat())).toEqual(batches.flat().map(() => false));
        expect(await allRecords(store)).toEqual(firstByKey(batches.flat()).toSorted(byStart));
        await store.close();
      },
    ),
    { numRuns: 20, endOnFailure: true },
  );
});

test('a correction takes the place of the record with its ids, and of no other', async () => {
  const store = await openStore();
  const [first, second, absent] = sampleRecords(5, 3);
  await store.write([first!, second!]);
  const corrected: CostRecord = {
    ...first!,
    status: 'duplicate',
    reason: 'duplicate_of_nested_span',
    duplicateOfSpanId: second!.spanId,
    cost: null,
  };
  expect(await store.write([], [corrected, absent!])).toEqual([]);
  expect(await allRecords(store)).toEqual([corrected, second!].toSorted(byStart));
  expect(await store.write([first!])).toEqual([false]);
  expect(await allRecords(store)).toEqual([corrected, second!].toSorted(byStart));
});

test('a record and its correction may be written at once, and the last correction holds', async () => {
  const store = await openStore();
  const [record] = sampleRecords(6, 1);
  const as = (feature: string): CostRecord => ({ ...record!, feature });
  await Promise.all([
    store.write([record!]),
    store.write([], [as('first')]),
    store.write([record!], [as('second')]),
  ]);
  expect(await allRecords(store)).toEqual([as('second')]);
});

test('what was written is there after reopening', async () => {
  const path = temporaryFolder();
  const first = await openStore({ path });
  const records = sampleRecords(3, 30);
  await first.write(records);
  await first.close();
  const second = await openStore({ path });
  expect(await allRecords(second)).toEqual(records.toSorted(byStart));
  expect(await second.write(records)).toEqual(records.map(() => false));
});

test('half of a surrogate pair is no reason to refuse a record', async () => {
  const store = await openStore();
  const [record] = sampleRecords(1, 1);
  const odd = { ...record!, feature: 'half \ud800', tenant: '\\ud800' };
  expect(await store.write([odd])).toEqual([true]);
  expect(await allRecords(store)).toEqual([odd]);
  expect((await store.report({ by: ['feature', 'tenant'] })).map((row) => row.key)).toEqual([
    { feature: 'half \ufffd', tenant: '\\ud800' },
  ]);
});

test('a question sees a write whole or not at all, and one state of the books', async () => {
  const store = await openStore();
  const records = sampleRecords(8, 280);
  const writes = Array.from({ length: 40 }, (_each, index) =>
    store.write(records.slice(index * 7, index * 7 + 7)),
  );
  const seen: CallSummary[] = [];
  while ((seen.at(-1)?.calls ?? 0) < records.length) seen.push(await store.summary({}));
  await Promise.all(writes);
  expect(seen.filter(({ calls }) => calls % 7 !== 0)).toEqual([]);
  for (const { pricedCalls, calls, reasons } of seen) {
    expect(reasons.reduce((total, reason) => total + reason.calls, pricedCalls)).toBe(calls);
  }
});

test('a full queue refuses a write and a closed store refuses all', async () => {
  const store = await openStore({ queuedRecordsMax: 10 });
  const results = await Promise.allSettled([1, 2, 3].map((seed) => store.write(sampleRecords(seed, 8))));
  expect(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'written'))).toEqual([
    'written',
    'written',
    'queue_full',
  ]);
  const waiting = Promise.all([store.write(sampleRecords(4, 20)), store.summary({}), store.summary({})]);
  await store.close();
  expect(await waiting).toMatchObject([{ length: 20 }, {}, {}]);
  await expect(store.write(sampleRecords(1, 1))).rejects.toMatchObject({ code: 'closed' });
  await expect(store.summary({})).rejects.toMatchObject({ code: 'closed' });
});

test('one bad write fails alone', async () => {
  const store = await openStore();
  const [good, bad, alsoGood] = sampleRecords(5, 3);
  const results = await Promise.allSettled([
    store.write([good!]),
    store.write([{ ...bad!, operation: null as unknown as string }]),
    store.write([alsoGood!]),
  ]);
  expect(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'written'))).toEqual([
    'written',
    'commit_failed',
    'written',
  ]);
  expect(await allRecords(store)).toHaveLength(2);
});

const costing = (total: string): Partial<CostRecord> => ({
  status: 'priced',
  cost: { currency: 'USD', total, lines: [] },
});

test.each<[string, Partial<CostRecord>]>([
  ['an amount has at most', costing('0.0000000000001')],
  ['an amount has at most', costing('free')],
  ['an amount has at most', costing(`1${'0'.repeat(26)}`)],
  ['an instant is', { startTimeUnixNano: String(2n ** 64n) }],
  ['an instant is', { startTimeUnixNano: 'soon' }],
  ['whole numbers', { usage: { input: 1.5 } }],
  ['whole numbers', { usage: { output: 2 ** 53 } }],
])('what no column can hold is refused, never cut off: %s, %j', async (message, broken) => {
  const store = await openStore();
  const [good, bad] = sampleRecords(1, 2);
  await expect(store.write([good!, { ...bad!, ...broken }])).rejects.toThrow(message);
  expect((await store.summary({})).calls).toBe(0);
});

test('a write of any size is one commit', async () => {
  const store = await openStore({ queuedRecordsMax: 10 });
  const records = sampleRecords(6, 5000);
  await store.write(records.slice(100, 200));
  expect(await store.write(records)).toEqual(records.map((_record, index) => index < 100 || index >= 200));
  expect((await store.summary({})).calls).toBe(records.length);
});
