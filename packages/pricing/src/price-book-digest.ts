import { createHash } from 'node:crypto';
import type { PriceBookData } from './price-book-data.ts';

/** Everything of a price book that a price depends on. */
export type PricedContent = Pick<PriceBookData, 'entries' | 'exchangeRates' | 'entryAliases'> & {
  readonly currency?: string;
};

const FIRST_CURRENCY = 'USD';

/**
 * SHA-256 over what prices depend on, as JSON with sorted keys, so that it names the prices and not their
 * layout. A book in dollars alone is named by its entries, as the first books were.
 */
export function digestOf({ entries, currency, exchangeRates, entryAliases }: PricedContent): string {
  const inDollarsAlone =
    (currency ?? FIRST_CURRENCY) === FIRST_CURRENCY &&
    exchangeRates === undefined &&
    entryAliases === undefined;
  const content = inDollarsAlone ? entries : { currency, exchangeRates, entryAliases, entries };
  return `sha256:${createHash('sha256').update(canonicalJson(content)).digest('hex')}`;
}

/** JSON with the keys of every object in one order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
