import { type Money, moneyToDouble } from '@costspan/cost-model';
import { type Attributes, type Counter, type Meter, type UpDownCounter, ValueType } from '@opentelemetry/api';
import { CounterSeries, OverflowSeries } from './counter-series.ts';
import { OTHER } from './label-values.ts';

/** Series kept free for `other`; more than any {@link CounterDefinition.keptLabel} has values in practice. */
const OVERFLOW_SERIES_MAX = 16;

export interface CounterDefinition {
  readonly name: string;
  readonly description: string;
  /** `USD` is summed in pico-units, `s` in nanoseconds, every other unit in ones. */
  readonly unit: 'USD' | 's' | `{${string}}`;
  /** The label with few values that keeps its value when the others become `other`. */
  readonly keptLabel?: string;
  /** True for a sum that may fall, and then is no counter to those who read it. */
  readonly mayFall?: boolean;
}

export interface CounterBound {
  readonly seriesMax: number;
  /** Counts what goes to `other`. */
  readonly overflow: CounterSeries;
}

/**
 * The series of one OpenTelemetry counter. Sums grow here, and the counter is given their growth when metrics
 * are collected, because adding to it at every measurement costs about a microsecond each.
 *
 * Prometheus' `increase()` sees nothing of a series' first value. Therefore a series is announced with 0 at its
 * birth and first collected as such; its growth is given from the second collection on, or by a flush.
 */
export class CounterTable {
  readonly #definition: CounterDefinition;
  readonly #bound: CounterBound | undefined;
  readonly #byLabels = new Map<string, CounterSeries>();
  readonly #overflowByKeptLabel = new Map<string, OverflowSeries>();
  readonly #all: CounterSeries[] = [];
  #counter: Counter | UpDownCounter | undefined;
  #collections = 0;

  /** Without a bound, the caller promises that the labels have few values. */
  constructor(definition: CounterDefinition, bound?: CounterBound) {
    this.#definition = definition;
    this.#bound = bound;
  }

  /** The series with these labels, or the one for `other` when there is no room for a new one. */
  series(attributes: Attributes): CounterSeries {
    const key = JSON.stringify(Object.values(attributes));
    const known = this.#byLabels.get(key);
    if (known !== undefined) return known;
    const bound = this.#bound;
    if (bound !== undefined && this.#byLabels.size >= bound.seriesMax - OVERFLOW_SERIES_MAX) {
      return this.#overflowSeries(attributes, bound.overflow);
    }
    const series = new CounterSeries(attributes);
    this.#byLabels.set(key, series);
    this.#announce(series);
    return series;
  }

  /** Creates the counter and announces every series to it. */
  bind(meter: Meter): void {
    const { name, description, unit, mayFall } = this.#definition;
    const options = { description, unit, valueType: unit.startsWith('{') ? ValueType.INT : ValueType.DOUBLE };
    const counter =
      mayFall === true ? meter.createUpDownCounter(name, options) : meter.createCounter(name, options);
    for (const series of this.#all) counter.add(0, series.attributes);
    this.#counter = counter;
  }

  /** Gives the counter the growth of every series that has been collected as 0. */
  collect(): void {
    this.#collections += 1;
    this.#publish(this.#collections - 1);
  }

  /** Gives the counter all growth, of new series too. */
  flush(): void {
    this.#publish(Number.POSITIVE_INFINITY);
  }

  #overflowSeries(attributes: Attributes, overflow: CounterSeries): CounterSeries {
    const { keptLabel } = this.#definition;
    const value = keptLabel === undefined ? OTHER : String(attributes[keptLabel]);
    const full = this.#overflowByKeptLabel.size >= OVERFLOW_SERIES_MAX - 1;
    const kept = full && !this.#overflowByKeptLabel.has(value) ? OTHER : value;
    const known = this.#overflowByKeptLabel.get(kept);
    if (known !== undefined) return known;
    const labels = Object.keys(attributes).map((name) => [name, name === keptLabel ? kept : OTHER]);
    const series = new OverflowSeries(Object.fromEntries(labels) as Attributes, overflow);
    this.#overflowByKeptLabel.set(kept, series);
    this.#announce(series);
    return series;
  }

  #announce(series: CounterSeries): void {
    series.announcedAt = this.#collections;
    this.#all.push(series);
    this.#counter?.add(0, series.attributes);
  }

  #publish(announcedBefore: number): void {
    if (this.#counter === undefined) return;
    for (const series of this.#all) {
      if (!series.changed || series.announcedAt >= announcedBefore) continue;
      // The growth is taken from the exact sum each time, so that roundings do not add up.
      const growth = this.#toDouble(series.total) - series.published;
      if (growth > 0 || this.#definition.mayFall === true) {
        this.#counter.add(growth, series.attributes);
        series.published += growth;
      }
      series.changed = false;
    }
  }

  #toDouble(total: bigint): number {
    const { unit } = this.#definition;
    if (unit === 'USD') return moneyToDouble(total as Money);
    // A nanosecond is a thousand pico-seconds, so that the nearest double is that of an amount.
    return unit === 's' ? moneyToDouble((total * 1000n) as Money) : Number(total);
  }
}
