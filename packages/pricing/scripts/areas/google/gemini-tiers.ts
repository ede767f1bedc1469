import type { UsageBucket } from '@costspan/cost-model';
import type { PeriodData, RateCardData, RateData, RatesData } from '../../../src/index.ts';
import { factorOf, multiplyDecimal } from '../../../src/exact-factor.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { scaledCard, sinceDay } from '../period-edits.ts';

/** What a cached token costs in the batch and flex tiers: as at the list price, or half of that. */
export type CachedInBatch = 'as listed' | 'half';

const CACHED: readonly UsageBucket[] = ['cacheRead', 'cacheReadAudio', 'cacheReadImage'];

/**
 * Batch and flex: half of input and output. Cached input is half only since Gemini 3.1 Flash-Lite.
 *
 * 1,000 cached tokens of Gemini 2.5 Flash in a batch cost 1000 × 0.03 = 30 millionths of a dollar, as always.
 */
export function addBatchAndFlex(entry: EntryDraft, cached: CachedInBatch): void {
  const half = (card: RateCardData): RateCardData => {
    const scaled = scaledCard(card, '0.5');
    return cached === 'half' ? scaled : withCachedRatesOf(scaled, card);
  };
  addTiers(entry, (period) => ({ batch: half(period), flex: half(period) }));
}

/** Priority: 1.8 times the list price, cached input too. 1.25 × 1.8 = 2.25 for Gemini 2.5 Pro. */
export function addPriority(entry: EntryDraft): void {
  addTiers(entry, (period) => ({ priority: scaledCard(period, '1.8') }));
}

/** A single rate of a tier that Google rounds on its page. */
export function setTierRate(entry: EntryDraft, tier: string, bucket: UsageBucket, decimal: string): void {
  entry.periods = entry.periods.map((period) => {
    const card = period.serviceTiers?.[tier];
    if (card === undefined) return period;
    const rates = { ...card.rates, [bucket]: { decimal, per: 1_000_000 } };
    return { ...period, serviceTiers: { ...period.serviceTiers, [tier]: { ...card, rates } } };
  });
}

/** Only half of input and output in a batch, for models without flex. */
export function addBatch(entry: EntryDraft, factor = '0.5'): void {
  addTiers(entry, (period) => ({ batch: withCachedRatesOf(scaledCard(period, factor), period) }));
}

function addTiers(entry: EntryDraft, tiers: (period: PeriodData) => PeriodData['serviceTiers']): void {
  entry.periods = entry.periods.map((period) => ({
    ...period,
    serviceTiers: { ...period.serviceTiers, ...tiers(period) },
  }));
}

function withCachedRatesOf(card: RateCardData, list: RateCardData): RateCardData {
  const kept = (rates: RatesData, from: RatesData): RatesData => ({
    ...rates,
    ...Object.fromEntries(
      CACHED.flatMap((bucket) => (from[bucket] === undefined ? [] : [[bucket, from[bucket]]])),
    ),
  });
  return {
    rates: kept(card.rates, list.rates),
    ...(card.longContext !== undefined && {
      longContext: card.longContext.map((tier, index) => ({
        ...tier,
        rates: kept(tier.rates, list.longContext?.[index]?.rates ?? {}),
      })),
    }),
  };
}

/** Image, video and audio cost what text costs, where they have no rate of their own. */
export function addModalities(entry: EntryDraft): void {
  const complete = (rates: RatesData): RatesData => ({
    ...(rates.input !== undefined && {
      inputAudio: rates.input,
      inputImage: rates.input,
      inputVideo: rates.input,
    }),
    ...(rates.cacheRead !== undefined && {
      cacheReadAudio: rates.cacheRead,
      cacheReadImage: rates.cacheRead,
    }),
    ...rates,
  });
  entry.periods = entry.periods.map((period) => ({
    ...period,
    rates: complete(period.rates),
    ...(period.longContext !== undefined && {
      longContext: period.longContext.map((tier) => ({ ...tier, rates: complete(tier.rates) })),
    }),
  }));
}

/** Google Search: up to Gemini 2.5 a grounded prompt is billed once, however often it searches. */
const PER_GROUNDED_PROMPT: RateData = { decimal: '35', per: 1000, volume: [{ above: 1, decimal: '0' }] };
/** From Gemini 3 on each search is billed: 3 of them are 3 × 14 / 1000 dollars. */
const PER_SEARCH: RateData = { decimal: '14', per: 1000 };

/** The monthly and daily searches that are free of charge are of a project and not of a call. */
export function addSearchFee(entry: EntryDraft): void {
  const webSearches = /^gemini-(?:[12]\.|flash-1\.|pro-1\.)/.test(entry.model)
    ? PER_GROUNDED_PROMPT
    : PER_SEARCH;
  entry.periods = entry.periods.map((period) => ({
    ...period,
    rates: { ...period.rates, webSearches },
    ...(period.longContext !== undefined && {
      longContext: period.longContext.map((tier) => ({ ...tier, rates: { ...tier.rates, webSearches } })),
    }),
  }));
}

/** Endpoints of a place cost a tenth more than the global one. */
export function addRegionalUplift(entry: EntryDraft, from?: string): void {
  const regions = [
    { names: ['global'], multiplier: '1' },
    { names: ['*'], multiplier: '1.1' },
  ];
  const uplifted = (period: PeriodData): PeriodData => ({ ...period, regions });
  entry.periods = from === undefined ? entry.periods.map(uplifted) : sinceDay(entry.periods, from, uplifted);
}

/** The factor times a rate, for what a page states as a multiple. */
export const timesRate = ({ decimal, per }: RateData, factor: string): RateData => ({
  decimal: multiplyDecimal(decimal, factorOf(factor)),
  per,
});
