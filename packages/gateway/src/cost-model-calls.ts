import {
  type AttributionKeys,
  type CallOutcome,
  isDuplicateReason,
  type ModelCall,
} from '@costspan/cost-model';
import type { CallMeasurement } from '@costspan/exporter';
import type { PriceBook } from '@costspan/pricing';
import {
  type AttributeSource,
  COST_STATUS_ATTRIBUTE,
  DUPLICATE_OF_ATTRIBUTE,
  DUPLICATE_OF_TRACE_ATTRIBUTE,
  duplicateResult,
  ENTRY_SPAN_ID_ATTRIBUTE,
  isOfOtherSide,
  type RecordedSpan,
  resolveAttribution,
  ROUTE_ATTRIBUTE,
  type SpanCost,
} from '@costspan/processor';
import {
  type CallDeduplicator,
  type CallVerdict,
  readSpan,
  type SpanReading,
  type SpanReport,
  type VerdictChange,
} from '@costspan/semconv';
import type { OtlpSpan, TraceRequest } from './otlp/trace-request.ts';
import { isEntrySpan, type LineageSpan, SpanLineage } from './span-lineage.ts';

/** What the gateway keeps of a model call for as long as another span may still report it too. */
export interface GatewayCall {
  readonly span: RecordedSpan;
  /** `undefined` until the request that brought it has been costed. */
  cost: SpanCost | undefined;
  /** What the metrics have counted of it. */
  counted: CallMeasurement | undefined;
}

/** The calls of the last minutes, whatever request brought them. */
export type GatewayCalls = CallDeduplicator<GatewayCall | undefined>;

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

interface CallSpan extends LineageSpan {
  readonly traceId: string;
  readonly call: ModelCall;
  readonly kept: GatewayCall;
}

const NANOS_PER_MILLI = 1_000_000n;

/**
 * Finds the model calls among the spans of a request and costs them.
 *
 * 1. Read every span; most are nothing to a bill.
 * 2. Tell deduplication of all of them, as a span that is nothing to a bill may lie between two that are.
 * 3. In the traces that have model calls, look for entry span, feature and tenant on the ancestors.
 * 4. Price at its start time each call that is billed.
 *
 * What an upstream processor has stamped on a span (duplicate, entry span, route, feature, tenant) stands: it
 * saw the whole user-facing request and not only the part of it that is in this batch.
 */
export function costModelCalls(
  request: TraceRequest,
  settings: { readonly priceBook: PriceBook; readonly attribution: AttributionKeys },
  { calls: known, nowMillis }: { readonly calls: GatewayCalls; readonly nowMillis: number },
): CostedCalls {
  const readings = readSpans(request);
  const { calls, unrecordable } = recordableCalls(request, readings, known);
  const corrections: VerdictChange<GatewayCall>[] = [];
  const verdicts = new Map<GatewayCall, CallVerdict>();
  for (const { subject, verdict } of known.add(reportSpans(request, readings, calls), nowMillis)) {
    if (subject === undefined) continue;
    verdicts.set(subject, verdict);
    if (subject.cost !== undefined) corrections.push({ subject, verdict });
  }
  const lineage = new SpanLineage(request, new Set(calls.map((each) => each.traceId)));
  const spans = calls.map((each): CostedSpan => {
    const { span, call, kept, traceId } = each;
    const { attribution, priceBook } = settings;
    const ancestors = lineage.ancestors(traceId, each.parentSpanId);
    const entryId = text(span, ENTRY_SPAN_ID_ATTRIBUTE);
    const isEntry = entryId === undefined ? isEntrySpan : (one: LineageSpan) => one.spanId === entryId;
    const entry = [each, ...ancestors].find(isEntry);
    const sources = attributionSources(span, ancestors);
    const verdict = duplicateUpstream(span) ??
      verdicts.get(kept) ??
      known.verdict(traceId, each.spanId) ?? { billed: true };
    const cost: SpanCost = {
      call,
      outcome: outcomeOf(call, kept.span, verdict, priceBook),
      feature: resolveAttribution(keysFor(span, 'costspan.feature', attribution.feature), sources),
      tenant: resolveAttribution(keysFor(span, 'costspan.tenant', attribution.tenant), sources),
      entrySpanId: entryId ?? entry?.spanId,
      route: (entry && text(entry.span, 'http.route')) ?? text(span, ROUTE_ATTRIBUTE),
      priceBook,
    };
    kept.cost = cost;
    return { index: each.index, span, kept, cost, entry };
  });
  return { spans, readings, unrecordable, corrections };
}

/** What a verdict comes to: a price, the reason why there is none, or the span that is billed instead. */
export function outcomeOf(
  call: ModelCall,
  { traceId, startTimeUnixNano }: RecordedSpan,
  verdict: CallVerdict,
  priceBook: PriceBook,
): CallOutcome {
  if (!verdict.billed) return duplicateResult(verdict, traceId);
  return priceBook.price(call, Number(BigInt(startTimeUnixNano) / NANOS_PER_MILLI));
}

/** Tells deduplication of the spans of a request without costing them. */
export function observeModelCalls(request: TraceRequest, calls: GatewayCalls, nowMillis: number): void {
  const readings = readSpans(request);
  calls.add(reportSpans(request, readings, recordableCalls(request, readings, calls).calls), nowMillis);
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
  known: GatewayCalls,
): { calls: CallSpan[]; unrecordable: number } {
  const calls: CallSpan[] = [];
  let unrecordable = 0;
  for (const [index, reading] of readings) {
    const call = callOf(reading);
    if (call === undefined) continue;
    const span = request.span(index);
    const { traceId, spanId, parentSpanId } = span;
    if (traceId === '' || spanId === '') {
      unrecordable += 1;
      continue;
    }
    const kept = known.subject(traceId, spanId) ?? {
      span: recordedSpan(span),
      cost: undefined,
      counted: undefined,
    };
    calls.push({ index, span, traceId, spanId, parentSpanId, call, kept });
  }
  return { calls, unrecordable };
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

function processOf(span: OtlpSpan): string {
  const instance = resourceText(span, 'service.instance.id') ?? resourceText(span, 'host.name') ?? '';
  return `${resourceText(span, 'service.name') ?? ''} ${instance}`;
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
