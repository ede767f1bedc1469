import type { CostspanConfig } from '@costspan/config';
import { PriceBooks, type PriceBooksOptions } from '@costspan/price-books';

/**
 * The price book that the configuration describes. With an overlay that is wrong the service starts all the
 * same, with list prices, and every problem is said.
 */
export function openPrices(
  { prices, overhead }: CostspanConfig,
  folder: string,
  onWarning: (message: string) => void,
): PriceBooks {
  const options: PriceBooksOptions = { prices, overhead, folder, onWarning };
  const opened = PriceBooks.open(options);
  if (opened.ok) return opened.books;
  for (const error of opened.errors) onWarning(error);
  onWarning('list prices are used until the price overlays are mended');
  const list = PriceBooks.open({ ...options, prices: { ...prices, overlays: [] } });
  if (!list.ok) throw new Error('a price book without overlays must be valid');
  return list.books;
}
