import type { GpuInterval, OnlineLane, OnlineShare } from '@costspan/allocation';
import type { GpuFlag } from '@costspan/cost-model';
import { monotonicNanos, nowUnixNano } from './live-clocks.ts';

/** A span's own times. */
export interface SpanTime {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

/** The wall clock, which spans have their times from, is read in milliseconds: less apart is the same instant. */
const CLOCKS_APART_NANOS = 1_000_000;

/**
 * A call's place in the lane of the replica that serves it. The lane knows it by this object, never by its span, and
 * forgets it when it ends or takes too long.
 */
export class LiveGpuCall {
  readonly lane: OnlineLane;
  readonly #startNanos: number;
  /** Of the time in which it ran already and nobody knew by which replica. */
  readonly #before: OnlineShare | undefined;
  #share: OnlineShare | undefined;
  #endNanos: number | undefined;

  /**
   * It enters the lane now.
   *
   * @param startNanos - When it began, by the monotonic clock, if that was earlier.
   * @param around - Another report of the same call, with which it counts as one.
   */
  constructor(lane: OnlineLane, around: LiveGpuCall | undefined, startNanos: number = monotonicNanos()) {
    const now = monotonicNanos();
    const isLate = now - startNanos > CLOCKS_APART_NANOS;
    this.lane = lane;
    this.#startNanos = startNanos;
    this.#before = isLate ? lane.shadow(startNanos, now, around !== undefined) : undefined;
    lane.start(this, now, around);
  }

  /** It has ended; only the first time counts. */
  end(): void {
    if (this.#endNanos !== undefined) return;
    this.#endNanos = monotonicNanos();
    const seen = this.lane.end(this, this.#endNanos);
    if (seen !== undefined)
      this.#share = sumOf([seen, ...(this.#before === undefined ? [] : [this.#before])]);
  }

  /** Whether the lane had given it up before it ended. */
  get isGivenUp(): boolean {
    return this.#endNanos !== undefined && this.#share === undefined;
  }

  /**
   * What a span had of the lane that tells of this call: what was seen of it, and what the lane knows of the rest of the
   * span's time. `undefined` where less is told than was seen, or the call still runs.
   *
   * @param isInside - Whether the call is inside the span, so that others inside it may have run in the rest.
   */
  shareWithin({ startUnixNano, endUnixNano }: SpanTime, isInside: boolean): OnlineShare | undefined {
    if (this.#share === undefined || this.#endNanos === undefined) return undefined;
    const from = toMonotonicNanos(startUnixNano);
    const until = toMonotonicNanos(endUnixNano);
    const before = this.#startNanos - from;
    const after = until - this.#endNanos;
    if (before < -CLOCKS_APART_NANOS || after < -CLOCKS_APART_NANOS) return undefined;
    const shares = [this.#share];
    if (before > CLOCKS_APART_NANOS) shares.push(this.lane.shadow(from, this.#startNanos, isInside));
    if (after > CLOCKS_APART_NANOS) shares.push(this.lane.shadow(this.#endNanos, until, isInside));
    return sumOf(shares);
  }
}

/**
 * What the lane knows of a time that it was not told of while it passed.
 *
 * @param isCounted - Whether the call itself is among those that the lane knew of then.
 */
export function shareAfterwards(
  lane: OnlineLane,
  intervals: readonly GpuInterval[],
  isCounted: boolean,
): OnlineShare {
  return sumOf(
    intervals.map(({ startUnixNano, endUnixNano }) =>
      lane.shadow(toMonotonicNanos(startUnixNano), toMonotonicNanos(endUnixNano), isCounted),
    ),
  );
}

function sumOf(shares: readonly OnlineShare[]): OnlineShare {
  const [only] = shares;
  if (only !== undefined && shares.length === 1) return only;
  const flags = new Set<GpuFlag>();
  const sum = { replicaNanos: 0, usedNanos: 0, activeNanos: 0 };
  for (const share of shares) {
    sum.replicaNanos += share.replicaNanos;
    sum.usedNanos += share.usedNanos;
    sum.activeNanos += share.activeNanos;
    for (const flag of share.flags) flags.add(flag);
  }
  return { ...sum, flags: [...flags] };
}

/** Spans have their times from the wall clock, lanes from one that is never set. */
function toMonotonicNanos(unixNano: bigint): number {
  return monotonicNanos() - Number(nowUnixNano() - unixNano);
}
