import type { StartTap, TapFailure, TappedRequest } from '../call-tap.ts';
import { absoluteForm } from './absolute-form.ts';
import { claimTransport } from './claim-transport.ts';
import { headerText } from './header-text.ts';
import { patchBodyMethod } from './patch-body-method.ts';
import { subscribeSafely } from './subscribe-safely.ts';
import { reportFailure, TappedExchange } from './tapped-exchange.ts';

/** As undici publishes it; its `headers` hold the API key and are never read. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly path: string;
}

interface UndiciResponse {
  readonly statusCode: number;
  /** Names and values in turn, as buffers, or an object, by version and protocol. */
  readonly headers: unknown;
}

/** Every loaded copy of undici has a request class of its own; test runners load many. */
const PATCHED_PROTOTYPES_MAX = 32;

/**
 * Listens to the requests of `fetch` and of every copy of undici in this thread, over HTTP/1.1 and HTTP/2.
 *
 * undici publishes the body's chunks from 7.11 on (Node 24.4). For an older copy the methods that its request class
 * passes them through are patched, once a model is called with that copy: Node 22 has undici 6, and which copy `fetch`
 * uses can change as the program runs.
 *
 * Only `undici:request:create` is published in the caller's context; later events have the context of whoever opened
 * the connection. Where a pool has a limit of connections, undici before 8.12.3 makes a request that has to wait only
 * once a connection is free, so that even its `create` has the context of the request that freed it.
 *
 * @returns stops listening; exchanges under way are left alone from then on.
 */
export function listenToUndici(start: StartTap, onFailure: (failure: TapFailure) => void): () => void {
  const release = claimTransport('undici');
  if (release === undefined) return () => {};
  let exchanges = new WeakMap<object, UndiciExchange>();
  const seenPrototypes = new WeakSet<object>();
  const restorations: (() => void)[] = [];

  function patchOlderCopy(prototype: object): void {
    if (seenPrototypes.has(prototype) || restorations.length >= 2 * PATCHED_PROTOTYPES_MAX) return;
    seenPrototypes.add(prototype);
    for (const restore of [
      patchBodyMethod(prototype, 'onData', 'bodyChunkReceived', (request, chunk) =>
        exchanges.get(request)?.received(chunk, 'method'),
      ),
      patchBodyMethod(prototype, 'onBodySent', 'bodyChunkSent', (request, chunk) =>
        exchanges.get(request)?.sent(chunk, 'method'),
      ),
    ]) {
      if (restore !== undefined) restorations.push(restore);
    }
  }

  function onCreate(request: UndiciRequest): void {
    // A tunnel through a proxy: what goes through it is published as a request of its own.
    if (request.method === 'CONNECT') return;
    const address = addressOf(request);
    const tap = address === undefined ? undefined : start(address);
    if (tap === undefined) return;
    exchanges.set(request, new UndiciExchange(tap, onFailure));
    patchOlderCopy(Object.getPrototypeOf(request) as object);
  }

  const unsubscribe = subscribeSafely(
    {
      'undici:request:create': ({ request }) => onCreate(request as UndiciRequest),
      'undici:request:bodyChunkSent': ({ request, chunk }) =>
        exchanges.get(request as object)?.sent(chunk, 'channel'),
      'undici:request:headers': ({ request, response }) =>
        exchanges.get(request as object)?.head(response as UndiciResponse),
      'undici:request:bodyChunkReceived': ({ request, chunk }) =>
        exchanges.get(request as object)?.received(chunk, 'channel'),
      'undici:request:trailers': ({ request }) => exchanges.get(request as object)?.complete(),
      'undici:request:error': ({ request, error }) => exchanges.get(request as object)?.exchange.fail(error),
    },
    onFailure,
  );
  return () => {
    unsubscribe();
    exchanges = new WeakMap();
    for (const restore of restorations) restore();
    release();
  };
}

/** undici's request has the wanted fields itself, so that a request that calls no model costs no allocation here. */
function addressOf(request: UndiciRequest): TappedRequest | undefined {
  const { method, origin, path } = request;
  if (!path.startsWith('/')) return absoluteForm(method, path);
  return typeof origin === 'string' ? (request as TappedRequest) : { method, origin: origin.origin, path };
}

type ChunkSource = 'channel' | 'method';

/**
 * Chunks are heard from the first source that has any: a method that somebody else has wrapped can no longer be told to
 * be one that publishes.
 */
class UndiciExchange {
  readonly exchange: TappedExchange;
  readonly #onFailure: (failure: TapFailure) => void;
  #sentSource: ChunkSource | undefined;
  #receivedSource: ChunkSource | undefined;
  #isBodyExpected = false;

  constructor(...[tap, onFailure]: ConstructorParameters<typeof TappedExchange>) {
    this.exchange = new TappedExchange(tap, onFailure);
    this.#onFailure = onFailure;
  }

  sent(chunk: unknown, source: ChunkSource): void {
    this.#sentSource ??= source;
    if (this.#sentSource === source) this.exchange.requestBody(chunk);
  }

  head({ statusCode, headers }: UndiciResponse): void {
    const header = (name: string): string | undefined => headerIn(headers, name);
    this.#isBodyExpected = statusCode === 200 && header('content-length') !== '0';
    this.exchange.responseHead(statusCode, header);
  }

  received(chunk: unknown, source: ChunkSource): void {
    this.#receivedSource ??= source;
    if (this.#receivedSource === source) this.exchange.responseBody(chunk);
  }

  complete(): void {
    const isUnheard = this.exchange.isOpen && this.#isBodyExpected && this.#receivedSource === undefined;
    if (isUnheard) reportFailure(this.#onFailure, 'no_body_events');
    this.exchange.end();
  }
}

function headerIn(headers: unknown, name: string): string | undefined {
  if (!Array.isArray(headers)) return headerText((headers as Record<string, unknown> | undefined)?.[name]);
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const key: unknown = headers[index];
    if ((key as Uint8Array | string).length !== name.length) continue;
    // Most names of that length differ in the first letter, and need not be made a text.
    if (key instanceof Uint8Array && ((key[0] ?? 0) | 0x20) !== name.charCodeAt(0)) continue;
    if (headerText(key)?.toLowerCase() === name) return headerText(headers[index + 1]);
  }
  return undefined;
}
