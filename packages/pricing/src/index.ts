export { canonicalProvider } from '@costspan/cost-model';
export { builtinPriceBook } from './builtin-price-book.ts';
export type { PriceBookError, PriceBookErrorCode } from './json-checks.ts';
export { type ParsedPriceBook, parsePriceBook } from './parse-price-book.ts';
export { PriceBook, type PriceBookOptions, type PriceMatch } from './price-book.ts';
export type {
  DiscountData,
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
export { periodAt } from './price-schedule.ts';
