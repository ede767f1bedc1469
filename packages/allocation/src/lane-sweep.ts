import { assert } from '@costspan/cost-model';
import { DoubleDouble, productError, quotientError } from './double-double.ts';
import { EventOrder } from './event-order.ts';
import type { LaneIntervals } from './lane-intervals.ts';
import { type LongDoubles, VirtualClock } from './virtual-clock.ts';

export interface SweepSettings {
  readonly windowNanos: number;
  /** Requests that the lane can work on at once, in the units of the counts; `undefined` where it is not known. */
  readonly capacity: number | undefined;
  /** The sum of loads from which on nothing is idle; 0 where any request takes all of its moment. */
  readonly fullLoad: number;
  /** Told each stretch of time in which something ran, in order. */
  readonly onBusy: ((startNanos: number, endNanos: number) => void) | undefined;
}

export interface SweptLane {
  /** Nanoseconds of the lane that each interval has. */
  readonly shares: LongDoubles;
  /** What of it filled the capacity; the same array as `shares` where that is not known. */
  readonly used: LongDoubles;
  /** Nanoseconds that no interval has. */
  readonly idle: DoubleDouble;
  /** In which something ran; whole. */
  readonly busyNanos: number;
  /** The intervals' lengths times their counts, added up. */
  readonly activeUnitNanos: number;
  /** Nanoseconds times the part of the capacity that was filled. */
  readonly filledNanos: number;
}

/**
 * Divides a lane's time among the intervals that overlap. It goes through them in the order of time and keeps two virtual
 * clocks: in each moment the first advances by 1/W, where W is the sum of the active intervals' loads, and the second by
 * as much of that as the capacity K is filled by the n that are active. An interval has its load times what a clock
 * advanced while it was active, so that an event costs the same however many run:
 *
 *   share = ∫ w/W dt    used = ∫ w/W · min(n, K)/K dt, which is ∫ 1/max(n, K) dt where all weigh 1
 *
 * Two requests of 2 s each that share one second have 1.5 s each of the lane's 3 s. Where 8 find room, each used 0.25 s.
 */
export function sweepLane(intervals: LaneIntervals, settings: SweepSettings): SweptLane {
  return new LaneSweep(intervals, settings).run(intervals);
}

class LaneSweep {
  readonly #counts: Float64Array | undefined;
  readonly #loads: Float64Array | undefined;
  readonly #settings: SweepSettings;
  readonly #capacity: number;
  readonly #clock: VirtualClock;
  readonly #usedClock: VirtualClock | undefined;
  readonly #idle = new DoubleDouble();
  #load = 0;
  #requests = 0;
  #nowNanos = 0;
  #busySinceNanos = 0;
  #busyNanos = 0;
  #activeUnitNanos = 0;
  #filledUnitNanos = 0;

  constructor({ startNanos, counts, loads }: LaneIntervals, settings: SweepSettings) {
    this.#counts = counts;
    this.#loads = loads;
    this.#settings = settings;
    this.#capacity = settings.capacity ?? 1;
    this.#clock = new VirtualClock(startNanos.length);
    this.#usedClock = settings.capacity === undefined ? undefined : new VirtualClock(startNanos.length);
  }

  run({ startNanos, endNanos }: LaneIntervals): SweptLane {
    const starts = new EventOrder(startNanos, this.#settings.windowNanos);
    const ends = new EventOrder(endNanos, this.#settings.windowNanos);
    let start = 0;
    let end = 0;
    let startTime = starts.timeAt(start);
    let endTime = ends.timeAt(end);
    // At one instant the order makes no difference to what anyone has; ends come first, so that the clocks start anew.
    while (end < endNanos.length) {
      if (startTime < endTime) {
        this.#advance(startTime);
        this.#start(starts.itemAt(start));
        start += 1;
        startTime = starts.timeAt(start);
      } else {
        this.#advance(endTime);
        this.#end(ends.itemAt(end));
        end += 1;
        endTime = ends.timeAt(end);
      }
    }
    assert(this.#load === 0 && this.#requests === 0, 'what started has ended', { load: this.#load });
    this.#idle.add(this.#settings.windowNanos - this.#busyNanos, 0);
    return {
      shares: this.#clock.values,
      used: (this.#usedClock ?? this.#clock).values,
      idle: this.#idle,
      busyNanos: this.#busyNanos,
      activeUnitNanos: this.#activeUnitNanos,
      filledNanos: this.#filledUnitNanos / this.#capacity,
    };
  }

  #start(item: number): void {
    if (this.#load === 0) {
      this.#clock.restart();
      this.#usedClock?.restart();
      this.#busySinceNanos = this.#nowNanos;
    }
    this.#clock.start(item);
    this.#usedClock?.start(item);
    this.#load += this.#loads === undefined ? 1 : (this.#loads[item] ?? 0);
    this.#requests += this.#counts === undefined ? 1 : (this.#counts[item] ?? 0);
  }

  #end(item: number): void {
    const load = this.#loads === undefined ? 1 : (this.#loads[item] ?? 0);
    this.#clock.end(item, load);
    this.#usedClock?.end(item, load);
    this.#load -= load;
    this.#requests -= this.#counts === undefined ? 1 : (this.#counts[item] ?? 0);
    if (this.#load === 0) this.#settings.onBusy?.(this.#busySinceNanos, this.#nowNanos);
  }

  #advance(nowNanos: number): void {
    const elapsed = nowNanos - this.#nowNanos;
    this.#nowNanos = nowNanos;
    if (elapsed === 0 || this.#load === 0) return;
    this.#busyNanos += elapsed;
    this.#activeUnitNanos += elapsed * this.#requests;
    const divisor = Math.max(this.#load, this.#settings.fullLoad);
    const step = elapsed / divisor;
    const stepLo = quotientError(elapsed, divisor, step);
    this.#clock.advance(step, stepLo);
    if (divisor > this.#load) this.#leaveIdle(step, stepLo, divisor - this.#load);
    if (this.#usedClock !== undefined) this.#advanceUsed(this.#usedClock, elapsed, step, stepLo);
  }

  #leaveIdle(step: number, stepLo: number, load: number): void {
    const product = step * load;
    this.#idle.add(product, productError(step, load, product) + stepLo * load);
  }

  /** While there is room it advances less, by the part of the capacity that is filled. */
  #advanceUsed(clock: VirtualClock, elapsed: number, step: number, stepLo: number): void {
    const capacity = this.#capacity;
    this.#filledUnitNanos += elapsed * Math.min(this.#requests, capacity);
    if (this.#requests >= capacity) {
      clock.advance(step, stepLo);
    } else if (this.#loads === this.#counts) {
      // As each weighs what it counts, (n / K) / n of the moment: one division less.
      const usedStep = elapsed / capacity;
      clock.advance(usedStep, quotientError(elapsed, capacity, usedStep));
    } else {
      const filled = this.#requests / capacity;
      const filledLo = quotientError(this.#requests, capacity, filled);
      const product = filled * step;
      clock.advance(product, productError(filled, step, product) + (filled * stepLo + filledLo * step));
    }
  }
}
