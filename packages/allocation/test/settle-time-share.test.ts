import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CostClock, type GpuRequest, settleWindow, WEIGHT_MAX } from '../src/index.ts';
import {
  expectBalanced,
  money,
  nanosOf,
  OPTIONS,
  pico,
  pool,
  request,
  SECOND,
  START,
  type Times,
  windowOf,
} from './pool-fixture.ts';
import {
  compare,
  exactShares,
  type Fraction,
  fraction,
  plus,
  shapleyValues,
  times,
  toNumber,
  ZERO,
} from './settle-oracle.ts';

const WINDOW_NANOS = 60_000_000_000;
const moment = fc.oneof(
  fc.integer({ min: -5, max: 65 }).map((s) => s * 1_000_000_000),
  fc.integer({ min: -1_000_000_000, max: 61 * 10 ** 9 }),
);
const weight = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: WEIGHT_MAX }));
const interval: fc.Arbitrary<Times> = fc.tuple(moment, moment, weight);
const rate = fc.oneof(
  fc.constantFrom('4', '98.32', '0', '0.000000000001', '10000'),
  fc.integer({ min: 0, max: 10 ** 9 }).map((n) => (n / 1e6).toFixed(6)),
);

function requestsOf(intervals: fc.Arbitrary<Times>, maxLength = 12): fc.Arbitrary<GpuRequest[]> {
  return fc
    .array(
      fc.record({
        times: fc.array(intervals, { maxLength: 3 }),
        tenant: fc.constantFrom(undefined, 'a', 'b', 'c'),
        adjustedCount: fc.constant(1),
      }),
      { maxLength },
    )
    .map((list) =>
      list.map(({ times: each, ...changes }, index) =>
        request(`r${String(index).padStart(3, '0')}`, each, changes),
      ),
    );
}
const anyRequests = requestsOf(interval);
const equalWeights = requestsOf(fc.tuple(moment, moment));

const exactPico = (share: Fraction, costPico: bigint): Fraction => times(share, fraction(costPico, 1n));
const apart = (amount: number, exact: Fraction): number =>
  Math.abs(toNumber(plus(fraction(BigInt(amount), 1n), { over: -exact.over, under: exact.under })));

test('each amount is within a pico-unit of the exact one, and all add up', () => {
  fc.assert(
    fc.property(
      anyRequests,
      rate,
      fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
      (requests, perHour, capacity) => {
        const from = pool({ perHour, capacity });
        const window = windowOf(from);
        const settled = settleWindow(from, window, requests, OPTIONS);
        expectBalanced(settled);
        const costPico = new CostClock(from).cost(window.startUnixNano, window.endUnixNano)!;
        const shares = exactShares(window, requests);
        const used = exactShares(
          window,
          requests,
          capacity === undefined ? {} : { capacity: BigInt(capacity) },
        );
        for (const [position, share] of shares.entries()) {
          const { used: usedPico, slack: slackPico, replicaNanos } = settled.shares;
          expect(apart(usedPico[position]! + slackPico[position]!, exactPico(share, costPico))).toBeLessThan(
            1,
          );
          expect(apart(usedPico[position]!, exactPico(used[position]!, costPico))).toBeLessThan(1);
          expect(replicaNanos[position]! / WINDOW_NANOS).toBeCloseTo(toNumber(share), 9);
        }
        const idle = shares.reduce(
          (left, share) => plus(left, { over: -share.over, under: share.under }),
          fraction(1n, 1n),
        );
        expect(apart(Number(pico(settled.record.idle)), exactPico(idle, costPico))).toBeLessThan(1);
      },
    ),
    { numRuns: 300 },
  );
});

test('no remainder that is left out is larger than one that got a pico-unit', () => {
  fc.assert(
    fc.property(anyRequests, rate, (requests, perHour) => {
      const from = pool({ perHour });
      const window = windowOf(from);
      const { shares } = settleWindow(from, window, requests, OPTIONS);
      const costPico = new CostClock(from).cost(window.startUnixNano, window.endUnixNano)!;
      const overs = exactShares(window, requests).map((share, position) => {
        const exact = exactPico(share, costPico);
        return (
          shares.used[position]! -
          Number(exact.over / exact.under) -
          toNumber(fraction(exact.over % exact.under, exact.under))
        );
      });
      const raised = overs.filter((over) => over > 1e-6).map((over) => 1 - over);
      const left = overs.filter((over) => over < -1e-6).map((over) => -over);
      if (raised.length > 0 && left.length > 0)
        expect(Math.min(...raised)).toBeGreaterThan(Math.max(...left) - 1e-6);
    }),
    { numRuns: 300 },
  );
});

test('measured times count as they are until they fill the hardware', () => {
  const measured = requestsOf(fc.tuple(moment, moment, fc.integer({ min: 1, max: 2 ** 20 })));
  fc.assert(
    fc.property(measured, (requests) => {
      const from = pool({ basis: 'measured', capacity: 4 });
      const window = windowOf(from);
      const settled = settleWindow(from, window, requests, OPTIONS);
      expectBalanced(settled);
      const costPico = new CostClock(from).cost(window.startUnixNano, window.endUnixNano)!;
      for (const [position, share] of exactShares(window, requests, { fullLoad: 2n ** 20n }).entries()) {
        expect(apart(settled.shares.used[position]!, exactPico(share, costPico))).toBeLessThan(1);
        expect(settled.shares.slack[position]).toBe(0);
      }
    }),
  );
});

test('the order of the requests makes no difference', () => {
  fc.assert(
    fc.property(anyRequests, fc.integer(), (requests, seed) => {
      const from = pool({
        overhead: { percent: '15', reviewed: '2026-01-01' },
        idle: 'proportional',
        capacity: 3,
      });
      const shuffled = requests
        .map((each, index) => ({ each, key: Math.imul(index + 1, seed | 1) >>> 0 }))
        .toSorted((a, b) => a.key - b.key)
        .map(({ each }) => each);
      const settled = settleWindow(from, windowOf(from), requests, OPTIONS);
      const other = settleWindow(from, windowOf(from), shuffled, OPTIONS);
      for (const [position, each] of shuffled.entries()) {
        const place = requests.indexOf(each);
        for (const name of ['used', 'slack', 'idle', 'overhead'] as const) {
          expect(other.shares[name][position]).toBe(settled.shares[name][place]);
        }
      }
      const { tenants: rows, ...figures } = other.record;
      const { tenants: expectedRows, ...expected } = settled.record;
      expect(figures).toEqual(expected);
      const amounts = (list: typeof rows): unknown => list.map((row) => ({ ...row, seconds: undefined }));
      expect(amounts(rows)).toEqual(amounts(expectedRows));
    }),
  );
});

test('requests of shards, in whatever order they are put together, make the same books', () => {
  fc.assert(
    fc.property(
      anyRequests,
      fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 12, maxLength: 12 }),
      (requests, shards) => {
        const from = pool();
        const merged = new Map<string, GpuRequest>();
        for (const shard of [2, 0, 1]) {
          // Each shard also has what its neighbour has.
          for (const [index, each] of requests.entries())
            if ((shards[index]! - shard + 3) % 3 < 2) merged.set(each.id, each);
        }
        const whole = settleWindow(from, windowOf(from), requests, OPTIONS).record;
        const union = settleWindow(from, windowOf(from), [...merged.values()], OPTIONS).record;
        expect({ ...union, tenants: [] }).toEqual({ ...whole, tenants: [] });
      },
    ),
  );
});

test('exact shares add up over any cut, and money over windows is the clock of the hour', () => {
  fc.assert(
    fc.property(anyRequests, fc.integer({ min: 1, max: WINDOW_NANOS - 1 }), (requests, cut) => {
      const from = pool();
      const whole = settleWindow(from, windowOf(from), requests, OPTIONS);
      const left = settleWindow(from, windowOf(from, BigInt(cut)), requests, OPTIONS);
      const rest = windowOf(from, BigInt(WINDOW_NANOS - cut), START + BigInt(cut));
      const right = settleWindow(from, rest, requests, OPTIONS);
      expect(pico(left.record.bill) + pico(right.record.bill)).toBe(pico(whole.record.bill));
      for (const position of requests.keys()) {
        const parts = left.shares.used[position]! + right.shares.used[position]!;
        expect(Math.abs(parts - whole.shares.used[position]!)).toBeLessThan(3);
        const nanos = left.shares.replicaNanos[position]! + right.shares.replicaNanos[position]!;
        expect(Math.abs(nanos - whole.shares.replicaNanos[position]!)).toBeLessThan(1e-3);
      }
    }),
  );
});

test('a new request raises nobody else’s part, nor idle time; a longer one does not lower its own', () => {
  fc.assert(
    fc.property(anyRequests, interval, fc.nat(10 ** 10), (requests, times, more) => {
      const from = pool();
      const before = settleWindow(from, windowOf(from), requests, OPTIONS);
      const added = settleWindow(from, windowOf(from), [...requests, request('x', [times])], OPTIONS);
      for (const position of requests.keys()) {
        expect(added.shares.used[position]! - before.shares.used[position]!).toBeLessThanOrEqual(1);
        expect(added.shares.replicaNanos[position]! - before.shares.replicaNanos[position]!).toBeLessThan(
          1e-3,
        );
      }
      expect(pico(added.record.idle) - pico(before.record.idle)).toBeLessThanOrEqual(1n);
      const [start, end, ...rest] = times;
      const longer: Times = [start, Math.max(Number(start), Number(end)) + more, ...rest];
      const lengthened = settleWindow(from, windowOf(from), [...requests, request('x', [longer])], OPTIONS);
      expect(lengthened.shares.used.at(-1)! - added.shares.used.at(-1)!).toBeGreaterThanOrEqual(-1);
    }),
  );
});

test('equal requests differ by a pico-unit at most, and all weights may be scaled', () => {
  fc.assert(
    fc.property(
      requestsOf(fc.tuple(moment, moment, fc.integer({ min: 1, max: 1000 }))),
      fc.integer({ min: 2, max: 10 ** 6 }),
      (requests, factor) => {
        const from = pool();
        const twins = requests.map((each) => ({ ...each, id: `${each.id}-twin` }));
        const { shares } = settleWindow(from, windowOf(from), [...requests, ...twins], OPTIONS);
        for (const position of requests.keys()) {
          expect(
            Math.abs(shares.used[position]! - shares.used[position + requests.length]!),
          ).toBeLessThanOrEqual(1);
        }
        const scaled = requests.map((each) => ({
          ...each,
          intervals: each.intervals.map((one) => ({ ...one, weight: one.weight * factor })),
        }));
        const plain = settleWindow(from, windowOf(from), requests, OPTIONS);
        expect([...settleWindow(from, windowOf(from), scaled, OPTIONS).shares.used]).toEqual([
          ...plain.shares.used,
        ]);
      },
    ),
  );
});

test('the mean concurrency is the requests’ active time', () => {
  fc.assert(
    fc.property(equalWeights, (requests) => {
      const from = pool();
      const { record, shares } = settleWindow(from, windowOf(from), requests, OPTIONS);
      const clip = (nanos: bigint): number => Math.min(WINDOW_NANOS, Math.max(0, Number(nanos - START)));
      const lengths = requests.map(({ intervals }) =>
        intervals.reduce(
          (sum, each) => sum + Math.max(0, clip(each.endUnixNano) - clip(each.startUnixNano)),
          0,
        ),
      );
      expect([...shares.activeNanos]).toEqual(lengths);
      expect(nanosOf(record, 'activeSeconds')).toBe(lengths.reduce((sum, each) => sum + each, 0));
    }),
  );
});

const fewRequests = requestsOf(fc.tuple(moment, moment), 5).map((list) =>
  list.map((each) => ({ ...each, intervals: each.intervals.slice(0, 1) })),
);

test('the concurrency basis is the Shapley value of busy time', () => {
  fc.assert(
    fc.property(fewRequests, (requests) => {
      const from = pool();
      const window = windowOf(from);
      const busy = (coalition: readonly number[]): Fraction =>
        exactShares(
          window,
          coalition.map((player) => requests[player]!),
        ).reduce(plus, ZERO);
      const values = shapleyValues(requests.length, busy);
      const costPico = new CostClock(from).cost(window.startUnixNano, window.endUnixNano)!;
      const { shares } = settleWindow(from, window, requests, OPTIONS);
      for (const [position, value] of values.entries()) {
        expect(compare(value, exactShares(window, requests)[position]!)).toBe(0);
        expect(apart(shares.used[position]!, exactPico(value, costPico))).toBeLessThan(1);
      }
    }),
    { numRuns: 30 },
  );
});

test('so are the slots of a capacity, whose worth depends on how many are active only', () => {
  fc.assert(
    fc.property(fewRequests, fc.integer({ min: 1, max: 6 }), (requests, capacity) => {
      const from = pool({ basis: 'slots', capacity });
      const window = windowOf(from);
      const filled = (coalition: readonly number[]): Fraction =>
        exactShares(
          window,
          coalition.map((player) => requests[player]!),
          { capacity: BigInt(capacity) },
        ).reduce(plus, ZERO);
      const values = shapleyValues(requests.length, filled);
      const costPico = new CostClock(from).cost(window.startUnixNano, window.endUnixNano)!;
      const { shares } = settleWindow(from, window, requests, OPTIONS);
      for (const [position, value] of values.entries()) {
        expect(apart(shares.used[position]!, exactPico(value, costPico))).toBeLessThan(1);
      }
    }),
    { numRuns: 30 },
  );
});

test('so is a cost that depends in any way on how many are active', () => {
  const costs = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(fewRequests, costs, (requests, drawn) => {
      // Picos in a nanosecond in which so many are active; nobody is charged for none.
      const picoAt = [0, ...drawn.slice(1)];
      const { startUnixNano: from, endUnixNano: until } = windowOf(pool());
      const bounds = requests.flatMap(({ intervals }) =>
        intervals.flatMap(({ startUnixNano, endUnixNano }) => [startUnixNano, endUnixNano]),
      );
      const cuts = [...new Set([from, until, ...bounds])]
        .filter((cut) => cut >= from && cut <= until)
        .toSorted((a, b) => (a < b ? -1 : 1));
      const stretches = cuts.slice(1).map((end, index) => {
        const start = cuts[index]!;
        const active = requests.map(({ intervals }) =>
          intervals.some((each) => each.startUnixNano <= start && each.endUnixNano >= end),
        );
        return { start, end, active };
      });
      const worth = (coalition: readonly number[]): Fraction =>
        stretches.reduce((sum, { start, end, active }) => {
          const count = coalition.filter((player) => active[player]).length;
          return plus(sum, fraction((end - start) * BigInt(picoAt[count] ?? 0), 1n));
        }, ZERO);
      const values = shapleyValues(requests.length, worth);
      const charged = requests.map(() => 0);
      for (const { start, end, active } of stretches) {
        const count = active.filter((each) => each).length;
        const perHour = money(((picoAt[count] ?? 0) * 3.6).toFixed(12));
        const atRate = { ...pool(), rates: [{ fromUnixNano: START, perHour }] };
        const { shares } = settleWindow(atRate, windowOf(atRate, end - start, start), requests, OPTIONS);
        for (const [position, used] of shares.used.entries()) charged[position] = charged[position]! + used;
      }
      for (const [position, value] of values.entries()) {
        expect(apart(charged[position]!, value)).toBeLessThan(stretches.length);
      }
    }),
    { numRuns: 30 },
  );
});

test.each([
  [200, '0.002222222222', '3.555555555', 0.1111],
  [1200, '0.002222222222', '1.333333333', 0.6667],
  [4000, '0.001000000000', '0.000000000', 1],
])('%i requests of 2 s in an hour at $4', (count, perRequest, idle, occupancy) => {
  const from = pool();
  const window = windowOf(from, 3600n * SECOND);
  const everyNanos = 3_600_000_000_000 / count;
  const requests = Array.from({ length: count }, (_, index) => {
    return request(`r${String(index).padStart(4, '0')}`, [
      [index * everyNanos, index * everyNanos + 2_000_000_000],
    ]);
  });
  const { record, shares } = settleWindow(from, window, requests, OPTIONS);
  expect(record.idle.slice(0, 11)).toBe(idle);
  expect(nanosOf(record, 'busySeconds') / 3.6e12).toBeCloseTo(occupancy, 4);
  const [least, most] = [Math.min(...shares.used), Math.max(...shares.used)];
  if (count < 4000) expect([least, most - least]).toEqual([Number(pico(perRequest)), 1]);
  else {
    // At the edges of the hour requests have less company, or end beyond it.
    expect(pico(record.used) / 4000n).toBe(pico(perRequest));
    expect([(least / 1e12).toFixed(6), (most / 1e12).toFixed(6)]).toEqual(['0.000463', '0.001574']);
  }
  const withSlots = settleWindow(pool({ basis: 'slots', capacity: 8 }), window, requests, OPTIONS);
  const notCharged = Number(pico(withSlots.record.idle) + pico(withSlots.record.slack)) / 1e12;
  expect(notCharged.toFixed(3)).toBe({ 200: '3.944', 1200: '3.667', 4000: '2.889' }[count]);
  if (count < 4000) expect(Math.min(...withSlots.shares.used)).toBe(277_777_778);
});
