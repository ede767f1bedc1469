import { type EntryNames, type PackedPriceBook, typicalCheckDay } from './packed-price-book.ts';
import type { EntryData, PriceBookData } from './price-book-data.ts';

/** What a price book is made of, whether its entries have been read or not. */
export interface PriceBookContent extends Pick<
  PriceBookData,
  'version' | 'digest' | 'currency' | 'exchangeRates' | 'entryAliases'
> {
  /** The day that the middle one of the entries was checked on. */
  readonly checked: string;
  readonly entries: readonly ListedEntry[];
}

/** An entry as it is found: by its names. */
export interface ListedEntry {
  readonly provider: string;
  readonly model: string;
  readonly aliases: readonly string[];
  readonly prefixes: readonly string[];
  readonly data: EntryData;
}

const NONE: readonly string[] = [];

export function contentOfData(data: PriceBookData): PriceBookContent {
  return {
    ...headerOf(data),
    checked: typicalCheckDay(data.entries),
    entries: data.entries.map((entry) => ({
      provider: entry.provider,
      model: entry.model,
      aliases: entry.aliases ?? NONE,
      prefixes: entry.prefixes ?? NONE,
      data: entry,
    })),
  };
}

export function contentOfPacked(packed: PackedPriceBook): PriceBookContent {
  return {
    ...headerOf(packed),
    checked: packed.checked,
    entries: packed.names.map((names, index) => new PackedEntry(names, packed.entries[index] ?? '')),
  };
}

/** Reads its text when its prices are first asked for. */
class PackedEntry implements ListedEntry {
  readonly provider: string;
  readonly model: string;
  readonly aliases: readonly string[];
  readonly prefixes: readonly string[];
  readonly #text: string;
  #data: EntryData | undefined;

  constructor([provider, model, aliases = NONE, prefixes = NONE]: EntryNames, text: string) {
    this.provider = provider;
    this.model = model;
    this.aliases = aliases;
    this.prefixes = prefixes;
    this.#text = text;
  }

  get data(): EntryData {
    return (this.#data ??= JSON.parse(this.#text) as EntryData);
  }
}

function headerOf(
  book: Pick<PriceBookData, 'version' | 'digest' | 'currency' | 'exchangeRates' | 'entryAliases'>,
): Omit<PriceBookContent, 'checked' | 'entries'> {
  const { version, digest, currency, exchangeRates, entryAliases } = book;
  return {
    version,
    digest,
    currency,
    ...(exchangeRates !== undefined && { exchangeRates }),
    ...(entryAliases !== undefined && { entryAliases }),
  };
}
