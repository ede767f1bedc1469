import type { EntryData, PriceBookData } from './price-book-data.ts';

/**
 * A price book whose entries are still text. A process asks for a handful of thousands of entries, and reading
 * all of them would take longer than everything else at start-up.
 */
export interface PackedPriceBook extends Omit<PriceBookData, 'entries'> {
  /** The day that the middle one of the entries was checked on. */
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
    checked: typicalCheckDay(entries),
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
 * The day that the middle one of the entries was checked on: half of the prices are at least as young. One page
 * that was read yesterday does not make the others younger, and neither does an overlay.
 */
export function typicalCheckDay(entries: readonly EntryData[]): string {
  const listed = entries.filter(({ source }) => !source.startsWith(OVERLAY_SOURCE));
  const days = (listed.length > 0 ? listed : entries).map(({ checked }) => checked).toSorted();
  return days[Math.floor(days.length / 2)] ?? '';
}
