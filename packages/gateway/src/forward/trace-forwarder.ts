import {
  Agent as HttpAgent,
  type ClientRequest,
  request as requestHttp,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { urlToHttpOptions } from 'node:url';
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
  /** Where to, read once and not for each request. */
  readonly #target: RequestOptions;
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
    const url = new URL(`${config.endpoint.replace(/\/+$/, '')}/v1/traces`);
    this.#timeoutMillis = timeoutMillis;
    const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
    this.#agent = url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
    this.#target = { ...urlToHttpOptions(url), method: 'POST', agent: this.#agent };
  }

  async forward(body: Uint8Array, encoding: OtlpEncoding): Promise<ForwardResult> {
    const deadline = new Deadline(this.#timeoutMillis);
    try {
      const response = await this.#send(body, encoding, deadline);
      const { statusCode: status = 0 } = response;
      if (status >= 200 && status < 300) {
        const rejectedSpans = await readRejectedSpans(response, encoding);
        deadline.clear();
        return { outcome: 'accepted', rejectedSpans };
      }
      // Its answer is read to the end, but not for longer.
      response.once('close', () => deadline.clear()).resume();
      if (REFUSING_STATUSES.has(status)) return { outcome: 'refused', status };
      return { outcome: 'unavailable', reason: RETRYABLE_STATUSES.has(status) ? 'busy' : 'misconfigured' };
    } catch {
      deadline.clear();
      return { outcome: 'unavailable', reason: deadline.isOver ? 'timeout' : 'unreachable' };
    }
  }

  /** Lets the connections go. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(body: Uint8Array, encoding: OtlpEncoding, deadline: Deadline): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(body, encoding, deadline);
    } catch (error) {
      // The target may close a connection that was idle at the moment when it is used again.
      if (!(error instanceof StaleConnection)) throw error;
      return this.#sendOnce(body, encoding, deadline);
    }
  }

  #sendOnce(body: Uint8Array, encoding: OtlpEncoding, deadline: Deadline): Promise<IncomingMessage> {
    const { headers, tls } = this.#credentials();
    return new Promise((resolve, reject) => {
      const send = this.#target.protocol === 'https:' ? requestHttps : requestHttp;
      const request = send({
        ...this.#target,
        headers: { ...headers, 'content-type': CONTENT_TYPES[encoding], 'content-length': body.length },
        ...tls,
      });
      deadline.end(request);
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

/** Ends a request that takes too long: a timer, without the signal and its listeners that each request would need. */
class Deadline {
  isOver = false;
  #request: ClientRequest | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(millis: number) {
    this.#timer = setTimeout(() => this.#pass(), millis);
    this.#timer.unref();
  }

  /** The request that is to be ended, from now on. */
  end(request: ClientRequest): void {
    this.#request = request;
    if (this.isOver) this.#pass();
  }

  clear(): void {
    clearTimeout(this.#timer);
  }

  #pass(): void {
    this.isOver = true;
    this.#request?.destroy(new Error('the forward target took too long'));
  }
}

async function readRejectedSpans(response: IncomingMessage, encoding: OtlpEncoding): Promise<number> {
  if (response.headers['content-length'] === '0') {
    response.resume();
    return 0;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > RESPONSE_BYTES_MAX) return 0;
    chunks.push(chunk);
  }
  return length === 0 ? 0 : rejectedSpansOf(Buffer.concat(chunks, length), encoding);
}
