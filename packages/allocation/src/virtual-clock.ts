import { productError, sumError } from './double-double.ts';

/** Values by position, each the sum of two doubles. */
export interface LongDoubles {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

/**
 * A clock that advances by what each unit of load has, and what it advanced by while an interval was active, times the
 * interval's load.
 */
export class VirtualClock {
  /** Of an active interval the reading at its start, of one that ended what it has; by item. */
  readonly values: LongDoubles;
  #hi: number = Number.NaN;
  #lo: number = Number.NaN;

  constructor(items: number) {
    this.values = { hi: new Float64Array(items), lo: new Float64Array(items) };
    this.restart();
  }

  /** While nothing is active: a clock that starts anew keeps its digits for what is to come. */
  restart(): void {
    this.#hi = 0;
    this.#lo = 0;
  }

  advance(hi: number, lo: number): void {
    const sum = this.#hi + hi;
    const error = sumError(this.#hi, hi, sum) + (this.#lo + lo);
    this.#hi = sum + error;
    this.#lo = error - (this.#hi - sum);
  }

  start(item: number): void {
    this.values.hi[item] = this.#hi;
    this.values.lo[item] = this.#lo;
  }

  end(item: number, load: number): void {
    const { hi, lo } = this.values;
    const before = -(hi[item] ?? 0);
    const sum = this.#hi + before;
    const error = sumError(this.#hi, before, sum) + (this.#lo - (lo[item] ?? 0));
    const advance = sum + error;
    const advanceLo = error - (advance - sum);
    const product = advance * load;
    const productLo = load === 1 ? advanceLo : productError(advance, load, product) + advanceLo * load;
    const value = product + productLo;
    hi[item] = value;
    lo[item] = productLo - (value - product);
  }
}
