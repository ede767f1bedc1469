import {
  type CostThreshold,
  moneyToDouble,
  type TokenUsage,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
} from '@costspan/cost-model';
import {
  type BatchObservableResult,
  createNoopMeter,
  type Meter,
  type MeterProvider,
  metrics as metricsApi,
} from '@opentelemetry/api';
import { BoundedLabels } from './bounded-labels.ts';
import { type CallCell, CallCells, PENDING_COSTS_MAX } from './call-cell.ts';
import { costBuckets } from './cost-buckets.ts';
import { type CostInstruments, createCostInstruments, observedInstruments } from './cost-instruments.ts';
import { LabelSums } from './label-sums.ts';
import type { CallMeasurement, RequestMeasurement } from './measurements.ts';

export interface CostMetricsOptions {
  /** Where the metrics go. Default: the global meter provider, as soon as a real one is registered. */
  readonly meterProvider?: MeterProvider;
  /** Each becomes a bound of the cost histograms and a zero-initialised counter. */
  readonly thresholds?: readonly CostThreshold[];
  /** Distinct values of `feature`, `tenant` and `route` that are kept apart. Default 200 each. */
  readonly labelsMax?: number;
  /** Series of one instrument. Default 10,000. */
  readonly seriesMax?: number;
  readonly priceBook?: { readonly version: string; readonly ageSeconds: () => number };
}

const LABELS_MAX = 200;
const SERIES_MAX = 10_000;
/** A cell is at most this many series of `costspan.cost`, one for each component. */
const SERIES_PER_CELL = 9;
/** Request costs that wait for a meter provider; beyond it the oldest are dropped and counted. */
const PENDING_REQUESTS_MAX = 10_000;
const PICO_PER_UNIT = 1e12;

/**
 * The cost metrics.
 *
 * Adding to an SDK counter costs about a microsecond and a model call needs ten, so calls are added to sums of
 * our own and the counters are *observed*: their callback reads the sums when a reader collects. Sums are
 * exact; picos become a double once, at collection.
 *
 * 1. A call finds its {@link CallCell} and adds to it.
 * 2. At collection the callback observes every sum. The first time a series is seen it is reported as 0, so
 *    that Prometheus can see its first increase; {@link flush} ends that for everything added so far.
 * 3. Histograms cannot be observed: values wait in the cell and are recorded inside the same callback, which
 *    the SDK runs before it collects histograms.
 * 4. The API has no proxy for meters: instruments made before a provider is registered stay dead. So they are
 *    made when there is one, and what was added until then is still there.
 */
export class CostMetrics {
  readonly #options: CostMetricsOptions;
  readonly #thresholds: readonly CostThreshold[];
  readonly #features: BoundedLabels;
  readonly #tenants: BoundedLabels;
  readonly #routes: BoundedLabels;
  readonly #cells: CallCells;
  readonly #tenantCosts: LabelSums;
  readonly #overThreshold: LabelSums;
  #pendingRequests: { cost: number; route: string; feature: string }[] = [];
  #droppedHistogramValues = 0;
  #instruments: CostInstruments | undefined;
  #flushing = false;
  #failures = 0;

  constructor(options: CostMetricsOptions = {}) {
    const labelsMax = options.labelsMax ?? LABELS_MAX;
    const seriesMax = options.seriesMax ?? SERIES_MAX;
    this.#options = options;
    this.#thresholds = options.thresholds ?? [];
    this.#features = new BoundedLabels(labelsMax);
    this.#tenants = new BoundedLabels(labelsMax);
    this.#routes = new BoundedLabels(labelsMax);
    this.#cells = new CallCells(Math.max(1, Math.floor(seriesMax / SERIES_PER_CELL)));
    this.#tenantCosts = new LabelSums(seriesMax);
    this.#overThreshold = new LabelSums(seriesMax);
    for (const { name, feature } of this.#thresholds) {
      if (feature !== undefined) this.#overThreshold.find(name, this.#features.label(feature));
    }
    this.#bind();
  }

  /** Failures of the meter provider; none of them reaches the caller. */
  get failures(): number {
    return this.#failures;
  }

  /** Adds one model call. Never throws. */
  recordCall({ call, result, feature, tenant }: CallMeasurement): void {
    if (this.#instruments === undefined) this.#bind();
    const featureLabel = this.#features.label(feature);
    const cell = this.#cells.find(call, featureLabel);
    if (result.status !== 'priced') {
      cell.addCall(`${result.status} ${result.reason}`);
      if (result.status === 'unpriced' && call.usage !== undefined) addTokens(cell, call.usage);
      return;
    }
    cell.addCall('priced none');
    if (call.usage !== undefined) addTokens(cell, call.usage);
    for (const line of result.lines) cell.addCost(line.component, line.amountPico);
    this.#tenantCosts.find(this.#tenants.label(tenant), featureLabel).sum.add(result.totalPico);
    cell.pendingCosts.push(result.totalPico / PICO_PER_UNIT);
    if (cell.pendingCosts.length >= PENDING_COSTS_MAX) this.#recordPending(cell);
  }

  /** Adds one finished request. Never throws. */
  recordRequest(request: RequestMeasurement): void {
    if (this.#instruments === undefined) this.#bind();
    const feature = this.#features.label(request.feature);
    for (const name of request.exceededThresholds) this.#overThreshold.find(name, feature).sum.add(1);
    this.#pendingRequests.push({
      cost: Number(request.costPico) / PICO_PER_UNIT,
      route: this.#routes.label(request.route),
      feature,
    });
    if (this.#pendingRequests.length < PENDING_REQUESTS_MAX) return;
    if (this.#instruments !== undefined) return this.#recordPendingRequests(this.#instruments);
    this.#droppedHistogramValues += this.#pendingRequests.length >> 1;
    this.#pendingRequests = this.#pendingRequests.slice(this.#pendingRequests.length >> 1);
  }

  /** Makes the next collection report every series as it is, new ones included: call it before a last flush. */
  flush(): void {
    this.#flushing = true;
    this.#bind();
  }

  #bind(): void {
    try {
      const provider = this.#options.meterProvider ?? metricsApi.getMeterProvider();
      const meter: Meter = provider.getMeter('@costspan/exporter');
      if (meter === createNoopMeter() || this.#instruments !== undefined) return;
      const instruments = createCostInstruments(meter, costBuckets(this.#thresholds));
      meter.addBatchObservableCallback(
        (result) => this.#collect(result, instruments),
        observedInstruments(instruments),
      );
      this.#instruments = instruments;
    } catch {
      this.#failures += 1;
    }
  }

  #collect(result: BatchObservableResult, instruments: CostInstruments): void {
    try {
      const flushing = this.#flushing;
      this.#flushing = false;
      this.#observeCells(result, instruments, flushing);
      for (const series of this.#tenantCosts) {
        const value = published(series, flushing) ? moneyToDouble(series.sum.total) : 0;
        result.observe(instruments.tenantCost, value, { tenant: series.first, feature: series.second });
      }
      for (const series of this.#overThreshold) {
        const value = published(series, flushing) ? Number(series.sum.total) : 0;
        result.observe(instruments.overThreshold, value, { threshold: series.first, feature: series.second });
      }
      this.#observeOverflow(result, instruments);
      const { priceBook } = this.#options;
      if (priceBook !== undefined) {
        result.observe(instruments.priceBookAge, priceBook.ageSeconds(), { version: priceBook.version });
      }
      this.#recordPendingRequests(instruments);
    } catch {
      this.#failures += 1;
    }
  }

  #observeCells(result: BatchObservableResult, instruments: CostInstruments, flushing: boolean): void {
    // Cells are finer than the series of calls and tokens, which are added up before they are observed.
    const calls = new Map<string, { value: number; attributes: Record<string, string> }>();
    const tokens = new Map<string, { value: number; attributes: Record<string, string> }>();
    for (const cell of this.#cells) {
      const show = published(cell, flushing);
      const { provider, model, operation, feature } = cell;
      for (const [component, sum] of cell.costByComponent) {
        const value = show ? moneyToDouble(sum.total) : 0;
        result.observe(instruments.cost, value, { component, provider, model, operation, feature });
      }
      for (const [outcome, count] of cell.callsByOutcome) {
        const [status = '', reason = ''] = outcome.split(' ');
        addTo(calls, `${outcome}\0${provider}\0${model}`, show ? count : 0, {
          status,
          reason,
          provider,
          model,
        });
      }
      for (const [type, count] of cell.tokensByType) {
        addTo(tokens, `${type}\0${provider}\0${model}\0${feature}`, show ? count : 0, {
          type,
          provider,
          model,
          feature,
        });
      }
      this.#recordPending(cell);
    }
    for (const { value, attributes } of calls.values()) result.observe(instruments.calls, value, attributes);
    for (const { value, attributes } of tokens.values())
      result.observe(instruments.tokens, value, attributes);
  }

  #observeOverflow(result: BatchObservableResult, instruments: CostInstruments): void {
    const overflows: Readonly<Record<string, number>> = {
      feature: this.#features.overflow,
      tenant: this.#tenants.overflow,
      route: this.#routes.overflow,
      series: this.#cells.overflow + this.#tenantCosts.overflow,
      histogram: this.#droppedHistogramValues,
    };
    for (const label in overflows) result.observe(instruments.overflow, overflows[label] ?? 0, { label });
  }

  #recordPending(cell: CallCell): void {
    if (this.#instruments === undefined) {
      this.#droppedHistogramValues += cell.pendingCosts.length;
      cell.pendingCosts.length = 0;
      return;
    }
    const { provider, model, operation, feature } = cell;
    const attributes = { provider, model, operation, feature };
    for (const cost of cell.pendingCosts) this.#instruments.callCost.record(cost, attributes);
    cell.pendingCosts.length = 0;
  }

  #recordPendingRequests(instruments: CostInstruments): void {
    for (const { cost, route, feature } of this.#pendingRequests)
      instruments.requestCost.record(cost, { route, feature });
    this.#pendingRequests = [];
  }
}

/** Whether a series may show its value: not at its first collection, unless everything is to be shown. */
function published(series: { published: boolean }, flushing: boolean): boolean {
  const before = series.published;
  series.published = true;
  return before || flushing;
}

function addTo<Attributes>(
  into: Map<string, { value: number; attributes: Attributes }>,
  key: string,
  value: number,
  attributes: Attributes,
): void {
  const found = into.get(key);
  if (found === undefined) into.set(key, { value, attributes });
  else found.value += value;
}

function addTokens(cell: CallCell, usage: TokenUsage): void {
  for (const bucket of USAGE_BUCKET_NAMES) {
    const count = usage[bucket];
    if (count === undefined || count === 0) continue;
    const { unit, component } = USAGE_BUCKETS[bucket];
    if (unit === 'token') cell.addTokens(component, count);
  }
}
