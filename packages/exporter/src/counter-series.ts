import { MoneySum } from '@costspan/cost-model';
import type { Attributes } from '@opentelemetry/api';

/** One series of a counter: an exact sum of whole units, and how much of it has been published. */
export class CounterSeries {
  readonly attributes: Attributes;
  /** How many collections there had been when the series was announced. */
  announcedAt = 0;
  /** What the OpenTelemetry counter has been given so far. */
  published = 0;
  /** Whether there is more to give. */
  changed = false;
  readonly #sum = new MoneySum();
  #large = 0n;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }

  /** @throws RangeError when the amount is no whole number from 0 to 2⁵³ - 1: it would spoil the sum for good. */
  add(amount: number): void {
    this.#change(amount, 1);
  }

  /**
   * Takes back what was added. A counter never falls, so that one that has published it stays where it is until the
   * sum has grown past it again.
   */
  subtract(amount: number): void {
    this.#change(amount, -1);
  }

  /** Adds an amount of any size; one below 0 takes back. */
  addLarge(amount: bigint): void {
    this.#large += amount;
    this.changed = true;
  }

  get total(): bigint {
    return this.#large + this.#sum.total;
  }

  #change(amount: number, sign: 1 | -1): void {
    if (!(amount >= 0 && Number.isSafeInteger(amount))) throw new RangeError(`cannot count ${amount}`);
    this.#sum.add(sign * amount);
    this.changed = true;
  }
}

/** A series that stands for those over a bound, and counts what goes to it. */
export class OverflowSeries extends CounterSeries {
  readonly #overflow: CounterSeries;

  constructor(attributes: Attributes, overflow: CounterSeries) {
    super(attributes);
    this.#overflow = overflow;
  }

  override add(amount: number): void {
    super.add(amount);
    this.#overflow.add(1);
  }
}
