import {
  type CostComponent,
  type CostThreshold,
  type DuplicateReason,
  type ModelCall,
  moneyFromPico,
  moneyToDouble,
  type PriceResult,
  type TokenUsage,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
  type UsageBucket,
} from '@costspan/cost-model';
import {
  createNoopMeter,
  diag,
  type MeterProvider,
  metrics,
  type Observable,
  type ObservableResult,
} from '@opentelemetry/api';
import { CostInstruments } from './cost-instruments.ts';
import type { CallSeries, FeatureSeries } from './feature-series.ts';
import type { GpuRequestOutcome, GpuWindowAmounts, GpuWindowMeasurement } from './gpu-measurement.ts';
import { SeriesIndex } from './series-index.ts';

const METER_NAME = '@costspan/exporter';
const LABELS_MAX_DEFAULT = 200;
const SERIES_MAX_DEFAULT = 10_000;
const SERIES_MAX_FLOOR = 100;
const PICO_PER_UNIT = 1e12;
const NO_REASON = 'none';
/** How often a measurement looks whether there is a meter provider by now. */
const LOOKUP_INTERVAL_MILLIS = 1000;
/** How often a repeated failure is logged. */
const FAILURES_PER_LOG = 1000;

/** The `type` of the tokens in a usage bucket; buckets that count something else have none. */
const TOKEN_TYPES: ReadonlyMap<string, CostComponent> = new Map(
  USAGE_BUCKET_NAMES.filter((bucket) => USAGE_BUCKETS[bucket].unit === 'token').map((bucket) => [
    bucket,
    USAGE_BUCKETS[bucket].component,
  ]),
);

/** Options of {@link CostMetrics}; every one may be left out. */
export interface CostMetricsOptions {
  /** Where the metrics go. Default: the global provider, as soon as there is one. */
  readonly meterProvider?: MeterProvider;
  /** Each becomes an exact bucket bound and a series of `costspan.request.over_threshold`. */
  readonly thresholds?: readonly CostThreshold[];
  /** Names of the GPU pools, whose series are then there before their first window. */
  readonly pools?: readonly string[];
  /** Distinct values of each of the labels `feature`, `tenant`, `route` and `pool`; the rest is `other`. Default 200. */
  readonly labelsMax?: number;
  /** Series of one instrument, those of `other` included. Default 10,000; at least 100. */
  readonly seriesMax?: number;
  /** Published as `costspan.price_book.age`; an age that is no finite number is left out. */
  readonly priceBook?: { readonly version: string; readonly ageSeconds: () => number };
}

/** One model call and what became of it. */
export interface CallMeasurement {
  readonly call: ModelCall;
  readonly result: PriceResult | { readonly status: 'duplicate'; readonly reason?: DuplicateReason };
  readonly feature: string | undefined;
  readonly tenant: string | undefined;
}

/** How much of a call is measured. */
export interface CallMeasurementOptions {
  /** True for a call whose cost is not final: only itself and its tokens are counted, its cost by `recordCost`. */
  readonly costLater?: boolean;
}

/** One user-facing request and the sum of its calls. */
export interface RequestMeasurement {
  readonly costPico: bigint;
  /** The template of the route, such as `/orders/:id`; never a path with ids in it. */
  readonly route: string | undefined;
  readonly feature: string | undefined;
  /** Names of the thresholds that the request's cost passed. */
  readonly exceededThresholds: readonly string[];
}

/**
 * The cost metrics of a process as OpenTelemetry instruments.
 *
 * Recording adds whole pico-units to sums of its own; the instruments are given their growth when a reader
 * collects, or at {@link flush}. Nothing throws: what fails is counted in {@link failures} and logged through
 * OpenTelemetry's `diag`.
 *
 * @example
 * const metrics = new CostMetrics({ meterProvider });
 * metrics.recordCall({ call, result: priceBook.price(call, startMillis), feature: 'summarize', tenant: 'acme' });
 */
export class CostMetrics {
  readonly #options: CostMetricsOptions;
  readonly #instruments: CostInstruments;
  readonly #index: SeriesIndex;
  readonly #onCollect = (result: ObservableResult): void => this.#collect(result);
  #ageGauge: Observable | undefined;
  #nextLookupMillis = 0;
  #failures = 0;

  constructor(options: CostMetricsOptions = {}) {
    const { thresholds = [], labelsMax = LABELS_MAX_DEFAULT, seriesMax = SERIES_MAX_DEFAULT } = options;
    const bounds = { labelsMax, seriesMax: Math.max(seriesMax, SERIES_MAX_FLOOR) };
    this.#options = options;
    this.#instruments = new CostInstruments(bounds, thresholds);
    this.#index = new SeriesIndex(this.#instruments, bounds, thresholds);
    for (const pool of options.pools ?? []) this.#instruments.gpu.announce(pool);
    this.#bindSafely();
  }

  /** Failures so far: of the meter provider, or of measurements that are no whole numbers. */
  get failures(): number {
    return this.#failures;
  }

  /** Counts a model call, its tokens and, unless that is to come later, its cost. Never throws. */
  recordCall(measurement: CallMeasurement, options: CallMeasurementOptions = {}): void {
    try {
      if (this.#ageGauge === undefined) this.#lookForProvider();
      this.#addCall(measurement, options.costLater === true);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Counts the cost of a model call that {@link recordCall} counted with `costLater`. Never throws. */
  recordCost(measurement: CallMeasurement): void {
    this.#safely(() => {
      const feature = this.#index.feature(measurement.feature);
      this.#addCost(measurement, feature, this.#index.call(feature, measurement.call));
    });
  }

  /** Takes back what {@link recordCost} counted, as `retractCall` does. Never throws. */
  retractCost(measurement: CallMeasurement): void {
    this.#safely(() => {
      const feature = this.#index.feature(measurement.feature);
      this.#takeBackCost(measurement, feature, this.#index.call(feature, measurement.call));
    });
  }

  /**
   * Takes back a model call that turned out to be counted elsewhere, or differently: what `recordCall` with the same
   * options counted. Counters are corrected; a value that a histogram has published stays in it. Never throws.
   */
  retractCall(measurement: CallMeasurement, options: CallMeasurementOptions = {}): void {
    this.#safely(() => this.#retractCall(measurement, options.costLater === true));
  }

  /** Counts a window of a GPU pool that was settled for the first time. Never throws. */
  recordGpuWindow(window: GpuWindowMeasurement): void {
    this.#safely(() => this.#instruments.gpu.record(window));
  }

  /** Adds up by how much a window that was settled again differs, apart from what counters have. Never throws. */
  correctGpuWindow(difference: GpuWindowAmounts): void {
    this.#safely(() => this.#instruments.gpu.correct(difference));
  }

  /** Counts requests of a GPU pool by what became of them. Never throws. */
  recordGpuRequests(pool: string, outcome: GpuRequestOutcome, requests: number): void {
    this.#safely(() => this.#instruments.gpu.count(pool, outcome, requests));
  }

  /** Counts a request and its cost. Never throws. */
  recordRequest(measurement: RequestMeasurement): void {
    this.#safely(() => {
      const feature = this.#index.feature(measurement.feature);
      const series = this.#index.request(feature, measurement.route);
      series.overflow?.add(1);
      for (const threshold of measurement.exceededThresholds) feature.overThreshold.at(threshold).add(1);
      const cost = moneyToDouble(moneyFromPico(measurement.costPico));
      this.#instruments.requestCost.record(cost, series.requestCost);
    });
  }

  /**
   * Gives the instruments everything, so that the next collection has it all. Call it before the meter provider
   * is flushed or shut down for the last time. Never throws.
   */
  flush(): void {
    if (this.#ageGauge === undefined) this.#bindSafely();
    try {
      this.#instruments.flush();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Flushes and stops taking part in collections. Never throws. */
  shutdown(): void {
    this.flush();
    try {
      this.#ageGauge?.removeCallback(this.#onCollect);
      this.#instruments.gpu.unbind();
    } catch (error) {
      this.#failed(error);
    }
  }

  #addCall(measurement: CallMeasurement, costLater: boolean): void {
    const { call, result } = measurement;
    const feature = this.#index.feature(measurement.feature);
    const series = this.#index.call(feature, call);
    series.overflow?.add(1);
    series.calls[result.status].at(reasonOf(call, result)).add(1);
    if (result.status === 'duplicate') return;
    if (call.usageCorrected === true) this.#instruments.usageCorrection(call.dialect).add(1);
    forEachTokenType(call.usage, (type, count) => series.tokens.at(type).add(count));
    if (!costLater) this.#addCost(measurement, feature, series);
  }

  #addCost({ result, tenant }: CallMeasurement, feature: FeatureSeries, series: CallSeries): void {
    if (result.status !== 'priced') return;
    for (const line of result.lines) series.cost.at(line.component).add(line.amountPico);
    this.#index.tenantCost(feature, tenant).add(result.totalPico);
    this.#instruments.callCost.record(result.totalPico / PICO_PER_UNIT, series.callCost);
  }

  #retractCall(measurement: CallMeasurement, costLater: boolean): void {
    const { call, result } = measurement;
    const feature = this.#index.feature(measurement.feature);
    const series = this.#index.call(feature, call);
    series.calls[result.status].at(reasonOf(call, result)).subtract(1);
    if (result.status === 'duplicate') return;
    if (call.usageCorrected === true) this.#instruments.usageCorrection(call.dialect).subtract(1);
    forEachTokenType(call.usage, (type, count) => series.tokens.at(type).subtract(count));
    if (!costLater) this.#takeBackCost(measurement, feature, series);
  }

  #takeBackCost({ result, tenant }: CallMeasurement, feature: FeatureSeries, series: CallSeries): void {
    if (result.status !== 'priced') return;
    for (const line of result.lines) series.cost.at(line.component).subtract(line.amountPico);
    this.#index.tenantCost(feature, tenant).subtract(result.totalPico);
    this.#instruments.callCost.withdraw(result.totalPico / PICO_PER_UNIT, series.callCost);
  }

  /** Costs a closure, so that what is called for each model call does without. */
  #safely(measure: () => void): void {
    try {
      if (this.#ageGauge === undefined) this.#lookForProvider();
      measure();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** A reader of the meter provider collects: the SDK calls this before it reads the instruments. */
  #collect(result: ObservableResult): void {
    try {
      this.#instruments.collect();
      const { priceBook } = this.#options;
      if (priceBook === undefined) return;
      const ageSeconds = priceBook.ageSeconds();
      if (Number.isFinite(ageSeconds)) result.observe(ageSeconds, { version: priceBook.version });
    } catch (error) {
      this.#failed(error);
    }
  }

  #lookForProvider(): void {
    const nowMillis = Date.now();
    if (nowMillis < this.#nextLookupMillis) return;
    this.#nextLookupMillis = nowMillis + LOOKUP_INTERVAL_MILLIS;
    this.#bindSafely();
  }

  /** Binds to the provider, unless there is none yet: an instrument of the no-op one stays dead for ever. */
  #bindSafely(): void {
    try {
      const provider = this.#options.meterProvider ?? metrics.getMeterProvider();
      const meter = provider.getMeter(METER_NAME);
      if (meter === createNoopMeter()) return;
      this.#instruments.bind(meter);
      const gauge = meter.createObservableGauge('costspan.price_book.age', {
        unit: 's',
        description: 'Time since the price book in force was published.',
      });
      gauge.addCallback(this.#onCollect);
      this.#ageGauge = gauge;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#failures % FAILURES_PER_LOG === 0) diag.error('Costspan could not record metrics', error);
    this.#failures += 1;
  }
}

/** Why a call has no price of its own, or why its price is no more than a bound or an estimate. */
function reasonOf({ usageSource, usageIncomplete }: ModelCall, result: CallMeasurement['result']): string {
  if (result.status !== 'priced') return result.reason ?? NO_REASON;
  if (usageSource === 'estimated') return 'usage_estimated';
  return usageIncomplete === undefined ? NO_REASON : `usage_${usageIncomplete}`;
}

function forEachTokenType(
  usage: TokenUsage | undefined,
  visit: (type: CostComponent, count: number) => void,
): void {
  for (const bucket in usage) {
    const type = TOKEN_TYPES.get(bucket);
    const count = usage[bucket as UsageBucket] ?? 0;
    if (type !== undefined && count > 0) visit(type, count);
  }
}
