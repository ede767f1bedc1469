import type { PeriodData } from './price-book-data.ts';
import type { DiscountRule } from './price-overlay.ts';

interface Span {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * Periods laid over others: the upper ones hold for their time, the lower ones for what is left of theirs.
 *
 * Over a price since 2025, one for the year 2026 leaves three periods: the old one until 2026-01-01, the new
 * one until 2027-01-01, and the old one again from then on.
 */
export function layPeriods(lower: readonly PeriodData[], upper: readonly PeriodData[]): PeriodData[] {
  const left = upper.reduce<PeriodData[]>(
    (periods, span) => periods.flatMap((period) => outside(period, span)),
    [...lower],
  );
  return [...left, ...upper].toSorted((a, b) => startMillis(a) - startMillis(b));
}

/**
 * Periods with other rates for the time of the upper ones. What an upper period does not state stays as the
 * lower one has it; where there is no lower one, the upper stands alone.
 */
export function overridePeriods(lower: readonly PeriodData[], upper: readonly PeriodData[]): PeriodData[] {
  const overridden = upper.flatMap((period) => {
    const parts = lower.flatMap((below) => {
      const both = within(below, period);
      return both === undefined ? [] : [override(both, period)];
    });
    return layPeriods([period], parts);
  });
  return layPeriods(lower, overridden);
}

/** A discount that was taken off the listed rates is not taken off those that were agreed on. */
function override({ discount: _discount, ...below }: PeriodData, above: PeriodData): PeriodData {
  const tiers = Object.entries(above.serviceTiers ?? {}).map(([tier, card]) => {
    const listed = below.serviceTiers?.[tier];
    return [tier, { ...listed, ...card, rates: { ...listed?.rates, ...card.rates } }];
  });
  return {
    ...below,
    rates: { ...below.rates, ...above.rates },
    ...(tiers.length > 0 && { serviceTiers: { ...below.serviceTiers, ...Object.fromEntries(tiers) } }),
  };
}

/** The periods with a discount on the time of a rule, in place of a discount that they had. */
export function periodsWithDiscount(
  periods: readonly PeriodData[],
  { from, until, percent }: DiscountRule,
  by: string,
): PeriodData[] {
  return periods.flatMap((period) => {
    const discounted = within(period, { from, until });
    if (discounted === undefined) return [period];
    const parts = [...outside(period, { from, until }), { ...discounted, discount: { percent, by } }];
    return parts.toSorted((a, b) => startMillis(a) - startMillis(b));
  });
}

function outside(period: PeriodData, span: Span): PeriodData[] {
  if (within(period, span) === undefined) return [period];
  return [
    ...(startMillis(period) < startMillis(span) ? [bounded(period, period.from, span.from)] : []),
    ...(endMillis(span) < endMillis(period) ? [bounded(period, span.until, period.until)] : []),
  ];
}

function within(period: PeriodData, span: Span): PeriodData | undefined {
  const from = startMillis(span) > startMillis(period) ? span.from : period.from;
  const until = endMillis(span) < endMillis(period) ? span.until : period.until;
  const clipped = bounded(period, from, until);
  return startMillis(clipped) < endMillis(clipped) ? clipped : undefined;
}

function bounded(
  { from: _from, until: _until, ...rest }: PeriodData,
  from: string | undefined,
  until: string | undefined,
): PeriodData {
  return { ...(from !== undefined && { from }), ...(until !== undefined && { until }), ...rest };
}

function startMillis({ from }: Span): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
}

function endMillis({ until }: Span): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}
