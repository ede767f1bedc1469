import type { ForwardConfig } from '@costspan/config';
import type { OtlpEncoding } from './otlp/trace-request.ts';

/** What the target made of a request. `passing` may succeed later; `permanent` never will. */
export type ForwardResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly kind: 'passing' | 'permanent'; readonly status: number | undefined };

const FORWARD_TIMEOUT_MILLIS = 8000;
/** The statuses that OTLP/HTTP clients may retry. */
const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Sends enriched requests on to the configured OTLP/HTTP target. */
export class Forwarder {
  readonly required: boolean;
  readonly #url: string;

  constructor(config: ForwardConfig) {
    this.required = config.mode === 'required';
    this.#url = `${config.endpoint.replace(/\/+$/, '')}/v1/traces`;
  }

  async forward(body: Uint8Array, encoding: OtlpEncoding): Promise<ForwardResult> {
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': encoding === 'json' ? 'application/json' : 'application/x-protobuf' },
        body: body as Uint8Array<ArrayBuffer>,
        signal: AbortSignal.timeout(FORWARD_TIMEOUT_MILLIS),
      });
      await response.arrayBuffer();
      if (response.ok) return { ok: true };
      const kind = RETRYABLE_STATUSES.has(response.status) ? 'passing' : 'permanent';
      return { ok: false, kind, status: response.status };
    } catch {
      return { ok: false, kind: 'passing', status: undefined };
    }
  }
}
