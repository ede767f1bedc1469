import { LOW_HALF } from './nanos-since.ts';

/**
 * Items in the order of their times. Time and item are packed into one 64-bit key, so that the engine's own sort for
 * typed arrays does it without calling back: comparing in JavaScript takes ten times as long. A million items within
 * five hours of nanoseconds fit into the keys; others are compared.
 */
export class EventOrder {
  readonly #times: Float64Array;
  readonly #itemBits: number;
  readonly #itemMask: number;
  /** What one unit of a key's high half is in time. */
  readonly #highTime: number;
  /** Each key as two halves. */
  readonly #halves: Uint32Array | undefined;
  readonly #compared: Uint32Array | undefined;

  /** @param times Whole, from 0 to `timeMax`. */
  constructor(times: Float64Array, timeMax: number) {
    this.#times = times;
    this.#itemBits = Math.max(1, Math.ceil(Math.log2(times.length)));
    this.#itemMask = 2 ** this.#itemBits - 1;
    this.#highTime = 2 ** (32 - this.#itemBits);
    if (timeMax < this.#highTime * 2 ** 32) this.#halves = this.#sortedKeys();
    else
      this.#compared = Uint32Array.from(times.keys()).sort(
        (left, right) => this.#timeOf(left) - this.#timeOf(right),
      );
  }

  itemAt(rank: number): number {
    if (this.#halves === undefined) return this.#compared?.[rank] ?? 0;
    return (this.#halves[2 * rank + LOW_HALF] ?? 0) & this.#itemMask;
  }

  /** `Infinity` beyond the last. */
  timeAt(rank: number): number {
    if (rank >= this.#times.length) return Infinity;
    if (this.#halves === undefined) return this.#timeOf(this.itemAt(rank));
    const low = (this.#halves[2 * rank + LOW_HALF] ?? 0) >>> this.#itemBits;
    return (this.#halves[2 * rank + 1 - LOW_HALF] ?? 0) * this.#highTime + low;
  }

  #timeOf(item: number): number {
    return this.#times[item] ?? 0;
  }

  #sortedKeys(): Uint32Array {
    const times = this.#times;
    const highTime = this.#highTime;
    const keys = new BigUint64Array(times.length);
    const halves = new Uint32Array(keys.buffer);
    const itemUnits = this.#itemMask + 1;
    for (let item = 0; item < times.length; item += 1) {
      const time = times[item] ?? 0;
      const high = Math.floor(time / highTime);
      halves[2 * item + 1 - LOW_HALF] = high;
      halves[2 * item + LOW_HALF] = (time - high * highTime) * itemUnits + item;
    }
    keys.sort();
    return halves;
  }
}
