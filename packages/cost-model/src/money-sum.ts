import { type Money, moneyFromPico } from './money.ts';

/**
 * A running sum of pico amounts that is exact at any size and costs one addition of doubles: what a double
 * cannot hold exactly is carried into a bigint.
 */
export class MoneySum {
  #pico = 0;
  #carriedPico = 0n;

  /** Adds a safe-integer amount of picos. */
  add(pico: number): void {
    const sum = this.#pico + pico;
    if (Number.isSafeInteger(sum)) {
      this.#pico = sum;
    } else {
      this.#carriedPico += BigInt(this.#pico);
      this.#pico = pico;
    }
  }

  get total(): Money {
    return moneyFromPico(this.#carriedPico + BigInt(this.#pico));
  }
}
