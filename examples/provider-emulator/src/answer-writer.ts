import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Compressor, ContentEncoding } from './content-encoding.ts';
import { breakOff } from './http-listener.ts';
import type { EventFraming, RawBody, WireEvent } from './wire-api.ts';

/** Time for a busy client to read what it was sent: a connection that breaks may take the rest with it. */
const READ_MILLIS = 1000;

export interface SendOptions {
  readonly headers?: OutgoingHttpHeaders | undefined;
  readonly encoding?: ContentEncoding | undefined;
}

/** Sends one JSON document. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  options: SendOptions = {},
): void {
  sendBody(response, status, { contentType: 'application/json', bytes: JSON.stringify(body) }, options);
}

/** Sends an answer that is all there. */
export function sendBody(
  response: ServerResponse,
  status: number,
  body: RawBody,
  { headers, encoding }: SendOptions = {},
): void {
  const plain = typeof body.bytes === 'string' ? Buffer.from(body.bytes) : body.bytes;
  const bytes = encoding === undefined ? plain : encoding.compress(plain);
  response.writeHead(status, {
    ...headers,
    'content-type': body.contentType,
    'content-length': bytes.length,
    ...(encoding && { 'content-encoding': encoding.name }),
  });
  response.end(bytes);
}

export interface SendEventsOptions extends SendOptions {
  readonly framing: EventFraming;
  /** Cuts the connection after so many pieces of the answer. */
  readonly dropAfterPieces?: number;
  /** The pause before an event. */
  pauseMillis(): number;
}

/**
 * Sends the events of a stream, each flushed by itself, also when it is compressed.
 *
 * @returns how many pieces of the answer were sent, and whether the stream came to its end.
 */
export async function sendEvents(
  response: ServerResponse,
  events: readonly WireEvent[],
  options: SendEventsOptions,
): Promise<{ pieces: number; complete: boolean }> {
  const { encoding, framing } = options;
  const compressor = encoding?.newCompressor();
  response.writeHead(200, {
    ...options.headers,
    'content-type': framing.contentType,
    'cache-control': 'no-cache',
    ...(encoding && { 'content-encoding': encoding.name }),
  });
  compressor?.pipe(response);
  let pieces = 0;
  for (const event of events) {
    await delay(options.pauseMillis());
    if (response.destroyed) return { pieces, complete: false };
    const bytes = framing.encode(event);
    if (encoding && compressor) await writeFlushed(compressor, bytes, encoding.flushKind);
    else response.write(bytes);
    if (event.isPiece !== true) continue;
    pieces += 1;
    if (pieces === options.dropAfterPieces) {
      await delay(READ_MILLIS);
      breakOff(response);
      return { pieces, complete: false };
    }
  }
  (compressor ?? response).end();
  // A client may hang up on the last event; it has the whole answer then.
  if (!response.destroyed) await once(response, 'close');
  return { pieces, complete: true };
}

async function writeFlushed(
  compressor: Compressor,
  bytes: string | Uint8Array,
  flushKind: number,
): Promise<void> {
  compressor.write(bytes);
  await new Promise<void>((resolve) => {
    compressor.flush(flushKind, resolve);
  });
}
