import type { ClientHttp2Stream, Http2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import type { StartTap, TapFailure, TappedRequest } from '../call-tap.ts';
import { claimTransport } from './claim-transport.ts';
import { headerText } from './header-text.ts';
import { observePush } from './observe-push.ts';
import { type ChannelMessage, subscribeSafely } from './subscribe-safely.ts';
import { abandonedError, TappedExchange } from './tapped-exchange.ts';

const NO_ERROR = 0;
const CANCEL = 8;

/**
 * Listens to the streams of `node:http2`, on which the AWS SDK calls Bedrock.
 *
 * `http2.client.stream.finish` is published with the response's head. Node has these channels from 22.17 and 24.2 on;
 * before that nothing is heard. Streams of undici are left to {@link listenToUndici}, which hears them as requests.
 *
 * @returns stops listening; exchanges under way are left alone from then on.
 */
export function listenToHttp2(start: StartTap, onFailure: (failure: TapFailure) => void): () => void {
  const release = claimTransport('http2');
  if (release === undefined) return () => {};
  let exchanges = new WeakMap<object, TappedExchange>();
  const undiciSessions = new WeakMap<Http2Session, boolean>();

  function isOfUndici(session: Http2Session): boolean {
    const known = undiciSessions.get(session);
    if (known !== undefined) return known;
    const isOwned = belongsToUndici(session);
    undiciSessions.set(session, isOwned);
    return isOwned;
  }

  function onCreated(stream: ClientHttp2Stream, headers: OutgoingHttpHeaders): void {
    // A server pushes streams of even numbers, in no caller's context.
    if (stream.id !== undefined && stream.id % 2 === 0) return;
    if (stream.session !== undefined && isOfUndici(stream.session)) return;
    if (headers[':method'] === 'CONNECT') return;
    const tap = start(new Http2Address(headers));
    if (tap === undefined) return;
    const exchange = new TappedExchange(tap, onFailure);
    exchanges.set(stream, exchange);
    // With a signal that is aborted already, the stream is closed before it is announced.
    if (stream.destroyed) exchange.fail(closingError(stream));
  }

  function onHead(stream: ClientHttp2Stream, headers: IncomingHttpHeaders): void {
    const exchange = exchanges.get(stream);
    if (exchange === undefined) return;
    exchange.responseHead(Number(headers[':status']), (name) => headerText(headers[name]));
    observePush(stream, (chunk) => {
      const listening = exchanges.get(stream);
      if (chunk === null) listening?.end();
      else listening?.responseBody(chunk);
    });
  }

  const unsubscribe = subscribeSafely(
    {
      'http2.client.stream.created': ({ stream, headers }) =>
        onCreated(stream as ClientHttp2Stream, headers as OutgoingHttpHeaders),
      'http2.client.stream.bodyChunkSent': (message) => {
        const exchange = exchanges.get(message['stream'] as object);
        if (exchange !== undefined) passRequestBody(exchange, message);
      },
      'http2.client.stream.finish': ({ stream, headers }) =>
        onHead(stream as ClientHttp2Stream, headers as IncomingHttpHeaders),
      // A complete body has been pushed to its end before its stream is closed; a stream that is being destroyed is
      // closed first, with or without an error, and pushed an end afterwards, which is none.
      'http2.client.stream.close': ({ stream }) => {
        const exchange = exchanges.get(stream as object);
        if (exchange?.isOpen === true) exchange.fail(closingError(stream as ClientHttp2Stream));
      },
    },
    onFailure,
  );
  return () => {
    unsubscribe();
    exchanges = new WeakMap();
    release();
  };
}

/** undici keeps its client, which can dispatch requests, under a symbol of the session; others have no such thing. */
function belongsToUndici(session: Http2Session): boolean {
  return Object.getOwnPropertySymbols(session).some((symbol) => {
    const value: unknown = Object.getOwnPropertyDescriptor(session, symbol)?.value;
    return (
      typeof value === 'object' &&
      value !== null &&
      'dispatch' in value &&
      typeof value.dispatch === 'function'
    );
  });
}

/** Node states the error only after the close, by which time the application may have gone on. */
function closingError(stream: ClientHttp2Stream): Error {
  if (stream.errored) return stream.errored;
  const code = stream.rstCode ?? NO_ERROR;
  if (code === NO_ERROR || code === CANCEL) return abandonedError('The stream was closed before its end.');
  return Object.assign(new Error(`The stream was closed with error code ${code}.`), {
    code: 'ERR_HTTP2_STREAM_ERROR',
  });
}

/** Chunks are strings or bytes, alone or gathered: bytes bare, strings with their encoding. */
function passRequestBody(exchange: TappedExchange, { writev, data, encoding }: ChannelMessage): void {
  const parts: readonly unknown[] =
    writev === true && Array.isArray(data) ? data : [{ chunk: data, encoding }];
  for (const part of parts) {
    if (part instanceof Uint8Array) exchange.requestBody(part);
    else passEncoded(exchange, part as { chunk: unknown; encoding: unknown });
  }
}

function passEncoded(
  exchange: TappedExchange,
  { chunk, encoding }: { chunk: unknown; encoding: unknown },
): void {
  const isOtherText =
    typeof chunk === 'string' && typeof encoding === 'string' && encoding !== 'utf8' && encoding !== 'utf-8';
  exchange.requestBody(isOtherText ? Buffer.from(chunk, encoding as BufferEncoding) : chunk);
}

/** Of a request's headers only the pseudo-headers are read, or `host` where it stands for `:authority`. */
class Http2Address implements TappedRequest {
  readonly #headers: OutgoingHttpHeaders;

  constructor(headers: OutgoingHttpHeaders) {
    this.#headers = headers;
  }

  get method(): string {
    return String(this.#headers[':method'] ?? 'GET');
  }

  get path(): string {
    return String(this.#headers[':path'] ?? '/');
  }

  get origin(): string {
    const authority = this.#headers[':authority'] ?? this.#headers['host'];
    return `${String(this.#headers[':scheme'] ?? 'https')}://${String(authority ?? '')}`;
  }
}
