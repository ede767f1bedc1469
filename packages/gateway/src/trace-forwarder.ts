import type { ForwardConfig } from '@costspan/config';
import type { OtlpEncoding } from './otlp/trace-request.ts';
import { rejectedSpansOf } from './otlp/trace-response.ts';

/** What the forward target did with a request. */
export type ForwardResult =
  | { readonly outcome: 'accepted'; readonly rejectedSpans: number }
  /** The same request may be accepted later. */
  | { readonly outcome: 'unavailable'; readonly reason: ForwardFailure }
  /** The target will never accept this request. */
  | { readonly outcome: 'refused'; readonly status: number };

type ForwardFailure = 'timeout' | 'unreachable' | 'busy';

export const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** The statuses that OTLP allows to be retried; every other refusal is for good. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Longest response that is read, as the specification allows. */
const RESPONSE_BYTES_MAX = 4 * 1024 * 1024;

/** Sends enriched requests on to an OTLP/HTTP endpoint, in the encoding that they came in. */
export class TraceForwarder {
  readonly #url: string;
  readonly #timeoutMillis: number;

  constructor(config: ForwardConfig, timeoutMillis: number) {
    this.#url = `${config.endpoint.replace(/\/+$/, '')}/v1/traces`;
    this.#timeoutMillis = timeoutMillis;
  }

  async forward(body: Uint8Array, encoding: OtlpEncoding): Promise<ForwardResult> {
    const signal = AbortSignal.timeout(this.#timeoutMillis);
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': CONTENT_TYPES[encoding] },
        // Bodies come from sockets and decompressors, never from memory that is shared with a worker.
        body: body as Uint8Array<ArrayBuffer>,
        redirect: 'manual',
        signal,
      });
      if (!response.ok) {
        await response.body?.cancel();
        if (RETRYABLE_STATUSES.has(response.status)) return { outcome: 'unavailable', reason: 'busy' };
        return { outcome: 'refused', status: response.status };
      }
      return { outcome: 'accepted', rejectedSpans: await readRejectedSpans(response, encoding) };
    } catch {
      return { outcome: 'unavailable', reason: signal.aborted ? 'timeout' : 'unreachable' };
    }
  }
}

async function readRejectedSpans(response: Response, encoding: OtlpEncoding): Promise<number> {
  if (response.body === null) return 0;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > RESPONSE_BYTES_MAX) return 0;
    chunks.push(chunk);
  }
  return rejectedSpansOf(Buffer.concat(chunks, length), encoding);
}
