import type { GpuPool } from '@costspan/cost-model';
import type { GpuRequest } from './gpu-request.ts';
import { type GpuWindow, windowsBetween } from './gpu-window.ts';
import { type SettledWindow, type SettlementOptions, settleWindow } from './settle-window.ts';

/** One window of a period that is settled as a whole. */
export interface PeriodWindow {
  readonly window: GpuWindow;
  /** Places in the period's list of those requests that the window's shares are of, in the same order. */
  readonly positions: Uint32Array;
  /** `undefined` where the window has no rate. */
  readonly settled: SettledWindow | undefined;
}

/**
 * Settles the windows of a period one after the other. A request is in each window that lies between its first moment and
 * its last one. Holds nothing but the requests' order, and those that are in the window at hand.
 */
export function* settlePeriod(
  pool: GpuPool,
  period: { readonly fromUnixNano: bigint; readonly untilUnixNano: bigint },
  requests: readonly GpuRequest[],
  options: SettlementOptions,
): Generator<PeriodWindow> {
  const extents = requests.map(extentOf);
  const order = Uint32Array.from(requests.keys()).sort((left, right) => {
    const difference = (extents[left]?.firstUnixNano ?? 0n) - (extents[right]?.firstUnixNano ?? 0n);
    return difference < 0n ? -1 : difference > 0n ? 1 : left - right;
  });
  let next = 0;
  let present: number[] = [];
  for (const window of windowsBetween(pool, period.fromUnixNano, period.untilUnixNano)) {
    // An empty interval at the window's very start is still in it.
    present = present.filter((position) => (extents[position]?.lastUnixNano ?? 0n) >= window.startUnixNano);
    for (; next < order.length; next += 1) {
      const position = order[next] ?? 0;
      const extent = extents[position];
      if (extent === undefined || extent.firstUnixNano >= window.endUnixNano) break;
      if (extent.lastUnixNano >= window.startUnixNano) present.push(position);
    }
    const positions = Uint32Array.from(present);
    const inWindow = Array.from(positions, (position) => requests[position]).filter(
      (each) => each !== undefined,
    );
    const settled = window.rate === undefined ? undefined : settleWindow(pool, window, inWindow, options);
    yield { window, positions, settled };
  }
}

function extentOf({ startUnixNano, intervals }: GpuRequest): { firstUnixNano: bigint; lastUnixNano: bigint } {
  let firstUnixNano = startUnixNano;
  let lastUnixNano = startUnixNano;
  for (const interval of intervals) {
    if (interval.startUnixNano < firstUnixNano) firstUnixNano = interval.startUnixNano;
    if (interval.endUnixNano > lastUnixNano) lastUnixNano = interval.endUnixNano;
    if (interval.startUnixNano > lastUnixNano) lastUnixNano = interval.startUnixNano;
  }
  return { firstUnixNano, lastUnixNano };
}
