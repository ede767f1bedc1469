import { expect, test } from 'vitest';
import { CostClock, settlePeriod, settleWindow, WEIGHT_MAX, windowAt, windowsBetween } from '../src/index.ts';
import {
  expectBalanced,
  money,
  OPTIONS,
  pico,
  pool,
  request,
  SECOND,
  START,
  total,
  windowOf,
} from './pool-fixture.ts';

const S = 1_000_000_000;

test.each([
  ['no request', []],
  ['one of 1 ns', [[0, 1]]],
  ['one of no length', [[5, 5]]],
  ['one that ends before it begins', [[9, 5]]],
  ['one that begins where the window ends', [[60 * S, 61 * S]]],
  ['one that ends where the window begins', [[-S, 0]]],
  ['one that spans it all', [[-(10n ** 18n), 10n ** 18n]]],
] as const)('%s', (label, times) => {
  const from = pool();
  const settled = settleWindow(
    from,
    windowOf(from),
    times.map((each) => request('r', [each])),
    OPTIONS,
  );
  expectBalanced(settled);
  const costPico = pico(settled.record.bill);
  const used = settled.shares.used[0] ?? 0;
  if (label.includes('spans')) expect(BigInt(used)).toBe(costPico);
  else if (label.includes('1 ns')) expect(used).toBe(1);
  else expect(used).toBe(0);
  expect(settled.record.requestsActive).toBe(/length|1 ns|before it begins|spans/.test(label) ? 1 : 0);
  expect(settled.record.requestsStarted).toBe(/length|1 ns|before it begins/.test(label) ? 1 : 0);
});

test('100,000 at the same instant', () => {
  const from = pool({ overhead: { percent: '15', reviewed: '2026-01-01' } });
  const requests = Array.from({ length: 100_000 }, (_, index) =>
    request(`r${String(index).padStart(6, '0')}`, [[0, 60 * S]]),
  );
  const settled = settleWindow(from, windowOf(from), requests, OPTIONS);
  // 66,666,666,666 pico-units: 666,666 each, and one more for the first 66,666 ids.
  expect(total(settled.shares.used)).toBe(66_666_666_666n);
  expect(settled.shares.used[66_665]).toBe(666_667);
  expect(settled.shares.used[66_666]).toBe(666_666);
  expect(settled.record.activeSeconds).toBe('6000000.000000000');
});

test('$10,000 an hour and 100,000 requests of all weights', () => {
  const from = pool({ perHour: '10000', capacity: 1_000_000 });
  const requests = Array.from({ length: 100_000 }, (_, index) =>
    request(`r${index}`, [
      [(index * 7919) % (60 * S), ((index * 7919) % (60 * S)) + S, 1 + ((index * 104_729) % WEIGHT_MAX)],
    ]),
  );
  const settled = settleWindow(from, windowOf(from), requests, OPTIONS);
  expect(pico(settled.record.bill)).toBe(166_666_666_666_666n);
  expect(total(settled.shares.used) + total(settled.shares.slack) + pico(settled.record.idle)).toBe(
    166_666_666_666_666n,
  );
});

test('weights as far apart as they go, sampled', () => {
  const from = pool({ perHour: '540000' });
  const heavy = Array.from({ length: 5000 }, (_, index) =>
    request(`h${index}`, [[0, 60 * S, WEIGHT_MAX]], { adjustedCount: 1000.5 }),
  );
  const settled = settleWindow(from, windowOf(from), [...heavy, request('light', [[0, 60 * S]])], OPTIONS);
  expectBalanced(settled);
  expect(new Set(settled.shares.used.slice(0, 5000)).size).toBeLessThanOrEqual(2);
});

test('a window that costs more than a double holds is refused, as is one without a rate', () => {
  const dear = pool({ perHour: '600000' });
  expect(() => settleWindow(dear, windowOf(dear), [], OPTIONS)).toThrow('9,007');
  const from = pool();
  expect(() => settleWindow(from, windowAt(from, START - 1n), [], OPTIONS)).toThrow('rate');
});

test('a request over windows and a change of the rate is in each, and the hours add up to their rates', () => {
  const change = START + 90n * SECOND;
  const from = pool({
    rates: [
      { fromUnixNano: START, perHour: money('4') },
      { fromUnixNano: change, perHour: money('7.2') },
    ],
  });
  const requests = [
    request('long', [[30 * S, 150 * S]]),
    request('short', [[100 * S, 110 * S]]),
    request('none', [[60 * S, 60 * S]]),
  ];
  const windows = [
    ...settlePeriod(
      from,
      { fromUnixNano: START - 60n * SECOND, untilUnixNano: START + 180n * SECOND },
      requests,
      OPTIONS,
    ),
  ];
  expect(
    windows.map(({ window, positions, settled }) => [
      Number(window.startUnixNano - START) / S,
      [...positions],
      settled?.record.bill,
    ]),
  ).toEqual([
    [-60, [], undefined],
    [0, [0], '0.066666666666'],
    [60, [0, 2], '0.033333333334'],
    [90, [0, 2, 1].filter((each) => each !== 2), '0.060000000000'],
    [120, [0], '0.120000000000'],
  ]);
  const bills = windows.reduce((sum, { settled }) => sum + pico(settled?.record.bill ?? '0'), 0n);
  expect(bills).toBe(new CostClock(from).cost(START, START + 180n * SECOND));
  for (const { settled } of windows) if (settled) expectBalanced(settled);
  // 30 s at $4, 20 s alone and 10 s with another at $4 and $7.2 …: by hand 0.033333 + 0.033333 + 0.02 + 0.01 + 0.02 + 0.06
  const long = windows.reduce(
    (sum, { positions, settled }) => sum + (settled?.shares.used[positions.indexOf(0)] ?? 0),
    0,
  );
  expect(long / 1e12).toBeCloseTo(0.033333333 + 0.033333333 + 0.02 + 0.01 + 0.02 + 0.06, 6);
});

test('every window of a period is as settled from all its requests', () => {
  const from = pool({ capacity: 2 });
  const requests = Array.from({ length: 60 }, (_, index) => {
    const start = (index * 37) % 290;
    return request(`r${index}`, [[start * S, (start + ((index * 13) % 130)) * S]]);
  });
  for (const { window, positions, settled } of settlePeriod(
    from,
    { fromUnixNano: START, untilUnixNano: START + 300n * SECOND },
    requests,
    OPTIONS,
  )) {
    const whole = settleWindow(from, window, requests, OPTIONS);
    expect(settled?.record).toEqual(whole.record);
    for (const [place, position] of positions.entries())
      expect(settled?.shares.used[place]).toBe(whole.shares.used[position]);
  }
});

test('at 1 pico-unit an hour one minute costs it', () => {
  const from = pool({ perHour: '0.000000000001' });
  const bills = [...windowsBetween(from, START, START + 7200n * SECOND)].map((window) =>
    settleWindow(from, window, [request('r', [[0, 10 ** 13]])], OPTIONS),
  );
  expect(bills.map(({ shares }) => shares.used[0]!).filter((used) => used > 0)).toEqual([1, 1]);
});

test('a rate of zero leaves figures of time', () => {
  const from = pool({ perHour: '0', capacity: 2, overhead: { percent: '15', reviewed: '2026-01-01' } });
  const settled = settleWindow(from, windowOf(from), [request('r', [[0, S]])], OPTIONS);
  expectBalanced(settled);
  expect(settled.shares.replicaNanos[0]).toBe(S);
  expect(settled.record).toMatchObject({
    bill: '0.000000000000',
    busySeconds: '1.000000000',
    filledSeconds: '0.500000000',
  });
});

test('a tenant beyond the thousandth is with the others', () => {
  const from = pool();
  const requests = Array.from({ length: 1200 }, (_, index) =>
    request(`r${index}`, [[0, (index + 1) * 1000]], { tenant: `t${index}` }),
  );
  const settled = settleWindow(from, windowOf(from), requests, OPTIONS);
  expectBalanced(settled);
  expect(settled.record.tenants.map(({ tenant }) => tenant).slice(-2)).toEqual(['other', '__idle__']);
  expect(settled.record.tenants.find(({ tenant }) => tenant === 'other')?.requests).toBe(200);
});

test('a day of nanoseconds in one window', () => {
  const from = pool({ windowSeconds: 86_400 });
  const requests = Array.from({ length: 140_000 }, (_, index) =>
    request(`r${index}`, [[index * 600_000_000, (index + 1) * 600_000_000]]),
  );
  const settled = settleWindow(from, windowOf(from, 86_400n * SECOND), requests, OPTIONS);
  expect(settled.record.busySeconds).toBe('84000.000000000');
  const [least, most] = new Set(settled.shares.used.toSorted());
  expect(most! - least!).toBe(1);
});
