import { assert } from '@costspan/cost-model';

/** Nanoseconds on the clock of the lane. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** What a unit of load has of the lane's time. */
interface VirtualClock {
  /** Load beside all that is known. */
  readonly besides: number;
  /** Load that the time is divided by at least. */
  readonly capacity: number;
  /** By bound. */
  shown: Float64Array;
  /** The bounds at which it is known since the last change; none where the last is before the first. */
  first: number;
  last: number;
}

const BOUNDS_FIRST = 16;
/** A pool has one capacity; what is not known has few weights, mostly one. */
const CLOCKS_MAX = 4;

/**
 * The sum of the weights of what runs on a lane at each time, and what each unit of it has.
 *
 * 1. The bounds of all pieces are kept in order; from each one to the next the load is constant.
 * 2. A clock that advances by `1 / load` shows what a unit of load had: a piece has its weight times what the clock
 *    advanced by from its start to its end. Two requests side by side from 0 to 10 s and from 4 to 10 s: the clock
 *    shows 4 at 4 s and 7 at 10 s, of which they have 7 and 3, which is 10 s.
 * 3. The clock is read off by binary search. After a change it is computed again as far as it is read, so that many
 *    changes in a row cost it once.
 */
export class LaneLoad {
  #boundCount = 0;
  #times = new Float64Array(BOUNDS_FIRST);
  /** From each bound to the next. */
  #loads = new Float64Array(BOUNDS_FIRST);
  /** Pieces that begin or end at a bound. */
  #holders = new Uint32Array(BOUNDS_FIRST);
  readonly #startingAt = new Map<number, Piece[]>();
  readonly #clocks: VirtualClock[] = [];

  add(piece: Piece): void {
    const { start, end, weight } = piece;
    if (end <= start) return;
    const from = this.#hold(start);
    const until = this.#hold(end);
    this.#addLoad(from, until, weight);
    const starting = this.#startingAt.get(start);
    if (starting === undefined) this.#startingAt.set(start, [piece]);
    else starting.push(piece);
    this.#changed();
  }

  /** Takes away a piece that was added. */
  remove(piece: Piece): void {
    const { start, end, weight } = piece;
    if (end <= start) return;
    const starting = this.#startingAt.get(start) ?? [];
    const place = starting.indexOf(piece);
    assert(place >= 0, 'only a piece that was added can be removed');
    starting.splice(place, 1);
    if (starting.length === 0) this.#startingAt.delete(start);
    const from = this.#boundAt(start);
    const until = this.#boundAt(end);
    this.#addLoad(from, until, -weight);
    this.#release(until);
    this.#release(from);
    this.#changed();
  }

  /** The nanoseconds that a piece has; one that was not added shares the time with all that were. */
  shareOf(piece: Piece, capacity: number): number {
    if (piece.end <= piece.start) return 0;
    const clock = this.#clock(this.#knows(piece) ? 0 : piece.weight, capacity);
    const share = piece.weight * (this.#reading(clock, piece.end) - this.#reading(clock, piece.start));
    // Rounding makes nobody's part larger than the time it ran.
    return Math.min(share, piece.end - piece.start);
  }

  #knows({ start, end, weight }: Piece): boolean {
    const starting = this.#startingAt.get(start);
    return starting?.some((piece) => piece.end === end && piece.weight === weight) ?? false;
  }

  #reading(clock: VirtualClock, time: number): number {
    if (this.#boundCount === 0) return time / Math.max(clock.besides, clock.capacity);
    const bound = this.#boundAt(time);
    const shown = this.#shown(clock, Math.max(0, bound));
    const since = time - (this.#times[Math.max(0, bound)] ?? 0);
    if (since === 0) return shown;
    const load = (bound < 0 ? 0 : (this.#loads[bound] ?? 0)) + clock.besides;
    return shown + since / Math.max(load, clock.capacity);
  }

  #clock(besides: number, capacity: number): VirtualClock {
    let clock = this.#clocks.find((each) => each.besides === besides && each.capacity === capacity);
    if (clock === undefined) {
      const oldest = this.#clocks.length < CLOCKS_MAX ? undefined : this.#clocks.shift();
      clock = { besides, capacity, shown: oldest?.shown ?? new Float64Array(0), first: 0, last: -1 };
      this.#clocks.push(clock);
    }
    return clock;
  }

  /** What the clock shows at a bound. Where nothing runs it starts anew, and so keeps its digits. */
  #shown(clock: VirtualClock, wanted: number): number {
    if (clock.shown.length !== this.#times.length) clock.shown = new Float64Array(this.#times.length);
    const { shown } = clock;
    if (clock.first > clock.last) {
      clock.first = wanted;
      clock.last = wanted;
      shown[wanted] = 0;
    }
    for (; clock.last < wanted; clock.last++) {
      const advance = this.#advance(clock, clock.last);
      shown[clock.last + 1] = advance === undefined ? 0 : (shown[clock.last] ?? 0) + advance;
    }
    for (; clock.first > wanted; clock.first--) {
      const advance = this.#advance(clock, clock.first - 1);
      shown[clock.first - 1] = advance === undefined ? 0 : (shown[clock.first] ?? 0) - advance;
    }
    return shown[wanted] ?? 0;
  }

  /** From a bound to the next; `undefined` where nothing runs. */
  #advance({ besides, capacity }: VirtualClock, bound: number): number | undefined {
    const load = (this.#loads[bound] ?? 0) + besides;
    if (load === 0) return undefined;
    return ((this.#times[bound + 1] ?? 0) - (this.#times[bound] ?? 0)) / Math.max(load, capacity);
  }

  #addLoad(from: number, until: number, weight: number): void {
    const loads = this.#loads;
    for (let bound = from; bound < until; bound++) loads[bound] = (loads[bound] ?? 0) + weight;
  }

  #changed(): void {
    for (const clock of this.#clocks) {
      clock.first = 0;
      clock.last = -1;
    }
  }

  /** The last bound that is not later; -1 before the first. */
  #boundAt(time: number): number {
    const times = this.#times;
    let earlier = -1;
    let later = this.#boundCount;
    while (later - earlier > 1) {
      const middle = (earlier + later) >> 1;
      if ((times[middle] ?? 0) <= time) earlier = middle;
      else later = middle;
    }
    return earlier;
  }

  /** A new bound parts the time it falls into, on both sides of which the load is the same. */
  #hold(time: number): number {
    const before = this.#boundAt(time);
    if (before >= 0 && this.#times[before] === time) {
      this.#holders[before] = (this.#holders[before] ?? 0) + 1;
      return before;
    }
    if (this.#boundCount === this.#times.length) this.#grow();
    const bound = before + 1;
    for (const column of [this.#times, this.#loads, this.#holders]) {
      column.copyWithin(bound + 1, bound, this.#boundCount);
    }
    this.#times[bound] = time;
    this.#loads[bound] = before < 0 ? 0 : (this.#loads[before] ?? 0);
    this.#holders[bound] = 1;
    this.#boundCount += 1;
    return bound;
  }

  #release(bound: number): void {
    const holders = (this.#holders[bound] ?? 0) - 1;
    this.#holders[bound] = holders;
    if (holders > 0) return;
    for (const column of [this.#times, this.#loads, this.#holders]) {
      column.copyWithin(bound, bound + 1, this.#boundCount);
    }
    this.#boundCount -= 1;
  }

  #grow(): void {
    const length = 2 * this.#times.length;
    const [times, loads, holders] = [this.#times, this.#loads, this.#holders];
    this.#times = new Float64Array(length);
    this.#loads = new Float64Array(length);
    this.#holders = new Uint32Array(length);
    this.#times.set(times);
    this.#loads.set(loads);
    this.#holders.set(holders);
  }
}
