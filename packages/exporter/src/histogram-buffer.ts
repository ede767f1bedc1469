import type { Attributes, Histogram, Meter } from '@opentelemetry/api';
import type { CounterSeries } from './counter-series.ts';

const BUFFERED_MAX = 1024;

export interface HistogramDefinition {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

/** One series of a histogram. */
export interface HistogramSeries {
  readonly attributes: Attributes;
  /** Whether the histogram has had a value of it. */
  started: boolean;
}

/**
 * Values on their way to an OpenTelemetry histogram: kept while there is none, then handed over at each
 * collection or when the buffer is full, so that recording stays cheap where it happens.
 */
export class HistogramBuffer {
  readonly #definition: HistogramDefinition;
  readonly #boundaries: readonly number[];
  readonly #dropped: CounterSeries;
  readonly #values = new Float64Array(BUFFERED_MAX);
  readonly #series: HistogramSeries[] = [];
  #histogram: Histogram | undefined;

  constructor(definition: HistogramDefinition, boundaries: readonly number[], dropped: CounterSeries) {
    this.#definition = definition;
    this.#boundaries = boundaries;
    this.#dropped = dropped;
  }

  record(value: number, series: HistogramSeries): void {
    const histogram = this.#histogram;
    if (histogram !== undefined && !series.started) {
      // The SDK takes a series' start time from its first value, which must lie before the collection.
      series.started = true;
      histogram.record(value, series.attributes);
      return;
    }
    if (this.#series.length === BUFFERED_MAX) {
      if (histogram === undefined) return this.#dropped.add(1);
      this.flush();
    }
    this.#values[this.#series.length] = value;
    this.#series.push(series);
  }

  /** Takes back a value that has not been handed over yet; one that has been stays in the histogram. */
  withdraw(value: number, series: HistogramSeries): void {
    const index = this.#series.findLastIndex((each, at) => each === series && this.#values[at] === value);
    if (index === -1) return;
    this.#series.splice(index, 1);
    this.#values.copyWithin(index, index + 1);
  }

  bind(meter: Meter): void {
    const { name, description, unit } = this.#definition;
    const advice = { explicitBucketBoundaries: [...this.#boundaries] };
    this.#histogram = meter.createHistogram(name, { description, unit, advice });
    this.flush();
  }

  /** The same as {@link flush}: nothing is held back, because a histogram cannot be announced with 0. */
  collect(): void {
    this.flush();
  }

  flush(): void {
    const histogram = this.#histogram;
    if (histogram === undefined) return;
    const buffered = this.#series.splice(0);
    buffered.forEach((series, index) => {
      series.started = true;
      histogram.record(this.#values[index] ?? 0, series.attributes);
    });
  }
}
