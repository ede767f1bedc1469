import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RecordStore, type RecordWrite, StoreWriteError } from '@costspan/store';
import { CallCorrections } from './call-corrections.ts';
import type { CallWindows } from './call-windows.ts';
import { type EnrichedWhole, enrichInParts, type EnrichInPartsResult } from './enrich-in-parts.ts';
import type { CallHistory, EnrichedCall, EnrichedPart, EnrichmentSettings } from './enrich-request.ts';
import type { ForwardQueue } from './forward/forward-queue.ts';
import type { TraceForwarder } from './forward/trace-forwarder.ts';
import type { GatewayLog } from './gateway-log.ts';
import type { GpuPricing } from './gpu/gpu-pricing.ts';
import type { GpuSettler } from './gpu/gpu-settler.ts';
import type { CountedCall, GatewayMetrics } from './gateway-metrics.ts';
import type { RefusalReason } from './gateway-telemetry.ts';
import type { InFlightLimit } from './in-flight-limit.ts';
import type { EnrichedRequest } from './measure-requests.ts';
import { CONTENT_TYPES, encodingOf } from './otlp/content-type.ts';
import { encodeStatus, encodeTraceResponse, RPC_CODE } from './otlp/trace-response.ts';
import type { OtlpEncoding } from './otlp/trace-request.ts';
import type { Readiness } from './readiness.ts';
import { type BodyProblem, contentEncoding, readBody } from './read-body.ts';
import { inTurns, takeTurns } from './take-turns.ts';

/** What a {@link TraceReceiver} works with. */
export interface TraceReceiverParts {
  readonly settings: EnrichmentSettings;
  /** The calls of the last minutes, so that one that several requests report is billed once. */
  readonly calls: CallWindows;
  readonly gpu: GpuPricing;
  readonly settler: GpuSettler;
  readonly nowUnixMillis: () => number;
  readonly store: RecordStore;
  readonly metrics: GatewayMetrics;
  readonly log: GatewayLog;
  readonly inFlight: InFlightLimit;
  readonly bodyBytesMax: number;
  readonly readiness: Readiness;
  readonly forwarding: Forwarding;
}

/** Where enriched spans go: nowhere, to a target that has to take them, or to one that they are only offered to. */
export type Forwarding =
  | { readonly mode: 'none' }
  | { readonly mode: 'required'; readonly forwarder: TraceForwarder }
  | { readonly mode: 'best_effort'; readonly queue: ForwardQueue };

/** An answer on `/v1/traces`. A refusal is in fixed words; nothing of the request is repeated in it. */
type Answer = { readonly status: 200; readonly rejectedSpans: number } | Refusal;

/** What became of a part of a request. */
interface Written {
  /** Whether its records are on disk. */
  readonly durable: Promise<boolean>;
  /** Which of them are new in the books. */
  readonly applied: Promise<readonly boolean[]>;
}

interface Refusal {
  readonly status: 400 | 413 | 415 | 500 | 503;
  readonly rpcCode: number;
  readonly reason: RefusalReason;
  readonly message: string;
}

const RETRY_AFTER_SECONDS = 1;

const unavailable = (reason: RefusalReason, message: string): Refusal => ({
  status: 503,
  rpcCode: RPC_CODE.unavailable,
  reason,
  message,
});
const tooManyRequests = (): Refusal => unavailable('too_many_requests', 'too many requests are in flight');
const invalid = (reason: RefusalReason, message: string): Refusal => ({
  status: 400,
  rpcCode: RPC_CODE.invalidArgument,
  reason,
  message,
});

/**
 * Receives trace requests over OTLP/HTTP. The answer 200 means: the cost records are on disk, and the forward target
 * has accepted the spans, where it is required to.
 *
 * 1. Refuse what is too much or not OTLP before its body is read.
 * 2. Read, decompress and enrich the body.
 * 3. Commit the records; a record that is there already is left as it is and not metered again. With them go the
 *    corrections of earlier records: a call that another span turns out to be billed for.
 * 4. Forward. When that fails after the commit, the client sends the request again, and only step 4 has an effect.
 *    With best effort the request waits for the target by itself, and nobody waits for it.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp
 */
export class TraceReceiver {
  readonly #parts: TraceReceiverParts;
  readonly #corrections = new CallCorrections();

  constructor(parts: TraceReceiverParts) {
    this.#parts = parts;
  }

  /** @param tenant Whose spans they all are, by the token of the request. Absent: the spans say it. */
  async handle(request: IncomingMessage, response: ServerResponse, tenant?: string): Promise<void> {
    const encoding = encodingOf(request);
    const answer = await this.#answer(request, encoding, tenant);
    if (answer === undefined) return;
    const { telemetry } = this.#parts.metrics;
    telemetry.requests(answer.status);
    if (answer.status !== 200) telemetry.refused(answer.reason);
    send(response, encoding ?? 'json', answer);
    // What is left of a refused body is read and dropped, so that the connection stays usable.
    request.resume();
  }

  /** `undefined` when the client has gone away and nobody waits for an answer. */
  async #answer(
    request: IncomingMessage,
    encoding: OtlpEncoding | undefined,
    tenant: string | undefined,
  ): Promise<Answer | undefined> {
    if (encoding === undefined) {
      const message = `Content-Type must be ${CONTENT_TYPES.protobuf} or ${CONTENT_TYPES.json}`;
      return unsupported('unsupported_type', message);
    }
    if (contentEncoding(request) === undefined) return refuseBody('unsupported_compression', 0);
    // Work on what cannot be written would be taken from what can.
    if (this.#parts.store.health.problem === 'backlog_full')
      return unavailable('store_unavailable', 'too many cost records wait to be committed');
    const admission = this.#parts.inFlight.receive(() => request.destroy());
    if (admission === undefined) return tooManyRequests();
    try {
      const { bodyBytesMax } = this.#parts;
      const read = await readBody(request, bodyBytesMax, admission);
      if (!read.ok) return refuseBody(read.problem, bodyBytesMax);
      if (!admission.begin()) return tooManyRequests();
      return await this.#process(read.body, encoding, tenant);
    } catch (error) {
      // A programmer error. Its message could quote the payload, so only its kind and place are logged.
      this.#parts.log.warn('internal', `a request failed inside the gateway: ${placeOf(error)}`);
      const message = 'the gateway failed; see its log';
      return { status: 500, rpcCode: RPC_CODE.internal, reason: 'internal', message };
    } finally {
      admission.release();
    }
  }

  async #process(body: Uint8Array, encoding: OtlpEncoding, tenant: string | undefined): Promise<Answer> {
    const { settings, calls, gpu, settler, nowUnixMillis, metrics } = this.#parts;
    const now = (): CallHistory => {
      return {
        calls: calls.of(tenant),
        gpu,
        tenant,
        nowMillis: performance.now(),
        nowUnixMillis: nowUnixMillis(),
      };
    };
    const endCommit = settler.beginCommit();
    const written: Written[] = [];
    const turn = takeTurns();
    let whole: EnrichInPartsResult;
    try {
      const steps = enrichInParts(body, encoding, settings, now);
      let step = steps.next();
      for (; step.done !== true; step = steps.next()) {
        if (step.value !== undefined) written.push(this.#write(step.value, settler.beginCommit()));
        const others = turn();
        if (others !== undefined) await others;
      }
      whole = step.value;
    } finally {
      endCommit();
    }
    if (!whole.ok) return invalid('malformed', whole.error.message);
    this.#countRequests(whole.requests, written);
    if ((await Promise.all(written.map(({ durable }) => durable))).includes(false))
      return unavailable('store_unavailable', 'the cost records could not be committed');
    const answer = await this.#forward(whole, tenant === undefined ? body : undefined, encoding);
    if (answer.status !== 200) return answer;
    metrics.telemetry.accepted(whole.spanCount);
    metrics.telemetry.enriched(whole.enrichedCount);
    return answer;
  }

  /** Metrics count the records when they are in the books too, which is later than that they are on disk. */
  #write(enrichment: EnrichedPart, onSettled: () => void): Written {
    const { store, metrics, settler } = this.#parts;
    const corrections = this.#corrections.take(enrichment.corrections);
    const start = performance.now();
    const { fresh, durable, applied } = append(store, enrichment, corrections);
    // Not the enrichment itself: it holds the request's bytes and the records, and the books can be some seconds behind.
    const { unrecordable } = enrichment;
    const calls = enrichment.calls.map(countedCall);
    const corrected = corrections.map(countedCall);
    const counted = applied
      .then((isNew) => {
        metrics.recordCommitted({ calls, unrecordable }, isNew);
        metrics.recordCorrected(corrected);
        settler.observe([...calls.filter((_call, index) => isNew[index] === true), ...corrected]);
      })
      .catch(() => undefined)
      .finally(onSettled);
    metrics.countWhenDone(counted);
    return { durable: this.#confirm(durable, { fresh, corrections }, start), applied };
  }

  /** False when the records are not on disk. */
  async #confirm(
    durable: Promise<void>,
    { fresh, corrections }: Record<'fresh' | 'corrections', readonly EnrichedCall[]>,
    start: number,
  ): Promise<boolean> {
    const { metrics, log } = this.#parts;
    try {
      await durable;
    } catch (error) {
      this.#corrections.giveBack(corrections);
      log.warn('store', `records could not be committed: ${codeOf(error)}`);
      return false;
    }
    for (const { kept } of fresh) kept.isRecorded = true;
    metrics.telemetry.commitSeconds((performance.now() - start) / 1000);
    return true;
  }

  #countRequests(requests: readonly EnrichedRequest[], written: readonly Written[]): void {
    if (requests.length === 0) return;
    const { metrics } = this.#parts;
    const counted = Promise.all(written.map(({ applied }) => applied))
      .then((isNew) => {
        metrics.recordRequests(requests, isNew.flat());
      })
      .catch(() => undefined);
    metrics.countWhenDone(counted);
  }

  /** @param received - The request as it came, where it may be sent on like that. */
  async #forward(
    enrichment: EnrichedWhole,
    received: Uint8Array | undefined,
    encoding: OtlpEncoding,
  ): Promise<Answer> {
    const { forwarding } = this.#parts;
    if (forwarding.mode === 'none' || enrichment.spanCount === 0) return { status: 200, rejectedSpans: 0 };
    if (forwarding.mode === 'best_effort') {
      forwarding.queue.add(await inTurns(enrichment.body()), encoding, enrichment.spanCount);
      return { status: 200, rejectedSpans: 0 };
    }
    const { metrics, readiness, log } = this.#parts;
    const body = await inTurns(enrichment.body());
    const start = performance.now();
    let result = await forwarding.forwarder.forward(body, encoding);
    if (
      result.outcome === 'refused' &&
      result.status === 413 &&
      received !== undefined &&
      received !== body
    ) {
      log.warn(
        'forward 413',
        'the forward target takes no body that large; it gets the spans without their costs',
      );
      result = await forwarding.forwarder.forward(received, encoding);
    }
    readiness.recordForward(result.outcome === 'unavailable' ? 'unavailable' : 'available');
    if (result.outcome === 'accepted') {
      const rejectedSpans = Math.min(result.rejectedSpans, enrichment.spanCount);
      metrics.telemetry.forwardSeconds((performance.now() - start) / 1000);
      metrics.telemetry.forwarded(enrichment.spanCount - rejectedSpans);
      return { status: 200, rejectedSpans };
    }
    if (result.outcome === 'refused') {
      const message = `the forward target refused the request with status ${result.status}`;
      metrics.telemetry.forwardFailures('refused');
      log.warn('forward refused', message);
      return invalid('forward_refused', message);
    }
    const message = `the forward target is not available: ${result.reason}`;
    metrics.telemetry.forwardFailures(result.reason);
    log.warn(`forward ${result.reason}`, message);
    return unavailable('forward_unavailable', message);
  }
}

/** What is written of a part, and what the store says of all of its calls. */
interface Appended extends RecordWrite {
  /** Calls whose records are not known to be on disk. */
  readonly fresh: readonly EnrichedCall[];
}

/** A target that is away makes clients send the same again and again: what is on disk already is not written once more. */
function append(
  store: RecordStore,
  enrichment: EnrichedPart,
  corrections: readonly EnrichedCall[],
): Appended {
  const { calls } = enrichment;
  if (store.identify !== undefined) {
    return { fresh: NONE, ...store.identify(calls.map(({ kept }) => kept.span)) };
  }
  const fresh = calls.filter(({ kept }) => !kept.isRecorded);
  if (calls.length > 0 && fresh.length === 0 && corrections.length === 0) {
    return { fresh, durable: Promise.resolve(), applied: Promise.resolve(calls.map(() => false)) };
  }
  const context = enrichment.context();
  const { durable, applied } = store.append({
    records: fresh.map((call) => call.record),
    corrections: corrections.map((call) => call.record),
    ...(context !== undefined && { context }),
  });
  if (fresh.length === calls.length) return { fresh, durable, applied };
  const places = new Map(fresh.map((call, index) => [call, index]));
  const ofAll = applied.then((isNew) => calls.map((call) => isNew[places.get(call) ?? -1] === true));
  return { fresh, durable, applied: ofAll };
}

const NONE: readonly EnrichedCall[] = [];

const countedCall = ({ kept, measurement, counted }: EnrichedCall): CountedCall => ({
  kept,
  measurement,
  counted,
});

/** Answers a trace request that comes before the books are open. */
export async function refuseAtStart(request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A client that waits for a go-ahead may send its body or not: what comes next on the connection cannot be told apart.
  if (request.headers.expect !== undefined) response.setHeader('connection', 'close');
  send(response, encodingOf(request) ?? 'json', unavailable('starting', 'the gateway is starting'));
  request.resume();
}

const unsupported = (reason: RefusalReason, message: string): Refusal => ({
  status: 415,
  rpcCode: RPC_CODE.invalidArgument,
  reason,
  message,
});

function refuseBody(problem: BodyProblem, bytesMax: number): Refusal | undefined {
  switch (problem) {
    case 'body_too_large':
      return {
        status: 413,
        rpcCode: RPC_CODE.resourceExhausted,
        reason: 'too_large',
        message: `the body is larger than ${bytesMax} bytes, as sent or decompressed`,
      };
    case 'no_capacity':
      return unavailable('too_many_bytes', 'too many bytes are in flight');
    case 'invalid_compression':
      return invalid('invalid_compression', 'the body is not what its Content-Encoding says');
    case 'unsupported_compression':
      return unsupported('unsupported_compression', 'Content-Encoding must be gzip, deflate or zstd');
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
