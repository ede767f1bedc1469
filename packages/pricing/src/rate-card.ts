import type { CallConditions } from '@costspan/cost-model';
import { type CompiledRates, compileRates, isToken, type RateFactors } from './compiled-rates.ts';
import { type ExactFactor, factorOf, UNCHANGED } from './exact-factor.ts';
import type {
  EntryData,
  OptionData,
  PeriodData,
  RateCardData,
  RatesData,
  RegionData,
  TierData,
  WindowData,
} from './price-book-data.ts';

/** What rates apply to, for explanations. */
export interface RateOrigin {
  readonly period: PeriodData;
  readonly serviceTier?: string;
  readonly region?: RegionData;
  readonly window?: WindowData;
  /** The long-context tier. */
  readonly length?: TierData;
  readonly options?: readonly OptionData[];
}

/** The rates of calls of one kind and length. */
export interface RateTable extends CompiledRates {
  readonly origin: RateOrigin;
  readonly data: RatesData;
  readonly factors: RateFactors;
}

interface LengthTable {
  /** The fewest input tokens that are repriced. */
  readonly fromInputTokens: number;
  readonly table: RateTable;
}

/** The rates of calls of one kind, by length. */
export class RateCard {
  readonly base: RateTable;
  /** By falling length. */
  readonly lengths: readonly LengthTable[];

  constructor(card: RateCardData, entry: EntryData, factors: RateFactors, origin: RateOrigin) {
    this.base = rateTable(card.rates, entry, factors, origin);
    this.lengths = (card.longContext ?? [])
      .map((length) => ({
        fromInputTokens: length.inclusive ? length.inputTokens : length.inputTokens + 1,
        table: rateTable({ ...feesOf(card.rates), ...length.rates }, entry, factors, { ...origin, length }),
      }))
      .toReversed();
  }

  forLength(inputTokens: number): RateTable {
    for (const { fromInputTokens, table } of this.lengths) if (inputTokens >= fromInputTokens) return table;
    return this.base;
  }
}

interface Window {
  readonly days: readonly number[] | undefined;
  readonly fromMinute: number;
  readonly untilMinute: number;
  readonly card: RateCard;
}

const MINUTE_MILLIS = 60_000;
const DAY_MINUTES = 24 * 60;
/** 1970-01-01 was a Thursday. */
const FIRST_DAY_OF_WEEK = 4;

export function compilePeriodCards(data: PeriodData, entry: EntryData, factor: ExactFactor): PeriodCards {
  return new PeriodCards(data, entry, factor);
}

/** The rate cards of one period. Those of tiers and regions are compiled when a call first needs them. */
export class PeriodCards {
  readonly hasRegions: boolean;
  readonly hasOptions: boolean;
  readonly #data: PeriodData;
  readonly #entry: EntryData;
  readonly #factor: ExactFactor;
  readonly #list: RateCard;
  readonly #windows: readonly Window[];
  /** By region and tier; a period lists few of either, so that it stays small. */
  readonly #special = new Map<RegionData | undefined, Map<string | undefined, RateCard | undefined>>();
  readonly #optional = new Map<RateTable, Map<string, RateTable>>();

  constructor(data: PeriodData, entry: EntryData, factor: ExactFactor) {
    this.hasRegions = data.regions !== undefined;
    this.hasOptions = data.options !== undefined;
    this.#data = data;
    this.#entry = entry;
    this.#factor = factor;
    const factors = { all: factor, tokens: UNCHANGED };
    this.#list = new RateCard(data, entry, factors, { period: data });
    this.#windows = (data.windows ?? []).map((window) => ({
      days: window.days,
      fromMinute: minuteOf(window.from),
      untilMinute: minuteOf(window.until),
      card: new RateCard({ ...window, rates: { ...feesOf(data.rates), ...window.rates } }, entry, factors, {
        period: data,
        window,
      }),
    }));
  }

  /** The card of a service tier (none is the list price) in a region, or `undefined` when there is none. */
  card(tier: string | undefined, regionName: string | undefined, atMillis: number): RateCard | undefined {
    const region = regionName === undefined ? undefined : this.#regionOf(regionName);
    if (tier === undefined && region === undefined) {
      return this.#windows.length === 0 ? this.#list : (this.#windowAt(atMillis)?.card ?? this.#list);
    }
    let cards = this.#special.get(region);
    if (cards === undefined) this.#special.set(region, (cards = new Map<string | undefined, RateCard>()));
    const known = cards.get(tier);
    if (known !== undefined) return known;
    const card = this.#compileSpecial(tier, region);
    // A tier that does not exist is not remembered: its name comes from outside and could be anything.
    if (card !== undefined) cards.set(tier, card);
    return card;
  }

  /** The rates with those of the options that a call was made with; the first that holds sets a bucket's. */
  withOptions(table: RateTable, conditions: CallConditions = {}): RateTable {
    const options = this.#data.options ?? [];
    const holding = options.filter(({ when }) =>
      Object.entries(when).every(([attribute, value]) => conditions[attribute] === value),
    );
    const key = holding.map((option) => options.indexOf(option)).join();
    let tables = this.#optional.get(table);
    if (tables === undefined) this.#optional.set(table, (tables = new Map<string, RateTable>()));
    let merged = tables.get(key);
    if (merged === undefined) tables.set(key, (merged = this.#mergeOptions(table, holding)));
    return merged;
  }

  #compileSpecial(tier: string | undefined, region: RegionData | undefined): RateCard | undefined {
    const places =
      region?.card === undefined ? this.#data : { ...region.card, serviceTiers: region.serviceTiers };
    const own = tier === undefined ? places : ownValue(places.serviceTiers, tier);
    if (own === undefined) return undefined;
    const card: RateCardData =
      tier === undefined ? own : { ...own, rates: { ...feesOf(places.rates), ...own.rates } };
    const tokens = region?.multiplier === undefined ? UNCHANGED : factorOf(region.multiplier);
    return new RateCard(
      card,
      this.#entry,
      { all: this.#factor, tokens },
      {
        period: this.#data,
        ...(tier !== undefined && { serviceTier: tier }),
        ...(region !== undefined && { region }),
      },
    );
  }

  /** What options state is laid over the rates before fallbacks are resolved: reasoning follows the output. */
  #mergeOptions(table: RateTable, holding: readonly OptionData[]): RateTable {
    const stated = holding.toReversed().map(({ rates }) => rates);
    const data: RatesData = Object.assign({}, table.data, ...stated);
    const merged = rateTable(data, this.#entry, table.factors, { ...table.origin, options: holding });
    const undetermined = new Map(merged.undetermined);
    for (const { when, rates } of this.#data.options ?? []) {
      for (const bucket of Object.keys(rates)) {
        if (!merged.byBucket.has(bucket) && !undetermined.has(bucket))
          undetermined.set(bucket, `${bucket} by ${Object.keys(when).join(' and ')}`);
      }
    }
    return { ...merged, undetermined };
  }

  #regionOf(name: string): RegionData | undefined {
    return this.#data.regions?.find(({ names }) => names.some((each) => matchesRegion(each, name)));
  }

  #windowAt(atMillis: number): Window | undefined {
    const minutes = Math.floor(atMillis / MINUTE_MILLIS);
    const minute = minutes % DAY_MINUTES;
    const day = (Math.floor(minutes / DAY_MINUTES) + FIRST_DAY_OF_WEEK) % 7;
    return this.#windows.find(({ days, fromMinute, untilMinute }) => {
      const inside =
        fromMinute < untilMinute
          ? fromMinute <= minute && minute < untilMinute
          : fromMinute <= minute || minute < untilMinute;
      return inside && (days === undefined || days.includes(day));
    });
  }
}

function rateTable(data: RatesData, entry: EntryData, factors: RateFactors, origin: RateOrigin): RateTable {
  return { ...compileRates(data, entry, factors), origin, data, factors };
}

/** Searches, images and seconds cost the same in every tier, at every hour and length that has no price of its own for them. */
function feesOf(rates: RatesData): RatesData {
  return Object.fromEntries(Object.entries(rates).filter(([bucket]) => !isToken(bucket as keyof RatesData)));
}

function matchesRegion(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function ownValue<Value>(
  values: Readonly<Record<string, Value>> | undefined,
  key: string,
): Value | undefined {
  return values !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
}

function minuteOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return (hours ?? 0) * 60 + (minutes ?? 0);
}
