import {
  assert,
  canonicalProvider,
  type ModelCall,
  pricedModel,
  type PricedLine,
  type PriceResult,
  type TokenUsage,
  inputTokenTotal,
  USAGE_BUCKET_NAMES,
} from '@costspan/cost-model';
import { closestNames } from './closest-names.ts';
import { type CompiledRates, compileRates, priceLine } from './compiled-rates.ts';
import { modelNameCandidates } from './model-name.ts';
import type { EntryData, PriceBookData } from './price-book-data.ts';
import { unpricedUsage } from './unpriced-usage.ts';

export interface PriceBookOptions {
  /** Whether a match that could hide a difference in price may be used. Default `allow`. */
  readonly approximateMatch?: 'allow' | 'forbid';
}

/** One entry, its period at a time, and how it was found. */
export interface PriceMatch {
  readonly entry: string;
  readonly exact: boolean;
  /** In words: `by its name`, `as a dated snapshot`, … */
  readonly how: string;
  readonly sourceUrl: string;
  /** The day up to which the source had checked the price. */
  readonly checked: string;
  /** First day of the period, or `undefined` when it has no beginning. */
  readonly from: string | undefined;
}

interface Tier {
  readonly inputTokens: number;
  readonly inclusive: boolean;
  readonly rates: CompiledRates;
}

interface Period {
  readonly fromMillis: number;
  readonly from: string | undefined;
  readonly rates: CompiledRates;
  readonly longContext: readonly Tier[];
}

interface Entry {
  readonly name: string;
  readonly data: EntryData;
  readonly periods: readonly Period[];
}

interface Resolution {
  readonly entry: Entry | undefined;
  readonly how: string;
  readonly exact: boolean;
  readonly providerKnown: boolean;
}

/** Resolved (provider, model) pairs that are remembered; the oldest is forgotten first. */
const RESOLUTIONS_MAX = 2000;

/** Providers asked in turn when a span names none. A model sold by two of them at once has no answer. */
const FIRST_PARTY_PROVIDERS = [
  'openai',
  'anthropic',
  'gcp.gemini',
  'mistral_ai',
  'cohere',
  'deepseek',
  'x_ai',
] as const;

/**
 * Providers that sell another one's models at its list price. Gemini 2.0 Flash and Imagen differ between the
 * Gemini API and Vertex AI, so they are not inherited.
 */
const SAME_PRICE_PROVIDERS: ReadonlyMap<string, { readonly provider: string; readonly except: RegExp }> =
  new Map([['gcp.vertex_ai', { provider: 'gcp.gemini', except: /^(gemini-2\.0-flash|imagen)/ }]]);

/** Service tiers that are billed at the list price. */
const LIST_PRICE_TIERS: ReadonlySet<string> = new Set([
  'default',
  'standard',
  'standard_only',
  'auto',
  'on_demand',
]);

/**
 * Prices of models, with dates. It prices a call by the entry of its model at its provider, in the period of
 * its start time, and says why when it cannot.
 */
export class PriceBook {
  readonly version: string;
  readonly digest: string;
  readonly currency: string;
  readonly #checked: string;
  readonly #approximateAllowed: boolean;
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #resolutions = new Map<string, Map<string, Resolution>>();
  #resolutionCount = 0;

  private constructor(data: PriceBookData, options: PriceBookOptions) {
    this.version = data.version;
    this.digest = data.digest;
    this.currency = data.currency;
    this.#checked = data.source.checked;
    this.#approximateAllowed = options.approximateMatch !== 'forbid';
    for (const entryData of data.entries) this.#add(entryData);
  }

  /** Compiles a price book. A malformed one is a programmer error: stored books are validated before. */
  static fromData(data: PriceBookData, options: PriceBookOptions = {}): PriceBook {
    return new PriceBook(data, options);
  }

  /**
   * Prices one call at a point in time (milliseconds since the epoch, UTC). Called at every model call's end
   * in users' processes: a remembered model costs two map look-ups and one multiplication for each bucket.
   */
  price(call: ModelCall, atMillis: number): PriceResult {
    const withoutPrice = unpricedUsage(call);
    if (withoutPrice !== undefined) return withoutPrice;
    const usage = call.usage as TokenUsage;
    const model = pricedModel(call);
    if (model === undefined) return { status: 'unpriced', reason: 'model_missing' };
    const { entry, exact, providerKnown } = this.#resolve(call.provider ?? '', model);
    if (entry === undefined) {
      const reason = providerKnown ? 'model_not_in_price_book' : 'provider_not_in_price_book';
      return { status: 'unpriced', reason, detail: providerKnown ? model : (call.provider ?? '') };
    }
    if (!exact && !this.#approximateAllowed) {
      return { status: 'unpriced', reason: 'only_approximate_match', detail: entry.name };
    }
    if (call.serviceTier !== undefined && !LIST_PRICE_TIERS.has(call.serviceTier)) {
      return { status: 'unpriced', reason: 'service_tier_not_in_price_book', detail: call.serviceTier };
    }
    const period = periodAt(entry, atMillis);
    if (period === undefined)
      return { status: 'unpriced', reason: 'no_price_at_that_date', detail: entry.name };
    return priceUsage(entry.name, exact, ratesFor(period, usage), usage);
  }

  /** Finds the entry of a model without pricing anything. */
  find(provider: string | undefined, model: string, atMillis: number): PriceMatch | undefined {
    const { entry, how, exact } = this.#resolve(
      provider === undefined ? '' : canonicalProvider(provider),
      model,
    );
    const period = entry === undefined ? undefined : periodAt(entry, atMillis);
    if (entry === undefined || period === undefined) return undefined;
    return {
      entry: entry.name,
      exact,
      how,
      sourceUrl: entry.data.sourceUrl,
      checked: this.#checked,
      from: period.from,
    };
  }

  /** Names of the entries most like an unknown model, nearest first. */
  closest(provider: string | undefined, model: string, limit: number): readonly string[] {
    const canonical = provider === undefined ? undefined : canonicalProvider(provider);
    const known = canonical !== undefined && this.#entries.has(canonical);
    const names = [...this.entries()].filter((entry) => !known || entry.provider === canonical);
    return closestNames(
      model.toLowerCase(),
      names.map((entry) => ({ name: entry.model, label: `${entry.provider}/${entry.model}` })),
      limit,
    );
  }

  /** Every entry once, in the book's order. */
  *entries(): IterableIterator<EntryData> {
    for (const byName of this.#entries.values()) {
      for (const entry of new Set(byName.values())) yield entry.data;
    }
  }

  #add(data: EntryData): void {
    const byName = this.#entries.get(data.provider) ?? new Map<string, Entry>();
    this.#entries.set(data.provider, byName);
    const entry: Entry = {
      name: `${data.provider}/${data.model}`,
      data,
      periods: data.periods.map((period) => ({
        from: period.from,
        fromMillis:
          period.from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(`${period.from}T00:00:00Z`),
        rates: compileRates(period.rates, data.provider),
        longContext: (period.longContext ?? []).map((tier) => ({
          inputTokens: tier.inputTokens,
          inclusive: tier.inclusive,
          rates: compileRates(tier.rates, data.provider),
        })),
      })),
    };
    for (const name of [data.model, ...(data.aliases ?? [])]) {
      assert(!byName.has(name), 'a model name is listed once for a provider', {
        name,
        provider: data.provider,
      });
      byName.set(name, entry);
    }
  }

  #resolve(provider: string, model: string): Resolution {
    const remembered = this.#resolutions.get(provider)?.get(model);
    if (remembered !== undefined) return remembered;
    const resolution = this.#search(provider, model);
    if (this.#resolutionCount >= RESOLUTIONS_MAX) {
      this.#resolutions.clear();
      this.#resolutionCount = 0;
    }
    const byModel = this.#resolutions.get(provider) ?? new Map<string, Resolution>();
    this.#resolutions.set(provider, byModel);
    byModel.set(model, resolution);
    this.#resolutionCount += 1;
    return resolution;
  }

  #search(provider: string, model: string): Resolution {
    if (provider === '') return this.#searchFirstParties(model);
    const own = this.#searchAt(provider, model);
    if (own !== undefined) return own;
    const same = SAME_PRICE_PROVIDERS.get(provider);
    if (same !== undefined && !same.except.test(model)) {
      const inherited = this.#searchAt(same.provider, model);
      if (inherited !== undefined) {
        return { ...inherited, exact: false, how: `${inherited.how}, at the list price of ${same.provider}` };
      }
    }
    return NOT_FOUND(this.#entries.has(provider) || same !== undefined);
  }

  #searchFirstParties(model: string): Resolution {
    const found = FIRST_PARTY_PROVIDERS.flatMap((provider) => this.#searchAt(provider, model) ?? []);
    const [first] = found;
    if (first === undefined || found.length > 1) return NOT_FOUND(true);
    return { ...first, how: `${first.how}, at the only first-party provider that has it` };
  }

  #searchAt(provider: string, model: string): Resolution | undefined {
    const byName = this.#entries.get(provider);
    if (byName === undefined) return undefined;
    for (const { name, how, exact } of modelNameCandidates(provider, model)) {
      const entry = byName.get(name);
      if (entry !== undefined) return { entry, how, exact, providerKnown: true };
    }
    return undefined;
  }
}

const NOT_FOUND = (providerKnown: boolean): Resolution => ({
  entry: undefined,
  how: '',
  exact: false,
  providerKnown,
});

function periodAt(entry: Entry, atMillis: number): Period | undefined {
  let current: Period | undefined;
  for (const period of entry.periods) if (period.fromMillis <= atMillis) current = period;
  return current;
}

/** Long context is all or nothing: one token past the threshold reprices the whole request. */
function ratesFor(period: Period, usage: TokenUsage): CompiledRates {
  if (period.longContext.length === 0) return period.rates;
  const inputTokens = inputTokenTotal(usage);
  let { rates } = period;
  for (const tier of period.longContext) {
    if (inputTokens > tier.inputTokens || (tier.inclusive && inputTokens === tier.inputTokens))
      rates = tier.rates;
  }
  return rates;
}

function priceUsage(
  entryName: string,
  exactMatch: boolean,
  rates: CompiledRates,
  usage: TokenUsage,
): PriceResult {
  const lines: PricedLine[] = [];
  let totalPico = 0;
  for (const bucket of USAGE_BUCKET_NAMES) {
    const quantity = usage[bucket];
    if (quantity === undefined || quantity === 0) continue;
    const rate = rates.get(bucket);
    if (rate === undefined) return { status: 'unpriced', reason: 'rate_missing', detail: bucket };
    const line = priceLine(bucket, quantity, rate);
    totalPico += line?.amountPico ?? Number.NaN;
    if (line === undefined || !Number.isSafeInteger(totalPico))
      return { status: 'unpriced', reason: 'amount_out_of_range' };
    lines.push(line);
  }
  return { status: 'priced', price: { entry: entryName, exactMatch }, lines, totalPico };
}
