import packed from './data/packed-price-book.json' with { type: 'json' };
import { type PackedPriceBook, unpackPriceBook } from './packed-price-book.ts';
import { PriceBook, type PriceBookOptions } from './price-book.ts';
import type { PriceBookData } from './price-book-data.ts';

const packedBook = packed as unknown as PackedPriceBook;

/** The data of the price book that ships with the package. Its check is a test. */
export const builtinPriceBookData: PriceBookData = unpackPriceBook(packedBook);

const books = new Map<string, PriceBook>();

/** The price book that ships with the package, made once for each set of options. */
export function builtinPriceBook(options: PriceBookOptions = {}): PriceBook {
  const key = JSON.stringify([options.approximateMatch, options.providerReportedCost, options.overhead]);
  const book = books.get(key) ?? PriceBook.fromPacked(packedBook, options);
  books.set(key, book);
  return book;
}
