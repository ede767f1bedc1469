import { type AttributionKeys, isDuplicateReason, type ModelCall } from '@costspan/cost-model';
import type { PriceBook } from '@costspan/pricing';
import {
  type AttributeSource,
  COST_STATUS_ATTRIBUTE,
  DUPLICATE_OF_ATTRIBUTE,
  DUPLICATE_OF_TRACE_ATTRIBUTE,
  ENTRY_SPAN_ID_ATTRIBUTE,
  isOfOtherSide,
  type RecordedSpan,
  resolveAttribution,
  ROUTE_ATTRIBUTE,
  type SpanCost,
} from '@costspan/processor';
import {
  type CallVerdict,
  readSpan,
  type SpanReading,
  type SpanReport,
  type VerdictChange,
} from '@costspan/semconv';
import { type CallAttribution, costOfCall, type GatewayCall, type GatewayCalls } from './gateway-call.ts';
import { linkReports } from './link-reports.ts';
import { type GpuPricing, isOwnTry } from './gpu/gpu-pricing.ts';
import type { OtlpSpan, TraceRequest } from './otlp/trace-request.ts';
import { processOf } from './process-of.ts';
import { isEntrySpan, type LineageSpan, SpanLineage } from './span-lineage.ts';

/** A model-call span of a request with its cost. */
export interface CostedSpan {
  readonly index: number;
  readonly span: OtlpSpan;
  readonly kept: GatewayCall;
  readonly cost: SpanCost;
  /** The entry span of its user-facing request, when that is part of the same trace request. */
  readonly entry: LineageSpan | undefined;
}

/** Everything that a request says about calls. */
export interface CostedCalls {
  /** In the order of the request. */
  readonly spans: readonly CostedSpan[];
  /** What the spans turned out to be, by their number; those that have nothing to do with a model are not in it. */
  readonly readings: ReadonlyMap<number, SpanReading>;
  /** Model calls without an id to be recorded under. */
  readonly unrecordable: number;
  /** Calls of earlier requests on which the verdict is no longer what it was. */
  readonly corrections: readonly VerdictChange<GatewayCall>[];
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
}

interface CallSpan extends LineageSpan {
  readonly traceId: string;
  readonly call: ModelCall;
  readonly kept: GatewayCall;
  /** The entry span of its user-facing request, when that is part of the same trace request. */
  readonly entry: LineageSpan | undefined;
}

/**
 * Finds the model calls among the spans of a request and costs them.
 *
 * 1. Read every span; most are nothing to a bill.
 * 2. In the traces that have model calls, look for entry span, feature and tenant on the ancestors.
 * 3. Tell deduplication of all spans, as one that is nothing to a bill may lie between two that are, and GPU pricing
 *    of the calls that run beside each other.
 * 4. Price at its start time each call that is billed.
 *
 * What an upstream processor has stamped on a span (duplicate, entry span, route, feature, tenant) stands: it
 * saw the whole user-facing request and not only the part of it that is in this batch.
 */
export function costModelCalls(
  request: TraceRequest,
  settings: CostingSettings,
  history: CostingHistory,
): CostedCalls {
  const readings = readSpans(request);
  const { calls, unrecordable } = recordableCalls(request, readings, settings, history);
  const { verdicts, changes, learned } = settleCalls(request, readings, calls, history);
  const corrections = changes.filter(({ subject }) => subject.cost !== undefined);
  for (const subject of learned) {
    const isNews = history.gpu.serves(subject) || subject.call.usageSource === 'server';
    if (isNews && !changes.some((change) => change.subject === subject)) {
      corrections.push({ subject, verdict: { billed: true } });
    }
  }
  const prices = { ...settings, gpu: history.gpu, nowUnixMillis: history.nowUnixMillis };
  const spans = calls.map(({ index, span, kept, entry }): CostedSpan => {
    const cost = costOfCall(kept, verdicts.get(kept) ?? { billed: true }, prices);
    kept.cost = cost;
    return { index, span, kept, cost, entry };
  });
  return { spans, readings, unrecordable, corrections };
}

/** Tells deduplication and GPU pricing of the calls of a request without costing them. */
export function observeModelCalls(
  request: TraceRequest,
  settings: CostingSettings,
  history: CostingHistory,
): void {
  const readings = readSpans(request);
  settleCalls(request, readings, recordableCalls(request, readings, settings, history).calls, history);
}

interface SettledCalls {
  /** On every call of the request. */
  readonly verdicts: ReadonlyMap<GatewayCall, CallVerdict>;
  /** New verdicts, on calls of earlier requests too. */
  readonly changes: readonly VerdictChange<GatewayCall>[];
  /** Billed calls of earlier requests that another span has told more of. */
  readonly learned: ReadonlySet<GatewayCall>;
}

function settleCalls(
  request: TraceRequest,
  readings: ReadonlyMap<number, SpanReading>,
  calls: readonly CallSpan[],
  { calls: known, gpu, nowMillis }: CostingHistory,
): SettledCalls {
  const changes = known
    .add(reportSpans(request, readings, calls), nowMillis)
    .flatMap(({ subject, verdict }) => (subject === undefined ? [] : [{ subject, verdict }]));
  const verdicts = new Map<GatewayCall, CallVerdict>();
  for (const { kept, traceId, spanId, parentSpanId, span } of calls) {
    const caller = parentSpanId === '' ? undefined : known.subject(traceId, parentSpanId);
    if (caller !== kept) kept.caller ??= caller;
    verdicts.set(kept, duplicateUpstream(span) ?? known.verdict(traceId, spanId) ?? { billed: true });
  }
  const linked = new Map([
    ...changes.map(({ subject, verdict }) => [subject, verdict] as const),
    ...verdicts,
  ]);
  const learned = linkReports(linked, known);
  for (const [kept, verdict] of linked) {
    if (verdict.billed || isOwnTry(kept)) gpu.observe(kept);
    else gpu.forget(kept);
  }
  for (const kept of learned) gpu.observe(kept);
  return { verdicts, changes, learned };
}

/** Every span that has to do with a model, by its number. */
function readSpans(request: TraceRequest): Map<number, SpanReading> {
  const readings = new Map<number, SpanReading>();
  for (let index = 0; index < request.spanCount; index++) {
    const reading = readSpan(request.span(index));
    if (reading !== undefined) readings.set(index, reading);
  }
  return readings;
}

/** Model calls, and the agents that are billed when no call is seen inside them; a redelivered one is known. */
function recordableCalls(
  request: TraceRequest,
  readings: ReadonlyMap<number, SpanReading>,
  { attribution }: CostingSettings,
  { calls: known, gpu }: CostingHistory,
): { calls: CallSpan[]; unrecordable: number } {
  const found = [...readings].flatMap(([index, reading]) => {
    const call = callOf(reading);
    return call === undefined ? [] : [{ index, call, span: request.span(index) }];
  });
  const recordable = found.filter(({ span }) => span.traceId !== '' && span.spanId !== '');
  const lineage = new SpanLineage(request, new Set(recordable.map(({ span }) => span.traceId)));
  // A span can come twice in one request.
  const inRequest = new Map<string, GatewayCall>();
  const calls = recordable.map(({ index, call, span }): CallSpan => {
    const { traceId, spanId, parentSpanId } = span;
    const own = { index, span, spanId, parentSpanId };
    const ancestors = lineage.ancestors(traceId, parentSpanId);
    const entryId = text(span, ENTRY_SPAN_ID_ATTRIBUTE);
    const isEntry = entryId === undefined ? isEntrySpan : (one: LineageSpan) => one.spanId === entryId;
    const entry = [own, ...ancestors].find(isEntry);
    const key = `${traceId} ${spanId}`;
    const kept: GatewayCall = known.subject(traceId, spanId) ??
      inRequest.get(key) ?? {
        span: recordedSpan(span),
        call,
        gpu: gpu.report(call, span),
        attribution: attributionOf(span, { ancestors, entry, keys: attribution }),
        reports: [],
        reportOf: undefined,
        caller: undefined,
        cost: undefined,
        counted: undefined,
        isCostLater: false,
        lateNumber: undefined,
        committedGpu: undefined,
      };
    inRequest.set(key, kept);
    return { ...own, traceId, call, kept, entry };
  });
  return { calls, unrecordable: found.length - recordable.length };
}

function attributionOf(
  span: OtlpSpan,
  around: {
    readonly ancestors: readonly LineageSpan[];
    readonly entry: LineageSpan | undefined;
    readonly keys: AttributionKeys;
  },
): CallAttribution {
  const { ancestors, entry, keys } = around;
  const sources = attributionSources(span, ancestors);
  return {
    feature: resolveAttribution(keysFor(span, 'costspan.feature', keys.feature), sources),
    tenant: resolveAttribution(keysFor(span, 'costspan.tenant', keys.tenant), sources),
    entrySpanId: text(span, ENTRY_SPAN_ID_ATTRIBUTE) ?? entry?.spanId,
    route: (entry && text(entry.span, 'http.route')) ?? text(span, ROUTE_ATTRIBUTE),
  };
}

function callOf(reading: SpanReading): ModelCall | undefined {
  if (reading.kind === 'model_call') return reading.call;
  return reading.kind === 'aggregate' ? reading.hosted : undefined;
}

function reportSpans(
  request: TraceRequest,
  readings: ReadonlyMap<number, SpanReading>,
  calls: readonly CallSpan[],
): SpanReport<GatewayCall | undefined>[] {
  const keptByIndex = new Map(calls.map(({ index, kept }) => [index, kept]));
  const reports: SpanReport<GatewayCall | undefined>[] = [];
  for (let index = 0; index < request.spanCount; index++) {
    const span = request.span(index);
    const { traceId, spanId, parentSpanId, scopeName } = span;
    if (traceId === '' || spanId === '') continue;
    const reading = readings.get(index);
    const isCall = reading !== undefined && keptByIndex.has(index);
    // What an upstream processor found to be a duplicate only leads to the span that is billed for it.
    const isDuplicate = isCall && duplicateUpstream(span) !== undefined;
    reports.push({
      traceId,
      spanId,
      parentSpanId,
      scopeName,
      service: isCall ? processOf(span) : '',
      startMillis: isCall ? toMillis(span.startTimeUnixNano) : 0,
      endMillis: isCall ? toMillis(span.endTimeUnixNano) : 0,
      reading: isDuplicate ? undefined : reading,
      subject: isDuplicate ? undefined : keptByIndex.get(index),
    });
  }
  return reports;
}

function recordedSpan(span: OtlpSpan): RecordedSpan {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    startTimeUnixNano: String(span.startTimeUnixNano),
    endTimeUnixNano: String(span.endTimeUnixNano),
    service: resourceText(span, 'service.name'),
    environment:
      resourceText(span, 'deployment.environment.name') ?? resourceText(span, 'deployment.environment'),
  };
}

function toMillis(unixNano: bigint): number {
  return Number(unixNano) / 1e6;
}

/** The verdict of an upstream processor that found the span to be a duplicate. */
function duplicateUpstream(span: OtlpSpan): CallVerdict | undefined {
  if (span.attribute(COST_STATUS_ATTRIBUTE) !== 'duplicate') return undefined;
  const reason = span.attribute('costspan.cost.reason');
  return {
    billed: false,
    reason: isDuplicateReason(reason) ? reason : 'duplicate_of_nested_span',
    billedTraceId: text(span, DUPLICATE_OF_TRACE_ATTRIBUTE) ?? span.traceId,
    billedSpanId: text(span, DUPLICATE_OF_ATTRIBUTE),
  };
}

/** On a span that was costed upstream the attribution that was found there comes first. */
function keysFor(span: OtlpSpan, stampedKey: string, keys: readonly string[]): readonly string[] {
  return span.attribute(COST_STATUS_ATTRIBUTE) === undefined ? keys : [stampedKey, ...keys];
}

/** Where feature and tenant are looked for, nearest first. */
function attributionSources(span: OtlpSpan, ancestors: readonly LineageSpan[]): AttributeSource[] {
  return [
    attributesOf(span),
    ...ancestors.map((ancestor) => attributesOf(ancestor.span)),
    (key) => span.resourceAttribute(key),
  ];
}

function attributesOf(span: OtlpSpan): AttributeSource {
  return (key) => (isOfOtherSide(key, span.kindName === 'client') ? undefined : span.attribute(key));
}

function text(span: OtlpSpan, key: string): string | undefined {
  const value = span.attribute(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function resourceText(span: OtlpSpan, key: string): string | undefined {
  const value = span.resourceAttribute(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
