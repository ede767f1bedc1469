import { type AttributionKeys, type CostAttributeVocabulary, type ModelCall } from '@costspan/cost-model';
import type { CostMetrics } from '@costspan/exporter';
import type { PriceBook } from '@costspan/pricing';
import {
  CallDeduplicator,
  type CallVerdict,
  type DeduplicationWindow,
  LiveSpanView,
  readSpan,
  type SpanReading,
  type SpanReport,
} from '@costspan/semconv';
import { propagation, SpanKind } from '@opentelemetry/api';
import { type AttributeSource, isOfOtherSide, resolveAttribution } from './attribution.ts';
import { contextAttribution } from './cost-attribution.ts';
import { addCostAttributes, type WritableAttributes } from './cost-attributes.ts';
import { priceWithoutPool } from './gpu-cost.ts';
import { type LiveGpuLanes, liveGpuPrice, type LiveGpuUse } from './live-gpu-lanes.ts';
import type { RequestCost } from './request-cost.ts';
import type { SdkSpan } from './sdk-span.ts';
import { duplicateResult, type SpanCost } from './span-cost.ts';
import { markLeadingToCall, type TrackedSpan } from './span-tracker.ts';

/** Reports of one call end within seconds of each other; what is kept of a call takes about a kilobyte. */
const WINDOW: DeduplicationWindow = { millis: 60_000, spansMax: 5000 };

/** This process: an instrumentation in it reports a call once. */
const SERVICE = 'local';

/** Has the price book in force. */
export interface PriceBookSource {
  readonly current: PriceBook;
}

export interface CallBillingParts {
  readonly prices: PriceBookSource;
  readonly metrics: CostMetrics;
  readonly attribution: AttributionKeys;
  readonly emit: readonly CostAttributeVocabulary[];
  /** Absent where no GPU pools are configured. */
  readonly gpuLanes: LiveGpuLanes | undefined;
}

/** A call that was billed or not, for as long as another span may still report it too. */
interface SettledCall {
  readonly call: ModelCall;
  readonly startMillis: number;
  /** Weak, so that no span with its prompt outlives its export. */
  readonly tracked: WeakRef<TrackedSpan>;
  /** What it took of a GPU pool, whether or not it is this span that is billed for it. */
  readonly gpuUse: LiveGpuUse | undefined;
  cost: SpanCost | undefined;
}

/**
 * Bills the model calls of ended spans once each: prices them, writes their attributes, counts them. What was said of
 * a span is corrected when one that ends later tells that it was wrong.
 */
export class CallBilling {
  readonly #parts: CallBillingParts;
  readonly #calls = new CallDeduplicator<SettledCall | undefined>(WINDOW);

  constructor(parts: CallBillingParts) {
    this.#parts = parts;
  }

  /** Looks at a span that has ended. */
  settle(tracked: TrackedSpan): void {
    const reading = readSpan(new LiveSpanView(tracked.span));
    if (reading === undefined && !tracked.leadsToCall) return;
    const around = reading === undefined ? [] : markLeadingToCall(tracked);
    const reports = [...around.map((each) => this.#report(each, undefined)), this.#report(tracked, reading)];
    for (const { subject, verdict } of this.#calls.add(reports, performance.now())) {
      if (subject !== undefined) this.#apply(subject, verdict);
    }
  }

  #apply(settled: SettledCall, verdict: CallVerdict): void {
    const tracked = settled.tracked.deref();
    if (settled.cost !== undefined) this.#correct(settled, settled.cost, verdict);
    else if (tracked !== undefined) this.#bill(settled, tracked, verdict);
  }

  #bill(settled: SettledCall, tracked: TrackedSpan, verdict: CallVerdict): void {
    const { attribution, prices } = this.#parts;
    const sources = attributionSources(tracked);
    const cost: SpanCost = {
      call: settled.call,
      ...this.#price(settled, verdict, tracked.span.spanContext().traceId),
      feature: resolveAttribution(attribution.feature, sources),
      tenant: resolveAttribution(attribution.tenant, sources),
      entrySpanId: tracked.request.entrySpanId,
      route: routeOf(tracked.request),
      priceBook: prices.current,
    };
    settled.cost = cost;
    addCostAttributes(tracked.span.attributes, cost, this.#parts.emit);
    this.#parts.metrics.recordCall(measurementOf(cost));
    tracked.request.count(cost.outcome, cost.feature, 1);
  }

  /** The span's attributes can be corrected until it is exported, its request until that has ended. */
  #correct(settled: SettledCall, was: SpanCost, verdict: CallVerdict): void {
    const tracked = settled.tracked.deref();
    const { metrics, emit } = this.#parts;
    const traceId = tracked?.span.spanContext().traceId ?? '';
    const cost: SpanCost = { ...was, gpu: undefined, ...this.#price(settled, verdict, traceId) };
    settled.cost = cost;
    metrics.retractCall(measurementOf(was));
    metrics.recordCall(measurementOf(cost));
    if (tracked === undefined) return;
    const written: WritableAttributes = {};
    addCostAttributes(written, was, emit);
    for (const key in written) delete tracked.span.attributes[key];
    addCostAttributes(tracked.span.attributes, cost, emit);
    if (tracked.request.isClosed) return;
    tracked.request.count(was.outcome, was.feature, -1);
    tracked.request.count(cost.outcome, cost.feature, 1);
  }

  #price(
    { call, startMillis, gpuUse }: SettledCall,
    verdict: CallVerdict,
    traceId: string,
  ): Pick<SpanCost, 'outcome' | 'gpu'> {
    if (!verdict.billed) return { outcome: duplicateResult(verdict, traceId) };
    if (gpuUse !== undefined) return liveGpuPrice(gpuUse);
    const price = this.#parts.prices.current.price(call, Math.floor(startMillis));
    return { outcome: priceWithoutPool(call, price) };
  }

  #report(tracked: TrackedSpan, reading: SpanReading | undefined): SpanReport<SettledCall | undefined> {
    tracked.isReported = true;
    const call = callOf(reading);
    const gpuUse = call === undefined ? undefined : this.#parts.gpuLanes?.useOf(tracked, call);
    return reportOf(tracked, reading, call === undefined ? undefined : { call, gpuUse });
  }
}

function measurementOf({
  call,
  outcome,
  feature,
  tenant,
}: SpanCost): Parameters<CostMetrics['recordCall']>[0] {
  return { call, result: outcome, feature, tenant };
}

function reportOf(
  tracked: TrackedSpan,
  reading: SpanReading | undefined,
  settled: Pick<SettledCall, 'call' | 'gpuUse'> | undefined,
): SpanReport<SettledCall | undefined> {
  const { span } = tracked;
  const { traceId, spanId } = span.spanContext();
  const startMillis = toMillis(span.startTime);
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId(span) ?? '',
    scopeName: span.instrumentationScope.name,
    service: SERVICE,
    startMillis,
    endMillis: toMillis(span.endTime),
    reading,
    subject: settled && { ...settled, startMillis, tracked: new WeakRef(tracked), cost: undefined },
  };
}

function callOf(reading: SpanReading | undefined): ModelCall | undefined {
  if (reading?.kind === 'model_call') return reading.call;
  return reading?.kind === 'aggregate' ? reading.hosted : undefined;
}

/** SDK 2 and 3 have the parent's context, SDK 1 its id. */
function parentSpanId(span: SdkSpan): string | undefined {
  return span.parentSpanContext?.spanId ?? span.parentSpanId;
}

/** Where feature and tenant are looked for, nearest first: the span, its ancestors, the request, the baggage, the resource. */
function attributionSources({ span, parent, parentContext, request }: TrackedSpan): AttributeSource[] {
  const sources: AttributeSource[] = [(key) => attributeOf(span, key)];
  const given = { ...request.attribution, ...contextAttribution(parentContext) };
  if (given.tenant !== undefined || given.feature !== undefined) {
    sources.push((key) =>
      key === 'costspan.tenant' ? given.tenant : key === 'costspan.feature' ? given.feature : undefined,
    );
  }
  if (parent !== undefined) sources.push((key) => ancestorAttribute(parent, key));
  // An ancestor that the sampler dropped breaks the chain; the entry span is still known.
  sources.push((key) => request.entrySpan.attributes[key]);
  const baggage = propagation.getBaggage(parentContext);
  if (baggage !== undefined) sources.push((key) => baggage.getEntry(key)?.value);
  sources.push((key) => span.resource.attributes[key]);
  return sources;
}

function attributeOf(span: SdkSpan, key: string): unknown {
  return isOfOtherSide(key, span.kind === SpanKind.CLIENT) ? undefined : span.attributes[key];
}

function ancestorAttribute(from: TrackedSpan | undefined, key: string): unknown {
  for (let ancestor = from; ancestor !== undefined; ancestor = ancestor.parent) {
    const value = attributeOf(ancestor.span, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The template of a request's route, when it is known by now. */
export function routeOf(request: RequestCost): string | undefined {
  const route = request.entrySpan.attributes['http.route'];
  return typeof route === 'string' && route !== '' ? route : undefined;
}

function toMillis(time: readonly [number, number]): number {
  return time[0] * 1000 + time[1] / 1e6;
}
