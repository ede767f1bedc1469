import data from './data/price-book.json' with { type: 'json' };
import { PriceBook, type PriceBookOptions } from './price-book.ts';
import type { PriceBookData } from './price-book-data.ts';

const books = new Map<string, PriceBook>();

/** The price book that ships with the package, made once for each set of options. Its check is a test. */
export function builtinPriceBook(options: PriceBookOptions = {}): PriceBook {
  const key = options.approximateMatch ?? 'allow';
  const book = books.get(key) ?? PriceBook.fromChecked(data as unknown as PriceBookData, options);
  books.set(key, book);
  return book;
}
