import { type AttributionKeys, isDuplicateReason, type ModelCall, type Money } from '@costspan/cost-model';
import type { PriceBook } from '@costspan/pricing';
import {
  COST_STATUS_ATTRIBUTE,
  DUPLICATE_OF_ATTRIBUTE,
  DUPLICATE_OF_TRACE_ATTRIBUTE,
  type SpanCost,
} from '@costspan/processor';
import {
  type CallVerdict,
  readSpan,
  type SpanReading,
  type SpanReport,
  type VerdictChange,
} from '@costspan/semconv';
import { attributionOf, findEntry, textOf } from './call-attribution.ts';
import { CallSpan } from './call-span.ts';
import { costOfCall, type GatewayCall, type GatewayCalls, NO_REPORTS } from './gateway-call.ts';
import type { GpuPricing } from './gpu/gpu-pricing.ts';
import { stampedRequestCost } from './measure-requests.ts';
import type { OtlpSpan, TraceRequest } from './otlp/trace-request.ts';
import { processOf } from './process-of.ts';
import { rememberedCost } from './remembered-cost.ts';
import { type ReportedCalls, settleCalls } from './settle-calls.ts';
import { type LineageSpan, SpanLineage } from './span-lineage.ts';

/** A model-call span of a request with its cost. */
export interface CostedSpan {
  readonly index: number;
  readonly span: OtlpSpan;
  readonly kept: GatewayCall;
  readonly cost: SpanCost;
  /** Of its user-facing request, when that is part of the same trace request. */
  readonly entry: CallEntry | undefined;
}

/** The entry span of a user-facing request, which all calls that it led to share. */
export interface CallEntry {
  /** The span's number in the trace request. */
  readonly index: number;
  /** What an upstream processor has summed up on it. */
  readonly stampedCost: Money | undefined;
}

/** What the calls of a request are costed by. */
export interface CostingSettings {
  readonly priceBook: PriceBook;
  readonly attribution: AttributionKeys;
}

/** What was seen before this request, and when it is now. */
export interface CostingHistory {
  readonly calls: GatewayCalls;
  readonly gpu: GpuPricing;
  /** On a clock that does not go back. */
  readonly nowMillis: number;
  /** Absent: nothing lies in the future. */
  readonly nowUnixMillis?: number | undefined;
  /** Whose calls they all are, whatever the spans say. */
  readonly tenant?: string | undefined;
}

/** What the spans of a request turned out to be, and what is to be told of them. */
export interface FoundCalls {
  /** By the span's number; spans that have nothing to do with a model are not in it. */
  readonly readings: ReadonlyMap<number, SpanReading>;
  /** Its spans one after the other, a number of them in each part. */
  readonly parts: readonly FoundPart[];
  /** Model calls without an id to be recorded under. */
  readonly unrecordable: number;
}

/** What some spans that follow each other tell. */
export interface FoundPart extends ReportedCalls {
  readonly spans: readonly Told[];
  readonly calls: readonly CallOnSpan[];
}

type Told = { -readonly [Field in keyof SpanReport<unknown>]: SpanReport<GatewayCall | undefined>[Field] };

interface CallOnSpan {
  readonly index: number;
  readonly span: OtlpSpan;
  kept: GatewayCall;
  readonly entry: CallEntry | undefined;
  readonly report: Told;
  /** What an upstream processor found on it: a duplicate. */
  readonly upstream: CallVerdict | undefined;
}

/** What was settled of a request's calls. */
export interface SettledRequest {
  readonly verdicts: ReadonlyMap<GatewayCall, CallVerdict>;
  /** Calls of earlier requests on which the verdict is no longer what it was. */
  readonly corrections: readonly VerdictChange<GatewayCall>[];
}

/** Spans that are looked at between two pauses. */
const SPANS_PER_STEP = 256;

/**
 * Finds the model calls among the spans of a request. All that is ever read of the spans is read here, so that what is
 * malformed is found before anything has been told of the request or recorded.
 *
 * 1. Read every span; most are nothing to a bill.
 * 2. In the traces that have model calls, look for entry span, feature and tenant on the ancestors, wherever in the
 *    request these are.
 *
 * What an upstream processor has stamped on a span (duplicate, entry span, route, feature, tenant) stands: it
 * saw the whole user-facing request and not only the part of it that is in this batch.
 *
 * @param spansPerPart How many spans make a part.
 * @throws MalformedOtlp
 */
export function* findModelCalls(
  request: TraceRequest,
  settings: CostingSettings,
  history: CostingHistory,
  spansPerPart: number,
): Generator<undefined, FoundCalls> {
  const readings = new Map<number, SpanReading>();
  const lineage = new SpanLineage();
  for (let first = 0; first < request.spanCount; first += SPANS_PER_STEP) {
    if (first > 0) yield;
    readSpans(request, readings, lineage, first);
  }
  if (!lineage.isEmpty) {
    for (let first = 0; first < request.spanCount; first += SPANS_PER_STEP) {
      if (first > 0) yield;
      for (let index = first; index < lastOfStep(request, first); index++)
        lineage.add(index, request.span(index));
    }
  }
  const finder = new CallFinder({ request, readings, lineage, settings, history });
  const parts: FoundPart[] = [];
  let part: { spans: Told[]; calls: CallOnSpan[] } = { spans: [], calls: [] };
  for (let first = 0; first < request.spanCount; first += SPANS_PER_STEP) {
    if (first > 0) yield;
    if (part.spans.length >= spansPerPart) {
      parts.push(part);
      part = { spans: [], calls: [] };
    }
    for (let index = first; index < lastOfStep(request, first); index++) finder.tell(index, part);
  }
  if (request.spanCount > 0) parts.push(part);
  return { readings, parts, unrecordable: finder.unrecordable };
}

/**
 * Tells deduplication of all spans, as one that is nothing to a bill may lie between two that are, and GPU pricing of the
 * calls that run beside each other. In which parts they are told makes no difference.
 */
export function* settleModelCalls(
  { parts }: FoundCalls,
  history: CostingHistory,
): Generator<undefined, SettledRequest> {
  const verdicts = new Map<GatewayCall, CallVerdict>();
  const corrections = new Map<GatewayCall, CallVerdict>();
  for (const [number, part] of parts.entries()) {
    if (number > 0) yield;
    rememberCalls(part, history.calls);
    const settled = settleCalls(part, history);
    if (parts.length === 1) return settled;
    for (const [kept, verdict] of settled.verdicts) verdicts.set(kept, verdict);
    for (const { subject, verdict } of settled.corrections) corrections.set(subject, verdict);
  }
  return { verdicts, corrections: Array.from(corrections, ([subject, verdict]) => ({ subject, verdict })) };
}

/** Prices at its start time each call of a part that is billed, by the verdicts as they are now. */
export function costModelCalls(
  { calls }: FoundPart,
  { verdicts }: SettledRequest,
  { priceBook }: Pick<CostingSettings, 'priceBook'>,
  { calls: known, gpu, nowUnixMillis }: CostingHistory,
): CostedSpan[] {
  return calls.map(({ index, span, kept, entry, upstream }): CostedSpan => {
    const verdict =
      upstream ?? known.verdict(kept.span.traceId, kept.span.spanId) ?? verdicts.get(kept) ?? BILLED;
    const cost = costOfCall(kept, verdict, { priceBook, gpu, nowUnixMillis });
    kept.cost = rememberedCost(kept, cost);
    return { index, span, kept, cost, entry };
  });
}

const BILLED: CallVerdict = { billed: true };

function lastOfStep(request: TraceRequest, first: number): number {
  return Math.min(first + SPANS_PER_STEP, request.spanCount);
}

/** Notes the spans that have to do with a model, and the traces of calls. */
function readSpans(
  request: TraceRequest,
  readings: Map<number, SpanReading>,
  lineage: SpanLineage,
  first: number,
): void {
  for (let index = first; index < lastOfStep(request, first); index++) {
    const span = request.span(index);
    const reading = readSpan(span);
    if (reading === undefined) continue;
    readings.set(index, reading);
    if (callOf(reading) !== undefined && isRecordable(span)) lineage.follow(span.traceId);
  }
}

function isRecordable({ traceId, spanId }: OtlpSpan): boolean {
  return traceId !== '' && spanId !== '';
}

/** A redelivered call is known, and so is one that comes twice in a request. */
function rememberCalls({ calls }: FoundPart, known: GatewayCalls): void {
  for (const call of calls) {
    const { traceId, spanId } = call.report;
    const remembered = known.subject(traceId, spanId);
    if (remembered === undefined) continue;
    call.kept = remembered;
    if (call.upstream === undefined) call.report.subject = remembered;
  }
}

interface CallFinderParts {
  readonly request: TraceRequest;
  readonly readings: ReadonlyMap<number, SpanReading>;
  readonly lineage: SpanLineage;
  readonly settings: CostingSettings;
  readonly history: CostingHistory;
}

/** Finds out what a span tells, and of a call all that the spans around it say. */
class CallFinder {
  readonly #parts: CallFinderParts;
  /** Only where a span comes twice in the request. */
  readonly #inRequest: Map<string, GatewayCall> | undefined;
  readonly #entries = new Map<number, CallEntry>();
  unrecordable = 0;

  constructor(parts: CallFinderParts) {
    this.#parts = parts;
    this.#inRequest = parts.lineage.hasRepeats ? new Map() : undefined;
  }

  tell(index: number, { spans, calls }: { spans: Told[]; calls: CallOnSpan[] }): void {
    const { request, readings } = this.#parts;
    const span = request.span(index);
    const reading = readings.get(index);
    const call = callOf(reading);
    if (!isRecordable(span)) {
      if (call !== undefined) this.unrecordable += 1;
      return;
    }
    const { traceId, spanId, parentSpanId, scopeName } = span;
    const around = call === undefined ? undefined : this.#around(index, span);
    const kept = call && this.#call(span, call, around);
    // What an upstream processor found to be a duplicate only leads to the span that is billed for it.
    const upstream = call && duplicateUpstream(span);
    const report: Told = {
      traceId,
      spanId,
      parentSpanId,
      scopeName,
      service: call ? processOf(span) : '',
      startMillis: call ? span.startTime.millis : 0,
      endMillis: call ? span.endTime.millis : 0,
      reading: upstream === undefined ? reading : undefined,
      subject: upstream === undefined ? kept : undefined,
    };
    spans.push(report);
    if (kept === undefined) return;
    calls.push({ index, span, kept, entry: this.#entryOf(around?.entry), report, upstream });
  }

  #around(index: number, span: OtlpSpan): Around {
    const { spanId, parentSpanId } = span;
    const ancestors = this.#parts.lineage.ancestors(span.traceId, parentSpanId);
    return { ancestors, entry: findEntry({ index, span, spanId, parentSpanId }, ancestors) };
  }

  #call(span: OtlpSpan, call: ModelCall, around: Around | undefined): GatewayCall {
    const key = this.#inRequest === undefined ? '' : `${span.traceId} ${span.spanId}`;
    const known = this.#inRequest?.get(key);
    if (known !== undefined) return known;
    const { settings, history } = this.#parts;
    const { ancestors = [], entry } = around ?? {};
    const attribution = attributionOf(span, { ancestors, entry }, settings.attribution);
    const kept: GatewayCall = {
      span: new CallSpan(span),
      call,
      gpu: history.gpu.report(call, span),
      attribution: history.tenant === undefined ? attribution : { ...attribution, tenant: history.tenant },
      reports: NO_REPORTS,
      reportOf: undefined,
      caller: undefined,
      cost: undefined,
      counted: undefined,
      isRecorded: false,
      isCostLater: false,
      lateNumber: undefined,
      committedGpu: undefined,
    };
    this.#inRequest?.set(key, kept);
    return kept;
  }

  #entryOf(entry: LineageSpan | undefined): CallEntry | undefined {
    if (entry === undefined) return undefined;
    const { index } = entry;
    let known = this.#entries.get(index);
    if (known === undefined) {
      known = { index, stampedCost: stampedRequestCost(entry.span) };
      this.#entries.set(index, known);
    }
    return known;
  }
}

interface Around {
  readonly ancestors: readonly LineageSpan[];
  readonly entry: LineageSpan | undefined;
}

function callOf(reading: SpanReading | undefined): ModelCall | undefined {
  if (reading?.kind === 'model_call') return reading.call;
  return reading?.kind === 'aggregate' ? reading.hosted : undefined;
}

/** The verdict of an upstream processor that found the span to be a duplicate. */
function duplicateUpstream(span: OtlpSpan): CallVerdict | undefined {
  if (span.attribute(COST_STATUS_ATTRIBUTE) !== 'duplicate') return undefined;
  const reason = span.attribute('costspan.cost.reason');
  return {
    billed: false,
    reason: isDuplicateReason(reason) ? reason : 'duplicate_of_nested_span',
    billedTraceId: textOf(span, DUPLICATE_OF_TRACE_ATTRIBUTE) ?? span.traceId,
    billedSpanId: textOf(span, DUPLICATE_OF_ATTRIBUTE),
  };
}
