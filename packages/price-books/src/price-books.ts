import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  formatConfigErrors,
  type OverheadConfig,
  parsePriceOverlay,
  type PricesConfig,
} from '@costspan/config';
import {
  applyOverlay,
  builtinPriceBook,
  builtinPriceBookData,
  type OverheadData,
  PriceBook,
  type PriceBookData,
  type PriceBookOptions,
  priceBookWarnings,
} from '@costspan/pricing';
import type { KeptPriceBook } from './kept-price-books.ts';
import { PriceBookKeeper, type PriceBookUpdateResult } from './price-book-keeper.ts';
import { reasonOf } from './price-book-refusal.ts';

export interface PriceBooksOptions {
  readonly prices: PricesConfig;
  readonly overhead: OverheadConfig | undefined;
  /** Where relative paths of overlays start: the folder of the configuration. */
  readonly folder: string;
  /** The book to lay the overlays over. Default: the one that is built in. */
  readonly data?: PriceBookData;
  /** One sentence on something that the book in force survives. */
  readonly onWarning: (message: string) => void;
  /** Milliseconds since the epoch. Default: the clock. */
  readonly now?: () => number;
}

export type PriceBooksResult =
  | { readonly ok: true; readonly books: PriceBooks }
  | { readonly ok: false; readonly errors: readonly string[] };

interface Layered {
  readonly data: PriceBookData;
  readonly overhead: OverheadData | undefined;
}

const DAY_MILLIS = 86_400_000;
const HOUR_MILLIS = 3_600_000;

/**
 * The price book in force as a configuration describes it: built in or fetched, with an organisation's overlays
 * on top. `current` changes only when a newer book has been verified and fits the overlays.
 */
export class PriceBooks {
  readonly #options: PriceBooksOptions;
  readonly #builtin: PriceBookData;
  #current: PriceBook;
  #data: PriceBookData;
  #keeper: PriceBookKeeper | undefined;
  /** A book that the overlays did not fit when it came; they may have been mended since. */
  #unfit: KeptPriceBook | undefined;
  #stopped = false;
  #reminder: NodeJS.Timeout | undefined;

  private constructor(options: PriceBooksOptions, builtin: PriceBookData, layered: Layered) {
    this.#options = options;
    this.#builtin = builtin;
    this.#data = layered.data;
    this.#current = bookOf(layered, options);
  }

  /** Reads the overlays, or says everything that is wrong with them. */
  static open(options: PriceBooksOptions): PriceBooksResult {
    const builtin = options.data ?? builtinPriceBookData;
    const layered = layer(builtin, options);
    if ('errors' in layered) return { ok: false, errors: layered.errors };
    return { ok: true, books: new PriceBooks(options, builtin, layered) };
  }

  get current(): PriceBook {
    return this.#current;
  }

  /** The data of the book in force, overlays included. */
  get data(): PriceBookData {
    return this.#data;
  }

  /** Puts the newest book in force that an earlier update has kept, and warns of what is out of date. */
  async load(): Promise<void> {
    const { update } = this.#options.prices;
    if (update !== undefined) {
      this.#keeper = await PriceBookKeeper.open({
        url: update.url,
        allowedHosts: update.allowedHosts,
        publicKeys: update.publicKeys.length > 0 ? update.publicKeys : undefined,
        directory: update.path,
        builtin: this.#builtin,
        onUpdate: (book) => {
          this.#putInForce(book);
        },
        onWarning: ({ message }) => {
          this.#options.onWarning(message);
        },
      });
      if (this.#keeper.inForce !== undefined) this.#putInForce(this.#keeper.inForce);
    }
    this.#remind();
  }

  /** Looks for a newer book now. Needs {@link load}; without `prices.update` there is nothing to look at. */
  async update(): Promise<PriceBookUpdateResult | undefined> {
    if (this.#unfit !== undefined) this.#putInForce(this.#unfit);
    return this.#keeper?.update();
  }

  /** Looks for newer books from now on, and for what is out of date once a day. Keeps no process alive. */
  start(): void {
    if (this.#stopped) return;
    this.#keeper?.start((this.#options.prices.update?.everyHours ?? 1) * HOUR_MILLIS);
    clearInterval(this.#reminder);
    this.#reminder = setInterval(() => {
      this.#remind();
    }, DAY_MILLIS).unref();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#reminder);
    await this.#keeper?.stop();
  }

  #putInForce({ data }: KeptPriceBook): void {
    const layered = layer(data, this.#options);
    if ('errors' in layered) {
      const why = layered.errors.join('; ');
      this.#options.onWarning(
        `price book ${data.version} is not used, as an overlay does not fit it: ${why}`,
      );
      return;
    }
    this.#data = layered.data;
    this.#current = bookOf(layered, this.#options);
  }

  #remind(): void {
    const { prices, now = Date.now, onWarning } = this.#options;
    if (this.#unfit !== undefined) this.#putInForce(this.#unfit);
    for (const { message } of priceBookWarnings(this.#current, now(), prices.ageDaysMax)) onWarning(message);
  }
}

function bookOf({ data, overhead }: Layered, { prices }: PriceBooksOptions): PriceBook {
  const options: PriceBookOptions = {
    approximateMatch: prices.approximateMatch,
    providerReportedCost: prices.providerReportedCost,
    ...(overhead !== undefined && { overhead }),
  };
  // The built-in book is packed: without overlays most of its entries are never read.
  return data === builtinPriceBookData ? builtinPriceBook(options) : PriceBook.fromChecked(data, options);
}

function layer(base: PriceBookData, options: PriceBooksOptions): Layered | { errors: string[] } {
  let data = base;
  let overhead: OverheadData | undefined;
  const errors: string[] = [];
  for (const path of options.prices.overlays) {
    const file = resolve(options.folder, path);
    const text = readText(file);
    if ('error' in text) {
      errors.push(`cannot read the price overlay ${file}: ${text.error}`);
      continue;
    }
    const parsed = parsePriceOverlay(text.text, path);
    if (!parsed.ok) {
      errors.push(formatConfigErrors(parsed.errors));
      continue;
    }
    const result = applyOverlay(data, parsed.overlay);
    if (!result.ok) {
      errors.push(...result.errors.map((error) => `${path}: ${error.path}: ${error.message}`));
      continue;
    }
    ({ data } = result);
    overhead = parsed.overlay.overhead ?? overhead;
  }
  return errors.length > 0 ? { errors } : { data, overhead: options.overhead ?? overhead };
}

function readText(file: string): { text: string } | { error: string } {
  try {
    return { text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}
