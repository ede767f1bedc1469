import type { EntryData, PriceBookData } from './price-book-data.ts';

/**
 * A price book whose entries are still text. A process asks for a handful of thousands of entries, and reading
 * all of them would take longer than everything else at start-up.
 */
export interface PackedPriceBook extends Omit<PriceBookData, 'entries'> {
  /** The latest day that an entry was checked. */
  readonly checked: string;
  readonly names: readonly EntryNames[];
  /** The JSON of each entry. */
  readonly entries: readonly string[];
}

/** What an entry is found by. */
export type EntryNames = readonly [
  provider: string,
  model: string,
  aliases?: readonly string[],
  prefixes?: readonly string[],
];

/** What the ids of sources begin with that are overlays. */
export const OVERLAY_SOURCE = 'overlay ';

export function packPriceBook({ entries, ...header }: PriceBookData): PackedPriceBook {
  return {
    ...header,
    checked: latestChecked(entries),
    names: entries.map(({ provider, model, aliases = [], prefixes = [] }): EntryNames => {
      if (prefixes.length > 0) return [provider, model, aliases, prefixes];
      return aliases.length > 0 ? [provider, model, aliases] : [provider, model];
    }),
    entries: entries.map((entry) => JSON.stringify(entry)),
  };
}

/** The data of a packed book; its entries are read when they are first looked at. */
export function unpackPriceBook(packed: PackedPriceBook): PriceBookData {
  const { checked: _checked, names: _names, entries: texts, ...header } = packed;
  let entries: readonly EntryData[] | undefined;
  return {
    ...header,
    get entries() {
      return (entries ??= texts.map((text) => JSON.parse(text) as EntryData));
    },
  };
}

/**
 * The latest day that a price of the book itself was checked. What an overlay states is as young as the overlay,
 * and says nothing of the list prices below it.
 */
export function latestChecked(entries: readonly EntryData[]): string {
  const listed = entries.filter(({ source }) => !source.startsWith(OVERLAY_SOURCE));
  return (listed.length > 0 ? listed : entries).reduce(
    (latest, { checked }) => (checked > latest ? checked : latest),
    '',
  );
}
