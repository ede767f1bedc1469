import { assert } from '@costspan/cost-model';
import { type PriceBookVersion, refuseReplacement } from './check-price-book.ts';
import {
  fetchPriceBook,
  type FetchedPriceBook,
  type FetchPriceBookOptions,
  PRICE_BOOK_BYTES_MAX,
} from './fetch-price-book.ts';
import { KeptPriceBooks, type KeptPriceBook, type PriceBookOrigin } from './kept-price-books.ts';
import { type PriceBookRefusal, reasonOf, type Refused, refused } from './price-book-refusal.ts';

export interface PriceBookKeeperOptions extends Omit<FetchPriceBookOptions, 'inForce' | 'signal'> {
  /** Where books are kept; it is made when it does not exist. */
  readonly directory: string;
  /** The book in force without any kept one. A kept book that is older than it is not used. */
  readonly builtin?: PriceBookVersion;
  /** Books that stay in the directory, the one in force included. Default 10. */
  readonly keptMax?: number;
  /** A newer book is in force, and is kept. */
  readonly onUpdate?: (book: KeptPriceBook) => void;
  /** Something is wrong that the book in force survives: a damaged file, a refused or failed update. */
  readonly onWarning?: (warning: PriceBookRefusal) => void;
  /** From 0 to 1, for the spread of updates over time. Default `Math.random`. */
  readonly random?: () => number;
}

export type PriceBookUpdateResult =
  | { readonly ok: true; readonly outcome: 'updated'; readonly book: KeptPriceBook }
  /** What was fetched is in force already; `book` is undefined where that is the built-in one. */
  | { readonly ok: true; readonly outcome: 'unchanged'; readonly book: KeptPriceBook | undefined }
  | Refused;

const KEPT_MAX = 10;

/** Nobody publishes prices more often. */
const EVERY_MILLIS_MIN = 60_000;

/** With the spread still less than the 31 bits of milliseconds that a timer takes. */
const EVERY_MILLIS_MAX = 21 * 86_400_000;

/** The first update comes within this, so that a fleet that starts at once does not ask at once. */
const FIRST_UPDATE_MILLIS_MAX = 60_000;

const SPREAD = 0.1;

/**
 * Has the newest good price book in force: loads it from a directory, replaces it by newer ones from afar, and
 * keeps it whatever goes wrong. It never throws into the host: a failed update is a value, or a warning when
 * the timer ran it.
 */
export class PriceBookKeeper {
  readonly #options: PriceBookKeeperOptions;
  readonly #kept: KeptPriceBooks;
  #inForce: KeptPriceBook | undefined;
  /** Whether the book in force is in the directory. */
  #isKept = true;
  #updating: { readonly result: Promise<PriceBookUpdateResult>; readonly abort: AbortController } | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: PriceBookKeeperOptions, kept: KeptPriceBooks) {
    this.#options = options;
    this.#kept = kept;
  }

  /** Loads the newest good book of the directory. A damaged one is a warning; without any the built-in stays. */
  static async open(options: PriceBookKeeperOptions): Promise<PriceBookKeeper> {
    const { directory, publicKeys, bytesMax = PRICE_BOOK_BYTES_MAX, keptMax = KEPT_MAX } = options;
    assert(Number.isSafeInteger(keptMax) && keptMax >= 1, 'keptMax must be at least 1', { keptMax });
    const kept = new KeptPriceBooks({ directory, publicKeys, bytesMax, keptMax });
    const keeper = new PriceBookKeeper(options, kept);
    await keeper.#load();
    return keeper;
  }

  /** The kept book in force, or `undefined` while it is the built-in one. */
  get inForce(): KeptPriceBook | undefined {
    return this.#inForce;
  }

  /** Fetches the book and puts it in force if it is newer. A second call joins one that is under way. */
  update(): Promise<PriceBookUpdateResult> {
    if (this.#updating === undefined) {
      const abort = new AbortController();
      const result = this.#update(abort.signal).finally(() => {
        this.#updating = undefined;
      });
      this.#updating = { result, abort };
    }
    return this.#updating.result;
  }

  /**
   * Updates within a minute, then about every `everyMillis`, between a minute and three weeks. The timer keeps
   * no process alive.
   */
  start(everyMillis: number): void {
    assert(!Number.isNaN(everyMillis), 'everyMillis must be a number');
    clearTimeout(this.#timer);
    const every = Math.min(EVERY_MILLIS_MAX, Math.max(EVERY_MILLIS_MIN, everyMillis));
    this.#schedule(this.#random() * FIRST_UPDATE_MILLIS_MAX, every);
  }

  /** Ends the timer, and an update that is under way. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#updating?.abort.abort();
    await this.#updating?.result;
  }

  async #load(): Promise<void> {
    const { builtin } = this.#options;
    const { book: newest, warnings } = await this.#kept.load();
    for (const warning of warnings) this.#warn(warning);
    if (newest === undefined) return;
    // The clock is not asked: what was good when it was fetched is good on a machine that has lost the time.
    const replacement = refuseReplacement(newest.data, builtin, Number.POSITIVE_INFINITY);
    if (replacement === undefined) this.#inForce = newest;
    else if (replacement.error.code !== 'older_than_current') this.#warn(replacement.error);
  }

  async #update(signal: AbortSignal): Promise<PriceBookUpdateResult> {
    const inForce = this.#inForce?.data ?? this.#options.builtin;
    try {
      const fetched = await fetchPriceBook({ ...this.#options, inForce, signal });
      if (!fetched.ok) return fetched;
      if (fetched.data.version === inForce?.version) {
        await this.#keepAgain(fetched);
        return { ok: true, outcome: 'unchanged', book: this.#inForce };
      }
      return { ok: true, outcome: 'updated', book: await this.#putInForce(fetched) };
    } catch (error) {
      return refused('connection_failed', reasonOf(error));
    }
  }

  async #putInForce(fetched: FetchedPriceBook): Promise<KeptPriceBook> {
    const { data, contentAddress, signature, keyId, foundAt } = fetched;
    const fetchedAt = new Date((this.#options.now ?? Date.now)()).toISOString();
    const book: KeptPriceBook = { data, contentAddress, signature, keyId, foundAt, fetchedAt };
    // Good prices that cannot be kept are better than old ones that can.
    await this.#keep(fetched, { foundAt, fetchedAt });
    this.#inForce = book;
    try {
      this.#options.onUpdate?.(book);
    } catch (error) {
      this.#warn(refused('callback_failed', `onUpdate has thrown: ${reasonOf(error)}`).error);
    }
    return book;
  }

  /** After a change of keys the same book comes with a new signature; and a full disk may have room again. */
  async #keepAgain(fetched: FetchedPriceBook): Promise<void> {
    const book = this.#inForce;
    const { contentAddress, signature, keyId } = fetched;
    if (book === undefined || book.contentAddress !== contentAddress) return;
    if (this.#isKept && book.signature === signature) return;
    this.#inForce = { ...book, signature, keyId };
    await this.#keep(fetched, { foundAt: book.foundAt, fetchedAt: book.fetchedAt });
  }

  async #keep(fetched: FetchedPriceBook, origin: PriceBookOrigin): Promise<void> {
    const warning = await this.#kept.keep(fetched, origin);
    this.#isKept = warning === undefined;
    if (warning !== undefined) this.#warn(warning);
  }

  #schedule(afterMillis: number, everyMillis: number): void {
    const timer = setTimeout(() => {
      void this.update().then((result) => {
        if (!result.ok && result.error.code !== 'stopped') this.#warn(result.error);
        // Stopped, or started anew, while the update ran.
        if (this.#timer !== timer) return;
        const spread = 1 - SPREAD + 2 * SPREAD * this.#random();
        this.#schedule(everyMillis * spread, everyMillis);
      });
    }, afterMillis);
    this.#timer = timer.unref();
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }

  #warn(warning: PriceBookRefusal): void {
    try {
      this.#options.onWarning?.(warning);
    } catch {
      // Nothing is left to tell it to.
    }
  }
}
