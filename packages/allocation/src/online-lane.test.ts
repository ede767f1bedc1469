import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OnlineLane, type OnlineShare } from './online-lane.ts';

interface Known {
  readonly start: number;
  readonly end: number;
}

/** Nanosecond by nanosecond, of what those that are known leave to one more or to each other. */
function bruteForce(of: Known, known: readonly Known[], capacity: number): [shared: number, used: number] {
  let shared = 0;
  let used = 0;
  for (let time = of.start; time < of.end; time++) {
    const running = known.filter(({ start, end }) => start <= time && time < end).length;
    shared += 1 / running;
    used += 1 / Math.max(running, capacity);
  }
  return [shared, used];
}

function expectShare(share: OnlineShare | undefined, [shared, used]: [number, number]): void {
  expect(share?.replicaNanos).toBeCloseTo(shared, 6);
  expect(share?.usedNanos).toBeCloseTo(used, 6);
}

const requests = fc.array(
  fc.tuple(fc.nat(200), fc.nat(60)).map(([start, length]): Known => ({ start, end: start + length })),
  { maxLength: 25 },
);
const capacities = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined });

/** Starts and ends in the order of time; of what happens at once, ends come first. */
function play(lane: OnlineLane, known: readonly Known[]): (OnlineShare | undefined)[] {
  const events = known.flatMap((request, index) => [
    { at: request.start, isEnd: false, index },
    { at: request.end, isEnd: true, index },
  ]);
  const isShort = (index: number): boolean => known[index]!.start === known[index]!.end;
  events.sort(
    (a, b) =>
      a.at - b.at ||
      // One of no length has to begin before it ends.
      Number(isShort(a.index)) - Number(isShort(b.index)) ||
      (isShort(a.index) ? a.index - b.index || Number(a.isEnd) : Number(b.isEnd) - Number(a.isEnd)),
  );
  const keys = known.map(() => ({}));
  const shares: (OnlineShare | undefined)[] = [];
  for (const { at, isEnd, index } of events) {
    if (isEnd) shares[index] = lane.end(keys[index]!, at);
    else lane.start(keys[index]!, at);
  }
  return shares;
}

test('A alone for a second, then A and B for two: two seconds and one', () => {
  const lane = new OnlineLane();
  const [a, b] = [{}, {}];
  lane.start(a, 0);
  lane.start(b, 1e9);
  expect(lane.end(a, 3e9)).toEqual({ replicaNanos: 2e9, usedNanos: 2e9, activeNanos: 3e9, flags: [] });
  expect(lane.end(b, 3e9)).toEqual({ replicaNanos: 1e9, usedNanos: 1e9, activeNanos: 2e9, flags: [] });
});

test('with room for four, one that runs alone fills a quarter', () => {
  const lane = new OnlineLane({ capacity: 4 });
  const key = {};
  lane.start(key, 5);
  expect(lane.end(key, 1005)).toEqual({ replicaNanos: 1000, usedNanos: 250, activeNanos: 1000, flags: [] });
  expect(() => new OnlineLane({ capacity: 0 })).toThrow('room');
});

test('shares are those of brute force, and add up to the busy time', () => {
  fc.assert(
    fc.property(requests, capacities, (known, capacity) => {
      const shares = play(new OnlineLane({ capacity }), known);
      for (const [index, request] of known.entries()) {
        expectShare(shares[index], bruteForce(request, known, capacity ?? 0));
        expect(shares[index]?.activeNanos).toBe(request.end - request.start);
      }
      const busy = Array.from({ length: 300 }, (_each, time) =>
        known.some(({ start, end }) => start <= time && time < end),
      ).filter(Boolean).length;
      expect(shares.reduce((sum, share) => sum + share!.replicaNanos, 0)).toBeCloseTo(busy, 6);
    }),
  );
});

test('one that was not seen has what it would have had, and takes it from nobody', () => {
  fc.assert(
    fc.property(requests, capacities, fc.nat(250), fc.nat(60), (known, capacity, start, length) => {
      const unseen = { start, end: start + length };
      const lane = new OnlineLane({ capacity });
      const shares = play(lane, known);
      const share = lane.shadow(start, start + length);
      expectShare(share, bruteForce(unseen, [...known, unseen], capacity ?? 0));
      expect(share).toMatchObject({ activeNanos: length, flags: ['shadow'] });
      expect(shares).toEqual(play(new OnlineLane({ capacity }), known));
    }),
  );
});

test('one that was known under another key is not counted beside itself', () => {
  fc.assert(
    fc.property(requests, capacities, fc.nat(24), (known, capacity, index) => {
      const known1 = known[index % Math.max(known.length, 1)];
      if (known1 === undefined) return;
      const lane = new OnlineLane({ capacity });
      play(lane, known);
      expectShare(lane.shadow(known1.start, known1.end, true), bruteForce(known1, known, capacity ?? 0));
    }),
  );
});

test('it is the upper bound of what it is when others become known', () => {
  fc.assert(
    fc.property(requests, requests, capacities, (seen, unseen, capacity) => {
      const partial = play(new OnlineLane({ capacity }), seen);
      const whole = play(new OnlineLane({ capacity }), [...seen, ...unseen]);
      for (const [index, share] of partial.entries()) {
        expect(share!.replicaNanos).toBeGreaterThanOrEqual(whole[index]!.replicaNanos - 1e-6);
        expect(share!.usedNanos).toBeGreaterThanOrEqual(whole[index]!.usedNanos - 1e-6);
      }
    }),
  );
});

test('reports of one request count once, from the first start to the last end', () => {
  const lane = new OnlineLane();
  const [outer, inner, other] = [{}, {}, {}];
  lane.start(outer, 0);
  lane.start(inner, 100, outer);
  lane.start(other, 200);
  // Alone until 200, then one of two.
  expect(lane.end(inner, 400)?.replicaNanos).toBe(100 + 100);
  expect(lane.end(outer, 600)?.replicaNanos).toBe(200 + 200);
  expect(lane.end(other, 700)?.replicaNanos).toBe(200 + 100);
  // The same when the outer one ends first; then the inner one is what keeps the request there.
  lane.start(outer, 1000);
  lane.start(inner, 1000, outer);
  lane.start(other, 1000);
  expect(lane.end(outer, 1100)?.replicaNanos).toBe(50);
  expect(lane.end(other, 1200)?.replicaNanos).toBe(100);
  expect(lane.end(inner, 1300)?.replicaNanos).toBe(200);
  // One that has ended holds no other.
  lane.start(inner, 2000, outer);
  lane.start(other, 2000);
  expect(lane.end(inner, 2100)?.replicaNanos).toBe(50);
});

test('a request is charged once, however often it begins and ends', () => {
  const lane = new OnlineLane();
  const key = {};
  expect(lane.end(key, 5)).toBeUndefined();
  lane.start(key, 10);
  lane.start(key, 20);
  expect(lane.end(key, 30)?.replicaNanos).toBe(20);
  expect(lane.end(key, 40)).toBeUndefined();
  lane.start(key, 50);
  expect(lane.end(key, 50)).toEqual({ replicaNanos: 0, usedNanos: 0, activeNanos: 0, flags: [] });
});

test('times that go back, or are none, are taken as now', () => {
  const lane = new OnlineLane();
  const [first, second, third] = [{}, {}, {}];
  lane.start(first, 100);
  lane.start(second, 40);
  expect(lane.end(second, 20)).toEqual({
    replicaNanos: 0,
    usedNanos: 0,
    activeNanos: 0,
    flags: ['invalid_interval'],
  });
  lane.start(third, Number.NaN);
  expect(lane.end(third, Number.POSITIVE_INFINITY)?.activeNanos).toBe(0);
  expect(lane.end(first, 200)?.replicaNanos).toBe(100);
  expect(lane.shadow(200, 100)).toMatchObject({ replicaNanos: 0, flags: ['shadow', 'invalid_interval'] });
  expect(lane.shadow(Number.NaN, 100).replicaNanos).toBe(0);
});

test('one that never ends is given up after ten minutes, and is not charged when it ends after all', () => {
  const lane = new OnlineLane();
  const [leaked, before, after] = [{}, {}, {}];
  lane.start(leaked, 0);
  lane.start(before, 599e9);
  expect(lane.end(before, 600e9)?.replicaNanos).toBe(0.5e9);
  lane.start(after, 601e9);
  expect(lane.end(after, 602e9)?.replicaNanos).toBe(1e9);
  expect(lane.end(leaked, 603e9)).toBeUndefined();
});

test('so is one that began in between', () => {
  const lane = new OnlineLane();
  const [first, leaked, other] = [{}, {}, {}];
  lane.start(first, 0);
  lane.start(leaked, 300e9);
  lane.end(first, 400e9);
  for (const [start, replicaNanos] of [
    [650e9, 0.5e9],
    [890e9, 0.5e9],
    [901e9, 1e9],
  ] as const) {
    lane.start(other, start);
    expect(lane.end(other, start + 1e9)?.replicaNanos).toBe(replicaNanos);
  }
});

test('after months a share is as exact as on the first day', () => {
  const lane = new OnlineLane();
  const [months, ...keys] = [{}, {}, {}, {}];
  lane.start(months, 0);
  lane.end(months, 4e15);
  for (const key of keys) lane.start(key, 4e15);
  expect(lane.end(keys[0]!, 4e15 + 10)?.replicaNanos).toBe(10 / 3);
});

test('of too many at once the oldest are given up', () => {
  const lane = new OnlineLane();
  const keys = Array.from({ length: 20_000 }, () => ({}));
  for (const [index, key] of keys.entries()) lane.start(key, index);
  const ends = keys.map((key) => lane.end(key, 30_000));
  expect(ends.filter((share) => share === undefined)).toHaveLength(20_000 - 16_384);
  expect(ends.at(-1)?.replicaNanos).toBeCloseTo(10_001 / 16_384, 3);
});

test('what is longer ago than it remembers counts as if alone, and says so', () => {
  const lane = new OnlineLane();
  const [leaked] = [{}];
  lane.start(leaked, 0);
  for (let event = 1; event <= 20_000; event++) {
    const key = {};
    lane.start(key, event * 1000);
    lane.end(key, event * 1000 + 500);
  }
  const now = 20_001_000;
  expect(lane.shadow(now - 1000, now)).toMatchObject({ flags: ['shadow'] });
  const long = lane.shadow(0, now);
  expect(long.flags).toEqual(['shadow', 'truncated']);
  expect(long.replicaNanos).toBeGreaterThan(now / 2);
});
