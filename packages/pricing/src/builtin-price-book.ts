import data from './data/price-book.json' with { type: 'json' };
import { PriceBook, type PriceBookOptions } from './price-book.ts';
import type { PriceBookData } from './price-book-data.ts';

/** The data of the price book that ships with the package. Its check is a test. */
export const builtinPriceBookData: PriceBookData = data as unknown as PriceBookData;

const books = new Map<string, PriceBook>();

/** The price book that ships with the package, made once for each set of options. */
export function builtinPriceBook(options: PriceBookOptions = {}): PriceBook {
  const key = JSON.stringify([options.approximateMatch, options.providerReportedCost, options.overhead]);
  const book = books.get(key) ?? PriceBook.fromChecked(builtinPriceBookData, options);
  books.set(key, book);
  return book;
}
