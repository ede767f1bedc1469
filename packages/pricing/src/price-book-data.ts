import type { UsageBucket } from '@costspan/cost-model';

export const PRICE_BOOK_SCHEMA = 'costspan.price-book.v1';

/** A price as published: `decimal` currency units for `per` units of a bucket. */
export interface RateData {
  readonly decimal: string;
  readonly per: number;
  /** Graduated: what one call uses beyond `above` units costs the step's price. By rising `above`. */
  readonly volume?: readonly VolumeStepData[];
}

export interface VolumeStepData {
  readonly above: number;
  readonly decimal: string;
}

export type RatesData = { readonly [bucket in UsageBucket]?: RateData };

/**
 * Rates that apply to the whole request once its input passes a length. Fees of units other than tokens that it
 * does not list are those of the shorter request.
 */
export interface TierData {
  readonly inputTokens: number;
  /** True when a request of exactly `inputTokens` is repriced too. */
  readonly inclusive: boolean;
  readonly rates: RatesData;
}

/** A full set of rates: the list price, and what replaces it for long requests, by rising length. */
export interface RateCardData {
  readonly rates: RatesData;
  readonly longContext?: readonly TierData[];
}

/** Rates of certain hours. The first window that holds a time replaces the period's rates. */
export interface WindowData extends RateCardData {
  /** Days of the week in UTC, 0 = Sunday; every day when absent. */
  readonly days?: readonly number[];
  /** `HH:MM` UTC, inclusive. */
  readonly from: string;
  /** `HH:MM` UTC, exclusive; before `from` when the window runs past midnight. */
  readonly until: string;
}

/**
 * Rate cards by service tier (`batch`, `flex`, `priority`, `fast`, …), each in full for tokens. Fees of other
 * units (searches, images, seconds) that a card does not list are those of the list price.
 */
export type ServiceTiersData = { readonly [tier: string]: RateCardData };

/**
 * What a call costs in certain places: the list price times a factor on tokens, or rates of its own. The
 * first element with a matching name counts. Names are in lower case; `us-*` matches a beginning, `*` all.
 */
export interface RegionData {
  readonly names: readonly string[];
  /** On token rates only, of every service tier: `"1.1"` for an uplift of 10 %. */
  readonly multiplier?: string;
  /** Instead of a multiplier. */
  readonly card?: RateCardData;
  readonly serviceTiers?: ServiceTiersData;
}

/**
 * Rates that depend on how the call was made: `{ search_context_size: 'low' }`. The first element whose
 * conditions all hold replaces rates of the card; a bucket that only options price has no rate without them.
 */
export interface OptionData {
  /** Attribute name in snake case → value in lower case. */
  readonly when: { readonly [attribute: string]: string };
  readonly rates: RatesData;
}

/**
 * Prices in force for a time. `from` is inclusive, `until` exclusive; both are UTC days (`2025-06-10`) or
 * instants (`2026-09-09T16:00:00Z`). Without `from` it has no beginning, without `until` no end.
 */
export interface PeriodData extends RateCardData {
  readonly from?: string;
  readonly until?: string;
  readonly windows?: readonly WindowData[];
  readonly serviceTiers?: ServiceTiersData;
  readonly regions?: readonly RegionData[];
  readonly options?: readonly OptionData[];
  /** A negotiated discount on every rate of the period. */
  readonly discount?: DiscountData;
}

export interface DiscountData {
  /** `"12.5"` for 12.5 % off. */
  readonly percent: string;
  /** Who states it, for explanations: the name of an overlay. */
  readonly by: string;
}

/** The prices of one model at one provider, with its whole history. */
export interface EntryData {
  /** OpenTelemetry's provider name. */
  readonly provider: string;
  /** The name that the source lists the model under, in lower case. */
  readonly model: string;
  /** Other names of the same model, in lower case. */
  readonly aliases?: readonly string[];
  /** Beginnings of names; what follows must be a snapshot (`-preview-05-06`), and the match is approximate. */
  readonly prefixes?: readonly string[];
  /** Id of one of the book's {@link PriceBookData.sources}. */
  readonly source: string;
  /** The page with the provider's own prices. */
  readonly sourceUrl: string;
  /** The day up to which the source vouches for the prices, `YYYY-MM-DD`. */
  readonly checked: string;
  /** ISO 4217 code of the rates, where it is not the book's. */
  readonly currency?: string;
  /** Why the rates are no list price (a marketplace with many hosts): its prices count as approximate. */
  readonly approximate?: string;
  /** Rates that the source does not state, and the rule of {@link PriceBookData.rules} that gave them. */
  readonly derived?: { readonly [bucket in UsageBucket]?: string };
  /** Buckets that are billed, but at a rate that usage does not determine: such a call has no price. */
  readonly undetermined?: readonly UsageBucket[];
  /** Least quantity that a call is billed for. */
  readonly minimum?: { readonly [bucket in UsageBucket]?: number };
  /** Corrections of the source and contradictions between sources, in words. */
  readonly notes?: readonly string[];
  /** In the order of time, without overlap. */
  readonly periods: readonly PeriodData[];
}

/** What one unit of a currency is worth in the book's currency, from a day on. */
export interface ExchangeRateData {
  readonly currency: string;
  readonly from: string;
  readonly rate: string;
  readonly sourceUrl: string;
}

/** Another name of an entry, which may be at another provider. */
export interface EntryAliasData {
  readonly provider: string;
  /** In lower case. */
  readonly model: string;
  /** For instance `azure.ai.openai/gpt-4o`. */
  readonly entry: string;
  /** Who states it, for explanations. */
  readonly by: string;
}

/** Where prices were taken from. */
export interface PriceSource {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly url: string;
}

/** A price book as stored. */
export interface PriceBookData {
  readonly schema: typeof PRICE_BOOK_SCHEMA;
  /** The day up to which the prices are known, `YYYY-MM-DD`. */
  readonly version: string;
  readonly currency: string;
  /** SHA-256 over the canonical JSON of the entries. */
  readonly digest: string;
  readonly sources: { readonly [id: string]: PriceSource };
  readonly rules: { readonly [id: string]: string };
  /** By rising day for each currency; a price in a currency without a rate at that time is unknown. */
  readonly exchangeRates?: readonly ExchangeRateData[];
  /** Names at one provider for entries of any: an Azure deployment for its model. */
  readonly entryAliases?: readonly EntryAliasData[];
  readonly entries: readonly EntryData[];
}
