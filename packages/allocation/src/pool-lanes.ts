import type { GpuPool } from '@costspan/cost-model';
import { LATE, type RequestColumns } from './request-columns.ts';

/** A pool's lanes: its replicas, each of which batches its requests by itself. */
export interface PoolLanes {
  /** Replicas in all lanes together. */
  readonly replicas: number;
  /** Of the last lane with requests, where those are without a replica; every other lane is one. */
  readonly namelessReplicas: number;
  /** Positions of the requests that were on time, lane by lane. */
  readonly positions: Uint32Array;
  /** Where a lane's requests begin in `positions`; they end where those of the next one begin. */
  readonly first: Uint32Array;
  /** Lanes of the late ones, in their order; `undefined` where there is no lane left for a replica. */
  readonly late: readonly (number | undefined)[];
  /** Requests without a replica in a pool of several, and replicas that the pool does not have. */
  readonly unknownReplicas: number;
}

/**
 * Puts the requests into lanes: one for each replica that was seen, by name. Those without a replica share one lane, which
 * is the last and stands for all of the pool's replicas that were not seen: any of those may have served them. Without
 * such requests the replicas that were not seen were idle. A late request never adds a lane, which would change what the
 * others are charged.
 */
export function layLanes(pool: GpuPool, columns: RequestColumns): PoolLanes {
  const sizes = new Uint32Array(columns.replicas.length);
  for (let position = 0; position < columns.count; position += 1) {
    if (!isOnTime(columns, position)) continue;
    const replica = columns.replica[position] ?? 0;
    sizes[replica] = (sizes[replica] ?? 0) + 1;
  }
  const seen = [...columns.replicas.keys()].filter((replica) => (sizes[replica] ?? 0) > 0);
  const laneOrder = seen.toSorted((left, right) =>
    compareNames(columns.replicas[left], columns.replicas[right]),
  );
  const lanes = new Map(laneOrder.map((replica, lane) => [replica, lane]));
  const nameless = columns.replicas.indexOf(undefined);
  const named = laneOrder.filter((replica) => replica !== nameless).length;
  const namelessReplicas = named === laneOrder.length ? 1 : Math.max(1, pool.replicas - named);
  const replicas = Math.max(pool.replicas, laneOrder.length - 1 + namelessReplicas);
  const first = new Uint32Array(laneOrder.length + 1);
  for (const [lane, replica] of laneOrder.entries())
    first[lane + 1] = (first[lane] ?? 0) + (sizes[replica] ?? 0);
  const withoutReplica = replicas > 1 && nameless >= 0 ? (sizes[nameless] ?? 0) : 0;
  return {
    replicas,
    namelessReplicas,
    positions: inLanes(columns, lanes, first),
    first,
    late: lateLanes(columns, lanes, replicas - namelessReplicas + 1),
    unknownReplicas: withoutReplica + Math.max(0, laneOrder.length - pool.replicas),
  };
}

function inLanes(
  columns: RequestColumns,
  lanes: ReadonlyMap<number, number>,
  first: Uint32Array,
): Uint32Array {
  const laneOf = Uint32Array.from(columns.replicas, (_, replica) => lanes.get(replica) ?? 0);
  const next = first.slice();
  const positions = new Uint32Array(first.at(-1) ?? 0);
  for (let position = 0; position < columns.count; position += 1) {
    if (!isOnTime(columns, position)) continue;
    const lane = laneOf[columns.replica[position] ?? 0] ?? 0;
    const place = next[lane] ?? 0;
    positions[place] = position;
    next[lane] = place + 1;
  }
  return positions;
}

/** The lane of its replica, or else the next one in which nothing was seen. */
function lateLanes(
  columns: RequestColumns,
  onTimeLanes: ReadonlyMap<number, number>,
  lanesMax: number,
): (number | undefined)[] {
  const lanes = new Map(onTimeLanes);
  return columns.late.map(({ position }) => {
    const replica = columns.replica[position] ?? 0;
    if (!lanes.has(replica) && lanes.size < lanesMax) lanes.set(replica, lanes.size);
    return lanes.get(replica);
  });
}

function isOnTime(columns: RequestColumns, position: number): boolean {
  const presence = columns.presence[position] ?? 0;
  return presence !== 0 && (presence & LATE) === 0;
}

/** By code units; the nameless last. */
function compareNames(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined) return left === right ? 0 : left === undefined ? 1 : -1;
  return left < right ? -1 : left > right ? 1 : 0;
}
