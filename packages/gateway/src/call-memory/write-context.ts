import type { ModelCall } from '@costspan/cost-model';
import type { CallVerdict, SpanReport, VerdictChange } from '@costspan/semconv';
import type { GatewayCall } from '../gateway-call.ts';
import type { ClosedWindows } from '../gpu/gpu-pricing.ts';
import type { ReportedCall, ReportedCalls } from '../settle-calls.ts';
import {
  CALL_CONTEXT_VERSION,
  type CallContext,
  type ContextBoundary,
  type ContextCall,
  type ContextSource,
} from './call-context.ts';
import { packSpanIds } from './pack-span-ids.ts';

/** A request that has been costed. */
export interface CostedReports {
  readonly reported: ReportedCalls;
  /** The calls of earlier requests that it corrected. */
  readonly corrections: readonly VerdictChange<GatewayCall>[];
  /** Absent: nothing lies in the future. */
  readonly nowUnixMillis: number | undefined;
  /** Whose token it came with, where that is bound to a tenant. */
  readonly tenant: string | undefined;
}

/** Writes what the next process has to know of a request, as {@link CallContext}; `undefined` when that is nothing. */
export function writeContext({
  reported,
  corrections,
  nowUnixMillis,
  tenant,
}: CostedReports): string | undefined {
  const { spans } = reported;
  if (spans.length === 0) return undefined;
  const sources = new SourceTable();
  const closed = new ArrivalTable();
  const told = toldSpans(reported, sources, closed);
  const late = corrections.flatMap(({ subject: { span, lateNumber } }) =>
    lateNumber === undefined ? [] : [[span.traceId, span.spanId, lateNumber] as const],
  );
  const context: CallContext = {
    v: CALL_CONTEXT_VERSION,
    spans: spans.length,
    ...(tenant !== undefined && { tenant }),
    ...(nowUnixMillis !== undefined && { costedAt: nowUnixMillis }),
    ids: packSpanIds(spans),
    ...(told.length > 0 && { told }),
    ...(sources.written.length > 0 && { sources: sources.written }),
    ...(closed.written.length > 0 && { closed: closed.written }),
    ...(late.length > 0 && { late }),
  };
  return JSON.stringify(context);
}

function toldSpans(
  { spans, calls }: ReportedCalls,
  sources: SourceTable,
  closed: ArrivalTable,
): (ContextCall | ContextBoundary)[] {
  const told: (ContextCall | ContextBoundary)[] = [];
  let next = 0;
  for (let at = 0; at < spans.length; at++) {
    const report = spans[at];
    const call = calls[next];
    if (call !== undefined && call.report === report) {
      const places = {
        at,
        source: sources.placeOf(call),
        closed: closed.placeOf(call.kept.gpu.closedAtArrival),
      };
      told.push(writtenSpan(call, places));
      next += 1;
    } else if (report?.reading !== undefined && report.reading.kind !== 'model_call') {
      told.push({ kind: report.reading.kind, at, dialect: report.reading.dialect });
    }
  }
  return told;
}

interface Places {
  readonly at: number;
  readonly source: number;
  readonly closed: number | undefined;
}

function writtenSpan({ kept, report, upstream }: ReportedCall, places: Places): ContextCall {
  const { span, attribution, gpu } = kept;
  // JSON leaves out what is undefined.
  const written: Undefinable<ContextCall> = {
    kind: kindOf(report, upstream),
    at: places.at,
    source: places.source,
    startUnixNano: span.startTimeUnixNano,
    endUnixNano: span.endTimeUnixNano,
    feature: attribution.feature,
    tenant: attribution.tenant,
    entrySpanId: attribution.entrySpanId,
    route: attribution.route,
    call: ownFacts(kept.call),
    pool: gpu.pool?.name,
    replica: gpu.replica,
    adjustedCount: gpu.adjustedCount === 1 ? undefined : gpu.adjustedCount,
    closed: places.closed,
    lateNumber: kept.lateNumber,
    duplicateOf: upstream === undefined ? undefined : writtenVerdict(upstream),
  };
  return written as ContextCall;
}

type Undefinable<Shape> = { readonly [field in keyof Required<Shape>]: Shape[field] | undefined };

function kindOf(
  { reading }: SpanReport<GatewayCall | undefined>,
  upstream: CallVerdict | undefined,
): ContextCall['kind'] {
  if (upstream !== undefined) return 'duplicate';
  return reading?.kind === 'aggregate' ? 'hosted' : 'model_call';
}

/** Field by field, so that nothing else that a reader may have put on a call is written. */
function ownFacts(call: ModelCall): ContextCall['call'] {
  const written: Undefinable<ContextCall['call']> = {
    usage: call.usage,
    usageIncomplete: call.usageIncomplete,
    usageMissing: call.usageMissing,
    usageCorrected: call.usageCorrected,
    answeredFromCache: call.answeredFromCache,
    responseId: call.responseId,
    conditions: call.conditions,
    reportedCost: call.reportedCost,
    phases: call.phases,
    errorType: call.errorType,
  };
  return written as ContextCall['call'];
}

function sharedFacts(call: ModelCall): ContextSource['call'] {
  return {
    dialect: call.dialect,
    provider: call.provider,
    requestModel: call.requestModel,
    responseModel: call.responseModel,
    operation: call.operation,
    usageSource: call.usageSource,
    serviceTier: call.serviceTier,
    serverAddress: call.serverAddress,
    region: call.region,
  };
}

function writtenVerdict(verdict: CallVerdict): ContextCall['duplicateOf'] {
  if (verdict.billed) return undefined;
  const { reason, billedTraceId, billedSpanId } = verdict;
  return {
    reason,
    ...(billedTraceId !== undefined && { traceId: billedTraceId }),
    ...(billedSpanId !== undefined && { spanId: billedSpanId }),
  };
}

/** Sources that a call is compared with, the latest; in most requests there are fewer. */
const SOURCES_COMPARED_MAX = 8;

/** The sources of a request's calls. */
class SourceTable {
  readonly written: ContextSource[] = [];
  /** Of each source one call. */
  readonly #calls: ReportedCall[] = [];

  placeOf(call: ReportedCall): number {
    const least = Math.max(0, this.#calls.length - SOURCES_COMPARED_MAX);
    for (let place = this.#calls.length - 1; place >= least; place--) {
      const known = this.#calls[place];
      if (known !== undefined && isSameSource(known, call)) return place;
    }
    const { service, environment } = call.kept.span;
    this.#calls.push(call);
    return (
      this.written.push({
        scope: call.report.scopeName,
        process: call.report.service,
        ...(service !== undefined && { service }),
        ...(environment !== undefined && { environment }),
        call: sharedFacts(call.kept.call),
      }) - 1
    );
  }
}

function isSameSource(one: ReportedCall, other: ReportedCall): boolean {
  const [left, right] = [one.kept.call, other.kept.call];
  return (
    left.requestModel === right.requestModel &&
    left.responseModel === right.responseModel &&
    left.provider === right.provider &&
    left.operation === right.operation &&
    left.dialect === right.dialect &&
    left.usageSource === right.usageSource &&
    left.serviceTier === right.serviceTier &&
    left.serverAddress === right.serverAddress &&
    left.region === right.region &&
    one.report.scopeName === other.report.scopeName &&
    one.report.service === other.report.service &&
    one.kept.span.service === other.kept.span.service &&
    one.kept.span.environment === other.kept.span.environment
  );
}

/** The closed windows at the arrivals of calls; those that arrived together share a map. */
class ArrivalTable {
  readonly written: Record<string, string>[] = [];
  readonly #places = new Map<ClosedWindows, number>();

  placeOf(windows: ClosedWindows): number | undefined {
    if (windows.size === 0) return undefined;
    const known = this.#places.get(windows);
    if (known !== undefined) return known;
    this.#places.set(windows, this.written.length);
    this.written.push(
      Object.fromEntries([...windows].map(([pool, untilUnixNano]) => [pool, String(untilUnixNano)])),
    );
    return this.written.length - 1;
  }
}
