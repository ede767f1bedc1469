import type { CounterSeries } from './counter-series.ts';
import type { HistogramSeries } from './histogram-buffer.ts';
import type { SeriesFamily } from './series-family.ts';

/** The labels that tell one kind of model call from another. */
export interface CallLabels {
  readonly provider: string;
  readonly model: string;
  readonly operation: string;
  readonly feature: string;
}

/** The series that calls with the same labels add to. */
export interface CallSeries {
  /** By component. */
  readonly cost: SeriesFamily;
  /** By type. */
  readonly tokens: SeriesFamily;
  /** By reason. */
  readonly calls: Readonly<Record<'priced' | 'unpriced' | 'duplicate', SeriesFamily>>;
  readonly callCost: HistogramSeries;
  /** Counts the calls when these series stand for those over the bound. */
  readonly overflow: CounterSeries | undefined;
}

/** The series that requests of one route and feature add to. */
export interface RequestSeries {
  readonly requestCost: HistogramSeries;
  /** Counts the requests when these series stand for those over the bound. */
  readonly overflow: CounterSeries | undefined;
}

/** The series of one feature, each a few map lookups away. */
export class FeatureSeries {
  readonly label: string;
  /** By threshold. */
  readonly overThreshold: SeriesFamily;
  readonly tenantCosts: Map<string, CounterSeries> = new Map();
  readonly requests: Map<string, RequestSeries> = new Map();
  readonly #calls = new Map<string, Map<string, Map<string, CallSeries>>>();

  constructor(label: string, overThreshold: SeriesFamily) {
    this.label = label;
    this.overThreshold = overThreshold;
  }

  call(provider: string, model: string, operation: string): CallSeries | undefined {
    return this.#calls.get(provider)?.get(model)?.get(operation);
  }

  addCall(labels: CallLabels, series: CallSeries): void {
    const models = this.#calls.get(labels.provider) ?? new Map<string, Map<string, CallSeries>>();
    const operations = models.get(labels.model) ?? new Map<string, CallSeries>();
    this.#calls.set(labels.provider, models);
    models.set(labels.model, operations);
    operations.set(labels.operation, series);
  }
}
