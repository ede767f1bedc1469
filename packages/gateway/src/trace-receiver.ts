import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RecordStore, StoreWriteError } from '@costspan/store';
import { CallCorrections } from './call-corrections.ts';
import type { GatewayCalls } from './gateway-call.ts';
import { enrichOtlp, type Enrichment, type EnrichmentSettings } from './enrich-request.ts';
import type { GatewayLog } from './gateway-log.ts';
import type { GpuPricing } from './gpu/gpu-pricing.ts';
import type { GpuSettler } from './gpu/gpu-settler.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import type { InFlightLimit } from './in-flight-limit.ts';
import { encodeStatus, encodeTraceResponse, RPC_CODE } from './otlp/trace-response.ts';
import type { OtlpEncoding } from './otlp/trace-request.ts';
import { type BodyProblem, contentEncoding, readBody } from './read-body.ts';
import { CONTENT_TYPES, type TraceForwarder } from './trace-forwarder.ts';

/** What a {@link TraceReceiver} works with. */
export interface TraceReceiverParts {
  readonly settings: EnrichmentSettings;
  /** The calls of the last minutes, so that one that several requests report is billed once. */
  readonly calls: GatewayCalls;
  readonly gpu: GpuPricing;
  readonly settler: GpuSettler;
  readonly nowUnixMillis: () => number;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly inFlight: InFlightLimit;
  readonly bodyBytesMax: number;
  /** Absent: requests are recorded and metered only. */
  readonly forwarder: TraceForwarder | undefined;
  /** Whether a request is refused when the target does not take it. */
  readonly forwardRequired: boolean;
}

/** An answer on `/v1/traces`. A refusal has a reason of fixed words; nothing of the request is repeated in it. */
type Answer =
  | { readonly status: 200; readonly rejectedSpans: number }
  | { readonly status: 400 | 413 | 415 | 500 | 503; readonly rpcCode: number; readonly message: string };

type CommitResult =
  | { readonly ok: true; readonly enrichment: Enrichment }
  | { readonly ok: false; readonly answer: Answer };

const RETRY_AFTER_SECONDS = 1;

const unavailable = (message: string): Answer => ({ status: 503, rpcCode: RPC_CODE.unavailable, message });
const invalid = (message: string): Answer => ({ status: 400, rpcCode: RPC_CODE.invalidArgument, message });

/**
 * Receives trace requests over OTLP/HTTP. The answer 200 means: the cost records are committed, and the forward target
 * has accepted the spans, where it is required to.
 *
 * 1. Refuse what is too much or not OTLP before its body is read.
 * 2. Read, decompress and enrich the body.
 * 3. Commit the records; a record that is there already is left as it is and not metered again. With them go the
 *    corrections of earlier records: a call that another span turns out to be billed for.
 * 4. Forward. When that fails after the commit, the client sends the request again, and only step 4 has an effect.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp
 */
export class TraceReceiver {
  readonly #parts: TraceReceiverParts;
  readonly #corrections = new CallCorrections();

  constructor(parts: TraceReceiverParts) {
    this.#parts = parts;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = encodingOf(request);
    const answer = await this.#answer(request, encoding);
    if (answer === undefined) return;
    this.#parts.metrics.recordAnswer(answer.status);
    send(response, encoding ?? 'json', answer);
    // What is left of a refused body is read and dropped, so that the connection stays usable.
    request.resume();
  }

  /** `undefined` when the client has gone away and nobody waits for an answer. */
  async #answer(request: IncomingMessage, encoding: OtlpEncoding | undefined): Promise<Answer | undefined> {
    if (encoding === undefined) {
      return unsupported(`Content-Type must be ${CONTENT_TYPES.protobuf} or ${CONTENT_TYPES.json}`);
    }
    if (contentEncoding(request) === undefined) return refuseBody('unsupported_compression', 0);
    const admission = this.#parts.inFlight.admit();
    if (admission === undefined) return unavailable('too many requests are in flight');
    try {
      const { bodyBytesMax } = this.#parts;
      const read = await readBody(request, bodyBytesMax, admission);
      if (!read.ok) return refuseBody(read.problem, bodyBytesMax);
      const committed = await this.#commit(read.body, encoding);
      if (!committed.ok) return committed.answer;
      return await this.#forward(committed.enrichment, encoding);
    } catch (error) {
      // A programmer error. Its message could quote the payload, so only its kind and place are logged.
      this.#parts.log.warn('internal', `a request failed inside the gateway: ${placeOf(error)}`);
      return { status: 500, rpcCode: RPC_CODE.internal, message: 'the gateway failed; see its log' };
    } finally {
      admission.release();
    }
  }

  async #commit(body: Uint8Array, encoding: OtlpEncoding): Promise<CommitResult> {
    const { settings, calls, gpu, settler, nowUnixMillis } = this.#parts;
    const endCommit = settler.beginCommit();
    try {
      const now = { nowMillis: performance.now(), nowUnixMillis: nowUnixMillis() };
      const result = enrichOtlp(body, encoding, settings, { calls, gpu, ...now });
      if (!result.ok) return { ok: false, answer: invalid(result.error.message) };
      return await this.#write(result.enrichment);
    } finally {
      endCommit();
    }
  }

  async #write(enrichment: Enrichment): Promise<CommitResult> {
    const { store, metrics, settler, log } = this.#parts;
    const corrections = this.#corrections.take(enrichment.corrections);
    let isNew: readonly boolean[];
    try {
      isNew = await store.write(
        enrichment.calls.map((call) => call.record),
        corrections.map((call) => call.record),
      );
    } catch (error) {
      this.#corrections.giveBack(corrections);
      log.warn('store', `records could not be committed: ${codeOf(error)}`);
      return { ok: false, answer: unavailable('the cost records could not be committed') };
    }
    metrics.recordCommitted(enrichment, isNew);
    metrics.recordCorrected(corrections);
    settler.observe([...enrichment.calls.filter((_call, index) => isNew[index] === true), ...corrections]);
    return { ok: true, enrichment };
  }

  async #forward(enrichment: Enrichment, encoding: OtlpEncoding): Promise<Answer> {
    const { forwarder } = this.#parts;
    if (forwarder === undefined || enrichment.spanCount === 0) return { status: 200, rejectedSpans: 0 };
    const { metrics, log, forwardRequired } = this.#parts;
    const result = await forwarder.forward(enrichment.body(), encoding);
    if (result.outcome === 'accepted') return { status: 200, rejectedSpans: result.rejectedSpans };
    const reason = result.outcome === 'refused' ? 'refused' : result.reason;
    const detail = result.outcome === 'refused' ? `refused with status ${result.status}` : result.reason;
    metrics.recordForwardFailure(reason);
    log.warn(`forward ${reason}`, `the forward target did not take a request: ${detail}`);
    if (!forwardRequired) return { status: 200, rejectedSpans: 0 };
    return result.outcome === 'refused'
      ? invalid(`the forward target refused the request with status ${result.status}`)
      : unavailable(`the forward target is not available: ${reason}`);
  }
}

function encodingOf(request: IncomingMessage): OtlpEncoding | undefined {
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (mediaType === CONTENT_TYPES.protobuf) return 'protobuf';
  return mediaType === CONTENT_TYPES.json ? 'json' : undefined;
}

const unsupported = (message: string): Answer => ({
  status: 415,
  rpcCode: RPC_CODE.invalidArgument,
  message,
});

function refuseBody(problem: BodyProblem, bytesMax: number): Answer | undefined {
  switch (problem) {
    case 'body_too_large':
      return {
        status: 413,
        rpcCode: RPC_CODE.resourceExhausted,
        message: `the body is larger than ${bytesMax} bytes, as sent or decompressed`,
      };
    case 'no_capacity':
      return unavailable('too many bytes are in flight');
    case 'invalid_compression':
      return invalid('the body is not what its Content-Encoding says');
    case 'unsupported_compression':
      return unsupported('Content-Encoding must be gzip, deflate or zstd');
    case 'aborted':
      return undefined;
  }
}

function send(response: ServerResponse, encoding: OtlpEncoding, answer: Answer): void {
  const body =
    answer.status === 200
      ? encodeTraceResponse(encoding, answer.rejectedSpans, REJECTED_MESSAGE)
      : encodeStatus(encoding, answer.rpcCode, answer.message);
  response.writeHead(answer.status, {
    'content-type': CONTENT_TYPES[encoding],
    'content-length': body.length,
    ...(answer.status === 503 && { 'retry-after': String(RETRY_AFTER_SECONDS) }),
  });
  response.end(body);
}

const REJECTED_MESSAGE = 'rejected by the forward target';

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.message : '';
  const full = /no space left/i.test(cause) ? ', the disk is full' : '';
  return `${error instanceof StoreWriteError ? error.code : 'unknown'}${full}`;
}

/** The kind of an error and where it was thrown, without its message. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] ?? 'an unknown place';
  return `${error.name} at ${place}`;
}
