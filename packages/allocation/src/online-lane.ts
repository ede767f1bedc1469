import { assert, type GpuFlag } from '@costspan/cost-model';
import { ClockHistory } from './clock-history.ts';

export interface OnlineLaneOptions {
  /** Requests that the lane can work on at once, where that is known. */
  readonly capacity?: number | undefined;
}

/** What a request had of a lane, in nanoseconds of it. */
export interface OnlineShare {
  /** Its part of the time in which it ran. */
  readonly replicaNanos: number;
  /** Its part of the capacity that was filled; the same as `replicaNanos` where the capacity is not known. */
  readonly usedNanos: number;
  readonly activeNanos: number;
  readonly flags: readonly GpuFlag[];
}

/** A request that has begun; several reports of one request count once, as long as any of them is open. */
interface Running {
  /** When it began, as it was told. */
  readonly startNanos: number;
  /** When it began by the lane's clock, and what its other clocks showed then. */
  readonly sinceNanos: number;
  readonly sharedNanos: number;
  readonly filledNanos: number;
  readonly request: { openReports: number };
}

/** A request that takes longer is given up: if it is never ended, everybody else would seem to have less for ever. */
const RUNNING_NANOS_MAX = 600e9;
const RUNNING_MAX = 16_384;

const NO_FLAGS: readonly GpuFlag[] = [];
const INVALID: readonly GpuFlag[] = ['invalid_interval'];
const SHADOW: readonly GpuFlag[] = ['shadow'];
const FORGOTTEN: readonly GpuFlag[] = ['shadow', 'truncated'];

/** The clocks of the history: for a request that was not counted while it ran, and for one that was. */
const BESIDE = 0;
const AMONG = 1;
/** The same two for parts of the capacity. */
const FILLED = 2;

/**
 * Shares of a lane as its requests run. Times are nanoseconds of one clock that does not go back; one that does is taken
 * as the latest so far. Every request counts the same.
 *
 * While W requests run, a virtual clock moves by 1 ÷ W a nanosecond: a request's share is how far it moved from its start
 * to its end. A alone for 1 s, then A and B for 2 s: the clock moved 1 s and 1 s, A has 2 s and B has 1 s of the 3.
 * With a capacity K a second clock moves by 1 ÷ max(W, K). Where some requests are not seen W is too small, and so the
 * shares are upper bounds.
 */
export class OnlineLane {
  readonly #capacity: number;
  readonly #running = new Map<object, Running>();
  readonly #history: ClockHistory;
  #requests = 0;
  #nowNanos = 0;
  #sharedNanos = 0;
  #filledNanos = 0;
  #nextCheckNanos = 0;

  constructor({ capacity }: OnlineLaneOptions = {}) {
    assert(capacity === undefined || capacity >= 1, 'a lane has room for a request', { capacity });
    this.#capacity = capacity ?? 0;
    const filled = 1 / (capacity ?? 1);
    this.#history = new ClockHistory(capacity === undefined ? [1, 1] : [1, 1, filled, filled]);
  }

  /**
   * A request begins. A key that runs already is left alone.
   *
   * @param around - A key that reports the same request: as long as it runs too, the two count as one.
   */
  start(key: object, nowNanos: number, around?: object): void {
    if (this.#running.has(key)) return;
    this.#advance(nowNanos);
    this.#giveUp();
    const request = (around === undefined ? undefined : this.#running.get(around)?.request) ?? {
      openReports: 0,
    };
    if (request.openReports === 0) this.#setRequests(this.#requests + 1);
    request.openReports += 1;
    this.#running.set(key, {
      startNanos: nowNanos,
      sinceNanos: this.#nowNanos,
      sharedNanos: this.#sharedNanos,
      filledNanos: this.#filledNanos,
      request,
    });
  }

  /** It ends. `undefined` when it is not known, because it never began or was given up. */
  end(key: object, nowNanos: number): OnlineShare | undefined {
    const running = this.#running.get(key);
    if (running === undefined) return undefined;
    this.#advance(nowNanos);
    const replicaNanos = this.#sharedNanos - running.sharedNanos;
    const share: OnlineShare =
      nowNanos < running.startNanos
        ? { replicaNanos: 0, usedNanos: 0, activeNanos: 0, flags: INVALID }
        : {
            replicaNanos,
            usedNanos: this.#capacity === 0 ? replicaNanos : this.#filledNanos - running.filledNanos,
            activeNanos: this.#nowNanos - running.sinceNanos,
            flags: NO_FLAGS,
          };
    this.#remove(key, running);
    return share;
  }

  /**
   * What a request had that was not seen while it ran; the others' shares stay as they are. What is longer ago than the
   * lane remembers counts as if it had run alone.
   *
   * @param isCounted - Whether it was one of those that the lane knew of, under whatever key.
   */
  shadow(startNanos: number, endNanos: number, isCounted = false): OnlineShare {
    if (!(endNanos >= startNanos)) {
      return { replicaNanos: 0, usedNanos: 0, activeNanos: 0, flags: ['shadow', 'invalid_interval'] };
    }
    const clock = isCounted ? AMONG : BESIDE;
    const replicaNanos = this.#history.elapsed(clock, startNanos, endNanos);
    return {
      replicaNanos,
      usedNanos:
        this.#capacity === 0 ? replicaNanos : this.#history.elapsed(FILLED + clock, startNanos, endNanos),
      activeNanos: endNanos - startNanos,
      flags: this.#history.hasForgotten(startNanos) ? FORGOTTEN : SHADOW,
    };
  }

  #advance(nowNanos: number): void {
    const elapsed = nowNanos - this.#nowNanos;
    if (!(elapsed > 0 && nowNanos <= Number.MAX_SAFE_INTEGER)) return;
    this.#nowNanos = nowNanos;
    this.#history.advance(nowNanos);
    if (this.#requests === 0) return;
    this.#sharedNanos += elapsed / this.#requests;
    if (this.#capacity > 0) this.#filledNanos += elapsed / Math.max(this.#requests, this.#capacity);
  }

  #setRequests(requests: number): void {
    this.#requests = requests;
    if (requests === 0) {
      // Nobody has read the clocks: they begin anew, and their rounding errors with them.
      this.#sharedNanos = 0;
      this.#filledNanos = 0;
    }
    const history = this.#history;
    history.setSpeed(BESIDE, 1 / (requests + 1));
    history.setSpeed(AMONG, 1 / Math.max(requests, 1));
    if (this.#capacity === 0) return;
    history.setSpeed(FILLED + BESIDE, 1 / Math.max(requests + 1, this.#capacity));
    history.setSpeed(FILLED + AMONG, 1 / Math.max(requests, this.#capacity));
  }

  /** The keys are in the order of their starts. None is looked at before the oldest can be too old. */
  #giveUp(): void {
    if (this.#nowNanos < this.#nextCheckNanos && this.#running.size < RUNNING_MAX) return;
    let oldestNanos = this.#nowNanos;
    for (const [key, running] of this.#running) {
      oldestNanos = running.sinceNanos;
      const isOld = this.#nowNanos - oldestNanos > RUNNING_NANOS_MAX;
      if (!isOld && this.#running.size < RUNNING_MAX) break;
      this.#remove(key, running);
    }
    this.#nextCheckNanos = oldestNanos + RUNNING_NANOS_MAX;
  }

  #remove(key: object, { request }: Running): void {
    this.#running.delete(key);
    request.openReports -= 1;
    if (request.openReports === 0) this.#setRequests(this.#requests - 1);
  }
}
