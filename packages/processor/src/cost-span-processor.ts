import {
  type AttributionKeys,
  type CallOutcome,
  type CostAttributeVocabulary,
  type CostThreshold,
  DEFAULT_ATTRIBUTION_KEYS,
  type ModelCall,
  moneyToDouble,
} from '@costspan/cost-model';
import { CostMetrics } from '@costspan/exporter';
import { builtinPriceBook, type PriceBook } from '@costspan/pricing';
import { readSpan, settleNestedCall } from '@costspan/semconv';
import {
  type Attributes,
  type Context,
  diag,
  type MeterProvider,
  propagation,
  ROOT_CONTEXT,
} from '@opentelemetry/api';
import { type AttributeSource, resolveAttribution } from './attribution.ts';
import { addCostAttributes, COST_STATUS_ATTRIBUTE } from './cost-attributes.ts';
import { attributionListeners, contextAttribution } from './cost-attribution.ts';
import type { RequestCost } from './request-cost.ts';
import { type SdkSpan, SdkSpanView, type WritableSdkSpan } from './sdk-span-view.ts';
import type { SpanCost } from './span-cost.ts';
import { billedAround, reportBilledCall, SpanTracker, type TrackedSpan } from './span-tracker.ts';

/** Options of {@link CostSpanProcessor}; every one may be left out. */
export interface CostSpanProcessorOptions {
  /**
   * Prices to use, or what has them at any time, where they are updated in a running process. Default: the price
   * book that is built in.
   */
  readonly priceBook?: PriceBook | PriceBookSource;
  /** Where feature and tenant are looked for. */
  readonly attribution?: AttributionKeys;
  /** Requests whose cost passes an amount get a span event and are counted. */
  readonly thresholds?: readonly CostThreshold[];
  /** Attribute names to write costs in. Default `['costspan']`. */
  readonly emit?: readonly CostAttributeVocabulary[];
  /** Where the cost metrics go. Default: the global meter provider, as soon as there is one. */
  readonly meterProvider?: MeterProvider;
  /** Distinct tenants and distinct features in metrics; the rest is summed under `other`. Default 200 each. */
  readonly labelsMax?: number;
  /** Series of one instrument. Default 10,000. */
  readonly seriesMax?: number;
}

/** Has the price book in force. */
export interface PriceBookSource {
  readonly current: PriceBook;
}

const THRESHOLD_EVENT = 'costspan.threshold_exceeded';

/** How often a repeated internal failure is logged. */
const FAILURES_PER_LOG = 1000;

/**
 * An OpenTelemetry `SpanProcessor` that prices every model call as its span ends and sums the calls of each
 * request on its entry span. Put it before the exporting processor:
 *
 * @example
 * new NodeSDK({ spanProcessors: [new CostSpanProcessor(), new BatchSpanProcessor(exporter)] });
 *
 * It works in `onEnding`, before any processor has seen the ended span (SDK 2.3 and later), and otherwise in
 * `onEnd`. Attributes are put on the span object itself: `setAttribute` would drop them at the attribute limit,
 * which long prompts reach, and do nothing after the end. It never throws into the application: failures are counted in
 * {@link failures} and logged through OpenTelemetry's `diag`.
 */
export class CostSpanProcessor {
  readonly #prices: PriceBookSource;
  readonly #attribution: AttributionKeys;
  readonly #thresholds: readonly CostThreshold[];
  readonly #emit: readonly CostAttributeVocabulary[];
  readonly #metrics: CostMetrics;
  readonly #tracker = new SpanTracker();
  readonly #listener = this.#tracker.attribute.bind(this.#tracker);
  #failures = 0;

  constructor(options: CostSpanProcessorOptions = {}) {
    const { priceBook = builtinPriceBook() } = options;
    const prices = 'current' in priceBook ? priceBook : { current: priceBook };
    this.#prices = prices;
    this.#attribution = options.attribution ?? DEFAULT_ATTRIBUTION_KEYS;
    this.#thresholds = options.thresholds ?? [];
    this.#emit = options.emit ?? ['costspan'];
    this.#metrics = new CostMetrics({
      ...(options.meterProvider !== undefined && { meterProvider: options.meterProvider }),
      ...(options.labelsMax !== undefined && { labelsMax: options.labelsMax }),
      ...(options.seriesMax !== undefined && { seriesMax: options.seriesMax }),
      thresholds: this.#thresholds,
      priceBook: {
        get version() {
          return prices.current.version;
        },
        ageSeconds: () => prices.current.ageSeconds(Date.now()),
      },
    });
    attributionListeners().add(this.#listener);
  }

  /** Failures inside the processor; each was logged or counted, none reached the application. */
  get failures(): number {
    return this.#failures;
  }

  onStart(span: SdkSpan, parentContext: Context): void {
    try {
      this.#tracker.start(span, parentContext);
    } catch (error) {
      this.#failed(error);
    }
  }

  onEnding(span: SdkSpan): void {
    try {
      this.#settle(span, false);
    } catch (error) {
      this.#failed(error);
    }
  }

  onEnd(span: SdkSpan): void {
    try {
      if (this.#tracker.get(span)?.settledAs === undefined) this.#settle(span, true);
    } catch (error) {
      this.#failed(error);
    }
  }

  async forceFlush(): Promise<void> {
    this.#metrics.flush();
  }

  async shutdown(): Promise<void> {
    attributionListeners().delete(this.#listener);
    this.#metrics.flush();
  }

  #settle(span: SdkSpan, ended: boolean): void {
    // A span that was started before this processor was registered stands for itself.
    const tracked = this.#tracker.get(span) ?? this.#tracker.start(span, ROOT_CONTEXT);
    tracked.settledAs = 'other';
    // Another cost processor in the same provider has been here.
    if (span.attributes[COST_STATUS_ATTRIBUTE] !== undefined) return;
    const reading = readSpan(new SdkSpanView(span));
    const spanId = span.spanContext().spanId;
    const nested = settleNestedCall(reading, spanId, tracked.billedInsideSpanId);
    if (reading?.kind === 'model_call') {
      const duplicateOf = nested.duplicateOfSpanId ?? billedAround(tracked);
      tracked.settledAs = { billedSpanId: duplicateOf ?? nested.billedSpanIdForParent };
      const outcome: CallOutcome =
        duplicateOf === undefined
          ? this.#prices.current.price(reading.call, toMillis(span.startTime))
          : { status: 'duplicate', reason: 'duplicate_of_nested_span', billedSpanId: duplicateOf };
      this.#recordCall(tracked, reading.call, outcome);
    } else if (reading !== undefined) {
      tracked.settledAs = 'boundary';
    }
    if (nested.billedSpanIdForParent !== undefined) reportBilledCall(tracked, nested.billedSpanIdForParent);
    if (tracked.request.entrySpan === span) this.#finishRequest(tracked, ended);
  }

  #recordCall(tracked: TrackedSpan, call: ModelCall, outcome: CallOutcome): void {
    const { span, request } = tracked;
    const sources = attributionSources(tracked);
    const feature = resolveAttribution(this.#attribution.feature, sources);
    const tenant = resolveAttribution(this.#attribution.tenant, sources);
    const cost: SpanCost = {
      call,
      outcome,
      feature,
      tenant,
      entrySpanId: request.entrySpanId,
      route: routeOf(request),
      priceBook: this.#prices.current,
    };
    addCostAttributes(span.attributes, cost, this.#emit);
    this.#metrics.recordCall({ call, result: outcome, feature, tenant });
    if (outcome.status === 'priced') request.addPriced(outcome.totalPico, feature);
    else if (outcome.status === 'unpriced') request.addUnpriced(feature);
  }

  #finishRequest(tracked: TrackedSpan, ended: boolean): void {
    const { request, span } = tracked;
    this.#tracker.close(request);
    if (request.calls === 0) return;
    const cost = moneyToDouble(request.cost);
    const { attributes } = span;
    attributes['costspan.request.cost'] = cost;
    attributes['costspan.request.cost_pico'] = Number(request.cost);
    attributes['costspan.request.calls'] = request.calls;
    attributes['costspan.request.unpriced_calls'] = request.unpricedCalls;
    const exceeded = request.exceeded(this.#thresholds);
    for (const threshold of exceeded) {
      addEvent(span, ended, {
        'costspan.threshold.name': threshold.name,
        'costspan.threshold.cost': moneyToDouble(threshold.requestCost),
        'costspan.request.cost': cost,
      });
    }
    this.#metrics.recordRequest({
      costPico: request.cost,
      route: routeOf(request),
      feature: request.feature,
      exceededThresholds: exceeded.map((threshold) => threshold.name),
    });
  }

  #failed(error: unknown): void {
    if (this.#failures % FAILURES_PER_LOG === 0) diag.error('Costspan could not cost a span', error);
    this.#failures += 1;
  }
}

function addEvent(span: SdkSpan, ended: boolean, attributes: Attributes): void {
  if (ended) span.events.push({ name: THRESHOLD_EVENT, time: span.endTime, attributes });
  else (span as WritableSdkSpan).addEvent(THRESHOLD_EVENT, attributes);
}

/** Where feature and tenant are looked for, nearest first: the span, its ancestors, the request, the baggage, the resource. */
function attributionSources({ span, parent, parentContext, request }: TrackedSpan): AttributeSource[] {
  const sources: AttributeSource[] = [(key) => span.attributes[key]];
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

function ancestorAttribute(from: TrackedSpan | undefined, key: string): unknown {
  for (let ancestor = from; ancestor !== undefined; ancestor = ancestor.parent) {
    const value = ancestor.span.attributes[key];
    if (value !== undefined) return value;
  }
  return undefined;
}

function routeOf(request: RequestCost): string | undefined {
  const route = request.entrySpan.attributes['http.route'];
  return typeof route === 'string' && route !== '' ? route : undefined;
}

function toMillis(time: readonly [number, number]): number {
  return time[0] * 1000 + Math.floor(time[1] / 1e6);
}
