import { assert } from '@costspan/cost-model';
import {
  type CheckedPriceBook,
  checkPriceBook,
  type PriceBookVersion,
  refuseReplacement,
} from './check-price-book.ts';
import { download, type DownloadLimits, type NetworkAccess, shown } from './https-download.ts';
import { RefusalError, type Refused, reasonOf, refused } from './price-book-refusal.ts';
import { SIGNATURE_CHARACTERS_MAX } from './price-book-signature.ts';

export interface FetchPriceBookOptions {
  /** Where the book is; its signature is at the same address with `.sig` after the path. */
  readonly url: string;
  /**
   * Hosts that may be asked, redirects included: `prices.example.com`, or `prices.example.com:8443` for another
   * port than 443. There is no wildcard.
   */
  readonly allowedHosts: readonly string[];
  /** Keys in PEM, one of which must have signed the book. An unsigned book is taken only where this is absent. */
  readonly publicKeys?: readonly string[] | undefined;
  /** The book in force, which an older one does not replace. */
  readonly inForce?: PriceBookVersion | undefined;
  /** For everything together: names, connections, redirects, both files. Default 30,000. */
  readonly timeoutMillis?: number;
  /** Of the book, compressed and not. Default 8 MiB. */
  readonly bytesMax?: number;
  /** Of each file. Default 3. */
  readonly redirectsMax?: number;
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
  /** Ends the fetch with `stopped`. */
  readonly signal?: AbortSignal;
  readonly network?: NetworkAccess;
}

export interface FetchedPriceBook extends CheckedPriceBook {
  /** Where it was found in the end, without the query. */
  readonly foundAt: string;
}

export type FetchPriceBookResult = ({ readonly ok: true } & FetchedPriceBook) | Refused;

export const PRICE_BOOK_BYTES_MAX: number = 8 * 1024 * 1024;
const TIMEOUT_MILLIS = 30_000;
const REDIRECTS_MAX = 3;

/** Fetches a price book over https and checks it. Whatever goes wrong on the way is a value. */
export async function fetchPriceBook(options: FetchPriceBookOptions): Promise<FetchPriceBookResult> {
  const { timeoutMillis = TIMEOUT_MILLIS } = options;
  assert(Number.isSafeInteger(timeoutMillis) && timeoutMillis > 0, 'timeoutMillis must be a whole number', {
    timeoutMillis,
  });
  const deadline = AbortSignal.timeout(timeoutMillis);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    return await fetchBeforeDeadline(options, signal);
  } catch (error) {
    if (error instanceof RefusalError) return refused(error.code, error.message);
    if (options.signal?.aborted === true)
      return refused('stopped', 'the update was stopped before it was done');
    if (deadline.aborted) {
      return refused(
        'timed_out',
        `the price book did not arrive within ${timeoutMillis} ms; it is asked again at the next update`,
      );
    }
    return refused('connection_failed', reasonOf(error));
  }
}

async function fetchBeforeDeadline(
  options: FetchPriceBookOptions,
  signal: AbortSignal,
): Promise<FetchPriceBookResult> {
  const { url, publicKeys, inForce, now = Date.now } = options;
  if (!URL.canParse(url)) {
    return refused(
      'url_malformed',
      'the address of the price book is no URL such as https://prices.example.com/price-book.json',
    );
  }
  const limits: DownloadLimits = {
    allowedHosts: new Set(options.allowedHosts.map(canonicalHost)),
    redirectsMax: options.redirectsMax ?? REDIRECTS_MAX,
    bytesMax: options.bytesMax ?? PRICE_BOOK_BYTES_MAX,
    network: options.network ?? {},
    signal,
  };
  const address = new URL(url);
  const signature = publicKeys === undefined ? undefined : await fetchSignature(address, limits);
  const { bytes, url: foundAt } = await download(address, limits);
  const checked = checkPriceBook(textOf(bytes, address), { signature, publicKeys });
  if (!checked.ok) return refused(checked.error.code, `${shown(address)}: ${checked.error.message}`);
  const replacement = refuseReplacement(checked.data, inForce, now());
  if (replacement !== undefined) return replacement;
  return { ...checked, foundAt: shown(foundAt) };
}

/** In lower case, without port 443, international names in ASCII: as `URL.host` has it. */
function canonicalHost(host: string): string {
  const url = `https://${host}`;
  // What is more than a host stays as it is: it allows nothing, and the refusal shows it.
  return URL.canParse(url) && !/[/@?#\\]/.test(host) ? new URL(url).host : host;
}

async function fetchSignature(book: URL, limits: DownloadLimits): Promise<string> {
  const address = new URL(book);
  address.pathname += '.sig';
  try {
    const { bytes } = await download(address, { ...limits, bytesMax: SIGNATURE_CHARACTERS_MAX });
    return textOf(bytes, address);
  } catch (error) {
    if (!(error instanceof RefusalError) || error.code !== 'status_wrong') throw error;
    throw new RefusalError(
      'signature_missing',
      `keys are configured that must sign the price book, but there is no signature: ${error.message}`,
    );
  }
}

/** The exact text: a byte-order mark stays, so that the signature is over what came. */
function textOf(bytes: Uint8Array, url: URL): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new RefusalError('not_a_price_book', `${shown(url)} is not text in UTF-8`);
  }
}
