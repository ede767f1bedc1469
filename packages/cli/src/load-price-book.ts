import { readFileSync, statSync } from 'node:fs';
import type { CostspanConfig } from '@costspan/config';
import { PriceBooks } from '@costspan/price-books';
import {
  builtinPriceBookData,
  digestOf,
  parsePriceBook,
  PriceBook,
  type PriceBookData,
  type PriceBookOptions,
  PUBLISHED_VERSIONS,
  publishedPriceBookData,
} from '@costspan/pricing';
import { UsageError } from './exit-code.ts';
import { configFolder, requireConfig } from './load-config.ts';

export interface PriceBookSelection {
  /** `--config`. */
  readonly config?: string;
  /** `--book`: a file, a published version, or `builtin`; without it the book in force. */
  readonly book?: string;
  /** Override what the configuration says. */
  readonly approximateMatch?: PriceBookOptions['approximateMatch'];
  readonly providerReportedCost?: PriceBookOptions['providerReportedCost'];
}

export interface LoadedPriceBook {
  readonly book: PriceBook;
  readonly data: PriceBookData;
  /** What is out of date, one sentence each, for standard error. */
  readonly warnings: readonly string[];
}

const BUILTIN = 'builtin';
const FILE_BYTES_MAX = 64 * 1024 * 1024;
const ERRORS_SHOWN_MAX = 5;

/** The price book that a command prices with. It reads the configuration. */
export function loadPriceBook(selection: PriceBookSelection): Promise<LoadedPriceBook> {
  const options = selection.config === undefined ? {} : { config: selection.config };
  return loadPriceBookUnder(requireConfig(options), configFolder(options), selection);
}

/**
 * The same for a command that has read the configuration of a folder already. A book that was asked for by name
 * is taken as it is, without overlays; who asks for an old one knows its age.
 */
export async function loadPriceBookUnder(
  { prices: configured, overhead }: CostspanConfig,
  folder: string,
  selection: Omit<PriceBookSelection, 'config'> = {},
): Promise<LoadedPriceBook> {
  const prices = {
    ...configured,
    approximateMatch: selection.approximateMatch ?? configured.approximateMatch,
    providerReportedCost: selection.providerReportedCost ?? configured.providerReportedCost,
  };
  if (selection.book !== undefined) {
    const data = await loadPriceBookData(selection.book);
    const { approximateMatch, providerReportedCost } = prices;
    const options = { approximateMatch, providerReportedCost, ...(overhead !== undefined && { overhead }) };
    const warnings =
      prices.overlays.length === 0
        ? []
        : [
            `--book ${selection.book} is taken as it is: the overlays of the configuration are not laid over it`,
          ];
    return { book: PriceBook.fromChecked(data, options), data, warnings };
  }
  const warnings: string[] = [];
  const opened = PriceBooks.open({
    prices,
    overhead,
    folder,
    onWarning: (message) => warnings.push(message),
  });
  if (!opened.ok) throw new UsageError(opened.errors.join('\n'));
  const { books } = opened;
  await books.load();
  await books.stop();
  return { book: books.current, data: books.data, warnings };
}

/** Says the warnings on standard error. */
export function printWarnings(warnings: readonly string[]): void {
  for (const message of warnings) console.error(`warning: ${message}`);
}

/** The data of a book as the user names it: `builtin`, a published version, or a file. */
export async function loadPriceBookData(name: string): Promise<PriceBookData> {
  if (name === BUILTIN) return builtinPriceBookData;
  const published = await publishedPriceBookData(name);
  if (published !== undefined) return published;
  if (name === builtinPriceBookData.version) return builtinPriceBookData;
  const parsed = parsePriceBook(readBookText(name));
  if (!parsed.ok) {
    const shown = parsed.errors.slice(0, ERRORS_SHOWN_MAX);
    const more = parsed.errors.length - shown.length;
    const problems = shown.map(({ path, message }) => `\n  ${path === '' ? '' : `${path}: `}${message}`);
    throw new UsageError(
      `${name} is no price book:${problems.join('')}${more > 0 ? `\n  and ${more} more` : ''}` +
        '\n"costspan prices import --help" shows how to make one of a catalogue',
    );
  }
  const digest = digestOf(parsed.data);
  if (digest === parsed.data.digest) return parsed.data;
  throw new UsageError(
    `${name} states the digest ${parsed.data.digest}, but its entries have ${digest}: ` +
      'they were changed since; take the original, or state the new digest',
  );
}

function readBookText(name: string): string {
  try {
    const { size } = statSync(name);
    if (size > FILE_BYTES_MAX) throw new Error(`it has more than ${FILE_BYTES_MAX} bytes`);
    return readFileSync(name, 'utf8');
  } catch (error) {
    const versions = [BUILTIN, builtinPriceBookData.version, ...PUBLISHED_VERSIONS];
    throw new UsageError(
      `cannot read the price book ${name}: ${(error as Error).message}; ` +
        `name a file or one of ${[...new Set(versions)].join(', ')}`,
    );
  }
}
