import {
  activeIntervals,
  type GpuInterval,
  GpuPoolMatcher,
  OnlineLane,
  type OnlineShare,
  replicaOf,
  windowAt,
} from '@costspan/allocation';
import type { GpuFlag, GpuPool, ModelCall } from '@costspan/cost-model';
import { LiveSpanView, readSpan } from '@costspan/semconv';
import { estimatedGpuCost, gpuPrice, gpuRateAt, type GpuShare } from './gpu-cost.ts';
import type { SpanCost } from './span-cost.ts';
import type { TrackedSpan } from './span-tracker.ts';

/** A call's place in the lane of the replica that serves it. The lane knows it by this object, never by its span. */
export interface LiveGpuCall {
  readonly lane: OnlineLane;
  /** Set when the span has ended, unless the lane had given the call up before. */
  share: OnlineShare | undefined;
}

/** What a call took of a pool, as far as this process knows who ran beside it. */
export interface LiveGpuUse {
  readonly pool: GpuPool;
  readonly replica: string | undefined;
  readonly share: GpuShare;
  /** By throughput: a request's part of its window. */
  readonly perRequest: GpuShare | undefined;
  readonly intervals: readonly GpuInterval[];
  readonly flags: readonly GpuFlag[];
}

/** A span's own times. */
interface SpanTime {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
}

/** Replicas of a pool that are told apart at a time; the one that was first seen the longest ago is forgotten first. */
const LANES_MAX = 256;
/** Windows of which it is known how many requests started in them. */
const WINDOWS_MAX = 32;
/** Spans around a call, up to the one that may report the same call. */
const SPANS_AROUND_MAX = 64;
/** A span whose time is further from now was not written as it happened. */
const DELAY_NANOS_MAX = 50_000_000n;

const NANOS_PER_MILLI = 1_000_000n;
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Follows the calls that GPU pools serve while they run, for an estimate as soon as each of them ends. This process sees
 * its own calls only, and whoever else is served at the same time can only lower a call's part: it is an upper bound.
 *
 * A span that is known as a pool's call when it starts is in its replica's lane until it ends. Spans inside it that
 * report the same call count with it as one. What is written afterwards, or known as a pool's call only at its end, is
 * compared with those that were there, and counts for nobody else.
 */
export class LiveGpuLanes {
  readonly #matcher: GpuPoolMatcher;
  readonly #pools: ReadonlyMap<GpuPool, PoolLanes>;

  constructor(pools: readonly GpuPool[]) {
    this.#matcher = new GpuPoolMatcher(pools);
    this.#pools = new Map(pools.map((pool) => [pool, new PoolLanes(pool)]));
  }

  /** A span has started. */
  enter(tracked: TrackedSpan): void {
    const view = new LiveSpanView(tracked.span);
    const reading = readSpan(view);
    if (reading?.kind !== 'model_call') return;
    const startUnixNano = toUnixNano(tracked.span.startTime);
    if (startUnixNano === undefined || isFarFromNow(startUnixNano)) return;
    const pool = this.#matcher.match(reading.call, view);
    const lanes = pool && this.#pools.get(pool);
    if (pool === undefined || lanes === undefined) return;
    const lane = lanes.at(replicaOf(pool, reading.call, view));
    const around = callAround(tracked, lane);
    if (around === undefined) lanes.countStart(startUnixNano);
    tracked.gpu = { lane, share: undefined };
    lane.start(tracked.gpu, monotonicNanos(), around);
  }

  /** A span has ended, whatever it turns out to be. */
  leave({ gpu }: TrackedSpan): void {
    if (gpu !== undefined) gpu.share = gpu.lane.end(gpu, monotonicNanos());
  }

  /** What the call of an ended span took; `undefined` where no pool served it. */
  useOf(tracked: TrackedSpan, call: ModelCall): LiveGpuUse | undefined {
    const view = new LiveSpanView(tracked.span);
    const pool = this.#matcher.match(call, view);
    const lanes = pool && this.#pools.get(pool);
    if (pool === undefined || lanes === undefined) return undefined;
    const replica = replicaOf(pool, call, view);
    const lane = lanes.at(replica);
    const time = timeOf(tracked);
    const isLive = tracked.gpu?.lane === lane;
    const isCounted = isLive || callAround(tracked, lane) !== undefined;
    if (!isCounted && tracked.gpu === undefined) lanes.countStart(time.startUnixNano);
    const { intervals, flags } = activeIntervals(pool, call, time);
    const seen = isLive ? tracked.gpu?.share : undefined;
    const share =
      seen !== undefined && isWhole(intervals, time) && !isFarFromNow(time.endUnixNano)
        ? seen
        : sharesOf(lane, intervals, isCounted);
    const own: GpuFlag[] = isLive ? (seen === undefined ? ['truncated'] : []) : [...share.flags];
    return {
      pool,
      replica,
      share,
      perRequest: pool.method === 'throughput' ? lanes.perRequest(time) : undefined,
      intervals,
      flags: [...new Set([...flags, ...own])],
    };
  }
}

/** The price of a call by what it took. */
export function liveGpuPrice(use: LiveGpuUse): Pick<SpanCost, 'outcome' | 'gpu'> {
  const { pool, replica, share, perRequest, intervals, flags } = use;
  const rate = gpuRateAt(pool, intervals[0]?.startUnixNano ?? 0n);
  if (rate === undefined) {
    return { outcome: { status: 'unpriced', reason: 'no_gpu_rate', detail: pool.name } };
  }
  const gpu = {
    pool,
    replica,
    ...estimatedGpuCost(pool, rate, perRequest ?? share),
    // By throughput its time is told too, and is not what it pays for.
    replicaNanos: share.replicaNanos,
    activeNanos: share.activeNanos,
    intervals: intervals.map(({ startUnixNano, endUnixNano, weight }) => ({
      startUnixNano: String(startUnixNano),
      endUnixNano: String(endUnixNano),
      weight,
    })),
    adjustedCount: 1,
    flags,
    late: undefined,
    windows: [],
  };
  return { outcome: gpuPrice(gpu), gpu };
}

/** The lanes of one pool's replicas, and how many requests have started in its last windows. */
class PoolLanes {
  readonly #pool: GpuPool;
  readonly #lanes = new Map<string | undefined, OnlineLane>();
  readonly #startsByWindow = new Map<bigint, number>();

  constructor(pool: GpuPool) {
    this.#pool = pool;
  }

  at(replica: string | undefined): OnlineLane {
    let lane = this.#lanes.get(replica);
    if (lane === undefined) {
      const { method, basis, capacity } = this.#pool;
      lane = new OnlineLane(method === 'time_share' && basis !== 'measured' ? { capacity } : {});
      forgetOldest(this.#lanes, LANES_MAX);
      this.#lanes.set(replica, lane);
    }
    return lane;
  }

  countStart(unixNano: bigint): void {
    if (this.#pool.method !== 'throughput') return;
    const { startUnixNano } = windowAt(this.#pool, unixNano);
    const starts = this.#startsByWindow.get(startUnixNano);
    if (starts === undefined) forgetOldest(this.#startsByWindow, WINDOWS_MAX);
    this.#startsByWindow.set(startUnixNano, (starts ?? 0) + 1);
  }

  /**
   * A request's part of the window that it started in: what has passed of it until the request's end, among those that
   * have started in it by now. While the window goes on, time passes and others start: it is no bound of what is settled.
   *
   * 30 seconds into a minute, with three requests so far: 10 seconds of the pool each.
   */
  perRequest({ startUnixNano, endUnixNano }: SpanTime): GpuShare {
    const window = windowAt(this.#pool, startUnixNano);
    const until = endUnixNano < window.endUnixNano ? endUnixNano : window.endUnixNano;
    const passedNanos = Math.max(0, Number(until - window.startUnixNano));
    const starts = this.#startsByWindow.get(window.startUnixNano) ?? 1;
    const nanos = (passedNanos * this.#pool.replicas) / starts;
    return { replicaNanos: nanos, usedNanos: nanos, activeNanos: nanos };
  }
}

/** The nearest span around that is a call of the same lane, and so reports the same call. */
function callAround({ parent }: TrackedSpan, lane: OnlineLane): LiveGpuCall | undefined {
  let around = parent;
  for (let spans = 0; around !== undefined && spans < SPANS_AROUND_MAX; spans++) {
    if (around.gpu?.lane === lane) return around.gpu;
    around = around.parent;
  }
  return undefined;
}

/** The span's times are those of the wall clock, the lane's those of one that is never set. */
function sharesOf(lane: OnlineLane, intervals: readonly GpuInterval[], isCounted: boolean): OnlineShare {
  const now = nowUnixNano();
  const nowNanos = monotonicNanos();
  const shares = intervals.map(({ startUnixNano, endUnixNano }) =>
    lane.shadow(nowNanos - Number(now - startUnixNano), nowNanos - Number(now - endUnixNano), isCounted),
  );
  const sum = (part: (share: OnlineShare) => number): number =>
    shares.reduce((total, share) => total + part(share), 0);
  return {
    replicaNanos: sum((share) => share.replicaNanos),
    usedNanos: sum((share) => share.usedNanos),
    activeNanos: sum((share) => share.activeNanos),
    flags: [...new Set(shares.flatMap(({ flags }) => flags))],
  };
}

function timeOf({ span }: TrackedSpan): SpanTime {
  const now = nowUnixNano();
  const endUnixNano = toUnixNano(span.endTime) ?? now;
  return { startUnixNano: toUnixNano(span.startTime) ?? now, endUnixNano };
}

function isWhole(intervals: readonly GpuInterval[], { startUnixNano, endUnixNano }: SpanTime): boolean {
  return intervals[0]?.startUnixNano === startUnixNano && intervals.at(-1)?.endUnixNano === endUnixNano;
}

function isFarFromNow(unixNano: bigint): boolean {
  const delayNanos = nowUnixNano() - unixNano;
  return delayNanos > DELAY_NANOS_MAX || delayNanos < -DELAY_NANOS_MAX;
}

/** `undefined` for what is no time; an application may set anything. */
function toUnixNano([seconds, nanos]: readonly [number, number]): bigint | undefined {
  if (!Number.isFinite(seconds) || !Number.isFinite(nanos)) return undefined;
  return BigInt(Math.trunc(seconds)) * NANOS_PER_SECOND + BigInt(Math.trunc(nanos));
}

function nowUnixNano(): bigint {
  return BigInt(Date.now()) * NANOS_PER_MILLI;
}

function monotonicNanos(): number {
  return performance.now() * 1e6;
}

/** Makes room for one more. */
function forgetOldest<Key>(map: Map<Key, unknown>, sizeMax: number): void {
  if (map.size < sizeMax) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
