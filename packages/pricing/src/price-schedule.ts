import { inputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import { type CompiledRates, compileRates } from './compiled-rates.ts';
import type { EntryData, PeriodData, RateCardData } from './price-book-data.ts';

interface Tier {
  /** The fewest input tokens that are repriced. */
  readonly fromInputTokens: number;
  readonly rates: CompiledRates;
}

interface RateCard {
  readonly rates: CompiledRates;
  /** By falling length. */
  readonly tiers: readonly Tier[];
}

interface Window extends RateCard {
  readonly days: readonly number[] | undefined;
  readonly fromMinute: number;
  readonly untilMinute: number;
}

interface Period extends RateCard {
  readonly data: PeriodData;
  readonly fromMillis: number;
  readonly untilMillis: number;
  readonly windows: readonly Window[];
}

/** An entry's prices over time, ready to apply. */
export interface PriceSchedule {
  /** The latest first. */
  readonly periods: readonly Period[];
}

const MINUTE_MILLIS = 60_000;
const DAY_MINUTES = 24 * 60;
/** 1970-01-01 was a Thursday. */
const FIRST_DAY_OF_WEEK = 4;

export function compileSchedule(entry: EntryData): PriceSchedule {
  return { periods: entry.periods.map((period) => compilePeriod(period, entry)).toReversed() };
}

/** The rates of an entry at a time for an amount of input, or `undefined` when it has none then. */
export function ratesAt(
  schedule: PriceSchedule,
  atMillis: number,
  usage: TokenUsage,
): CompiledRates | undefined {
  for (const period of schedule.periods) {
    if (period.fromMillis <= atMillis && atMillis < period.untilMillis) {
      const card = period.windows.length === 0 ? period : (windowAt(period, atMillis) ?? period);
      return card.tiers.length === 0 ? card.rates : ratesForLength(card, inputTokenTotal(usage));
    }
  }
  return undefined;
}

/** Long context is all or nothing: one token past the threshold reprices the whole request. */
function ratesForLength(card: RateCard, inputTokens: number): CompiledRates {
  const tier = card.tiers.find(({ fromInputTokens }) => inputTokens >= fromInputTokens);
  return tier?.rates ?? card.rates;
}

/** The period of an entry that a time falls in. */
export function periodAt(entry: EntryData, atMillis: number): PeriodData | undefined {
  return entry.periods.find(
    ({ from, until }) => fromMillisOf(from) <= atMillis && atMillis < untilMillisOf(until),
  );
}

function compilePeriod(data: PeriodData, entry: EntryData): Period {
  return {
    ...compileCard(data, entry),
    data,
    fromMillis: fromMillisOf(data.from),
    untilMillis: untilMillisOf(data.until),
    windows: (data.windows ?? []).map((window) => ({
      ...compileCard(window, entry),
      days: window.days,
      fromMinute: minuteOf(window.from),
      untilMinute: minuteOf(window.until),
    })),
  };
}

function compileCard(card: RateCardData, entry: EntryData): RateCard {
  return {
    rates: compileRates(card.rates, entry),
    tiers: (card.longContext ?? [])
      .map(({ inputTokens, inclusive, rates }) => ({
        fromInputTokens: inclusive ? inputTokens : inputTokens + 1,
        rates: compileRates(rates, entry),
      }))
      .toReversed(),
  };
}

function windowAt({ windows }: Period, atMillis: number): Window | undefined {
  const minutes = Math.floor(atMillis / MINUTE_MILLIS);
  const minute = minutes % DAY_MINUTES;
  const day = (Math.floor(minutes / DAY_MINUTES) + FIRST_DAY_OF_WEEK) % 7;
  return windows.find(({ days, fromMinute, untilMinute }) => {
    const inside =
      fromMinute < untilMinute
        ? fromMinute <= minute && minute < untilMinute
        : fromMinute <= minute || minute < untilMinute;
    return inside && (days === undefined || days.includes(day));
  });
}

/** A UTC day or instant in milliseconds; a date without a time is its midnight in UTC. */
function fromMillisOf(from: string | undefined): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from);
}

function untilMillisOf(until: string | undefined): number {
  return until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
}

function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
