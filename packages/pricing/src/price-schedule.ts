import { inputTokenTotal, type ModelCall, type TokenUsage } from '@costspan/cost-model';
import { callRegion } from './call-region.ts';
import {
  type ExactFactor,
  factorAfterDiscount,
  factorOf,
  multiplyFactors,
  UNCHANGED,
} from './exact-factor.ts';
import type { EntryData, ExchangeRateData, PeriodData } from './price-book-data.ts';
import { compilePeriodCards, type PeriodCards, type RateTable } from './rate-card.ts';
import { billedServiceTier } from './service-tier.ts';

/** An entry's prices over time, ready to apply. */
export interface PriceSchedule {
  /** The provider of the entry, which a call need not name. */
  readonly provider: string;
  /** The latest first. */
  readonly periods: readonly Period[];
}

interface Period {
  readonly fromMillis: number;
  readonly untilMillis: number;
  /** `undefined` where the rates are in a currency that has no exchange rate at that time. */
  readonly cards: PeriodCards | undefined;
}

export type NoRates = 'no_price_at_that_date' | 'service_tier_not_in_price_book' | 'currency_not_convertible';

export interface ScheduleOptions {
  /** The currency that amounts are in. */
  readonly currency: string;
  readonly exchangeRates: readonly ExchangeRateData[];
}

export function compileSchedule(entry: EntryData, options: ScheduleOptions): PriceSchedule {
  const spans = exchangeSpans(entry, options);
  const periods = entry.periods.flatMap((data) =>
    spans.flatMap((span): Period[] => {
      const fromMillis = Math.max(startMillis(data.from), span.fromMillis);
      const untilMillis = Math.min(endMillis(data.until), span.untilMillis);
      if (fromMillis >= untilMillis) return [];
      const discount = data.discount === undefined ? UNCHANGED : factorAfterDiscount(data.discount.percent);
      const cards =
        span.factor === undefined
          ? undefined
          : compilePeriodCards(data, entry, multiplyFactors(span.factor, discount));
      return [{ fromMillis, untilMillis, cards }];
    }),
  );
  return { provider: entry.provider, periods: periods.toReversed() };
}

/**
 * The rates of one call, narrowed step by step:
 *
 * 1. the period that its time falls in;
 * 2. the card of its service tier and region, or at the list price the one of the hour;
 * 3. the length of its input: one token past a threshold reprices the whole request;
 * 4. the options it was made with.
 */
export function ratesFor(
  schedule: PriceSchedule,
  atMillis: number,
  call: ModelCall,
  usage: TokenUsage,
): RateTable | NoRates {
  for (const { fromMillis, untilMillis, cards } of schedule.periods) {
    if (fromMillis <= atMillis && atMillis < untilMillis) {
      if (cards === undefined) return 'currency_not_convertible';
      const tier = billedServiceTier(call.serviceTier);
      const region = cards.hasRegions ? callRegion(call, schedule.provider) : undefined;
      const card = cards.card(tier, region, atMillis);
      if (card === undefined) return 'service_tier_not_in_price_book';
      const table = card.lengths.length === 0 ? card.base : card.forLength(inputTokenTotal(usage));
      return cards.hasOptions ? cards.withOptions(table, call.conditions) : table;
    }
  }
  return 'no_price_at_that_date';
}

/** The period of an entry that a time falls in. */
export function periodAt(entry: EntryData, atMillis: number): PeriodData | undefined {
  return entry.periods.find(
    ({ from, until }) => startMillis(from) <= atMillis && atMillis < endMillis(until),
  );
}

/** The times that an entry's currency has one exchange rate for; all time, when it is the book's own. */
function exchangeSpans(
  { currency }: EntryData,
  options: ScheduleOptions,
): { fromMillis: number; untilMillis: number; factor: ExactFactor | undefined }[] {
  const always = { fromMillis: Number.NEGATIVE_INFINITY, untilMillis: Number.POSITIVE_INFINITY };
  if (currency === undefined || currency === options.currency) return [{ ...always, factor: UNCHANGED }];
  const rates = options.exchangeRates.filter((each) => each.currency === currency);
  const spans = rates.map(({ from, rate }, index) => ({
    fromMillis: startMillis(from),
    untilMillis: endMillis(rates[index + 1]?.from),
    factor: factorOf(rate),
  }));
  return [{ ...always, untilMillis: endMillis(rates[0]?.from), factor: undefined }, ...spans];
}

/** A UTC day or instant in milliseconds; a date without a time is its midnight in UTC. */
function startMillis(from: string | undefined): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
}

function endMillis(until: string | undefined): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}
