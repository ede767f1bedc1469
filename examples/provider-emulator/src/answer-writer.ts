import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { constants, createGzip, type Gzip, gzipSync } from 'node:zlib';
import type { EventFraming, WireEvent } from './wire-api.ts';

/** Sends one JSON document, compressed when the client accepts it. */
export function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  answer: {
    readonly status: number;
    readonly body: object;
    readonly headers?: OutgoingHttpHeaders | undefined;
  },
): void {
  const json = Buffer.from(JSON.stringify(answer.body));
  const compressed = acceptsGzip(request);
  const bytes = compressed ? gzipSync(json) : json;
  response.writeHead(answer.status, {
    ...answer.headers,
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...(compressed && { 'content-encoding': 'gzip' }),
  });
  response.end(bytes);
}

export interface SendEventsOptions {
  readonly framing: EventFraming;
  readonly headers?: OutgoingHttpHeaders | undefined;
  /** Cuts the connection after so many pieces of the answer. */
  readonly dropAfterPieces?: number;
  /** The pause before an event. */
  pauseMillis(): number;
}

/**
 * Sends the events of a stream, each flushed by itself, also through gzip.
 *
 * @returns how many pieces of the answer were sent, and whether the stream came to its end.
 */
export async function sendEvents(
  request: IncomingMessage,
  response: ServerResponse,
  events: readonly WireEvent[],
  options: SendEventsOptions,
): Promise<{ pieces: number; complete: boolean }> {
  const gzip = acceptsGzip(request) ? createGzip({ level: 1 }) : undefined;
  response.writeHead(200, {
    ...options.headers,
    'content-type': options.framing.contentType,
    'cache-control': 'no-cache',
    ...(gzip && { 'content-encoding': 'gzip' }),
  });
  gzip?.pipe(response);
  let pieces = 0;
  for (const event of events) {
    await delay(options.pauseMillis());
    if (response.destroyed) return { pieces, complete: false };
    await writeFlushed(response, gzip, options.framing.encode(event));
    if (event.isPiece !== true) continue;
    pieces += 1;
    if (pieces === options.dropAfterPieces) {
      response.socket?.destroy();
      return { pieces, complete: false };
    }
  }
  (gzip ?? response).end();
  // A client may hang up on the last event; it has the whole answer then.
  if (!response.destroyed) await once(response, 'close');
  return { pieces, complete: true };
}

function acceptsGzip(request: IncomingMessage): boolean {
  return /\bgzip\b/.test(request.headers['accept-encoding']?.toString() ?? '');
}

async function writeFlushed(
  response: ServerResponse,
  gzip: Gzip | undefined,
  bytes: string | Uint8Array,
): Promise<void> {
  if (gzip === undefined) {
    response.write(bytes);
    return;
  }
  gzip.write(bytes);
  await new Promise<void>((resolve) => {
    gzip.flush(constants.Z_SYNC_FLUSH, resolve);
  });
}
