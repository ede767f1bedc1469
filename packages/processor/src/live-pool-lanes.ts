import { OnlineLane, windowAt } from '@costspan/allocation';
import type { GpuPool } from '@costspan/cost-model';
import type { GpuShare } from './gpu-cost.ts';

/** Replicas of a pool that are told apart at a time; the one that was first seen the longest ago is forgotten first. */
const LANES_MAX = 256;
/** Windows of which it is known how many requests started in them. */
const WINDOWS_MAX = 32;

/** The lanes of one pool's replicas, and how many requests have started in its last windows. */
export class LivePoolLanes {
  readonly #pool: GpuPool;
  readonly #lanes = new Map<string | undefined, OnlineLane>();
  readonly #startsByWindow = new Map<bigint, number>();

  constructor(pool: GpuPool) {
    this.#pool = pool;
  }

  /** Those whose replica is not known share the whole pool with one another, and the capacity of all of it. */
  at(replica: string | undefined): OnlineLane {
    let lane = this.#lanes.get(replica);
    if (lane === undefined) {
      const { method, basis, capacity } = this.#pool;
      const isBounded = capacity !== undefined && method === 'time_share' && basis !== 'measured';
      lane = new OnlineLane(isBounded ? { capacity: capacity * this.replicasOf(replica) } : {});
      forgetOldest(this.#lanes, LANES_MAX);
      this.#lanes.set(replica, lane);
    }
    return lane;
  }

  /** How many replicas a lane stands for. */
  replicasOf(replica: string | undefined): number {
    return replica === undefined ? this.#pool.replicas : 1;
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
  perRequest(startUnixNano: bigint, endUnixNano: bigint): GpuShare {
    const window = windowAt(this.#pool, startUnixNano);
    const until = endUnixNano < window.endUnixNano ? endUnixNano : window.endUnixNano;
    const passedNanos = Math.max(0, Number(until - window.startUnixNano));
    const starts = this.#startsByWindow.get(window.startUnixNano) ?? 1;
    const nanos = (passedNanos * this.#pool.replicas) / starts;
    return { replicaNanos: nanos, usedNanos: nanos, activeNanos: nanos };
  }
}

/** Makes room for one more. */
function forgetOldest<Key>(map: Map<Key, unknown>, sizeMax: number): void {
  if (map.size < sizeMax) return;
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
