import type { ExchangeRateData, PeriodData } from './price-book-data.ts';
import type { OverheadData } from './overhead.ts';

/** An organisation's own prices, laid over a price book: what it negotiated, runs itself or names otherwise. */
export interface PriceOverlay {
  /** Named in explanations and in the version of the book. */
  readonly name: string;
  /** Day of the overlay, `YYYY-MM-DD`. */
  readonly version: string;
  /** The last rule that matches an entry counts; they do not add up. */
  readonly discounts: readonly DiscountRule[];
  /** Models of its own, and rates in place of a listed model's for their time. */
  readonly entries: readonly OverlayEntry[];
  readonly aliases: readonly OverlayAlias[];
  readonly exchangeRates: readonly ExchangeRateData[];
  readonly overhead?: OverheadData | undefined;
}

export interface DiscountRule {
  readonly provider: string;
  /** An entry's model; `gpt-5*` matches a beginning; every model of the provider when absent. */
  readonly model?: string | undefined;
  /** `"12.5"` for 12.5 % off the list price. */
  readonly percent: string;
  /** UTC day, inclusive. */
  readonly from?: string | undefined;
  /** UTC day, exclusive. */
  readonly until?: string | undefined;
}

export interface OverlayEntry {
  readonly provider: string;
  readonly model: string;
  readonly aliases?: readonly string[] | undefined;
  readonly currency?: string | undefined;
  readonly sourceUrl: string;
  /** The day up to which the rates are vouched for, `YYYY-MM-DD`. */
  readonly checked: string;
  readonly periods: readonly PeriodData[];
}

export interface OverlayAlias {
  readonly provider: string;
  readonly model: string;
  /** For instance `azure.ai.openai/gpt-4o`. */
  readonly entry: string;
}

export type OverlayErrorCode =
  | 'entry_unknown'
  | 'discount_matches_nothing'
  | 'name_taken'
  | 'currency_differs';

/** Why an overlay does not fit the price book, and how to mend it. */
export interface OverlayError {
  readonly code: OverlayErrorCode;
  /** For instance `aliases[2]`. */
  readonly path: string;
  readonly message: string;
}
