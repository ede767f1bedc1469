import {
  type AppliedPrice,
  assert,
  canonicalProvider,
  type ModelCall,
  pricedModel,
  type PriceResult,
  type UnpricedResult,
} from '@costspan/cost-model';
import { applyReportedCost } from './apply-reported-cost.ts';
import { closestNames } from './closest-names.ts';
import { EntryIndex, type EntryMatch, NAME_CHARACTERS_MAX } from './entry-index.ts';
import { addOverhead, compileOverhead, type Overhead, type OverheadData } from './overhead.ts';
import type { PackedPriceBook } from './packed-price-book.ts';
import { parsePriceBook } from './parse-price-book.ts';
import { contentOfData, contentOfPacked, type PriceBookContent } from './price-book-content.ts';
import type { EntryData, PeriodData, PriceBookData } from './price-book-data.ts';
import { compileSchedule, periodAt, type PriceSchedule, ratesFor } from './price-schedule.ts';
import { priceUsage } from './price-usage.ts';
import type { RateOrigin } from './rate-card.ts';
import { ResolutionCache } from './resolution-cache.ts';
import { unpriced, unpricedUsage } from './unpriced-usage.ts';

export interface PriceBookOptions {
  /** Whether a model that only a prefix of its name leads to is priced. Default `allow`. */
  readonly approximateMatch?: 'allow' | 'forbid';
  /** Whether a cost that the provider states in its response is the total. Default `prefer`. */
  readonly providerReportedCost?: 'prefer' | 'ignore';
  /** Added to every priced call as a line of its own. */
  readonly overhead?: OverheadData;
}

/** One entry, its period at a time, and how it was found. */
export interface PriceMatch {
  /** For instance `openai/gpt-5-mini`. */
  readonly entry: string;
  /** False when it was found by a prefix, or is no list price; `approximateMatch: 'forbid'` then refuses it. */
  readonly exact: boolean;
  /** In words: `by its name`, … */
  readonly how: string;
  /** The page with the provider's own prices. */
  readonly sourceUrl: string;
  /** The day up to which the source vouches for the price. */
  readonly checked: string;
  /** First day or instant of the period, or `undefined` when it has no beginning. */
  readonly from: string | undefined;
  /** The end of the period, exclusive, or `undefined` when none is known. */
  readonly until: string | undefined;
  readonly period: PeriodData;
  readonly data: EntryData;
}

/** What the rates of a priced call are, beyond its lines. */
export interface PriceExplanation {
  readonly match: PriceMatch;
  /** The service tier, region, hours, length and options that the rates are for. */
  readonly origin: RateOrigin;
}

/** What a provider and a model name lead to: prices, or the reason why there are none. */
type Resolution =
  | {
      readonly schedule: PriceSchedule;
      readonly price: AppliedPrice;
      /** The model name that led there. */
      readonly name: string;
      readonly unpriced?: undefined;
    }
  | { readonly schedule?: undefined; readonly name?: undefined; readonly unpriced: UnpricedResult };

/**
 * Prices of models, with dates. It prices a call by the entry of its model at its provider, in the period of
 * its time, and says why when it cannot.
 */
export class PriceBook {
  readonly version: string;
  readonly digest: string;
  readonly currency: string;
  /** The day that the middle one of the entries was checked on: the prices are as old as that. */
  readonly checked: string;
  readonly overhead: OverheadData | undefined;
  readonly #content: PriceBookContent;
  readonly #index: EntryIndex;
  readonly #approximateAllowed: boolean;
  readonly #reportedCostWins: boolean;
  readonly #overhead: Overhead | undefined;
  readonly #schedules = new Map<EntryData, PriceSchedule>();
  readonly #resolutions = new ResolutionCache<Resolution>();

  private constructor(content: PriceBookContent, options: PriceBookOptions) {
    this.version = content.version;
    this.digest = content.digest;
    this.currency = content.currency;
    this.checked = content.checked;
    this.overhead = options.overhead;
    this.#content = content;
    this.#index = new EntryIndex(content.entries, content.entryAliases);
    this.#approximateAllowed = options.approximateMatch !== 'forbid';
    this.#reportedCostWins = options.providerReportedCost !== 'ignore';
    this.#overhead = options.overhead === undefined ? undefined : compileOverhead(options.overhead);
  }

  /**
   * Makes a price book of its data. Malformed data are a programmer error: what a user wrote goes through
   * {@link parsePriceBook} first, which says what is wrong where.
   */
  static fromData(data: PriceBookData, options: PriceBookOptions = {}): PriceBook {
    const parsed = parsePriceBook(data);
    assert(parsed.ok, 'the price book must be well formed', {
      errors: parsed.ok ? '' : parsed.errors.map(({ path, message }) => `${path}: ${message}`).join('; '),
    });
    return PriceBook.fromChecked(data, options);
  }

  /** The same for data that {@link parsePriceBook} has passed, without the 10 ms of a second check. */
  static fromChecked(data: PriceBookData, options: PriceBookOptions = {}): PriceBook {
    return new PriceBook(contentOfData(data), options);
  }

  /** The same for a packed book, whose entries are read when they are first asked for. */
  static fromPacked(packed: PackedPriceBook, options: PriceBookOptions = {}): PriceBook {
    return new PriceBook(contentOfPacked(packed), options);
  }

  /**
   * Prices one call at a point in time (milliseconds since the epoch). It never throws, whatever the usage
   * holds. It runs at the end of every model call in users' processes: a pair of provider and model that was
   * seen before costs two map look-ups, and one multiplication for each bucket.
   */
  price(call: ModelCall, atMillis: number): PriceResult {
    let result = this.#listPrice(call, atMillis);
    if (call.reportedCost !== undefined) {
      result = applyReportedCost(result, call.reportedCost, this.currency, this.#reportedCostWins);
    }
    return this.#overhead === undefined || result.status !== 'priced'
      ? result
      : addOverhead(result, this.#overhead);
  }

  /** What a priced call's rates are for, or `undefined` when the book has none for it. */
  explain(call: ModelCall, atMillis: number): PriceExplanation | undefined {
    const { schedule, name } = this.#resolveCall(call);
    const match = name === undefined ? undefined : this.find(call.provider, name, atMillis);
    if (schedule === undefined || match === undefined) return undefined;
    const rates = ratesFor(schedule, atMillis, call, call.usage ?? {});
    return typeof rates === 'string' ? undefined : { match, origin: rates.origin };
  }

  /**
   * Finds the entry of a model without pricing anything, approximate matches included.
   *
   * @returns `undefined` when there is no entry, or no price at that time.
   */
  find(provider: string | undefined, model: string, atMillis: number): PriceMatch | undefined {
    const match = this.#search(provider, model);
    const period = match === undefined ? undefined : periodAt(match.entry, atMillis);
    if (match === undefined || period === undefined) return undefined;
    const { entry, exact, how } = match;
    const { sourceUrl, checked } = entry;
    const { from, until } = period;
    const listed = exact && entry.approximate === undefined;
    return { entry: nameOf(entry), exact: listed, how, sourceUrl, checked, from, until, period, data: entry };
  }

  /** Names of the entries most like an unknown model, nearest first; those of its provider, if it has any. */
  closest(provider: string | undefined, model: string, limit: number): readonly string[] {
    const canonical = canonicalName(provider);
    const known = canonical !== undefined && this.#index.hasProvider(canonical);
    const names = this.#content.entries
      .filter((entry) => !known || entry.provider === canonical)
      .map((entry) => ({ name: entry.model, label: nameOf(entry) }));
    return closestNames(model.toLowerCase(), names, limit);
  }

  /** Seconds since the prices were last checked. */
  ageSeconds(nowMillis: number): number {
    return (nowMillis - Date.parse(this.checked)) / 1000;
  }

  /** Every entry, in the book's order. */
  entries(): Iterable<EntryData> {
    return this.#content.entries.map(({ data }) => data);
  }

  #listPrice(call: ModelCall, atMillis: number): PriceResult {
    const { usage } = call;
    const unusable = unpricedUsage(call);
    if (usage === undefined || unusable !== undefined) return unusable ?? unpriced('usage_missing');
    const resolution = this.#resolveCall(call);
    if (resolution.unpriced !== undefined) return resolution.unpriced;
    const rates = ratesFor(resolution.schedule, atMillis, call, usage);
    if (typeof rates !== 'string') {
      return priceUsage(resolution.price, rates, usage, call.errorType !== undefined);
    }
    return unpriced(
      rates,
      rates === 'service_tier_not_in_price_book'
        ? call.serviceTier?.slice(0, NAME_CHARACTERS_MAX)
        : resolution.price.entry,
    );
  }

  #resolveCall(call: ModelCall): Resolution {
    const model = pricedModel(call);
    if (model === undefined) return { unpriced: unpriced('model_missing') };
    const { provider, requestModel } = call;
    if (requestModel !== undefined && requestModel !== model && canonicalName(provider) === 'aws.bedrock') {
      // The inference profile that was asked for sets the price on Bedrock; the answer names the model only.
      const requested = this.#resolve(provider ?? '', requestModel);
      if (requested.unpriced === undefined) return requested;
    }
    return this.#resolve(provider ?? '', model);
  }

  #resolve(provider: string, model: string): Resolution {
    const remembered = this.#resolutions.get(provider, model);
    if (remembered !== undefined) return remembered;
    const resolution = this.#newResolution(provider, model);
    if (provider.length + model.length <= NAME_CHARACTERS_MAX) {
      this.#resolutions.set(provider, model, resolution);
    }
    return resolution;
  }

  #newResolution(provider: string, model: string): Resolution {
    const match = this.#search(provider, model);
    if (match === undefined) return { unpriced: this.#notFound(provider, model) };
    const { entry } = match;
    const exactMatch = match.exact && entry.approximate === undefined;
    const entryName = nameOf(entry);
    if (!exactMatch && !this.#approximateAllowed) {
      return { unpriced: unpriced('only_approximate_match', entryName) };
    }
    const price: AppliedPrice = { entry: entryName, exactMatch };
    return { schedule: this.#scheduleOf(entry), price, name: model };
  }

  #notFound(provider: string, model: string): UnpricedResult {
    const canonical = canonicalName(provider);
    return canonical === undefined || this.#index.hasProvider(canonical)
      ? unpriced('model_not_in_price_book', model.slice(0, NAME_CHARACTERS_MAX))
      : unpriced('provider_not_in_price_book', canonical);
  }

  #scheduleOf(entry: EntryData): PriceSchedule {
    let schedule = this.#schedules.get(entry);
    if (schedule === undefined) {
      const { currency, exchangeRates = [] } = this.#content;
      schedule = compileSchedule(entry, { currency, exchangeRates });
      this.#schedules.set(entry, schedule);
    }
    return schedule;
  }

  #search(provider: string | undefined, model: string): EntryMatch | undefined {
    return this.#index.find(canonicalName(provider), model);
  }
}

/** The provider of a call, or `undefined` when it names none. A name has a maximum, as it comes from outside. */
function canonicalName(provider: string | undefined): string | undefined {
  if (provider === undefined || provider === '') return undefined;
  return canonicalProvider(provider.slice(0, NAME_CHARACTERS_MAX));
}

function nameOf({ provider, model }: Pick<EntryData, 'provider' | 'model'>): string {
  return `${provider}/${model}`;
}
