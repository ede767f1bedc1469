/** Which half of a 64-bit word comes first in memory. */
export const LOW_HALF: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;

/**
 * Nanoseconds from one instant to others, as numbers. The times are put into a word and subtracted by halves: arithmetic of
 * `bigint` would make three objects for each time, which takes longer than the rest of reading a request.
 */
export class NanosSince {
  readonly #word = new BigInt64Array(1);
  readonly #lowHalf = new Uint32Array(this.#word.buffer, 4 * LOW_HALF, 1);
  readonly #highHalf = new Int32Array(this.#word.buffer, 4 * (1 - LOW_HALF), 1);
  readonly #sinceLow: number;
  readonly #sinceHigh: number;

  constructor(sinceUnixNano: bigint) {
    this.#word[0] = sinceUnixNano;
    this.#sinceLow = this.#lowHalf[0] ?? 0;
    this.#sinceHigh = this.#highHalf[0] ?? 0;
  }

  /** Exact within 104 days, and rounded beyond. */
  until(unixNano: bigint): number {
    this.#word[0] = unixNano;
    const high = (this.#highHalf[0] ?? 0) - this.#sinceHigh;
    return high * 2 ** 32 + ((this.#lowHalf[0] ?? 0) - this.#sinceLow);
  }
}
