/** The label value that everything beyond the bound is summed under. */
export const OTHER = 'other';
/** The label value of what has none. */
export const UNATTRIBUTED = 'unattributed';

const LABEL_LENGTH_MAX = 128;

/**
 * The distinct values of one label, at most a given number: first come, first kept, because a cumulative
 * series that has been published cannot be taken back. What is over is counted and goes to `other`.
 */
export class BoundedLabels {
  readonly #kept = new Map<string, string>();
  readonly #max: number;
  overflow = 0;

  constructor(max: number) {
    this.#max = max;
  }

  label(value: string | undefined): string {
    if (value === undefined || value === '') return UNATTRIBUTED;
    const kept = this.#kept.get(value);
    if (kept !== undefined) return kept;
    if (this.#kept.size >= this.#max) {
      this.overflow += 1;
      return OTHER;
    }
    const label = value.slice(0, LABEL_LENGTH_MAX);
    this.#kept.set(value, label);
    return label;
  }
}
