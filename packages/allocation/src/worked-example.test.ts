import { formatMoney, type Money, parseMoney } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { workedExample, type WorkedExampleOptions } from './worked-example.ts';

const OPTIONS: WorkedExampleOptions = {
  perHour: parseMoney('4.00') as Money,
  currency: 'USD',
  requestsPerHour: [200, 1200, 4000],
  requestNanos: 2_000_000_000n,
  capacity: undefined,
  overheadPercent: '15',
};

const split = (parts: readonly { readonly requests: number; readonly amount: Money }[]): string[] =>
  parts.map(({ requests, amount }) => `${requests} × ${formatMoney(amount)}`);

test('by throughput an hour at $4.00 is divided by its requests, to the pico-unit', () => {
  // $4.00 ÷ 200, ÷ 1,200 and ÷ 4,000; 1,200 × 3,333,333,333 picos are 400 picos short of $4.00.
  const rows = workedExample(OPTIONS);
  expect(rows.map(({ throughput }) => split(throughput.split))).toEqual([
    ['200 × 0.020000000000'],
    ['800 × 0.003333333333', '400 × 0.003333333334'],
    ['4000 × 0.001000000000'],
  ]);
  expect(rows.map(({ throughput }) => formatMoney(throughput.perRequestWithOverhead))).toEqual([
    '0.023000000000',
    '0.003833333333',
    '0.001150000000',
  ]);
  expect(rows.map(({ throughput }) => throughput.idle)).toEqual([0n, 0n, 0n]);
});

test('by time share requests pay for their two seconds, and idle time stays apart', () => {
  // 2 s of $4.00 ÷ 3,600 s are $0.0022222222222…; 200 × 2 s = 400 s of 3,600 s are busy, $3.5555… is idle.
  const [few, some, many] = workedExample(OPTIONS);
  expect(formatMoney(few?.timeShare.perRequest as Money)).toBe('0.002222222222');
  expect(formatMoney(few?.timeShare.idle as Money)).toBe('3.555555555556');
  expect(few?.occupancy).toBeCloseTo(400 / 3600, 12);
  expect(formatMoney(some?.timeShare.perRequest as Money)).toBe('0.002222222222');
  expect(formatMoney(some?.timeShare.idle as Money)).toBe('1.333333333334');
  expect(some?.occupancy).toBeCloseTo(2400 / 3600, 12);
  expect(many?.timeShare.idle).toBe(0n);
  expect(formatMoney(many?.timeShare.perRequest as Money)).toBe('0.001000000000');
  // At both ends of the hour fewer requests run beside each other.
  const amounts = many?.timeShare.split.map(({ amount }) => Number(amount) / 1e12) ?? [];
  expect(Math.min(...amounts)).toBeCloseTo(0.000463, 6);
  expect(Math.max(...amounts)).toBeCloseTo(0.001574, 6);
  expect(many?.meanConcurrency).toBeCloseTo(8000 / 3600, 2);
});

test('with a capacity of 8 a request uses an eighth of its time, and the rest is slack', () => {
  // 2 s ÷ 8 of $4.00 ÷ 3,600 s are $0.00027777…; what is not used of $4.00 is $3.944…, $3.667… and $2.889….
  const rows = workedExample({ ...OPTIONS, capacity: 8 });
  const notUsed = rows.map(({ timeShare }) => Number(timeShare.idle + timeShare.slack) / 1e12);
  expect(notUsed[0]).toBeCloseTo(3.9444444, 6);
  expect(notUsed[1]).toBeCloseTo(3.6666667, 6);
  expect(notUsed[2]).toBeCloseTo(2.889, 3);
  // 2 s of the hour are $0.00222…, used and slack together.
  expect(formatMoney(rows[0]?.timeShare.split[0]?.amount as Money)).toBe('0.002222222222');
  expect(Number((rows[0]?.timeShare.used ?? 0n) / 200n) / 1e12).toBeCloseTo(0.000277778, 9);
});

test('either way the requests, idle time and overhead are the bill', () => {
  for (const { requests, throughput, timeShare, loadedPerRequest } of workedExample(OPTIONS)) {
    for (const result of [throughput, timeShare]) {
      const ofRequests = result.split.reduce((sum, part) => sum + part.amount * BigInt(part.requests), 0n);
      expect(result.split.reduce((sum, part) => sum + part.requests, 0)).toBe(requests);
      expect(ofRequests).toBe(result.direct);
      expect(result.direct + result.idle + result.overhead).toBe(result.bill);
      expect(formatMoney(result.bill)).toBe('4.600000000000');
    }
    expect(loadedPerRequest).toBe(throughput.perRequestWithOverhead);
  }
});
