import type { Attributes } from '@opentelemetry/api';
import type { CounterSeries } from './counter-series.ts';
import type { CounterTable } from './counter-table.ts';

const REMEMBERED_MAX = 32;

/** Series of one counter that differ in one label with few values; comparing a few beats hashing all labels. */
export class SeriesFamily {
  readonly #table: CounterTable;
  readonly #label: string;
  readonly #labels: Attributes;
  readonly #remembered: { readonly value: string; readonly series: CounterSeries }[] = [];

  constructor(table: CounterTable, label: string, labels: Attributes) {
    this.#table = table;
    this.#label = label;
    this.#labels = labels;
  }

  at(value: string): CounterSeries {
    for (const member of this.#remembered) if (member.value === value) return member.series;
    const series = this.#table.series({ [this.#label]: value, ...this.#labels });
    if (this.#remembered.length < REMEMBERED_MAX) this.#remembered.push({ value, series });
    return series;
  }
}
