import { type AttributionKeys, isDuplicateReason, type ModelCall } from '@costspan/cost-model';
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
import { costOfCall, type GatewayCall, type GatewayCalls } from './gateway-call.ts';
import type { GpuPricing } from './gpu/gpu-pricing.ts';
import type { OtlpSpan, TraceRequest } from './otlp/trace-request.ts';
import { processOf } from './process-of.ts';
import { type ReportedCall, type ReportedCalls, settleCalls } from './settle-calls.ts';
import { type LineageSpan, SpanLineage } from './span-lineage.ts';

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
  /** What later requests, and a process that comes after this one, have to know of it. */
  readonly reported: ReportedCalls;
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
  /** Whose calls they all are, whatever the spans say. */
  readonly tenant?: string | undefined;
}

interface CallOnSpan {
  readonly index: number;
  readonly span: OtlpSpan;
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
  const reported = reportCalls(request, readings, calls);
  const { verdicts, corrections } = settleCalls(reported, history);
  const prices = { ...settings, gpu: history.gpu, nowUnixMillis: history.nowUnixMillis };
  const spans = calls.map(({ index, span, kept, entry }): CostedSpan => {
    const cost = costOfCall(kept, verdicts.get(kept) ?? { billed: true }, prices);
    kept.cost = cost;
    return { index, span, kept, cost, entry };
  });
  return { spans, readings, reported, unrecordable, corrections };
}

/** Tells deduplication and GPU pricing of the calls of a request without costing them. */
export function observeModelCalls(
  request: TraceRequest,
  settings: CostingSettings,
  history: CostingHistory,
): void {
  const readings = readSpans(request);
  const { calls } = recordableCalls(request, readings, settings, history);
  settleCalls(reportCalls(request, readings, calls), history);
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
  { calls: known, gpu, tenant }: CostingHistory,
): { calls: CallOnSpan[]; unrecordable: number } {
  const found = findCalls(request, readings);
  const recordable = found.filter(({ span }) => span.traceId !== '' && span.spanId !== '');
  const lineage = new SpanLineage(request, new Set(recordable.map(({ span }) => span.traceId)));
  // A span can come twice in one request.
  const inRequest = lineage.hasRepeats ? new Map<string, GatewayCall>() : undefined;
  const calls = recordable.map(({ index, call, span }): CallOnSpan => {
    const { traceId, spanId, parentSpanId } = span;
    const ancestors = lineage.ancestors(traceId, parentSpanId);
    const entry = findEntry({ index, span, spanId, parentSpanId }, ancestors);
    const key = inRequest === undefined ? '' : `${traceId} ${spanId}`;
    const remembered = known.subject(traceId, spanId) ?? inRequest?.get(key);
    const kept: GatewayCall = remembered ?? {
      span: new CallSpan(span),
      call,
      gpu: gpu.report(call, span),
      attribution: {
        ...attributionOf(span, { ancestors, entry }, attribution),
        ...(tenant !== undefined && { tenant }),
      },
      reports: [],
      reportOf: undefined,
      caller: undefined,
      cost: undefined,
      counted: undefined,
      isCostLater: false,
      lateNumber: undefined,
      committedGpu: undefined,
    };
    inRequest?.set(key, kept);
    return { index, span, kept, entry };
  });
  return { calls, unrecordable: found.length - recordable.length };
}

interface FoundCall {
  readonly index: number;
  readonly span: OtlpSpan;
  readonly call: ModelCall;
}

function findCalls(request: TraceRequest, readings: ReadonlyMap<number, SpanReading>): FoundCall[] {
  const found: FoundCall[] = [];
  for (const [index, reading] of readings) {
    const call = callOf(reading);
    if (call !== undefined) found.push({ index, span: request.span(index), call });
  }
  return found;
}

function callOf(reading: SpanReading): ModelCall | undefined {
  if (reading.kind === 'model_call') return reading.call;
  return reading.kind === 'aggregate' ? reading.hosted : undefined;
}

function reportCalls(
  request: TraceRequest,
  readings: ReadonlyMap<number, SpanReading>,
  calls: readonly CallOnSpan[],
): ReportedCalls {
  const reports: SpanReport<GatewayCall | undefined>[] = [];
  const reportedCalls: ReportedCall[] = [];
  let nextCall = 0;
  for (let index = 0; index < request.spanCount; index++) {
    const span = request.span(index);
    const { traceId, spanId, parentSpanId, scopeName } = span;
    if (traceId === '' || spanId === '') continue;
    // Calls are in the order of the spans.
    const call = calls[nextCall]?.index === index ? calls[nextCall++] : undefined;
    // What an upstream processor found to be a duplicate only leads to the span that is billed for it.
    const upstream = call && duplicateUpstream(span);
    const report = {
      traceId,
      spanId,
      parentSpanId,
      scopeName,
      service: call ? processOf(span) : '',
      startMillis: call ? span.startTime.millis : 0,
      endMillis: call ? span.endTime.millis : 0,
      reading: upstream === undefined ? readings.get(index) : undefined,
      subject: upstream === undefined ? call?.kept : undefined,
    };
    reports.push(report);
    if (call !== undefined) reportedCalls.push({ kept: call.kept, report, upstream });
  }
  return { spans: reports, calls: reportedCalls };
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
