import fc from 'fast-check';
import { expect, test } from 'vitest';
import { money, pool, SECOND, START } from '../test/pool-fixture.ts';
import { CostClock } from './cost-clock.ts';
import { windowsBetween } from './gpu-window.ts';

const HOUR = 3600n * SECOND;
const rates = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4 * 3600 }), fc.bigInt({ min: 0n, max: 10n ** 17n })), {
    minLength: 1,
    maxLength: 4,
  })
  .map((list) =>
    list.toSorted((a, b) => a[0] - b[0]).filter(([at], index, all) => at !== all[index - 1]?.[0]),
  );

test('any cuts of a period add up to it', () => {
  fc.assert(
    fc.property(
      rates,
      fc.array(fc.bigInt({ min: 0n, max: 6n * HOUR }), { minLength: 2, maxLength: 20 }),
      (list, cuts) => {
        const from = pool({
          rates: list.map(([at, perHour]) => ({
            fromUnixNano: START + BigInt(at) * SECOND,
            perHour: perHour as never,
          })),
          overhead: { percent: '12.5', reviewed: '2026-01-01' },
        });
        const clock = new CostClock(from);
        const first = from.rates[0]!.fromUnixNano;
        const times = cuts.map((cut) => first + cut).toSorted((a, b) => (a < b ? -1 : 1));
        const pieces = times.slice(1).map((time, index) => clock.cost(times[index]!, time)!);
        expect(pieces.reduce((sum, piece) => sum + piece, 0n)).toBe(clock.cost(times[0]!, times.at(-1)!));
        const overheads = times.slice(1).map((time, index) => clock.overhead(times[index]!, time)!);
        expect(overheads.reduce((sum, piece) => sum + piece, 0n)).toBe(
          clock.overhead(times[0]!, times.at(-1)!),
        );
      },
    ),
  );
});

test('any hour is the rate, from whatever nanosecond it begins', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 18n }),
      fc.bigInt({ min: 0n, max: 10n ** 18n }),
      (perHour, since) => {
        const clock = new CostClock(pool({ rates: [{ fromUnixNano: START, perHour: perHour as never }] }));
        expect(clock.cost(START + since, START + since + HOUR)).toBe(perHour);
      },
    ),
  );
});

test('minutes of an hour at $4 do not lose what an hour of them rounded down would', () => {
  const from = pool();
  const clock = new CostClock(from);
  const minutes = [...windowsBetween(from, START, START + HOUR)].map((window) =>
    clock.cost(window.startUnixNano, window.endUnixNano)!,
  );
  expect(minutes.reduce((sum, minute) => sum + minute, 0n)).toBe(money('4'));
  expect(minutes.slice(0, 3)).toEqual([66_666_666_666n, 66_666_666_667n, 66_666_666_667n]);
});

test('before the first rate nothing is known', () => {
  const clock = new CostClock(pool());
  expect(clock.cost(START - 1n, START + HOUR)).toBeUndefined();
  expect(clock.overhead(START - 1n, START)).toBeUndefined();
  expect(new CostClock(pool({ rates: [] })).cost(START, START)).toBeUndefined();
  expect(clock.cost(START, START)).toBe(0n);
});

test('overhead is a rate of its own, rounded half to even once', () => {
  const of = (perHour: string, percent: string): bigint | undefined =>
    new CostClock(pool({ perHour, overhead: { percent, reviewed: '2026-01-01' } })).overhead(
      START,
      START + HOUR,
    );
  expect(of('4', '15')).toBe(600_000_000_000n);
  expect(of('0.000000000005', '50')).toBe(2n);
  expect(of('0.000000000007', '50')).toBe(4n);
  expect(new CostClock(pool()).overhead(START, START + HOUR)).toBe(0n);
});
