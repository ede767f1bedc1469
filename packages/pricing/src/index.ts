export { canonicalProvider } from '@costspan/cost-model';
export { applyOverlay, type OverlayResult } from './apply-overlay.ts';
export { builtinPriceBook, builtinPriceBookData } from './builtin-price-book.ts';
export { callRegion } from './call-region.ts';
export type { PriceBookError, PriceBookErrorCode } from './json-checks.ts';
export { type ParsedPriceBook, parsePriceBook } from './parse-price-book.ts';
export type { OverheadData } from './overhead.ts';
export { PriceBook, type PriceBookOptions, type PriceExplanation, type PriceMatch } from './price-book.ts';
export type {
  DiscountData,
  EntryAliasData,
  EntryData,
  ExchangeRateData,
  OptionData,
  PeriodData,
  PriceBookData,
  PriceSource,
  RateCardData,
  RateData,
  RatesData,
  RegionData,
  ServiceTiersData,
  TierData,
  VolumeStepData,
  WindowData,
} from './price-book-data.ts';
export { digestOf } from './price-book-digest.ts';
export { PRICE_BOOK_AGE_DAYS_MAX, type PriceBookWarning, priceBookWarnings } from './price-book-warnings.ts';
export { PUBLISHED_VERSIONS, publishedPriceBookData } from './published-price-books.ts';
export type {
  DiscountRule,
  OverlayAlias,
  OverlayEntry,
  OverlayError,
  OverlayErrorCode,
  PriceOverlay,
} from './price-overlay.ts';
export type { RateOrigin } from './rate-card.ts';
export { periodAt } from './price-schedule.ts';
