import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RecordStore } from '@costspan/store';
import { type Enrichment, type EnrichmentSettings, enrichOtlp } from './enrich-request.ts';
import type { Forwarder } from './forwarder.ts';
import type { GatewayTelemetry } from './gateway-telemetry.ts';
import { encodingOf, sendRefusal, sendSuccess } from './http/otlp-response.ts';
import { readBody } from './http/read-body.ts';
import type { OtlpEncoding } from './otlp/trace-request.ts';

/** Requests that are worked on at once, and the bytes of their bodies; what is over is told to come again. */
const REQUESTS_IN_FLIGHT_MAX = 128;
const BYTES_IN_FLIGHT_MAX = 256 * 1024 * 1024;

export interface TraceReceiverOptions {
  readonly settings: EnrichmentSettings;
  readonly store: RecordStore;
  readonly forwarder: Forwarder | undefined;
  readonly telemetry: GatewayTelemetry;
  readonly bodyBytesMax: number;
  readonly warn: (message: string) => void;
}

interface Refused {
  readonly status: number;
  readonly message: string;
}

/**
 * `POST /v1/traces`.
 *
 * 1. Read and inflate the body within its bounds.
 * 2. Price the model calls in it and commit their records.
 * 3. Send the request on, with its cost attributes.
 * 4. Meter the calls whose records are new.
 * 5. Answer 200. Whatever may pass is answered 503, so that the client tries again; the records of a request
 *    that comes again are already there and change nothing.
 */
export class TraceReceiver {
  readonly #options: TraceReceiverOptions;
  #requestsInFlight = 0;
  #bytesInFlight = 0;

  constructor(options: TraceReceiverOptions) {
    this.#options = options;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = encodingOf(request.headers['content-type']);
    const refused = await this.#receive(request, encoding);
    if (refused === undefined) return sendSuccess(response, encoding ?? 'protobuf');
    this.#options.telemetry.counters.refusals.add(1, { status: refused.status });
    sendRefusal(response, encoding ?? 'protobuf', refused);
  }

  async #receive(request: IncomingMessage, encoding: OtlpEncoding | undefined): Promise<Refused | undefined> {
    if (request.method !== 'POST') return { status: 405, message: 'use POST' };
    if (encoding === undefined) {
      return { status: 415, message: 'content-type must be application/x-protobuf or application/json' };
    }
    if (this.#requestsInFlight >= REQUESTS_IN_FLIGHT_MAX || this.#bytesInFlight >= BYTES_IN_FLIGHT_MAX) {
      return { status: 503, message: 'too many requests are being worked on' };
    }
    this.#requestsInFlight += 1;
    let length = 0;
    try {
      const read = await readBody(request, this.#options.bodyBytesMax);
      if (!read.ok) return read.refusal;
      length = read.body.length;
      this.#bytesInFlight += length;
      return await this.#process(read.body, encoding);
    } catch (error) {
      this.#options.warn(`a request failed: ${error instanceof Error ? error.name : 'unknown error'}`);
      return { status: 503, message: 'the request could not be processed now' };
    } finally {
      this.#requestsInFlight -= 1;
      this.#bytesInFlight -= length;
    }
  }

  async #process(body: Uint8Array, encoding: OtlpEncoding): Promise<Refused | undefined> {
    const { settings, store, forwarder, telemetry, warn } = this.#options;
    const result = enrichOtlp(body, encoding, settings);
    if (!result.ok) return { status: 400, message: result.error.message };
    const { enrichment } = result;
    let isNew: readonly boolean[];
    try {
      isNew = await store.write(enrichment.calls.map((call) => call.record));
    } catch (error) {
      warn(`records were not committed: ${error instanceof Error ? error.message : String(error)}`);
      return { status: 503, message: 'the records could not be committed' };
    }
    // The records exist from here on, so they are metered now: a request that is sent again meters nothing.
    this.#meter(enrichment, isNew);
    if (forwarder === undefined) return undefined;
    const forwarded = await forwarder.forward(enrichment.body(), encoding);
    if (forwarded.ok) return undefined;
    telemetry.counters.forwardFailures.add(1, { kind: forwarded.kind });
    warn(`the forward target did not take a request (${forwarded.status ?? 'no answer'})`);
    if (!forwarder.required) return undefined;
    return forwarded.kind === 'passing'
      ? { status: 503, message: 'the forward target is not available' }
      : {
          status: 400,
          message: `the forward target refused the request with ${forwarded.status ?? 'an error'}`,
        };
  }

  #meter(enrichment: Enrichment, isNew: readonly boolean[]): void {
    const { costs, counters } = this.#options.telemetry;
    counters.spans.add(enrichment.spanCount);
    if (enrichment.unrecordable > 0) counters.unrecordable.add(enrichment.unrecordable);
    const newCount = isNew.filter(Boolean).length;
    if (newCount > 0) counters.records.add(newCount, { delivery: 'new' });
    if (newCount < isNew.length) counters.records.add(isNew.length - newCount, { delivery: 'again' });
    enrichment.calls.forEach((call, index) => {
      if (isNew[index] === true) costs.recordCall(call.measurement);
    });
    for (const { calls, measurement } of enrichment.requests) {
      if (calls.some((index) => isNew[index] === true)) costs.recordRequest(measurement);
    }
  }
}
