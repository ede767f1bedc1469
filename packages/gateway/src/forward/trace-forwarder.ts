import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import type { ForwardConfig } from '@costspan/config';
import { CONTENT_TYPES } from '../otlp/content-type.ts';
import type { OtlpEncoding } from '../otlp/trace-request.ts';
import { rejectedSpansOf } from '../otlp/trace-response.ts';
import type { ForwardCredentials } from '../security/forward-credentials.ts';

/** What the forward target did with a request. */
export type ForwardResult =
  | { readonly outcome: 'accepted'; readonly rejectedSpans: number }
  /** The same request may be accepted later. */
  | { readonly outcome: 'unavailable'; readonly reason: ForwardFailure }
  /** The target will never accept this request. */
  | { readonly outcome: 'refused'; readonly status: number };

export type ForwardFailure = 'timeout' | 'unreachable' | 'busy' | 'misconfigured';

/** The statuses that OTLP allows to be retried. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/**
 * The statuses that are about the request itself, which would be refused again. Any other (401, 404, 500, a redirect) is
 * about the target or the way to it, which somebody can mend while the client keeps the spans.
 */
const REFUSING_STATUSES: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Longest response that is read, as the specification allows. */
const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;
const CONNECTIONS_MAX = 64;

/** Sends enriched requests on to an OTLP/HTTP endpoint, in the encoding that they came in. */
export class TraceForwarder {
  readonly #url: URL;
  readonly #timeoutMillis: number;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #credentials: () => ForwardCredentials;

  /** @param credentials Asked for each request, as they may change. Default: none. */
  constructor(
    config: ForwardConfig,
    timeoutMillis: number,
    credentials: () => ForwardCredentials = () => ({ headers: {}, tls: {} }),
  ) {
    this.#credentials = credentials;
    this.#url = new URL(`${config.endpoint.replace(/\/+$/, '')}/v1/traces`);
    this.#timeoutMillis = timeoutMillis;
    const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
    this.#agent = this.#url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  }

  async forward(body: Uint8Array, encoding: OtlpEncoding): Promise<ForwardResult> {
    const signal = AbortSignal.timeout(this.#timeoutMillis);
    try {
      const response = await this.#send(body, encoding, signal);
      const { statusCode: status = 0 } = response;
      if (status >= 200 && status < 300) {
        return { outcome: 'accepted', rejectedSpans: await readRejectedSpans(response, encoding) };
      }
      response.resume();
      if (REFUSING_STATUSES.has(status)) return { outcome: 'refused', status };
      return { outcome: 'unavailable', reason: RETRYABLE_STATUSES.has(status) ? 'busy' : 'misconfigured' };
    } catch {
      return { outcome: 'unavailable', reason: signal.aborted ? 'timeout' : 'unreachable' };
    }
  }

  /** Lets the connections go. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(body: Uint8Array, encoding: OtlpEncoding, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(body, encoding, signal);
    } catch (error) {
      // The target may close a connection that was idle at the moment when it is used again.
      if (!(error instanceof StaleConnection)) throw error;
      return this.#sendOnce(body, encoding, signal);
    }
  }

  #sendOnce(body: Uint8Array, encoding: OtlpEncoding, signal: AbortSignal): Promise<IncomingMessage> {
    const { headers, tls } = this.#credentials();
    return new Promise((resolve, reject) => {
      const send = this.#url.protocol === 'https:' ? requestHttps : requestHttp;
      const request = send(this.#url, {
        method: 'POST',
        agent: this.#agent,
        signal,
        headers: { ...headers, 'content-type': CONTENT_TYPES[encoding], 'content-length': body.length },
        ...tls,
      });
      request.once('response', resolve);
      request.once('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && error.code === 'ECONNRESET';
        reject(isStale ? new StaleConnection() : error);
      });
      request.end(body);
    });
  }
}

class StaleConnection extends Error {}

async function readRejectedSpans(response: IncomingMessage, encoding: OtlpEncoding): Promise<number> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > RESPONSE_BYTES_MAX) return 0;
    chunks.push(chunk);
  }
  return length === 0 ? 0 : rejectedSpansOf(Buffer.concat(chunks, length), encoding);
}
