import type { PriceBookData } from './price-book-data.ts';

type JsonModule = { readonly default: unknown };

/**
 * The books that earlier releases shipped, so that a record can be priced again as it was then. A published
 * version never changes: a test pins each digest.
 */
const PUBLISHED: Readonly<Record<string, () => Promise<JsonModule>>> = {
  '2026-09-23': () => import('./data/published/2026-09-23.json', { with: { type: 'json' } }),
};

/** The versions that {@link publishedPriceBookData} knows, oldest first. */
export const PUBLISHED_VERSIONS: readonly string[] = Object.keys(PUBLISHED);

/** The data of a book that was published earlier, or `undefined` when there is no such version. */
export async function publishedPriceBookData(version: string): Promise<PriceBookData | undefined> {
  const load = Object.hasOwn(PUBLISHED, version) ? PUBLISHED[version] : undefined;
  return load === undefined ? undefined : ((await load()).default as PriceBookData);
}
