import type { GpuPool } from '@costspan/cost-model';
import { windowAt } from './gpu-window.ts';
import type { LeftOut, PoolMark, PoolPeriod } from './pool-report.ts';

/** A period on the grid of a pool's windows, and why what lies around it is not in the books. */
export interface CutPeriod {
  readonly asked: PoolPeriod | undefined;
  readonly observedFromUnixNano: bigint;
  /** What is left out before and after what is asked. */
  readonly before: readonly LeftOut[];
  readonly after: LeftOut | undefined;
}

/** What of the period can be in the books, on the pool's grid of windows. */
export function cutPeriod(pool: GpuPool, period: PoolPeriod, mark: PoolMark | undefined): CutPeriod {
  const fromUnixNano = windowFrom(pool, period.fromUnixNano);
  const untilUnixNano = windowFrom(pool, period.untilUnixNano);
  if (fromUnixNano >= untilUnixNano) {
    const before: LeftOut[] =
      period.fromUnixNano < period.untilUnixNano ? [{ ...period, reason: 'no_window' }] : [];
    return { asked: undefined, observedFromUnixNano: untilUnixNano, before, after: undefined };
  }
  const clamp = (unixNano: bigint): bigint => larger(fromUnixNano, smaller(unixNano, untilUnixNano));
  // A pool without a mark was never observed, yet a backlog may have been settled.
  const observedFrom =
    mark === undefined
      ? untilUnixNano
      : clamp(windowAt(pool, BigInt(mark.observedFromUnixNano)).startUnixNano);
  const closedUntil =
    mark === undefined || mark.closedUntilUnixNano === null
      ? observedFrom
      : larger(observedFrom, clamp(BigInt(mark.closedUntilUnixNano)));
  const ratedFrom = clamp(pool.rates[0]?.fromUnixNano ?? untilUnixNano);
  const unobservedUntil = smaller(observedFrom, ratedFrom);
  const afterFrom = larger(closedUntil, ratedFrom);
  return {
    asked: ratedFrom < closedUntil ? { fromUnixNano: ratedFrom, untilUnixNano: closedUntil } : undefined,
    observedFromUnixNano: observedFrom,
    before: [
      { fromUnixNano, untilUnixNano: unobservedUntil, reason: 'not_observed' },
      { fromUnixNano: unobservedUntil, untilUnixNano: ratedFrom, reason: 'no_rate' },
    ],
    after:
      afterFrom < untilUnixNano
        ? { fromUnixNano: afterFrom, untilUnixNano, reason: 'not_closed' }
        : undefined,
  };
}

/** The start of the first window that begins at an instant or after it. */
function windowFrom(pool: GpuPool, unixNano: bigint): bigint {
  const window = windowAt(pool, unixNano);
  return window.startUnixNano === unixNano ? unixNano : window.endUnixNano;
}

export function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

export function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
