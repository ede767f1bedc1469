import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type { PeriodData, RateCardData, RateData, RatesData, ServiceTiersData } from '@costspan/pricing';

/** Which calls a rate is for; the list price has none of these. */
export interface RateScope {
  /** `batch`, `flex`, `priority`, … */
  readonly serviceTier?: string;
  /** The names of the places, with commas. */
  readonly region?: string;
  /** Hours and days: `16:30–00:30 UTC`. */
  readonly window?: string;
  /** The length of the input past which it holds. */
  readonly inputTokens?: number;
  /** `size=1024x1024, quality=hd`. */
  readonly when?: string;
}

/** One rate of a period, and where it stands. */
export interface RateRow extends RateScope {
  readonly bucket: UsageBucket;
  readonly rate: RateData;
  /** For instance `.serviceTiers.batch.longContext[0].rates.input`. */
  readonly path: string;
}

/** One card of a period with everything that it says, and where it stands. */
export interface RateCardRow {
  readonly scope: RateScope;
  readonly rates: RatesData;
  readonly path: string;
}

/** Every set of rates in a period, the list price first. */
export function rateCards(period: PeriodData): RateCardRow[] {
  const rows = [...cardRows(period, {}, ''), ...tierRows(period.serviceTiers, {}, '')];
  for (const [index, window] of (period.windows ?? []).entries()) {
    const days = window.days === undefined ? '' : ` on days ${window.days.join('')}`;
    rows.push(
      ...cardRows(window, { window: `${window.from}–${window.until} UTC${days}` }, `.windows[${index}]`),
    );
  }
  for (const [index, { names, card, serviceTiers }] of (period.regions ?? []).entries()) {
    const scope = { region: names.join(',') };
    const path = `.regions[${index}]`;
    if (card !== undefined) rows.push(...cardRows(card, scope, `${path}.card`));
    rows.push(...tierRows(serviceTiers, scope, path));
  }
  for (const [index, { when, rates }] of (period.options ?? []).entries()) {
    const conditions = Object.entries(when).map(([attribute, value]) => `${attribute}=${value}`);
    rows.push({ scope: { when: conditions.join(', ') }, rates, path: `.options[${index}]` });
  }
  return rows;
}

/** Every rate in a period. */
export function rateRows(period: PeriodData): RateRow[] {
  return rateCards(period).flatMap(({ scope, rates, path }) =>
    Object.entries(rates).map(([bucket, rate]) => ({
      ...scope,
      bucket: bucket as UsageBucket,
      rate,
      path: `${path}.rates.${bucket}`,
    })),
  );
}

function cardRows({ rates, longContext }: RateCardData, scope: RateScope, path: string): RateCardRow[] {
  const longer = (longContext ?? []).map(({ inputTokens, rates: own }, index) => ({
    scope: { ...scope, inputTokens },
    rates: own,
    path: `${path}.longContext[${index}]`,
  }));
  return [{ scope, rates, path }, ...longer];
}

function tierRows(tiers: ServiceTiersData | undefined, scope: RateScope, path: string): RateCardRow[] {
  return Object.entries(tiers ?? {}).flatMap(([serviceTier, card]) =>
    cardRows(card, { ...scope, serviceTier }, `${path}.serviceTiers.${serviceTier}`),
  );
}

/** The same calls at another time, or in another book. */
export function scopeKey({ serviceTier, region, window, inputTokens, when }: RateScope): string {
  return JSON.stringify([serviceTier, region, window, inputTokens, when]);
}

/** The price of a million tokens, or of one of anything else, to compare by. Nothing is billed from it. */
export function comparableRate(bucket: UsageBucket, { decimal, per }: RateData): number {
  return (Number(decimal) / per) * (USAGE_BUCKETS[bucket].unit === 'token' ? 1_000_000 : 1);
}

/** Whether two rates are the same price: 10 for 1000 is 0.01 each. */
export function isSameRate(a: RateData, b: RateData): boolean {
  if (JSON.stringify(a.volume ?? []) !== JSON.stringify(b.volume ?? [])) return false;
  const left = wholeNumber(a.decimal);
  const right = wholeNumber(b.decimal);
  return (
    left.digits * BigInt(b.per) * 10n ** BigInt(right.places) ===
    right.digits * BigInt(a.per) * 10n ** BigInt(left.places)
  );
}

/** How many times the older price the newer one is, to four digits; `undefined` where one of them is zero. */
export function factorBetween(bucket: UsageBucket, older: RateData, newer: RateData): number | undefined {
  const from = comparableRate(bucket, older);
  const to = comparableRate(bucket, newer);
  return from === 0 || to === 0 ? undefined : Number((to / from).toPrecision(4));
}

function wholeNumber(decimal: string): { digits: bigint; places: number } {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return { digits: BigInt(whole + fraction), places: fraction.length };
}
