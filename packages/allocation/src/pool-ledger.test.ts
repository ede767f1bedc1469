import { formatMoney, type GpuPool, type GpuWindowRecord, type Money } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, HOUR, money, pool, request, SECOND } from '../test/gpu-pool-fixture.ts';
import { CostClock } from './cost-clock.ts';
import type { GpuRequest } from './gpu-request.ts';
import { gpuPoolReport } from './pool-ledger.ts';
import { tenantTotal } from './pool-report.ts';
import { settlePeriod } from './settle-period.ts';

const CURRENCY = 'USD';
const CLOSED = {
  observedFromUnixNano: String(DAY),
  closedUntilUnixNano: String(DAY + HOUR),
};
const DAY_NANOS = 24n * HOUR;
const HOUR_PERIOD = { fromUnixNano: DAY, untilUnixNano: DAY + HOUR };

/** The books that a gateway keeps: of windows with a request only. */
function windowsOf(settledPool: GpuPool, requests: readonly GpuRequest[]): GpuWindowRecord[] {
  const options = { revision: 1, currency: CURRENCY };
  return [...settlePeriod(settledPool, HOUR_PERIOD, requests, options)].flatMap(({ settled }) =>
    settled === undefined || settled.record.requestsActive === 0 ? [] : [settled.record],
  );
}

test('windows and the idle time between them are the hour', () => {
  // At $3.60 an hour a second is $0.001. Two requests side by side for 30 s, one alone for 60 s: $0.09, idle is $3.51.
  const hired = pool({ rates: [{ fromUnixNano: DAY, perHour: money('3.60') }] });
  const requests = [
    request(1, 60, 90, { outputTokens: 500 }),
    request(2, 60, 90, { outputTokens: 500 }),
    request(3, 600, 660, { outputTokens: 1000 }),
  ];
  const report = gpuPoolReport(hired, HOUR_PERIOD, {
    windows: windowsOf(hired, requests),
    mark: CLOSED,
    currency: CURRENCY,
  });
  expect(formatMoney(report.bill)).toBe('3.600000000000');
  expect(formatMoney(report.direct)).toBe('0.090000000000');
  expect(formatMoney(report.idle)).toBe('3.510000000000');
  // Used of a capacity of 8: (2 × 30 s + 60 s) ÷ 8 = 15 s.
  expect(formatMoney(report.used)).toBe('0.015000000000');
  expect(report.requests).toBe(3);
  expect(report.occupancy).toBeCloseTo(90 / 3600, 12);
  expect(report.fill).toBeCloseTo(15 / 3600, 12);
  expect(report.meanConcurrency).toBeCloseTo(120 / 3600, 12);
  expect(report.batchDepth).toBeCloseTo(120 / 90, 12);
  expect(report.peak).toEqual({ concurrency: 1, busyReplicas: 1, startUnixNano: DAY + 60n * SECOND });
  expect(formatMoney(report.perRequest.loaded as Money)).toBe('1.200000000000');
  expect(formatMoney(report.perRequest.direct as Money)).toBe('0.030000000000');
  expect(formatMoney(report.perRequest.used as Money)).toBe('0.005000000000');
  expect(formatMoney(report.per1kOutputTokens.loaded as Money)).toBe('1.800000000000');
  expect(report.leftOut).toEqual([]);
});

test('what was not observed, has no rate or is not closed is not in the books, and said so', () => {
  const half = pool({ rates: [{ fromUnixNano: DAY + 1800n * SECOND, perHour: money('4.00') }] });
  const report = gpuPoolReport(
    half,
    { fromUnixNano: DAY, untilUnixNano: DAY + 2n * HOUR },
    {
      windows: [],
      mark: { observedFromUnixNano: String(DAY + 600n * SECOND), closedUntilUnixNano: String(DAY + HOUR) },
      currency: CURRENCY,
    },
  );
  expect(report.covered).toEqual({ fromUnixNano: DAY + 1800n * SECOND, untilUnixNano: DAY + HOUR });
  expect(report.leftOut).toEqual([
    { fromUnixNano: DAY, untilUnixNano: DAY + 600n * SECOND, reason: 'not_observed' },
    { fromUnixNano: DAY + 600n * SECOND, untilUnixNano: DAY + 1800n * SECOND, reason: 'no_rate' },
    { fromUnixNano: DAY + HOUR, untilUnixNano: DAY + 2n * HOUR, reason: 'not_closed' },
  ]);
  expect(formatMoney(report.bill)).toBe('2.000000000000');
});

test.each([
  [undefined, 'not_observed'],
  [{ observedFromUnixNano: String(DAY), closedUntilUnixNano: null }, 'not_closed'],
] as const)('with the mark %j nothing is in the books', (mark, reason) => {
  const report = gpuPoolReport(pool(), HOUR_PERIOD, { windows: [], mark, currency: CURRENCY });
  expect(report).toMatchObject({ covered: undefined, bill: 0n, occupancy: undefined, requests: 0 });
  expect(report.perRequest).toEqual({ used: undefined, direct: undefined, loaded: undefined });
  expect(report.leftOut).toEqual([{ ...HOUR_PERIOD, reason }]);
});

test('a period that begins inside a window begins with the next one, and ends with the one it ends in', () => {
  const windows = windowsOf(pool(), [request(1, 0, 60), request(2, 60, 120)]);
  const report = gpuPoolReport(
    pool(),
    { fromUnixNano: DAY + 30n * SECOND, untilUnixNano: DAY + 90n * SECOND },
    { windows, mark: CLOSED, currency: CURRENCY },
  );
  expect(report.covered).toEqual({ fromUnixNano: DAY + 60n * SECOND, untilUnixNano: DAY + 120n * SECOND });
  expect(report.requests).toBe(1);
  expect(report.idle).toBe(0n);
});

test('a window that was longer under an earlier configuration is added as a whole', () => {
  const long = pool({ windowSeconds: 1800 });
  const windows = windowsOf(long, [request(1, 1830, 1890)]);
  const report = gpuPoolReport(
    pool(),
    { fromUnixNano: DAY, untilUnixNano: DAY + 1860n * SECOND },
    { windows, mark: CLOSED, currency: CURRENCY },
  );
  expect(report.covered).toEqual(HOUR_PERIOD);
  expect(report.requests).toBe(1);
  expect(formatMoney(report.bill)).toBe('4.000000000000');
});

test('a window in another currency is left out, and is not idle', () => {
  const windows = windowsOf(pool(), [request(1, 0, 60)]).map((one) => ({ ...one, currency: 'EUR' }));
  const report = gpuPoolReport(pool(), HOUR_PERIOD, { windows, mark: CLOSED, currency: CURRENCY });
  expect(report.leftOut).toEqual([
    { fromUnixNano: DAY, untilUnixNano: DAY + 60n * SECOND, reason: 'other_currency' },
  ]);
  expect(formatMoney(report.bill)).toBe('3.933333333334');
});

test('settled windows from before the pool was observed are in the books, and the time between them is not', () => {
  const windows = windowsOf(pool(), [request(1, 600, 640), request(2, 900, 960)]);
  const mark = { ...CLOSED, observedFromUnixNano: String(DAY + 1800n * SECOND) };
  const report = gpuPoolReport(pool(), HOUR_PERIOD, { windows, mark, currency: CURRENCY });
  expect(report.covered).toEqual({ fromUnixNano: DAY + 600n * SECOND, untilUnixNano: DAY + HOUR });
  const gap = (from: bigint, until: bigint) => ({
    fromUnixNano: DAY + from * SECOND,
    untilUnixNano: DAY + until * SECOND,
    reason: 'not_observed',
  });
  expect(report.leftOut).toEqual([gap(0n, 600n), gap(660n, 900n), gap(960n, 1800n)]);
  // Two minutes in settled windows, of which requests ran 100 s, and half an hour that is idle, at $4.00 an hour.
  expect(report.requests).toBe(2);
  expect(report.periodNanos).toBe(1920n * SECOND);
  expect(report.replicaNanos).toBe(1920n * SECOND);
  expect(formatMoney(report.direct)).toBe('0.111111111111');
  expect(formatMoney(report.bill)).toBe('2.133333333333');
});

test.each([undefined, { observedFromUnixNano: String(DAY + HOUR), closedUntilUnixNano: null }])(
  'a backlog is in the books before anything was observed: %j',
  (mark) => {
    const windows = windowsOf(pool(), [request(1, 0, 60)]);
    const report = gpuPoolReport(pool(), HOUR_PERIOD, { windows, mark, currency: CURRENCY });
    expect(report).toMatchObject({ requests: 1, idle: 0n, periodNanos: 60n * SECOND });
    expect(report.covered).toEqual({ fromUnixNano: DAY, untilUnixNano: DAY + 60n * SECOND });
    expect(report.leftOut).toEqual([
      { fromUnixNano: DAY + 60n * SECOND, untilUnixNano: DAY + HOUR, reason: 'not_observed' },
    ]);
  },
);

test('a backlog with many gaps lists a hundred of them, the last up to the end', () => {
  const day = { fromUnixNano: DAY, untilUnixNano: DAY + DAY_NANOS };
  const requests = Array.from({ length: 150 }, (_, index) => request(index, index * 300, index * 300 + 10));
  const options = { revision: 1, currency: CURRENCY };
  const windows = [...settlePeriod(pool(), day, requests, options)].flatMap(({ settled }) =>
    settled === undefined || settled.record.requestsActive === 0 ? [] : [settled.record],
  );
  const report = gpuPoolReport(pool(), day, { windows, mark: undefined, currency: CURRENCY });
  expect(report.requests).toBe(150);
  expect(report.leftOut).toHaveLength(100);
  expect(report.leftOut.at(-1)?.untilUnixNano).toBe(day.untilUnixNano);
});

test('a period without the start of a window says so', () => {
  const period = { fromUnixNano: DAY + 10n * SECOND, untilUnixNano: DAY + 50n * SECOND };
  const report = gpuPoolReport(pool(), period, { windows: [], mark: CLOSED, currency: CURRENCY });
  expect(report.leftOut).toEqual([{ ...period, reason: 'no_window' }]);
});

test('a period that lies in the future is not closed', () => {
  const period = { fromUnixNano: DAY + 2n * HOUR, untilUnixNano: DAY + 3n * HOUR };
  const report = gpuPoolReport(pool(), period, { windows: [], mark: CLOSED, currency: CURRENCY });
  expect(report.covered).toBeUndefined();
  expect(report.leftOut).toEqual([{ ...period, reason: 'not_closed' }]);
});

test("a tenant that is called as nobody's cost is has what its own is", () => {
  const requests = ['__idle__', '__slack__', '__unsampled__', '___idle__', '_a'].map((tenant, index) =>
    request(index, index * 60, index * 60 + 30, { tenant }),
  );
  const report = gpuPoolReport(pool(), HOUR_PERIOD, {
    windows: windowsOf(pool(), requests),
    mark: CLOSED,
    currency: CURRENCY,
  });
  const idle = report.tenants.find(({ tenant }) => tenant === '__idle__');
  expect(idle).toMatchObject({ requestsActive: 0, used: 0n, slack: 0n, idle: report.idle });
  const others = report.tenants.filter(({ tenant }) => tenant !== '__idle__');
  expect(new Set(others.map(({ tenant }) => tenant))).toEqual(
    new Set(['_a', '___idle__', '___slack__', '___unsampled__', '____idle__']),
  );
  for (const { used, slack } of others)
    expect(formatMoney((used + slack) as Money)).toMatch(/^0\.03333333333[34]$/);
});

test.each([
  { idle: 'owner', owner: '__idle__' },
  { idle: 'reserved', reserved: [{ tenant: '__idle__', share: 1 }] },
] as const)("idle time that %j carries is not nobody's, with requests and without", (keys) => {
  const carried = pool(keys);
  const windows = windowsOf(carried, [request(1, 0, 30, { tenant: 'acme' })]);
  expect(windows[0]?.idleUndistributed).toBe('0.000000000000');
  const report = gpuPoolReport(carried, HOUR_PERIOD, { windows, mark: CLOSED, currency: CURRENCY });
  expect(report.tenants.map(({ tenant }) => tenant)).toEqual(['___idle__', 'acme']);
});

test('idle time without requests is carried by whom the policy names', () => {
  const books = { windows: [], mark: CLOSED, currency: CURRENCY };
  const owned = gpuPoolReport(pool({ idle: 'owner', owner: 'platform' }), HOUR_PERIOD, books);
  expect(owned.tenants.map(({ tenant }) => tenant)).toEqual(['platform']);
  const reserved = [
    { tenant: 'acme', share: 2 },
    { tenant: 'umbrella', share: 1 },
  ];
  const booked = gpuPoolReport(pool({ idle: 'reserved', reserved }), HOUR_PERIOD, books);
  expect(booked.tenants.map(({ tenant, idle }) => [tenant, formatMoney(idle)])).toEqual([
    ['acme', '2.666666666667'],
    ['umbrella', '1.333333333333'],
  ]);
});

test('what was not sampled counts in the cost of a request', () => {
  // One in ten was sampled: ten requests had the 60 s, $0.0666… ÷ 10 each.
  const windows = windowsOf(pool({ capacity: undefined }), [request(1, 0, 60, { adjustedCount: 10 })]);
  const report = gpuPoolReport(pool({ capacity: undefined }), HOUR_PERIOD, {
    windows,
    mark: CLOSED,
    currency: CURRENCY,
  });
  expect(report.requests).toBe(10);
  expect(formatMoney(report.perRequest.direct as Money)).toBe('0.006666666667');
  expect(report.unsampled).toBeGreaterThan(report.used);
  expect(report.fill).toBeUndefined();
});

const requestArbitrary = fc
  .record({
    start: fc.integer({ min: 0, max: 3_600_000 }),
    length: fc.integer({ min: 0, max: 300_000 }),
    tenant: fc.constantFrom('acme', 'umbrella', undefined),
    count: fc.constantFrom(1, 1, 1, 4),
  })
  .map(({ start, length, tenant, count }) => ({ start, length, tenant, count }));

test('whatever ran, the parts and the tenants are the bill, and the bill is what the clock says', () => {
  fc.assert(
    fc.property(
      fc.array(requestArbitrary, { maxLength: 30 }),
      fc.bigInt({ min: 0n, max: 10n ** 13n }),
      fc.constantFrom('separate', 'proportional', 'even', 'owner', 'reserved'),
      fc.constantFrom('concurrency', 'slots'),
      (drawn, perHour, idle, basis) => {
        const settledPool = pool({
          rates: [
            { fromUnixNano: DAY - HOUR, perHour: perHour as Money },
            { fromUnixNano: DAY + 1234n * SECOND, perHour: (perHour / 3n) as Money },
          ],
          idle,
          basis,
          owner: 'platform',
          replicas: 2,
          reserved: [{ tenant: 'acme', share: 3 }],
          overhead: { percent: '7.5', reviewed: '2026-11-01' },
        });
        const requests = drawn.map(({ start, length, tenant, count }, id) =>
          request(id, start / 1000, (start + length) / 1000, { tenant, adjustedCount: count }),
        );
        const windows = windowsOf(settledPool, requests);
        const report = gpuPoolReport(settledPool, HOUR_PERIOD, { windows, mark: CLOSED, currency: CURRENCY });
        const clock = new CostClock(settledPool);
        const cost = clock.cost(DAY, DAY + HOUR) ?? 0n;
        const overhead = clock.overhead(DAY, DAY + HOUR) ?? 0n;
        expect(report.bill).toBe(cost + overhead);
        expect(report.overhead).toBe(overhead);
        const ofTenants = report.tenants.reduce((sum, one) => sum + tenantTotal(one), 0n);
        expect(ofTenants).toBe(report.bill);
        expect(report.replicaNanos).toBe(2n * HOUR);
      },
    ),
    { numRuns: 150 },
  );
});

test('a day is the sum of its hours, whatever the order of the windows', () => {
  const requests = [request(1, 10, 50), request(2, 1790, 1850), request(3, 3000, 3100)];
  const books = { windows: windowsOf(pool(), requests).toReversed(), mark: CLOSED, currency: CURRENCY };
  const middle = DAY + 1800n * SECOND;
  const whole = gpuPoolReport(pool(), HOUR_PERIOD, books);
  const first = gpuPoolReport(pool(), { fromUnixNano: DAY, untilUnixNano: middle }, books);
  const second = gpuPoolReport(pool(), { fromUnixNano: middle, untilUnixNano: DAY + HOUR }, books);
  for (const key of ['bill', 'used', 'slack', 'idle', 'overhead', 'busyNanos'] as const) {
    expect(first[key] + second[key]).toBe(whole[key]);
  }
  expect(first.requests + second.requests).toBe(3);
});
