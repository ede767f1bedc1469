import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type { PeriodData, RateCardData, RateData, RatesData, RegionData } from '../../src/index.ts';
import { factorOf, multiplyDecimal } from '../../src/exact-factor.ts';
import type { EntryDraft } from '../genai-entries.ts';

/** Changes what holds from a day on; a period that the day falls into is split there. */
export function sinceDay(
  periods: readonly PeriodData[],
  day: string,
  change: (period: PeriodData) => PeriodData,
): PeriodData[] {
  return periods.flatMap((period): PeriodData[] => {
    if (period.until !== undefined && period.until <= day) return [period];
    if (period.from !== undefined && period.from >= day) return [change(period)];
    return [{ ...period, until: day }, change({ ...period, from: day })];
  });
}

/** A service tier whose token rates are a published fraction of the list price: `"0.5"` for half. */
export const tierAtFactor =
  (tier: string, factor: string, from?: string) =>
  (entry: EntryDraft): void => {
    const withTier = (period: PeriodData): PeriodData => ({
      ...period,
      serviceTiers: { ...period.serviceTiers, [tier]: scaledCard(period, factor) },
    });
    entry.periods =
      from === undefined ? entry.periods.map(withTier) : sinceDay(entry.periods, from, withTier);
  };

export const regionsSince =
  (from: string, ...regions: RegionData[]) =>
  (entry: EntryDraft): void => {
    entry.periods = sinceDay(entry.periods, from, (period) => ({ ...period, regions }));
  };

/** Adds rates of tool calls and other units to every card of the periods from a day on. */
export const ratesSince =
  (from: string | undefined, added: RatesData) =>
  (entry: EntryDraft): void => {
    const withRates = (period: PeriodData): PeriodData => ({
      ...period,
      rates: { ...period.rates, ...added },
      ...(period.longContext !== undefined && {
        longContext: period.longContext.map((tier) => ({ ...tier, rates: { ...tier.rates, ...added } })),
      }),
    });
    entry.periods =
      from === undefined ? entry.periods.map(withRates) : sinceDay(entry.periods, from, withRates);
  };

/** The token rates of a card times a factor; other units are left to the list price. */
export function scaledCard({ rates, longContext }: RateCardData, factor: string): RateCardData {
  return {
    rates: scaledRates(rates, factor),
    ...(longContext !== undefined && {
      longContext: longContext.map((tier) => ({ ...tier, rates: scaledRates(tier.rates, factor) })),
    }),
  };
}

function scaledRates(rates: RatesData, factor: string): RatesData {
  const exact = factorOf(factor);
  return Object.fromEntries(
    Object.entries(rates)
      .filter(([bucket]) => USAGE_BUCKETS[bucket as UsageBucket].unit === 'token')
      .map(([bucket, { decimal, per }]: [string, RateData]) => [
        bucket,
        { decimal: multiplyDecimal(decimal, exact), per },
      ]),
  );
}
