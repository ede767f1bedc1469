import { assert, type GpuPool, type GpuRate } from '@costspan/cost-model';

const NANOS_PER_SECOND = 1_000_000_000n;

/** A stretch of time with one rate, half open. Longer periods are only ever sums of windows. */
export interface GpuWindow {
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** `undefined` before the pool's first rate. */
  readonly rate: GpuRate | undefined;
}

/** The window that an instant lies in: the pool's grid, cut where a rate begins. */
export function windowAt(pool: GpuPool, unixNano: bigint): GpuWindow {
  assert(Number.isSafeInteger(pool.windowSeconds) && pool.windowSeconds > 0, 'a window lasts whole seconds', {
    windowSeconds: pool.windowSeconds,
  });
  const lengthNanos = BigInt(pool.windowSeconds) * NANOS_PER_SECOND;
  const sinceGridNanos = ((unixNano % lengthNanos) + lengthNanos) % lengthNanos;
  const gridStart = unixNano - sinceGridNanos;
  const gridEnd = gridStart + lengthNanos;
  const index = pool.rates.findLastIndex((each) => each.fromUnixNano <= unixNano);
  const rate = pool.rates[index];
  const next = pool.rates[index + 1];
  return {
    startUnixNano: rate !== undefined && rate.fromUnixNano > gridStart ? rate.fromUnixNano : gridStart,
    endUnixNano: next !== undefined && next.fromUnixNano < gridEnd ? next.fromUnixNano : gridEnd,
    rate,
  };
}

/** The windows of a period, in order; the first and the last one are cut at its ends. */
export function* windowsBetween(
  pool: GpuPool,
  fromUnixNano: bigint,
  untilUnixNano: bigint,
): Generator<GpuWindow> {
  for (let startUnixNano = fromUnixNano; startUnixNano < untilUnixNano;) {
    const whole = windowAt(pool, startUnixNano);
    const endUnixNano = whole.endUnixNano < untilUnixNano ? whole.endUnixNano : untilUnixNano;
    yield { startUnixNano, endUnixNano, rate: whole.rate };
    startUnixNano = endUnixNano;
  }
}
