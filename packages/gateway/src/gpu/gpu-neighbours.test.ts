import type { GpuInterval } from '@costspan/allocation';
import type { GpuShare } from '@costspan/processor';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GpuNeighbours } from './gpu-neighbours.ts';

const ORIGIN_UNIX_NANO = 1_790_000_000_000_000_000n;

function interval(start: number, end: number, weight = 1): GpuInterval {
  return {
    startUnixNano: ORIGIN_UNIX_NANO + BigInt(start),
    endUnixNano: ORIGIN_UNIX_NANO + BigInt(end),
    weight,
  };
}

/** Nanosecond by nanosecond, each of which an interval shares by weight with those that are known. */
function shareByNano(
  own: readonly GpuInterval[],
  known: readonly GpuInterval[],
  capacity: number | undefined,
): GpuShare {
  const share = { replicaNanos: 0, usedNanos: 0, activeNanos: 0 };
  for (const { startUnixNano, endUnixNano, weight } of own) {
    for (let nano = startUnixNano; nano < endUnixNano; nano++) {
      const running = known.filter((each) => each.startUnixNano <= nano && nano < each.endUnixNano);
      const weights = running.reduce((sum, each) => sum + each.weight, 0);
      share.replicaNanos += weight / weights;
      share.usedNanos += weight / Math.max(weights, capacity ?? 0);
      share.activeNanos += 1;
    }
  }
  return share;
}

function expectClose(found: GpuShare, wanted: GpuShare): void {
  expect(found.replicaNanos).toBeCloseTo(wanted.replicaNanos, 6);
  expect(found.usedNanos).toBeCloseTo(wanted.usedNanos, 6);
  expect(found.activeNanos).toBe(wanted.activeNanos);
}

const someIntervals = fc.array(
  fc
    .record({ start: fc.nat(60), length: fc.nat(30), weight: fc.integer({ min: 1, max: 4 }) })
    .map(({ start, length, weight }) => interval(start, start + length, weight)),
  { maxLength: 3 },
);
const someCapacity = fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined });
/** A few keys, so that requests are also replaced and taken away. */
const someChanges = fc.array(
  fc.record({ key: fc.nat(8), lane: fc.nat(1), intervals: fc.option(someIntervals, { nil: undefined }) }),
  { maxLength: 25 },
);

test('two side by side have half of the time that they share', () => {
  const neighbours = new GpuNeighbours<string>();
  const first = [interval(0, 10)];
  const second = [interval(4, 10)];
  neighbours.add('lane', 'first', first);
  neighbours.add('lane', 'second', second);
  neighbours.add('another lane', 'third', first);
  expect(neighbours.share('lane', first, undefined)).toEqual({
    replicaNanos: 7,
    usedNanos: 7,
    activeNanos: 10,
  });
  expect(neighbours.share('lane', second, 4)).toEqual({ replicaNanos: 3, usedNanos: 1.5, activeNanos: 6 });
  neighbours.remove('first');
  expect(neighbours.share('lane', second, undefined).replicaNanos).toBe(6);
});

test('weights part the time that is shared', () => {
  const neighbours = new GpuNeighbours<string>();
  neighbours.add('lane', 'light', [interval(0, 12)]);
  neighbours.add('lane', 'heavy', [interval(0, 12, 3)]);
  expect(neighbours.share('lane', [interval(0, 12)], 6)).toEqual({
    replicaNanos: 3,
    usedNanos: 2,
    activeNanos: 12,
  });
  expect(neighbours.share('lane', [interval(0, 12, 3)], 6).replicaNanos).toBe(9);
});

test('a request is beside its own other intervals, even where nothing else is known', () => {
  const twice = [interval(0, 10), interval(5, 15)];
  const neighbours = new GpuNeighbours<string>();
  expect(neighbours.share('lane', twice, undefined).replicaNanos).toBe(15);
  neighbours.add('lane', 'twice', twice);
  expect(neighbours.share('lane', twice, undefined)).toEqual({
    replicaNanos: 15,
    usedNanos: 15,
    activeNanos: 20,
  });
});

test('an interval without length has nothing and takes nothing', () => {
  const neighbours = new GpuNeighbours<string>();
  neighbours.add('lane', 'none', []);
  neighbours.add('lane', 'instant', [interval(5, 5)]);
  neighbours.add('lane', 'backward', [interval(8, 2)]);
  neighbours.add('lane', 'real', [interval(0, 10)]);
  const nothing = { replicaNanos: 0, usedNanos: 0, activeNanos: 0 };
  expect(neighbours.share('lane', [], 2)).toEqual(nothing);
  expect(neighbours.share('lane', [interval(5, 5)], 2)).toEqual(nothing);
  expect(neighbours.share('lane', [interval(8, 2)], undefined)).toEqual(nothing);
  expect(neighbours.share('lane', [interval(0, 10)], undefined).replicaNanos).toBe(10);
});

test('a share has all its digits, whatever ran for a month before', () => {
  const neighbours = new GpuNeighbours<number>();
  const month = 30 * 86_400e9;
  const first = [interval(-2000, -1000)];
  const before = [interval(0, month)];
  const short = [interval(month + 1000, month + 1010)];
  neighbours.add('lane', -1, first);
  neighbours.add('lane', 0, before);
  for (let key = 1; key <= 3; key++) neighbours.add('lane', key, short);
  expect(neighbours.share('lane', first, undefined).replicaNanos).toBe(1000);
  expect(neighbours.share('lane', before, undefined).replicaNanos).toBe(month);
  expect(neighbours.share('lane', short, undefined).replicaNanos).toBeCloseTo(10 / 3, 12);
});

test('shares of what is known are exact, and those of what is not stay between', () => {
  fc.assert(
    fc.property(someChanges, someIntervals, someCapacity, (changes, strange, capacity) => {
      const neighbours = new GpuNeighbours<number>();
      const lanes = [new Map<number, GpuInterval[]>(), new Map<number, GpuInterval[]>()];
      for (const { key, lane, intervals } of changes) {
        for (const known of lanes) known.delete(key);
        if (intervals === undefined) {
          neighbours.remove(key);
          continue;
        }
        lanes[lane]!.set(key, intervals);
        neighbours.add(`lane ${lane}`, key, intervals);
        // Read in between, so that a clock that is not brought up to date would show.
        neighbours.share(`lane ${lane}`, intervals, capacity);
      }
      for (const [lane, requests] of lanes.entries()) {
        const known = [...requests.values()].flat();
        for (const intervals of requests.values()) {
          expectClose(
            neighbours.share(`lane ${lane}`, intervals, capacity),
            shareByNano(intervals, known, capacity),
          );
        }
        const others = neighbours.share(`lane ${lane}`, strange, capacity);
        const all = shareByNano(strange, [...known, ...strange], capacity);
        expect(others.replicaNanos).toBeGreaterThanOrEqual(all.replicaNanos - 1e-6);
        expect(others.usedNanos).toBeGreaterThanOrEqual(all.usedNanos - 1e-6);
        expect(others.replicaNanos).toBeLessThanOrEqual(others.activeNanos);
        expect(others.usedNanos).toBeLessThanOrEqual(others.replicaNanos + 1e-6);
      }
    }),
    { numRuns: 300 },
  );
});

test('one that is not known is counted beside those that are', () => {
  fc.assert(
    fc.property(
      fc.array(someIntervals, { minLength: 1, maxLength: 8 }),
      fc.nat(60),
      someCapacity,
      (requests, start, capacity) => {
        const neighbours = new GpuNeighbours<number>();
        for (const [key, intervals] of requests.entries()) neighbours.add('lane', key, intervals);
        // A weight that none of the known ones has.
        const stranger = interval(start, start + 40, 5);
        const wanted = shareByNano([stranger], [...requests.flat(), stranger], capacity);
        expectClose(neighbours.share('lane', [stranger], capacity), wanted);
      },
    ),
  );
});

test('each that is added can only take from the others', () => {
  const requests = fc.array(someIntervals, { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(requests, someIntervals, someCapacity, (all, own, capacity) => {
      const neighbours = new GpuNeighbours<number>();
      neighbours.add('lane', -1, own);
      let before = neighbours.share('lane', own, capacity);
      for (const [key, intervals] of all.entries()) {
        neighbours.add('lane', key, intervals);
        const share = neighbours.share('lane', own, capacity);
        expect(share.replicaNanos).toBeLessThanOrEqual(before.replicaNanos + 1e-6);
        expect(share.usedNanos).toBeLessThanOrEqual(before.usedNanos + 1e-6);
        before = share;
      }
    }),
  );
});

test('the parts of all that are known add up to the time in which any ran', () => {
  fc.assert(
    fc.property(fc.array(someIntervals, { maxLength: 12 }), (requests) => {
      const neighbours = new GpuNeighbours<number>();
      for (const [key, intervals] of requests.entries()) neighbours.add('lane', key, intervals);
      let sum = 0;
      for (const intervals of requests) sum += neighbours.share('lane', intervals, undefined).replicaNanos;
      const busy = new Set<bigint>();
      for (const { startUnixNano, endUnixNano } of requests.flat()) {
        for (let nano = startUnixNano; nano < endUnixNano; nano++) busy.add(nano);
      }
      expect(sum).toBeCloseTo(busy.size, 6);
    }),
  );
});

test('what arrived the longest ago is forgotten, and counts itself when it is asked for', () => {
  const neighbours = new GpuNeighbours<number>();
  const intervalOf = (key: number): GpuInterval => interval(key, 100_000 + key);
  for (let key = 0; key < 600; key++) neighbours.add('lane', key, [intervalOf(key)]);
  const known = Array.from({ length: 512 }, (_each, index) => intervalOf(88 + index));
  const exact = (own: GpuInterval, beside: readonly GpuInterval[]): number => {
    const bounds = [...new Set([own, ...beside].flatMap((each) => [each.startUnixNano, each.endUnixNano]))];
    bounds.sort((a, b) => (a < b ? -1 : Number(a > b)));
    let nanos = 0;
    for (const [index, from] of bounds.slice(0, -1).entries()) {
      if (from < own.startUnixNano || from >= own.endUnixNano) continue;
      const running = beside.filter((each) => each.startUnixNano <= from && from < each.endUnixNano).length;
      nanos += Number(bounds[index + 1]! - from) / running;
    }
    return nanos;
  };
  const latest = intervalOf(599);
  expect(neighbours.share('lane', [latest], undefined).replicaNanos).toBeCloseTo(exact(latest, known), 3);
  const first = intervalOf(0);
  const withFirst = exact(first, [...known, first]);
  expect(neighbours.share('lane', [first], undefined).replicaNanos).toBeCloseTo(withFirst, 3);
});

test('a request with more intervals than are remembered does not grow a lane', () => {
  const neighbours = new GpuNeighbours<string>();
  neighbours.add('lane', 'before', [interval(0, 10)]);
  const many = Array.from({ length: 3000 }, () => interval(0, 10));
  neighbours.add('lane', 'many', many);
  const stranger = neighbours.share('lane', [interval(0, 10, 2)], undefined);
  expect(stranger.replicaNanos).toBeCloseTo((10 * 2) / (1024 + 2), 9);
  neighbours.remove('many');
  expect(neighbours.share('lane', [interval(0, 10)], undefined).replicaNanos).toBe(10);
});

test('those that were taken away leave room for others', () => {
  const neighbours = new GpuNeighbours<number>();
  neighbours.add('lane', 0, [interval(0, 10)]);
  for (let key = 1; key <= 2000; key++) {
    neighbours.add('lane', key, [interval(0, 10)]);
    neighbours.remove(key);
  }
  neighbours.add('lane', 1, [interval(0, 10)]);
  expect(neighbours.share('lane', [interval(0, 10)], undefined).replicaNanos).toBe(5);
});

test('lanes that were made the longest ago are forgotten, and their requests can come again', () => {
  const neighbours = new GpuNeighbours<number>();
  for (let lane = 0; lane <= 1000; lane++) {
    neighbours.add(`lane ${lane}`, lane, [interval(0, 10)]);
    neighbours.add(`lane ${lane}`, -1 - lane, [interval(0, 10)]);
  }
  expect(neighbours.share('lane 1000', [interval(0, 10)], undefined).replicaNanos).toBe(5);
  expect(neighbours.share('lane 0', [interval(0, 10)], undefined).replicaNanos).toBe(10);
  neighbours.remove(0);
  neighbours.add('lane 0', 0, [interval(0, 10)]);
  neighbours.add('lane 0', 1, [interval(5, 10)]);
  expect(neighbours.share('lane 0', [interval(0, 10)], undefined).replicaNanos).toBe(7.5);
});
