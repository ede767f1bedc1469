import type { UsageBucket } from '@costspan/cost-model';
import { PriceBook, type PriceBookData, type PriceMatch, type RateData } from '@costspan/pricing';
import { isSameRate, type RateRow, rateRows, type RateScope, scopeKey } from './rate-table.ts';

/** A price book and the name to call it by. */
export interface ComparedSource {
  readonly name: string;
  readonly book: PriceBookData | PriceBook;
}

/** A model as calls name it. */
export interface ModelInUse {
  readonly provider?: string;
  readonly model: string;
}

export interface CompareOptions {
  readonly atMillis: number;
  /** Also report what only one of the sources prices. Default false. */
  readonly includeMissing?: boolean;
}

/** What a source leads a model's name to. */
export interface SourceEntry {
  readonly source: string;
  /** `undefined` when the source does not have the model, or not at the time. */
  readonly entry: string | undefined;
  readonly sourceUrl?: string;
}

/** What a source says of one rate. */
export interface SourceRate {
  readonly source: string;
  /** `undefined` when the source has the model, but not this rate. */
  readonly rate: RateData | undefined;
}

export interface RateDisagreement extends RateScope {
  readonly bucket: UsageBucket;
  readonly values: readonly SourceRate[];
}

/** A model that the sources price differently. */
export interface SourceDisagreement {
  readonly provider: string | undefined;
  readonly model: string;
  readonly entries: readonly SourceEntry[];
  readonly rates: readonly RateDisagreement[];
}

/**
 * Where price books disagree on models in use, each asked by the same names as calls are: spellings,
 * snapshots and resource names lead to the same entries. A source without the model disagrees with nothing.
 */
export function compareSources(
  sources: readonly ComparedSource[],
  models: readonly ModelInUse[],
  { atMillis, includeMissing = false }: CompareOptions,
): SourceDisagreement[] {
  const books = sources.map(({ name, book }) => ({
    name,
    book: book instanceof PriceBook ? book : PriceBook.fromData(book),
  }));
  return models.flatMap(({ provider, model }): SourceDisagreement[] => {
    const found = books.map(({ name, book }) => ({
      source: name,
      match: book.find(provider, model, atMillis),
    }));
    const rates = disagreements(found, includeMissing);
    if (rates.length === 0) return [];
    const entries = found.map(({ source, match }) => ({
      source,
      entry: match?.entry,
      ...(match !== undefined && { sourceUrl: match.sourceUrl }),
    }));
    return [{ provider, model, entries, rates }];
  });
}

interface FoundEntry {
  readonly source: string;
  readonly match: PriceMatch | undefined;
}

function disagreements(found: readonly FoundEntry[], includeMissing: boolean): RateDisagreement[] {
  const tables = found.flatMap(({ source, match }) =>
    match === undefined ? [] : [{ source, rows: tableOf(match) }],
  );
  if (tables.length < 2) return [];
  const keys = new Map<string, RateRow>();
  for (const { rows } of tables) for (const [key, row] of rows) if (!keys.has(key)) keys.set(key, row);
  return [...keys].flatMap(([key, { rate: _rate, path: _path, ...where }]): RateDisagreement[] => {
    const values = tables.map(({ source, rows }) => ({ source, rate: rows.get(key)?.rate }));
    const stated = values.flatMap(({ rate }) => rate ?? []);
    const [first] = stated;
    const differ = first !== undefined && stated.some((rate) => !isSameRate(first, rate));
    return differ || (includeMissing && stated.length < values.length) ? [{ ...where, values }] : [];
  });
}

/** One lifetime of a cache write stands for the other name of it: sources write the same price under either. */
function tableOf({ period }: PriceMatch): Map<string, RateRow> {
  const rows = new Map<string, RateRow>();
  for (const row of rateRows(period)) {
    const bucket = row.bucket === 'cacheWrite' ? 'cacheWrite5m' : row.bucket;
    const key = `${bucket} ${scopeKey(row)}`;
    if (!rows.has(key)) rows.set(key, { ...row, bucket });
  }
  return rows;
}
