export { canonicalProvider } from '@costspan/cost-model';
export { builtinPriceBook } from './builtin-price-book.ts';
export {
  type ParsedPriceBook,
  parsePriceBook,
  type PriceBookError,
  type PriceBookErrorCode,
} from './parse-price-book.ts';
export { PriceBook, type PriceBookOptions, type PriceMatch } from './price-book.ts';
export type {
  EntryData,
  PeriodData,
  PriceBookData,
  PriceSource,
  RateCardData,
  RateData,
  RatesData,
  TierData,
  WindowData,
} from './price-book-data.ts';
export { digestOf } from './price-book-digest.ts';
export { periodAt } from './price-schedule.ts';
