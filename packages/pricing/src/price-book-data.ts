import type { UsageBucket } from '@costspan/cost-model';

/** A price as published: `decimal` currency units for `per` units of a bucket. */
export interface RateData {
  readonly decimal: string;
  readonly per: number;
}

export type RatesData = { readonly [bucket in UsageBucket]?: RateData };

/** Rates that apply to the whole request once its input passes a length. */
export interface TierData {
  readonly inputTokens: number;
  /** True when a request of exactly `inputTokens` is repriced too. */
  readonly inclusive: boolean;
  readonly rates: RatesData;
}

/** Prices in force from a day (UTC, inclusive) until the next period's; without `from`, from the beginning. */
export interface PeriodData {
  readonly from?: string;
  readonly rates: RatesData;
  /** By rising length; the last one passed applies. */
  readonly longContext?: readonly TierData[];
}

/** The prices of one model at one provider, with its whole history. */
export interface EntryData {
  /** OpenTelemetry's provider name. */
  readonly provider: string;
  readonly model: string;
  /** Other names of the same model, all in lower case. */
  readonly aliases?: readonly string[];
  /** The page that the source names for this provider's prices. */
  readonly sourceUrl: string;
  readonly periods: readonly PeriodData[];
}

/** A price book as stored. The digest is over the canonical JSON of the entries. */
export interface PriceBookData {
  readonly schema: 'costspan.price-book.v1';
  /** The day up to which the prices are known, `YYYY-MM-DD`. */
  readonly version: string;
  readonly currency: string;
  readonly digest: string;
  readonly source: {
    readonly name: string;
    readonly version: string;
    readonly licence: string;
    readonly url: string;
    readonly checked: string;
  };
  readonly entries: readonly EntryData[];
}
