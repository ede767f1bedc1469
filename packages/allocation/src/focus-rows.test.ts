import { formatMoney, type GpuPool, parseMoney } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DAY, HOUR, money, pool, request, SECOND } from '../test/gpu-pool-fixture.ts';
import { FOCUS_COLUMNS, focusChargePeriods, type FocusRow, focusRows } from './focus-rows.ts';
import type { GpuRequest } from './gpu-request.ts';
import { gpuPoolReport } from './pool-ledger.ts';
import { settlePeriod } from './settle-period.ts';

const NAMES = { hostProvider: 'Hoster', serviceProvider: 'Platform team' };
const PERIOD = { fromUnixNano: DAY, untilUnixNano: DAY + HOUR };

function rowsOf(focusPool: GpuPool, requests: readonly GpuRequest[]): FocusRow[] {
  const options = { revision: 1, currency: 'USD' };
  const windows = [...settlePeriod(focusPool, PERIOD, requests, options)].flatMap(
    ({ settled }) => settled?.record ?? [],
  );
  const mark = { observedFromUnixNano: String(DAY), closedUntilUnixNano: String(DAY + HOUR) };
  return focusChargePeriods(focusPool, PERIOD).flatMap((period) =>
    focusRows(gpuPoolReport(focusPool, period, { windows, mark, currency: 'USD' }), NAMES),
  );
}

function ratioOf(row: FocusRow): string {
  const [, ratio = ''] = /"AllocatedRatio":([\d.]+)/.exec(row.AllocatedMethodDetails) ?? [];
  return ratio;
}

function sum(decimals: readonly string[]): string {
  return formatMoney(
    (money('0') + decimals.reduce((total, text) => total + (parseMoney(text) ?? 0n), 0n)) as never,
  );
}

test("a tenant that is called as nobody's cost is has a row of its own", () => {
  const requests = [
    request(1, 0, 900, { tenant: '__idle__' }),
    request(2, 900, 1800, { tenant: '__unknown__' }),
  ];
  const rows = rowsOf(pool(), [...requests, request(3, 1800, 2700)]);
  const named = rows.map((row) => [row.x_Tenant, row.AllocatedResourceName, row.BilledCost].join(' '));
  expect(new Set(named)).toEqual(
    new Set([
      '___idle__ ___idle__ 1.000000000000',
      '___unknown__ ___unknown__ 1.000000000000',
      '__idle__  1.000000000000',
      '__unknown__ __unknown__ 1.000000000000',
    ]),
  );
});

test('an hour of $3.60 with 15 percent overhead is two origin charges, split by tenant and what nobody carries', () => {
  const focusPool = pool({
    rates: [{ fromUnixNano: DAY - HOUR, perHour: money('3.60') }],
    gpus: 8,
    replicas: 2,
    capacity: undefined,
    instance: { type: 'p5.48xlarge', count: 1 },
    owner: 'Platform team',
    overhead: { percent: '15', reviewed: '2026-11-01' },
  });
  // Acme 900 s and umbrella 450 s of the 7,200 s of two replicas: $0.45, $0.225, idle $2.925.
  const rows = rowsOf(focusPool, [
    request(1, 0, 900, { tenant: 'acme', replica: 'a' }),
    request(2, 0, 450, { tenant: 'umbrella', replica: 'b' }),
  ]);
  expect(rows.map((row) => [row.x_Tenant, row.x_OriginChargeId, row.BilledCost, ratioOf(row)])).toEqual([
    ['__idle__', 'llama-70b/2026-11-20T00:00:00Z/hours', '2.925000000000', '0.812500000000'],
    ['acme', 'llama-70b/2026-11-20T00:00:00Z/hours', '0.450000000000', '0.125000000000'],
    ['umbrella', 'llama-70b/2026-11-20T00:00:00Z/hours', '0.225000000000', '0.062500000000'],
    ['__idle__', 'llama-70b/2026-11-20T00:00:00Z/overhead', '0.438750000000', '0.812500000000'],
    ['acme', 'llama-70b/2026-11-20T00:00:00Z/overhead', '0.067500000000', '0.125000000000'],
    ['umbrella', 'llama-70b/2026-11-20T00:00:00Z/overhead', '0.033750000000', '0.062500000000'],
  ]);
  expect(rows[1]).toMatchObject({
    AllocatedMethodDetails:
      '{"Elements":[{"AllocatedRatio":0.125000000000,"UsageUnit":"GPU-Seconds","UsageQuantity":3600.000000000}]}',
    AllocatedMethodId: 'costspan/time_share/concurrency/idle-separate',
    AllocatedResourceId: 'llama-70b/acme',
    AllocatedResourceName: 'acme',
    AllocatedTags: '{"tenant":"acme"}',
    BillingCurrency: 'USD',
    BillingPeriodStart: '2026-11-01T00:00:00Z',
    BillingPeriodEnd: '2026-12-01T00:00:00Z',
    ChargePeriodStart: '2026-11-20T00:00:00Z',
    ChargePeriodEnd: '2026-11-20T01:00:00Z',
    ConsumedQuantity: '3600.000000000',
    ConsumedUnit: 'GPU-Seconds',
    HostProviderName: 'Hoster',
    ProviderName: 'Platform team',
    ListUnitPrice: '3.600000000000',
    PricingQuantity: '0.125000000000',
    PricingUnit: 'Hours',
    SkuPriceDetails: '{"InstanceType":"p5.48xlarge","GpuCount":8}',
  });
  // Nobody has it, so no resource is named.
  expect(rows[0]).toMatchObject({ AllocatedResourceId: '', AllocatedResourceName: '', AllocatedTags: '' });
  expect(rows[4]).toMatchObject({ ConsumedUnit: '', SkuId: '', SkuPriceDetails: '', PricingUnit: '' });
});

test('every row has every column', () => {
  for (const row of rowsOf(pool({ overhead: { percent: '1', reviewed: '2026-11-01' } }), [
    request(1, 0, 60),
  ])) {
    expect(Object.keys(row).sort()).toEqual([...FOCUS_COLUMNS].sort());
  }
});

test('charges are cut at months and where the rate changes', () => {
  const december = BigInt(Date.UTC(2026, 11, 1)) * 1_000_000n;
  const change = DAY + 1800n * SECOND;
  const changing = pool({
    rates: [
      { fromUnixNano: DAY - HOUR, perHour: money('4.00') },
      { fromUnixNano: change, perHour: money('3.00') },
    ],
  });
  expect(focusChargePeriods(changing, { fromUnixNano: DAY, untilUnixNano: december + HOUR })).toEqual([
    { fromUnixNano: DAY, untilUnixNano: change },
    { fromUnixNano: change, untilUnixNano: december },
    { fromUnixNano: december, untilUnixNano: december + HOUR },
  ]);
  const rows = rowsOf(changing, []);
  expect(
    rows.map((row) => [row.ChargePeriodStart, row.BilledCost, row.ListUnitPrice, row.PricingQuantity]),
  ).toEqual([
    ['2026-11-20T00:00:00Z', '2.000000000000', '4.000000000000', '0.500000000000'],
    ['2026-11-20T00:30:00Z', '1.500000000000', '3.000000000000', '0.500000000000'],
  ]);
});

test('whatever ran, the parts of a charge add up to it in every amount, and their ratios to exactly 1', () => {
  const drawn = fc.array(
    fc.record({
      start: fc.integer({ min: 0, max: 3_500_000 }),
      length: fc.integer({ min: 0, max: 200_000 }),
      tenant: fc.constantFrom('acme', 'umbrella', 'initech', undefined),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(drawn, fc.bigInt({ min: 0n, max: 10n ** 13n }), (requests, perHour) => {
      const focusPool = pool({
        rates: [{ fromUnixNano: DAY - HOUR, perHour: perHour as never }],
        overhead: { percent: '15', reviewed: '2026-11-01' },
      });
      const rows = rowsOf(
        focusPool,
        requests.map(({ start, length, tenant }, id) =>
          request(id, start / 1000, (start + length) / 1000, { tenant }),
        ),
      );
      const origins = Map.groupBy(rows, (row) => row.x_OriginChargeId);
      const hours = origins.get('llama-70b/2026-11-20T00:00:00Z/hours') ?? [];
      for (const parts of origins.values()) expect(sum(parts.map(ratioOf))).toBe('1.000000000000');
      for (const column of ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'] as const) {
        expect(sum(hours.map((row) => row[column]))).toBe(formatMoney(perHour as never));
      }
      expect(sum(hours.map((row) => row.PricingQuantity))).toBe('1.000000000000');
      for (const row of hours) {
        expect(sum([row.x_UsedCost, row.x_SlackCost, row.x_IdleCost])).toBe(row.BilledCost);
      }
    }),
    { numRuns: 100 },
  );
});
