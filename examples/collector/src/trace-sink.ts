import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { encodePartialSuccess, readJsonSpans, readProtobufSpans } from './otlp-messages.ts';

/** What a {@link TraceSink} does with one request. */
export type SinkAnswer =
  /** Accepts the spans. With `afterMillis` it has them at once and says so late. */
  | { readonly do: 'accept'; readonly afterMillis?: number }
  | { readonly do: 'refuse'; readonly status: number; readonly retryAfterSeconds?: number }
  /** Cuts the connection without an answer. */
  | { readonly do: 'reset' }
  /** Takes the request and says that so many of its spans were rejected. */
  | { readonly do: 'reject_some'; readonly rejectedSpans: number };

/** What the sink has seen of a span. */
export interface SeenSpan {
  /** How often it was accepted. */
  readonly deliveries: number;
  /** Its `costspan.cost.total_pico`, where it has one. */
  readonly costPicoUsd: string | undefined;
}

/** A backend that speaks OTLP/HTTP and answers by plan, and counts every span. */
export interface TraceSink {
  readonly url: string;
  /** The accepted spans by {@link spanKey}. */
  readonly spans: ReadonlyMap<string, SeenSpan>;
  /** The requests that have arrived. */
  readonly requestCount: number;
  /** Decides on each request; at first it accepts all. */
  plan: () => SinkAnswer;
  /** The connections are cut and new ones refused until {@link open}. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
}

export function spanKey(span: { readonly traceId: string; readonly spanId: string }): string {
  return `${span.traceId}${span.spanId}`;
}

export async function startTraceSink(): Promise<TraceSink> {
  const spans = new Map<string, SeenSpan>();
  let requestCount = 0;
  const accept = (body: Uint8Array, isJson: boolean): void => {
    for (const span of isJson ? readJsonSpans(body) : readProtobufSpans(body)) {
      const key = spanKey(span);
      const cost = span.attributes.find((each) => each.key === 'costspan.cost.total_pico')?.value?.intValue;
      spans.set(key, { deliveries: (spans.get(key)?.deliveries ?? 0) + 1, costPicoUsd: cost });
    }
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const sent = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    requestCount += 1;
    const decision = sink.plan();
    const contentType = request.headers['content-type'] ?? '';
    const isJson = contentType.startsWith('application/json');
    const headers = { 'content-type': contentType };
    switch (decision.do) {
      case 'accept':
        accept(body, isJson);
        if (decision.afterMillis !== undefined) await delay(decision.afterMillis);
        response.writeHead(200, headers).end();
        return;
      case 'reject_some':
        accept(body, isJson);
        response.writeHead(200, headers).end(encodePartialSuccess(decision.rejectedSpans, isJson));
        return;
      case 'refuse': {
        const { status, retryAfterSeconds: seconds } = decision;
        const retryAfter = seconds === undefined ? {} : { 'retry-after': String(seconds) };
        response.writeHead(status, { ...headers, ...retryAfter }).end();
        return;
      }
      case 'reset':
        request.socket.destroy();
    }
  };
  // A client that is killed leaves in the middle of its request.
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  let port = 0;
  const open = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const shut = async (): Promise<void> => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  await open();
  const sink: TraceSink = {
    url: `http://127.0.0.1:${port}`,
    spans,
    get requestCount() {
      return requestCount;
    },
    plan: () => ({ do: 'accept' }),
    shut,
    open,
    close: shut,
  };
  return sink;
}
