import type { RequestColumns } from './request-columns.ts';

/** The intervals of one lane's requests, in the order of the requests. */
export interface LaneIntervals {
  readonly startNanos: Float64Array;
  readonly endNanos: Float64Array;
  /** Requests that each stands for; left out where each stands for one. */
  readonly counts: Float64Array | undefined;
  /** What each counts beside others; left out where all count one. The same array as `counts` where it is the same. */
  readonly loads: Float64Array | undefined;
}

/** Gathers a lane's intervals. Where the lane has all requests they are not copied. */
export function laneIntervals(columns: RequestColumns, positions: Uint32Array): LaneIntervals {
  const { firstInterval } = columns;
  let count = 0;
  for (let place = 0; place < positions.length; place += 1) {
    count += intervalCount(columns, positions[place] ?? 0);
  }
  if (count === firstInterval[columns.count] && columns.counts === undefined) {
    const { startNanos, endNanos, loads } = columns;
    return {
      startNanos: startNanos.subarray(0, count),
      endNanos: endNanos.subarray(0, count),
      counts: undefined,
      loads: loads?.subarray(0, count),
    };
  }
  const startNanos = new Float64Array(count);
  const endNanos = new Float64Array(count);
  const counts = columns.counts === undefined ? undefined : new Float64Array(count);
  const loads = columns.loads === undefined ? counts : new Float64Array(count);
  let next = 0;
  for (const position of positions) {
    const until = firstInterval[position + 1] ?? 0;
    for (let interval = firstInterval[position] ?? 0; interval < until; interval += 1) {
      startNanos[next] = columns.startNanos[interval] ?? 0;
      endNanos[next] = columns.endNanos[interval] ?? 0;
      if (counts !== undefined) counts[next] = columns.counts?.[position] ?? 1;
      if (loads !== undefined && columns.loads !== undefined) loads[next] = columns.loads[interval] ?? 1;
      next += 1;
    }
  }
  return { startNanos, endNanos, counts, loads };
}

export function intervalCount(columns: RequestColumns, position: number): number {
  return (columns.firstInterval[position + 1] ?? 0) - (columns.firstInterval[position] ?? 0);
}
