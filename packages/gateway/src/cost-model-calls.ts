import type { AttributionKeys, ModelCall } from '@costspan/cost-model';
import type { PriceBook } from '@costspan/pricing';
import {
  type AttributeSource,
  COST_STATUS_ATTRIBUTE,
  DUPLICATE_OF_ATTRIBUTE,
  ENTRY_SPAN_ID_ATTRIBUTE,
  resolveAttribution,
  ROUTE_ATTRIBUTE,
  type SpanCost,
} from '@costspan/processor';
import { readSpan, settleNestedCalls, type SpanReading } from '@costspan/semconv';
import type { OtlpSpan, TraceRequest } from './otlp/trace-request.ts';
import { isEntrySpan, type LineageSpan, SpanLineage } from './span-lineage.ts';

/** A model-call span of a request with its cost. */
export interface CostedSpan {
  readonly index: number;
  readonly span: OtlpSpan;
  readonly cost: SpanCost;
  /** The entry span of its user-facing request, when that is part of the same trace request. */
  readonly entry: LineageSpan | undefined;
}

interface CallSpan extends LineageSpan {
  readonly traceId: string;
  readonly call: ModelCall;
}

const NANOS_PER_MILLI = 1_000_000n;

/**
 * Finds the model calls among the spans of a request and costs them.
 *
 * 1. Read every span; most are nothing to a bill and are done with.
 * 2. In the traces that have model calls, follow parent links: nested reports of one call are settled, and
 *    entry span, feature and tenant are looked for on the ancestors.
 * 3. Price each call at its start time.
 *
 * What an upstream processor has stamped on a span (duplicate, entry span, route, feature, tenant) stands: it
 * saw the whole user-facing request and not only the part of it that is in this batch.
 *
 * @returns The calls in the order of the request, and how many more have no id to be recorded under.
 */
export function costModelCalls(
  request: TraceRequest,
  settings: { readonly priceBook: PriceBook; readonly attribution: AttributionKeys },
): { spans: CostedSpan[]; unrecordable: number } {
  const readings = readSpans(request);
  const { calls, unrecordable } = recordableCalls(request, readings);
  const lineage = new SpanLineage(request, new Set(calls.map((each) => each.traceId)));
  const billedSpanIds = settleTraces(calls, lineage, readings);
  const spans = calls.map((each): CostedSpan => {
    const { span, call } = each;
    const { attribution, priceBook } = settings;
    const ancestors = lineage.ancestors(each.traceId, each.parentSpanId);
    const entryId = text(span, ENTRY_SPAN_ID_ATTRIBUTE);
    const isEntry = entryId === undefined ? isEntrySpan : (one: LineageSpan) => one.spanId === entryId;
    const entry = [each, ...ancestors].find(isEntry);
    const sources = attributionSources(span, ancestors);
    const billedSpanId = duplicateUpstream(span) ?? billedSpanIds.get(each.index);
    const cost: SpanCost = {
      call,
      outcome:
        billedSpanId === undefined
          ? priceBook.price(call, Number(span.startTimeUnixNano / NANOS_PER_MILLI))
          : { status: 'duplicate', reason: 'duplicate_of_nested_span', billedSpanId },
      feature: resolveAttribution(keysFor(span, 'costspan.feature', attribution.feature), sources),
      tenant: resolveAttribution(keysFor(span, 'costspan.tenant', attribution.tenant), sources),
      entrySpanId: entryId ?? entry?.spanId,
      route: (entry && text(entry.span, 'http.route')) ?? text(span, ROUTE_ATTRIBUTE),
      priceBook,
    };
    return { index: each.index, span, cost, entry };
  });
  return { spans, unrecordable };
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

function recordableCalls(
  request: TraceRequest,
  readings: ReadonlyMap<number, SpanReading>,
): { calls: CallSpan[]; unrecordable: number } {
  const calls: CallSpan[] = [];
  let unrecordable = 0;
  for (const [index, reading] of readings) {
    if (reading.kind !== 'model_call') continue;
    const span = request.span(index);
    const { traceId, spanId, parentSpanId } = span;
    if (traceId === '' || spanId === '') unrecordable += 1;
    else calls.push({ index, span, traceId, spanId, parentSpanId, call: reading.call });
  }
  return { calls, unrecordable };
}

/** The billed span for each call that only repeats another one. A trace with one call has none. */
function settleTraces(
  calls: readonly CallSpan[],
  lineage: SpanLineage,
  readings: ReadonlyMap<number, SpanReading>,
): Map<number, string> {
  const billedSpanIds = new Map<number, string>();
  const callsByTrace = Map.groupBy(calls, (each) => each.traceId);
  for (const [traceId, callsOfTrace] of callsByTrace) {
    if (callsOfTrace.length < 2) continue;
    const spans = lineage.trace(traceId);
    const settlements = settleNestedCalls(
      spans.map(({ index, spanId, parentSpanId }) => ({
        spanId,
        parentSpanId,
        reading: readings.get(index),
      })),
    );
    const billedBySpanId = new Map(
      spans.map(({ spanId }, at) => [spanId, settlements[at]?.duplicateOfSpanId]),
    );
    for (const { index, spanId } of callsOfTrace) {
      const billedSpanId = billedBySpanId.get(spanId);
      if (billedSpanId !== undefined) billedSpanIds.set(index, billedSpanId);
    }
  }
  return billedSpanIds;
}

/** The billed span's id, when an upstream processor found the span to be a duplicate. */
function duplicateUpstream(span: OtlpSpan): string | undefined {
  const duplicate = span.attribute(COST_STATUS_ATTRIBUTE) === 'duplicate';
  return duplicate ? text(span, DUPLICATE_OF_ATTRIBUTE) : undefined;
}

/** On a span that was costed upstream the attribution that was found there comes first. */
function keysFor(span: OtlpSpan, stampedKey: string, keys: readonly string[]): readonly string[] {
  return span.attribute(COST_STATUS_ATTRIBUTE) === undefined ? keys : [stampedKey, ...keys];
}

/** Where feature and tenant are looked for, nearest first. */
function attributionSources(span: OtlpSpan, ancestors: readonly LineageSpan[]): AttributeSource[] {
  return [
    (key) => span.attribute(key),
    ...ancestors.map(
      (ancestor): AttributeSource =>
        (key) =>
          ancestor.span.attribute(key),
    ),
    (key) => span.resourceAttribute(key),
  ];
}

function text(span: OtlpSpan, key: string): string | undefined {
  const value = span.attribute(key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
