import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import type { PeriodData, RatesData } from '@costspan/pricing';
import { type CardPlace, checkCard, round } from './card-plausibility.ts';
import type { Findings } from './price-book-finding.ts';
import {
  type Band,
  bandText,
  isWithin,
  LONG_CONTEXT,
  OPTION,
  OTHER_TIER,
  REGION,
  TIER_BANDS,
  WINDOW,
} from './rate-bands.ts';
import { comparableRate, rateCards, type RateCardRow, type RateScope } from './rate-table.ts';

/** Buckets that have the rate of another one where a card lists none. */
const WITH_FALLBACK: ReadonlySet<UsageBucket> = new Set([
  'cacheRead',
  'cacheWrite',
  'cacheWrite5m',
  'cacheWrite1h',
  'reasoning',
]);
/** Tiers that are there to be cheaper. */
const CHEAPER_TIERS: ReadonlySet<string> = new Set(['batch', 'flex']);

/** Checks every card of a period, and all of them against the one that they depart from. */
export function checkPeriod(period: PeriodData, place: CardPlace, findings: Findings): void {
  const cards = rateCards(period);
  for (const card of cards) {
    const discounted = CHEAPER_TIERS.has(card.scope.serviceTier ?? '');
    const at = { ...place, path: `${place.path}${card.path}`, discounted };
    checkCard(card.rates, at, findings);
    const base = baseOf(card, cards);
    if (base === undefined) continue;
    checkAgainstBase(card, base, at, findings);
    checkCompleteness(card, base, at, findings);
  }
  for (const [index, { names, multiplier }] of (period.regions ?? []).entries()) {
    if (multiplier !== undefined && !isWithin(Number(multiplier), REGION))
      findings.add(
        'multiplier_implausible',
        place.entry,
        `${place.path}.regions[${index}].multiplier`,
        `${names.join(', ')} costs ${multiplier} times the list price, expected ${bandText(REGION)}`,
      );
  }
}

/** The card that a card departs from: a longer context from its own list price, the rest from the period's. */
function baseOf({ scope }: RateCardRow, cards: readonly RateCardRow[]): RateCardRow | undefined {
  const { inputTokens, ...own } = scope;
  const list = inputTokens === undefined ? listScope(scope) : own;
  return list === undefined
    ? undefined
    : cards.find((each) => each.scope.inputTokens === undefined && isSameScope(each.scope, list));
}

/** A region's tier departs from the region's list price, and that from the period's. */
function listScope({ serviceTier, region, window, when }: RateScope): RateScope | undefined {
  if (serviceTier !== undefined) return region === undefined ? {} : { region };
  return (region ?? window ?? when) ? {} : undefined;
}

function isSameScope(a: RateScope, b: RateScope): boolean {
  return (
    a.serviceTier === b.serviceTier && a.region === b.region && a.window === b.window && a.when === b.when
  );
}

function checkAgainstBase(
  { scope, rates }: RateCardRow,
  base: RateCardRow,
  { entry, path }: CardPlace,
  findings: Findings,
): void {
  const { band, what } = expectationOf(scope);
  for (const bucket of Object.keys(rates) as UsageBucket[]) {
    const rate = rates[bucket];
    const list = base.rates[bucket];
    if (rate === undefined || list === undefined || Number(rate.decimal) === 0 || Number(list.decimal) === 0)
      continue;
    const ratio = comparableRate(bucket, rate) / comparableRate(bucket, list);
    if (isWithin(ratio, band)) continue;
    const dearer = CHEAPER_TIERS.has(scope.serviceTier ?? '') && scope.inputTokens === undefined && ratio > 1;
    findings.add(
      dearer ? 'batch_above_list' : 'tier_out_of_line',
      entry,
      `${path}.rates.${bucket}`,
      `${bucket} costs ${round(ratio)} times ${scope.inputTokens === undefined ? 'the list price' : 'the price of shorter requests'} ${what}, expected ${bandText(band)}`,
    );
  }
}

function expectationOf({ serviceTier, region, window, inputTokens, when }: RateScope): {
  band: Band;
  what: string;
} {
  if (inputTokens !== undefined) return { band: LONG_CONTEXT, what: `past ${inputTokens} tokens` };
  if (serviceTier !== undefined)
    return { band: TIER_BANDS[serviceTier] ?? OTHER_TIER, what: `at ${serviceTier}` };
  if (region !== undefined) return { band: REGION, what: `in ${region}` };
  if (window !== undefined) return { band: WINDOW, what: `at ${window}` };
  return { band: OPTION, what: `with ${when ?? ''}` };
}

/** A card without a rate that the list has leaves such calls without a price. */
function checkCompleteness(
  { scope, rates }: RateCardRow,
  base: RateCardRow,
  { entry, path }: CardPlace,
  findings: Findings,
): void {
  // No rates at all say that there is no such price; a few missing ones were forgotten.
  if (scope.when !== undefined || Object.keys(rates).length === 0) return;
  const missing = (Object.keys(base.rates) as UsageBucket[]).filter((bucket) => {
    if (rates[bucket] !== undefined || USAGE_BUCKETS[bucket].unit !== 'token') return false;
    // A longer context repeats the card, so what is not in it was forgotten; a tier may have no such rate.
    return scope.inputTokens !== undefined ? !hasWriteRate(bucket, rates) : !WITH_FALLBACK.has(bucket);
  });
  if (missing.length > 0)
    findings.add(
      'tier_incomplete',
      entry,
      `${path}.rates`,
      `${missing.join(', ')} ${missing.length === 1 ? 'has' : 'have'} a list price and none here`,
    );
}

/** Any rate for cache writes serves for those that have none. */
function hasWriteRate(bucket: UsageBucket, rates: RatesData): boolean {
  const write = USAGE_BUCKETS[bucket].component === 'cache_write';
  return (
    write &&
    (Object.keys(rates) as UsageBucket[]).some((each) => USAGE_BUCKETS[each].component === 'cache_write')
  );
}
