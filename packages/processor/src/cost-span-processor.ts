import {
  type AttributionKeys,
  type CostAttributeVocabulary,
  type CostThreshold,
  DEFAULT_ATTRIBUTION_KEYS,
  type GpuPool,
  moneyToDouble,
} from '@costspan/cost-model';
import { CostMetrics } from '@costspan/exporter';
import { builtinPriceBook, type PriceBook } from '@costspan/pricing';
import { type LiveCall, type LiveCallListener, liveCallListeners, spanLineages } from '@costspan/semconv';
import { type Attributes, type Context, diag, type MeterProvider, ROOT_CONTEXT } from '@opentelemetry/api';
import { CallBilling, type PriceBookSource, routeOf } from './call-billing.ts';
import { COST_STATUS_ATTRIBUTE } from './cost-attributes.ts';
import { attributionListeners } from './cost-attribution.ts';
import { LiveGpuLanes } from './live-gpu-lanes.ts';
import type { SdkSpan, WritableSdkSpan } from './sdk-span.ts';
import { SpanTracker, type TrackedSpan } from './span-tracker.ts';

/** Options of {@link CostSpanProcessor}; every one may be left out. */
export interface CostSpanProcessorOptions {
  /**
   * Prices to use, or what has them at any time, where they are updated in a running process. Default: the price
   * book that is built in.
   */
  readonly priceBook?: PriceBook | PriceBookSource;
  /**
   * GPU pools that serve models of one's own. A call that one of them served costs what it took of the pool's time: an
   * estimate, as this process sees only its own calls, and those from outside. Default: none.
   */
  readonly pools?: readonly GpuPool[];
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
  readonly #thresholds: readonly CostThreshold[];
  readonly #metrics: CostMetrics;
  readonly #billing: CallBilling;
  readonly #gpuLanes: LiveGpuLanes | undefined;
  readonly #tracker = new SpanTracker();
  readonly #listener = this.#tracker.attribute.bind(this.#tracker);
  readonly #parentOf = this.#tracker.parentOf.bind(this.#tracker);
  readonly #callsOnWire: LiveCallListener = {
    running: (call) => this.#follow(call),
    ended: (call) => this.#follow(call, true),
  };
  #failures = 0;

  constructor(options: CostSpanProcessorOptions = {}) {
    const { priceBook = builtinPriceBook(), pools = [] } = options;
    const prices = 'current' in priceBook ? priceBook : { current: priceBook };
    this.#thresholds = options.thresholds ?? [];
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
    this.#gpuLanes = pools.length > 0 ? new LiveGpuLanes(pools) : undefined;
    this.#billing = new CallBilling({
      prices,
      gpuLanes: this.#gpuLanes,
      metrics: this.#metrics,
      attribution: options.attribution ?? DEFAULT_ATTRIBUTION_KEYS,
      emit: options.emit ?? ['costspan'],
    });
    attributionListeners().add(this.#listener);
    spanLineages().add(this.#parentOf);
    if (this.#gpuLanes !== undefined) liveCallListeners().add(this.#callsOnWire);
  }

  /** Failures inside the processor; each was logged or counted, none reached the application. */
  get failures(): number {
    return this.#failures;
  }

  onStart(span: SdkSpan, parentContext: Context): void {
    try {
      const tracked = this.#tracker.start(span, parentContext);
      this.#gpuLanes?.enter(tracked);
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
      if (this.#tracker.get(span)?.isSettled !== true) this.#settle(span, true);
    } catch (error) {
      this.#failed(error);
    }
  }

  async forceFlush(): Promise<void> {
    this.#metrics.flush();
  }

  async shutdown(): Promise<void> {
    attributionListeners().delete(this.#listener);
    spanLineages().delete(this.#parentOf);
    liveCallListeners().delete(this.#callsOnWire);
    this.#metrics.flush();
  }

  #follow(call: LiveCall, isOver = false): void {
    try {
      if (isOver) this.#gpuLanes?.leaveWire(call);
      else this.#gpuLanes?.enterOnWire(call, call.callerSpan && this.#tracker.get(call.callerSpan));
    } catch (error) {
      this.#failed(error);
    }
  }

  #settle(span: SdkSpan, ended: boolean): void {
    // A span that was started before this processor was registered stands for itself.
    const tracked = this.#tracker.get(span) ?? this.#tracker.start(span, ROOT_CONTEXT);
    tracked.isSettled = true;
    this.#gpuLanes?.leave(tracked);
    // Another cost processor in the same provider has been here.
    if (span.attributes[COST_STATUS_ATTRIBUTE] !== undefined) return;
    this.#billing.settle(tracked);
    if (tracked.request.entrySpan === span) this.#finishRequest(tracked, ended);
  }

  #finishRequest(tracked: TrackedSpan, ended: boolean): void {
    const { request, span } = tracked;
    this.#tracker.close(request);
    request.isClosed = true;
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
