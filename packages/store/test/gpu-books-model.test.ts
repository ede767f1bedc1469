/** The books of GPU pools beside a model of them in maps. */
import type { CostRecord, GpuWindowRecord } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GpuPoolMark, RecordStore } from '../src/index.ts';
import { bySpan, gpuRecord, gpuWindow, period, settlementOf, spanNumbers } from './gpu-records.ts';
import { allRecords, openStore } from './temporary-store.ts';

interface Books {
  readonly records: Map<string, CostRecord>;
  readonly windows: Map<string, GpuWindowRecord>;
  readonly marks: Map<string, GpuPoolMark>;
}

const nano = fc.nat({ max: 30 });
const interval = fc
  .tuple(nano, fc.nat({ max: 12 }))
  .map(([from, length]): [number, number] => [from, from + length]);
const given = fc.record({
  pool: fc.constantFrom('llama', 'qwen'),
  status: fc.constantFrom('priced', 'priced', 'priced', 'unpriced'),
  start: nano,
  intervals: fc.array(interval, { maxLength: 3 }),
  total: fc.constantFrom('0.1', '0.25'),
});
const id = fc.nat({ max: 7 });
const command = fc.oneof(
  fc.record({ kind: fc.constant('write'), id, given }),
  fc.record({ kind: fc.constant('correct'), id, feature: fc.constantFrom('x', 'y') }),
  fc.record({
    kind: fc.constant('settle'),
    ids: fc.uniqueArray(id, { maxLength: 4 }),
    isOutdated: fc.constantFrom(false, false, true),
    total: fc.constantFrom('0.3', '0.7'),
    window: fc.record({
      startUnixNano: fc.constantFrom('0', '10'),
      revision: fc.constantFrom(1, 2, 3),
      bill: fc.constantFrom('1.000000000000', '2.000000000000'),
    }),
    closed: fc.option(nano.map(String)),
  }),
);

type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never;

/** Applies a command to the model and gives it to the store; what it must resolve to. */
function issue(
  store: RecordStore,
  books: Books,
  each: Command,
): { readonly told: Promise<unknown>; readonly expected: unknown } {
  if (each.kind === 'write') {
    const record = gpuRecord(each.id, each.given as Parameters<typeof gpuRecord>[1]);
    const isNew = !books.records.has(record.spanId);
    if (isNew) books.records.set(record.spanId, record);
    return { told: store.write([record]), expected: [isNew] };
  }
  if (each.kind === 'correct') {
    const was = books.records.get(gpuRecord(each.id).spanId);
    if (was === undefined) return { told: Promise.resolve(), expected: undefined };
    const record = { ...was, feature: each.feature };
    books.records.set(record.spanId, record);
    return { told: store.write([], [record]), expected: [] };
  }
  const found = each.ids
    .map((one) => books.records.get(gpuRecord(one).spanId))
    .filter((record) => record?.status === 'priced');
  const settled = found.map((record) => settlementOf(record!, each.total));
  if (each.isOutdated && settled[0] !== undefined)
    settled[0] = { ...settled[0], before: `${settled[0].before} ` };
  const window = gpuWindow(each.window);
  const mark = { pool: 'llama', observedFromUnixNano: '1', closedUntilUnixNano: each.closed };
  const key = `${window.startUnixNano} ${window.revision}`;
  const known = books.windows.get(key);
  const isStale =
    (each.isOutdated && settled.length > 0) || (known !== undefined && known.bill !== window.bill);
  if (!isStale) {
    for (const { after } of settled) books.records.set(after.spanId, after);
    books.windows.set(key, window);
    const closed = books.marks.get('llama')?.closedUntilUnixNano ?? null;
    const until = Math.max(Number(closed ?? -1), Number(each.closed ?? -1));
    books.marks.set('llama', { ...mark, closedUntilUnixNano: until < 0 ? null : String(until) });
  }
  return {
    told: store.writeGpuWindows({ windows: [window], marks: [mark], settled }),
    expected: isStale ? 'stale' : 'written',
  };
}

function activeIn(record: CostRecord, from: number, until: number): boolean {
  const points = [record.startTimeUnixNano, ...record.gpu!.intervals.map((each) => each.startUnixNano)];
  // Every nanosecond in which it was active, and the instants at which it or an interval of it started.
  const active = new Set(points.map(Number));
  for (const { startUnixNano, endUnixNano } of record.gpu!.intervals) {
    for (let at = Number(startUnixNano); at < Number(endUnixNano); at++) active.add(at);
  }
  return [...active].some((at) => at >= from && at < until);
}

function unsettledByHand(all: readonly CostRecord[]): unknown {
  const covered = new Set<number>();
  for (const record of all) {
    if (record.gpu!.basis === 'settled') continue;
    const points = [
      Number(record.startTimeUnixNano),
      ...record.gpu!.intervals.flatMap((each) => [
        Number(each.startUnixNano),
        Math.max(Number(each.endUnixNano) - 1, Number(each.startUnixNano)),
      ]),
    ];
    for (let at = Math.min(...points); at <= Math.max(...points); at++) covered.add(at);
  }
  const spans: { startUnixNano: bigint; endUnixNano: bigint }[] = [];
  for (const at of [...covered].toSorted((left, right) => left - right)) {
    const last = spans.at(-1);
    if (last?.endUnixNano === BigInt(at)) last.endUnixNano = BigInt(at + 1);
    else spans.push({ startUnixNano: BigInt(at), endUnixNano: BigInt(at + 1) });
  }
  return spans;
}

test('any writes, corrections and settlements, issued at once, leave what they would one by one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 25 }), nano, nano, async (commands, from, length) => {
      const store = await openStore();
      const books: Books = { records: new Map(), windows: new Map(), marks: new Map() };
      const issued = commands.map((each) => issue(store, books, each));
      expect(await Promise.all(issued.map(({ told }) => told))).toEqual(
        issued.map(({ expected }) => expected),
      );
      const all = [...books.records.values()];
      expect((await allRecords(store, 100)).toSorted(bySpan)).toEqual(all.toSorted(bySpan));
      const found = await store.gpuRecords({ pool: 'llama', ...period(from, from + length) });
      const ofPool = all.filter(({ status, gpu }) => status === 'priced' && gpu!.pool === 'llama');
      const expected = ofPool.filter((record) => activeIn(record, from, from + length));
      expect(spanNumbers(found)).toEqual(spanNumbers(expected.map((record) => ({ record }))));
      expect(await store.unsettledGpu('llama')).toEqual(unsettledByHand(ofPool));
      const latest = new Map<string, GpuWindowRecord>();
      for (const window of books.windows.values()) {
        const known = latest.get(window.startUnixNano);
        if (known === undefined || known.revision < window.revision) latest.set(window.startUnixNano, window);
      }
      expect(await store.gpuWindows(period(0, 100))).toEqual(
        ['0', '10'].flatMap((start) => latest.get(start) ?? []),
      );
      expect(await store.gpuMarks()).toEqual([...books.marks.values()]);
      await store.close();
    }),
    { numRuns: 20, endOnFailure: true },
  );
});
