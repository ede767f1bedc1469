import { lookup as lookupName } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { isIP, type LookupFunction, SocketAddress } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { RefusalError, reasonOf } from './price-book-refusal.ts';
import { isPublicAddress } from './public-address.ts';

/** The network as a download sees it. Only a test has a reason to replace any of it. */
export interface NetworkAccess {
  /** Every address of a host name; by default what the operating system says. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
  /** Default {@link isPublicAddress}. */
  readonly isAllowedAddress?: (address: string) => boolean;
  /** Certificate authorities in PEM instead of those that Node.js trusts. */
  readonly ca?: string;
}

export interface DownloadLimits {
  /** Hosts, as in {@link FetchPriceBookOptions.allowedHosts}, in the form that `URL.host` has. */
  readonly allowedHosts: ReadonlySet<string>;
  readonly redirectsMax: number;
  readonly bytesMax: number;
  readonly network: NetworkAccess;
  /** Ends everything: the deadline, or that nobody waits any more. */
  readonly signal: AbortSignal;
}

export interface Downloaded {
  readonly bytes: Uint8Array;
  /** Where it was in the end. */
  readonly url: URL;
}

const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const LOCATION_CHARACTERS_MAX = 2048;

/** @throws RefusalError whatever goes wrong. */
export async function download(url: URL, limits: DownloadLimits): Promise<Downloaded> {
  let target = url;
  for (let redirects = 0; ; redirects += 1) {
    refuseUrl(target, limits.allowedHosts);
    const addresses = await checkedAddresses(target, limits);
    const response = await connect(target, addresses, limits);
    try {
      if (!REDIRECT_STATUSES.has(response.statusCode ?? 0)) {
        return { bytes: await bodyOf(response, target, limits), url: target };
      }
      if (redirects >= limits.redirectsMax) {
        throw new RefusalError(
          'redirect_refused',
          `${shown(url)} redirects more than ${limits.redirectsMax} times; configure the address where the price book is`,
        );
      }
      target = redirectTarget(response, target);
    } finally {
      response.destroy();
    }
  }
}

/** A URL for people: without the query, which may hold a secret. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`.slice(0, 200);
}

function refuseUrl(url: URL, allowedHosts: ReadonlySet<string>): void {
  if (url.protocol !== 'https:') {
    throw new RefusalError('not_https', `${shown(url)} is not https; price books come over https only`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new RefusalError(
      'credentials_in_url',
      `the URL on ${url.host} holds a user name or password; remove it: a signature, not a secret, is what a book is believed for`,
    );
  }
  if (!allowedHosts.has(url.host)) {
    throw new RefusalError(
      'host_not_allowed',
      `${shown(url)}: ${url.host} is not one of the allowed hosts (${[...allowedHosts].join(', ') || 'none'}); add it if you trust it`,
    );
  }
}

/**
 * The addresses that the connection is made to, every one of them checked. The name is resolved once, here: a
 * second answer could differ from the one that was checked.
 */
async function checkedAddresses(url: URL, limits: DownloadLimits): Promise<readonly string[]> {
  const { resolve = resolveName, isAllowedAddress = isPublicAddress } = limits.network;
  const hostname = url.hostname.replaceAll(/[[\]]/g, '');
  let addresses: readonly string[];
  try {
    addresses = isIP(hostname) > 0 ? [hostname] : await unlessAborted(resolve(hostname), limits.signal);
  } catch (error) {
    limits.signal.throwIfAborted();
    throw new RefusalError('host_not_found', `${hostname} has no address: ${reasonOf(error)}`);
  }
  if (addresses.length === 0) throw new RefusalError('host_not_found', `${hostname} has no address`);
  const refused = addresses.find((address) => isIP(address) === 0 || !isAllowedAddress(address));
  if (refused !== undefined) {
    throw new RefusalError(
      'address_private',
      `${hostname} is ${refused}, which is no address on the public internet; prices from your own network belong in a file that is configured by its path`,
    );
  }
  return addresses.map(canonicalAddress);
}

/** As a socket writes its remote address. */
function canonicalAddress(address: string): string {
  return new SocketAddress({ address, family: isIP(address) === 6 ? 'ipv6' : 'ipv4' }).address;
}

async function resolveName(hostname: string): Promise<readonly string[]> {
  return (await lookupName(hostname, { all: true })).map(({ address }) => address);
}

async function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  signal.throwIfAborted();
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

/** Resolves with the response's head. */
async function connect(
  url: URL,
  addresses: readonly string[],
  limits: DownloadLimits,
): Promise<IncomingMessage> {
  // An agent of its own reads no proxy from the environment and shares no connection; the certificate is
  // checked whatever NODE_TLS_REJECT_UNAUTHORIZED says.
  const agent = new Agent({ keepAlive: false });
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(url, {
        agent,
        rejectUnauthorized: true,
        lookup: fixedLookup(addresses),
        signal: limits.signal,
        headers: { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': 'costspan' },
        ...(limits.network.ca === undefined ? {} : { ca: limits.network.ca }),
      });
      outgoing.once('response', resolve);
      outgoing.on('error', reject);
      outgoing.once('close', () => {
        reject(new Error('the connection was closed without an answer'));
      });
      outgoing.once('socket', (socket) => {
        // Whatever has changed how sockets are made in this process, nothing is sent elsewhere.
        socket.once('connect', () => {
          if (socket.remoteAddress !== undefined && addresses.includes(socket.remoteAddress)) return;
          const elsewhere = `the connection to ${url.host} went to ${socket.remoteAddress ?? 'an unknown address'}, not to where the name leads; a proxy or patched socket stands between`;
          outgoing.destroy(new RefusalError('address_private', elsewhere));
        });
      });
      outgoing.end();
    });
  } catch (error) {
    limits.signal.throwIfAborted();
    if (error instanceof RefusalError) throw error;
    throw new RefusalError(
      'connection_failed',
      `${shown(url)} cannot be reached: ${reasonOf(error)}; it is asked again at the next update`,
    );
  }
}

function fixedLookup(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const [first] = all;
    if (options.all === true) callback(null, all);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
}

function redirectTarget(response: IncomingMessage, from: URL): URL {
  const location = response.headers.location ?? '';
  if (location.length <= LOCATION_CHARACTERS_MAX && location !== '' && URL.canParse(location, from.href))
    return new URL(location, from);
  throw new RefusalError(
    'redirect_refused',
    `${shown(from)} answers ${response.statusCode ?? 0} without a usable Location; tell its owner`,
  );
}

async function bodyOf(response: IncomingMessage, url: URL, limits: DownloadLimits): Promise<Uint8Array> {
  const { bytesMax, signal } = limits;
  if (response.statusCode !== 200) {
    throw new RefusalError(
      'status_wrong',
      `${shown(url)} answers ${response.statusCode ?? 0} instead of 200; check the address`,
    );
  }
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new RefusalError(
      'encoding_unknown',
      `${shown(url)} is encoded as ${encoding.slice(0, 50)}, though gzip or nothing was asked for`,
    );
  }
  const tooLarge = new RefusalError(
    'too_large',
    `${shown(url)} has more than ${bytesMax} bytes; raise the limit if such a price book is expected`,
  );
  if (Number(response.headers['content-length'] ?? 0) > bytesMax) throw tooLarge;
  const chunks: Uint8Array[] = [];
  const limited = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let length = 0;
    for await (const chunk of source) {
      length += chunk.length;
      if (length > bytesMax) throw tooLarge;
      yield chunk;
    }
  };
  const collect = async (source: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of limited(source)) chunks.push(chunk);
  };
  try {
    // Both what came over the wire and what it decompresses to are counted as they come.
    if (encoding === 'gzip') await pipeline(response, limited, createGunzip(), collect, { signal });
    else await pipeline(response, collect, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RefusalError) throw error;
    throw new RefusalError(
      'body_damaged',
      `${shown(url)} did not arrive whole: ${reasonOf(error)}; it is asked again at the next update`,
    );
  }
  return Buffer.concat(chunks);
}
