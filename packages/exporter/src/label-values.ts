import type { CounterSeries } from './counter-series.ts';

/** Stands for the values of a label that are over a bound. */
export const OTHER = 'other';
/** Stands for a feature or tenant that nobody stated. */
export const UNATTRIBUTED = 'unattributed';
/** Stands for a provider, model or route that the spans do not tell. */
export const UNKNOWN = 'unknown';

const LABEL_LENGTH_MAX = 128;

/** A label's text: what is missing or empty gets a name, what is long is cut. */
export function labelText(value: string | undefined, missing: string): string {
  if (value === undefined || value === '') return missing;
  return value.length > LABEL_LENGTH_MAX ? value.slice(0, LABEL_LENGTH_MAX) : value;
}

/**
 * The values of one label that metrics keep apart, first come, first served: a cumulative series cannot be
 * taken back, so the least used one is not known until it is too late.
 */
export class LabelValues {
  readonly #max: number;
  readonly #missing: string;
  readonly #overflow: CounterSeries;
  readonly #kept = new Set<string>();

  constructor(max: number, missing: string, overflow: CounterSeries) {
    this.#max = max;
    this.#missing = missing;
    this.#overflow = overflow;
  }

  /** The label to use for a value: its own text while there is room, else `other`, which is counted. */
  label(value: string | undefined): string {
    const text = labelText(value, this.#missing);
    if (text === this.#missing || this.#kept.has(text)) return text;
    if (this.#kept.size < this.#max) {
      this.#kept.add(text);
      return text;
    }
    this.#overflow.add(1);
    return OTHER;
  }
}
