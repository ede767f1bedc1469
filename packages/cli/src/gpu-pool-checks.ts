import type { CostspanConfig } from '@costspan/config';
import { type GpuPool, isOverheadReviewDue } from '@costspan/cost-model';
import { displayExactMoney } from './display-money.ts';

/** What `costspan check` says of a pool. */
export interface GpuPoolCheck {
  readonly status: 'ok' | 'finding';
  readonly message: string;
}

const NANOS_PER_MILLI = 1_000_000n;

/** What each pool costs now, and what of it somebody should look at. */
export function checkGpuPools(
  { pools, overhead, currency }: CostspanConfig,
  nowMillis: number,
): GpuPoolCheck[] {
  return pools.flatMap((pool): GpuPoolCheck[] => {
    // That of the file is looked at with the prices, once for all pools.
    const own = pool.overhead === overhead ? undefined : pool.overhead;
    return [
      checkRate(pool, currency, nowMillis),
      ...(own !== undefined && isOverheadReviewDue(own.reviewed, nowMillis)
        ? [
            finding(
              `pool ${pool.name}: the overhead of ${own.percent} % was last reviewed on ${own.reviewed}, ` +
                'more than a quarter ago; review it and set the new day',
            ),
          ]
        : []),
    ];
  });
}

function checkRate(pool: GpuPool, currency: string, nowMillis: number): GpuPoolCheck {
  const nowUnixNano = BigInt(nowMillis) * NANOS_PER_MILLI;
  const rate = pool.rates.findLast(({ fromUnixNano }) => fromUnixNano <= nowUnixNano);
  if (rate === undefined) {
    const first = pool.rates[0];
    const until = first === undefined ? '' : ` before ${day(first.fromUnixNano)}`;
    return finding(
      `pool ${pool.name}: no rate${until}, so that its requests have no cost; add the one in force now`,
    );
  }
  const gpus = `${pool.gpus} ${pool.gpus === 1 ? 'GPU' : 'GPUs'}`;
  const perHour = displayExactMoney(rate.perHour, currency);
  return {
    status: 'ok',
    message: `pool ${pool.name}: ${gpus}, ${perHour}/h since ${day(rate.fromUnixNano)}`,
  };
}

function finding(message: string): GpuPoolCheck {
  return { status: 'finding', message };
}

function day(unixNano: bigint): string {
  return new Date(Number(unixNano / NANOS_PER_MILLI)).toISOString().slice(0, 10);
}
