import { assert } from '@costspan/cost-model';
import { DoubleDouble } from './double-double.ts';
import { EventOrder } from './event-order.ts';
import type { LaneIntervals } from './lane-intervals.ts';

export interface SweepSettings {
  readonly windowNanos: number;
  /** Requests that the lane can work on at once, in the units of the counts; `undefined` where it is not known. */
  readonly capacity: number | undefined;
  /** The sum of loads from which on nothing is idle; 0 where any request takes all of its moment. */
  readonly fullLoad: number;
  /** Told each stretch of time in which something ran, in order. */
  readonly onBusy: ((startNanos: number, endNanos: number) => void) | undefined;
}

/** Values by position, each the sum of two doubles. */
export interface LongDoubles {
  readonly hi: Float64Array;
  readonly lo: Float64Array;
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
  return new LaneSweep(intervals, settings).run();
}

class LaneSweep {
  readonly #intervals: LaneIntervals;
  readonly #settings: SweepSettings;
  readonly #shares: LongDoubles;
  readonly #used: LongDoubles;
  readonly #clock = new DoubleDouble();
  readonly #usedClock = new DoubleDouble();
  readonly #step = new DoubleDouble();
  readonly #idle = new DoubleDouble();
  #load = 0;
  #requests = 0;
  #nowNanos = 0;
  #busySinceNanos = 0;
  #busyNanos = 0;
  #activeUnitNanos = 0;
  #filledUnitNanos = 0;

  constructor(intervals: LaneIntervals, settings: SweepSettings) {
    this.#intervals = intervals;
    this.#settings = settings;
    this.#shares = longDoubles(intervals.startNanos.length);
    this.#used = settings.capacity === undefined ? this.#shares : longDoubles(intervals.startNanos.length);
  }

  run(): SweptLane {
    const { startNanos, endNanos } = this.#intervals;
    const count = startNanos.length;
    const starts = new EventOrder(startNanos, this.#settings.windowNanos);
    const ends = new EventOrder(endNanos, this.#settings.windowNanos);
    // At one instant the order makes no difference to what anyone has; ends come first, so that the clocks start anew.
    for (let start = 0, end = 0; end < count;) {
      const endTime = ends.timeAt(end);
      const startTime = start < count ? starts.timeAt(start) : Infinity;
      if (startTime < endTime) this.#start(starts.itemAt(start++), startTime);
      else this.#end(ends.itemAt(end++), endTime);
    }
    assert(this.#load === 0 && this.#requests === 0, 'what started has ended', { load: this.#load });
    this.#idle.add(this.#settings.windowNanos - this.#busyNanos, 0);
    return {
      shares: this.#shares,
      used: this.#used,
      idle: this.#idle,
      busyNanos: this.#busyNanos,
      activeUnitNanos: this.#activeUnitNanos,
      filledNanos: this.#filledUnitNanos / (this.#settings.capacity ?? 1),
    };
  }

  #start(item: number, nowNanos: number): void {
    this.#advance(nowNanos);
    if (this.#load === 0) {
      // A clock that starts anew keeps its digits for what is to come.
      this.#clock.set(0, 0);
      this.#usedClock.set(0, 0);
      this.#busySinceNanos = nowNanos;
    }
    keep(this.#shares, item, this.#clock);
    if (this.#used !== this.#shares) keep(this.#used, item, this.#usedClock);
    this.#load += this.#intervals.loads?.[item] ?? 1;
    this.#requests += this.#intervals.counts?.[item] ?? 1;
  }

  #end(item: number, nowNanos: number): void {
    this.#advance(nowNanos);
    const load = this.#intervals.loads?.[item] ?? 1;
    this.#takeSince(this.#shares, item, this.#clock);
    if (this.#used !== this.#shares) this.#takeSince(this.#used, item, this.#usedClock);
    this.#load -= load;
    this.#requests -= this.#intervals.counts?.[item] ?? 1;
    if (this.#load === 0) this.#settings.onBusy?.(this.#busySinceNanos, nowNanos);
  }

  /** Puts what an interval has, its load times the clock's advance, in the place of the reading at its start. */
  #takeSince(values: LongDoubles, item: number, clock: DoubleDouble): void {
    this.#step.set(clock.hi, clock.lo);
    this.#step.add(-(values.hi[item] ?? 0), -(values.lo[item] ?? 0));
    this.#step.multiply(this.#intervals.loads?.[item] ?? 1, 0);
    keep(values, item, this.#step);
  }

  #advance(nowNanos: number): void {
    const elapsed = nowNanos - this.#nowNanos;
    this.#nowNanos = nowNanos;
    if (elapsed === 0 || this.#load === 0) return;
    const { fullLoad, capacity } = this.#settings;
    this.#busyNanos += elapsed;
    this.#activeUnitNanos += elapsed * this.#requests;
    if (this.#load < fullLoad) {
      this.#step.setQuotient(elapsed, fullLoad);
      this.#clock.add(this.#step.hi, this.#step.lo);
      this.#step.multiply(fullLoad - this.#load, 0);
      this.#idle.add(this.#step.hi, this.#step.lo);
      this.#step.setQuotient(elapsed, fullLoad);
    } else {
      this.#step.setQuotient(elapsed, this.#load);
      this.#clock.add(this.#step.hi, this.#step.lo);
    }
    if (capacity === undefined) return;
    this.#filledUnitNanos += elapsed * Math.min(this.#requests, capacity);
    if (this.#requests < capacity) this.#fillStep(elapsed, capacity);
    this.#usedClock.add(this.#step.hi, this.#step.lo);
  }

  /** The step of the second clock while there is room: less by the part of the capacity that is filled. */
  #fillStep(elapsed: number, capacity: number): void {
    if (this.#intervals.loads === this.#intervals.counts) {
      this.#step.setQuotient(elapsed, capacity);
      return;
    }
    const { hi, lo } = this.#step;
    this.#step.setQuotient(this.#requests, capacity);
    this.#step.multiply(hi, lo);
  }
}

function longDoubles(length: number): LongDoubles {
  return { hi: new Float64Array(length), lo: new Float64Array(length) };
}

function keep(values: LongDoubles, item: number, value: DoubleDouble): void {
  values.hi[item] = value.hi;
  values.lo[item] = value.lo;
}
