import { MoneySum } from '@costspan/cost-model';

/** One series of a counter with two labels. */
export interface LabelSum {
  readonly first: string;
  readonly second: string;
  readonly sum: MoneySum;
  published: boolean;
}

/** Sums by two labels, at most a given number of series; what is over shares the series `other`, `other`. */
export class LabelSums {
  readonly #sums = new Map<string, Map<string, LabelSum>>();
  readonly #seriesMax: number;
  #count = 0;
  overflow = 0;

  constructor(seriesMax: number) {
    this.#seriesMax = seriesMax;
  }

  find(first: string, second: string): LabelSum {
    const found = this.#sums.get(first)?.get(second);
    if (found !== undefined) return found;
    if (this.#count >= this.#seriesMax && first !== 'other') {
      this.overflow += 1;
      return this.find('other', 'other');
    }
    this.#count += 1;
    const created: LabelSum = { first, second, sum: new MoneySum(), published: false };
    const bySecond = this.#sums.get(first) ?? new Map<string, LabelSum>();
    this.#sums.set(first, bySecond);
    bySecond.set(second, created);
    return created;
  }

  *[Symbol.iterator](): IterableIterator<LabelSum> {
    for (const bySecond of this.#sums.values()) yield* bySecond.values();
  }
}
