export { builtinPriceBook } from './builtin-price-book.ts';
export { PriceBook, type PriceBookOptions, type PriceMatch } from './price-book.ts';
export type {
  EntryData,
  PeriodData,
  PriceBookData,
  RateData,
  RatesData,
  TierData,
} from './price-book-data.ts';
export { digestOf } from './price-book-digest.ts';
