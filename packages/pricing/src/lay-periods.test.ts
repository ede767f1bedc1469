import fc from 'fast-check';
import { expect, test } from 'vitest';
import { layPeriods, periodsWithDiscount } from './lay-periods.ts';
import type { PeriodData } from './price-book-data.ts';

const DAYS = ['2026-01-01', '2026-02-01', '2026-03-01', '2026-04-01', '2026-05-01', '2026-06-01'];

function period(name: string, from?: string, until?: string): PeriodData {
  return {
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    rates: { input: { decimal: name, per: 1 } },
  };
}

/** Periods one after the other between sorted days, some of them left out. */
const periods = (decimal: string): fc.Arbitrary<PeriodData[]> =>
  fc
    .tuple(fc.subarray(DAYS), fc.boolean(), fc.boolean(), fc.infiniteStream(fc.boolean()))
    .map(([days, openStart, openEnd, kept]) => {
      const bounds = [...(openStart ? [undefined] : []), ...days, ...(openEnd ? [undefined] : [])];
      return bounds
        .slice(1)
        .map((until, index) => period(decimal, bounds[index], until))
        .filter(() => kept.next().value === true);
    });

function at(list: readonly PeriodData[], day: string): PeriodData | undefined {
  const found = list.filter(({ from, until }) => (from ?? '') <= day && day < (until ?? '9999'));
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
}

const PROBES = ['2025-06-15', ...DAYS, '2026-01-15', '2026-03-15', '2026-05-31', '2030-01-01'];

test('the upper period holds for its time, the lower one for what is left', () => {
  expect(layPeriods([period('1', '2025-01-01')], [period('2', '2026-01-01', '2027-01-01')])).toEqual([
    period('1', '2025-01-01', '2026-01-01'),
    period('2', '2026-01-01', '2027-01-01'),
    period('1', '2027-01-01'),
  ]);
});

test('at any time the upper period counts, else the lower one', () => {
  fc.assert(
    fc.property(periods('1'), periods('2'), (lower, upper) => {
      const laid = layPeriods(lower, upper);
      for (const day of PROBES) {
        const expected = at(upper, day) ?? at(lower, day);
        expect(at(laid, day)?.rates).toEqual(expected?.rates);
      }
    }),
  );
});

test('a discount holds for its time and changes no rate', () => {
  const day = fc.option(fc.constantFrom(...DAYS), { nil: undefined });
  fc.assert(
    fc.property(periods('1'), day, day, (lower, from, until) => {
      const discounted = periodsWithDiscount(lower, { provider: 'a', percent: '10', from, until }, 'acme');
      for (const probe of PROBES) {
        const inside = (from ?? '') <= probe && probe < (until ?? '9999');
        const expected = at(lower, probe);
        expect(at(discounted, probe)?.rates).toEqual(expected?.rates);
        expect(at(discounted, probe)?.discount?.percent).toBe(inside && expected ? '10' : undefined);
      }
    }),
  );
});
