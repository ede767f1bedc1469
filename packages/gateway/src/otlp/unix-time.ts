const HIGH_UNIT = 2 ** 32;
const NANOS_PER_MILLI = 1_000_000;
/** 2³² nanoseconds are 4294 milliseconds and 967,296 nanoseconds. */
const HIGH_MILLIS = 4294;
const HIGH_NANOS = 967_296;
const NANO_DIGITS = 6;

/**
 * A `fixed64` of nanoseconds since 1970 as its two halves. Spans have two each, and a bigint costs as much as the rest
 * of reading them.
 */
export class UnixTime {
  /** Both as signed integers, which take no object of their own. */
  readonly #high: number;
  readonly #low: number;

  /** @param high The upper 32 bits, unsigned. @param low The lower ones. */
  constructor(high: number, low: number) {
    this.#high = high | 0;
    this.#low = low | 0;
  }

  /** The halves as signed integers, for whoever keeps many times. */
  get halves(): readonly [high: number, low: number] {
    return [this.#high, this.#low];
  }

  static fromNanos(unixNano: bigint): UnixTime {
    return new UnixTime(Number(unixNano >> 32n), Number(unixNano & 0xffff_ffffn));
  }

  /** Milliseconds with their fraction, to the precision of a double. */
  get millis(): number {
    return ((this.#high >>> 0) * HIGH_UNIT + (this.#low >>> 0)) / NANOS_PER_MILLI;
  }

  /** Whole milliseconds, exactly. */
  get wholeMillis(): number {
    return (this.#high >>> 0) * HIGH_MILLIS + Math.floor(this.#nanosBeside() / NANOS_PER_MILLI);
  }

  /** Nanoseconds in decimal digits, exactly. */
  toString(): string {
    const { wholeMillis } = this;
    const nanos = String(this.#nanosBeside() % NANOS_PER_MILLI);
    return wholeMillis === 0 ? nanos : `${wholeMillis}${nanos.padStart(NANO_DIGITS, '0')}`;
  }

  /** What the whole milliseconds of the upper half leave; below 2⁵³, so that it is exact. */
  #nanosBeside(): number {
    return (this.#high >>> 0) * HIGH_NANOS + (this.#low >>> 0);
  }
}

export const UNIX_EPOCH: UnixTime = new UnixTime(0, 0);
