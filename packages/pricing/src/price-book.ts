import {
  type AppliedPrice,
  assert,
  canonicalProvider,
  type ModelCall,
  pricedModel,
  type PriceResult,
  type UnpricedResult,
} from '@costspan/cost-model';
import { closestNames } from './closest-names.ts';
import { EntryIndex, type EntryMatch, NAME_CHARACTERS_MAX } from './entry-index.ts';
import { parsePriceBook } from './parse-price-book.ts';
import type { EntryData, PeriodData, PriceBookData } from './price-book-data.ts';
import { compileSchedule, periodAt, type PriceSchedule, ratesAt } from './price-schedule.ts';
import { priceUsage } from './price-usage.ts';
import { ResolutionCache } from './resolution-cache.ts';
import { unpriced, unpricedUsage } from './unpriced-usage.ts';

export interface PriceBookOptions {
  /** Whether a model that only a prefix of its name leads to is priced. Default `allow`. */
  readonly approximateMatch?: 'allow' | 'forbid';
}

/** One entry, its period at a time, and how it was found. */
export interface PriceMatch {
  /** For instance `openai/gpt-5-mini`. */
  readonly entry: string;
  /** False when it was found by a prefix; `approximateMatch: 'forbid'` then refuses to price by it. */
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

/** What a provider and a model name lead to: prices, or the reason why there are none. */
type Resolution =
  | { readonly schedule: PriceSchedule; readonly price: AppliedPrice; readonly unpriced?: undefined }
  | { readonly schedule?: undefined; readonly unpriced: UnpricedResult };

/** Service tiers that are billed at the list price. `on_demand` is Groq's word for it. */
const LIST_PRICE_TIERS: ReadonlySet<string> = new Set([
  'default',
  'standard',
  'standard_only',
  'auto',
  'on_demand',
]);

/**
 * Prices of models, with dates. It prices a call by the entry of its model at its provider, in the period of
 * its time, and says why when it cannot.
 */
export class PriceBook {
  readonly version: string;
  readonly digest: string;
  readonly currency: string;
  readonly #entries: readonly EntryData[];
  readonly #index: EntryIndex;
  readonly #approximateAllowed: boolean;
  readonly #schedules = new Map<EntryData, PriceSchedule>();
  readonly #resolutions = new ResolutionCache<Resolution>();

  private constructor(data: PriceBookData, options: PriceBookOptions) {
    this.version = data.version;
    this.digest = data.digest;
    this.currency = data.currency;
    this.#entries = data.entries;
    this.#index = new EntryIndex(data.entries);
    this.#approximateAllowed = options.approximateMatch !== 'forbid';
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
    return new PriceBook(data, options);
  }

  /**
   * Prices one call at a point in time (milliseconds since the epoch). It never throws, whatever the usage
   * holds. It runs at the end of every model call in users' processes: a pair of provider and model that was
   * seen before costs two map look-ups, and one multiplication for each bucket.
   */
  price(call: ModelCall, atMillis: number): PriceResult {
    const { usage, serviceTier } = call;
    const unusable = unpricedUsage(call);
    if (usage === undefined || unusable !== undefined) return unusable ?? unpriced('usage_missing');
    const resolution = this.#resolveCall(call);
    if (resolution.unpriced !== undefined) return resolution.unpriced;
    if (serviceTier !== undefined && !isListPriceTier(serviceTier)) {
      return unpriced('service_tier_not_in_price_book', serviceTier);
    }
    const rates = ratesAt(resolution.schedule, atMillis, usage);
    if (rates === undefined) return unpriced('no_price_at_that_date', resolution.price.entry);
    return priceUsage(resolution.price, rates, usage);
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
    return { entry: nameOf(entry), exact, how, sourceUrl, checked, from, until, period, data: entry };
  }

  /** Names of the entries most like an unknown model, nearest first; those of its provider, if it has any. */
  closest(provider: string | undefined, model: string, limit: number): readonly string[] {
    const canonical = canonicalName(provider);
    const known = canonical !== undefined && this.#index.hasProvider(canonical);
    const names = this.#entries
      .filter((entry) => !known || entry.provider === canonical)
      .map((entry) => ({ name: entry.model, label: nameOf(entry) }));
    return closestNames(model.toLowerCase(), names, limit);
  }

  /** Every entry, in the book's order. */
  entries(): Iterable<EntryData> {
    return this.#entries;
  }

  #resolveCall(call: ModelCall): Resolution {
    const model = pricedModel(call);
    if (model === undefined) return { unpriced: unpriced('model_missing') };
    if (call.provider === 'aws.bedrock' && call.requestModel !== undefined) {
      // The inference profile that was asked for sets the price on Bedrock; the answer names the model only.
      const requested = this.#resolve(call.provider, call.requestModel);
      if (requested.unpriced === undefined) return requested;
    }
    return this.#resolve(call.provider ?? '', model);
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
    const { entry, exact } = match;
    const name = nameOf(entry);
    if (!exact && !this.#approximateAllowed) return { unpriced: unpriced('only_approximate_match', name) };
    if (entry.undetermined?.includes('requests') === true)
      return { unpriced: unpriced('rate_missing', 'requests') };
    return { schedule: this.#scheduleOf(entry), price: { entry: name, exactMatch: exact } };
  }

  #notFound(provider: string, model: string): UnpricedResult {
    const canonical = canonicalName(provider);
    return canonical === undefined || this.#index.hasProvider(canonical)
      ? unpriced('model_not_in_price_book', model.slice(0, NAME_CHARACTERS_MAX))
      : unpriced('provider_not_in_price_book', canonical);
  }

  #scheduleOf(entry: EntryData): PriceSchedule {
    const schedule = this.#schedules.get(entry) ?? compileSchedule(entry);
    this.#schedules.set(entry, schedule);
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

function nameOf({ provider, model }: EntryData): string {
  return `${provider}/${model}`;
}

function isListPriceTier(tier: string): boolean {
  return LIST_PRICE_TIERS.has(tier) || LIST_PRICE_TIERS.has(tier.toLowerCase());
}
