import {
  assert,
  divideHalfEven,
  type GpuPool,
  type GpuRate,
  type Money,
  parseMoney,
  ZERO_MONEY,
} from '@costspan/cost-model';

const NANOS_PER_HOUR = 3_600_000_000_000n;
/** Pico-units of one percent in a whole. */
const PERCENT_UNITS = 100n * 10n ** 12n;

/**
 * What a pool costs between two instants. Costs telescope: each is the difference of two readings of one clock, which
 * is rounded down and runs from the start of each rate, so that adjoining stretches add up to the whole one and any
 * hour under one rate to exactly its rate.
 *
 * At 1 pico-unit an hour, the first 59 minutes cost 0 and the 60th costs 1.
 */
export class CostClock {
  readonly #rates: readonly GpuRate[];
  readonly #overheadRates: readonly GpuRate[];

  constructor(pool: GpuPool) {
    this.#rates = pool.rates;
    this.#overheadRates = pool.rates.map((rate) => overheadRate(pool, rate));
  }

  /** Overhead not included; `undefined` where a part of the time has no rate. */
  cost(fromUnixNano: bigint, untilUnixNano: bigint): Money | undefined {
    return costAtRates(this.#rates, fromUnixNano, untilUnixNano);
  }

  /** The overhead on it; zero for a pool without, `undefined` where a part of the time has no rate. */
  overhead(fromUnixNano: bigint, untilUnixNano: bigint): Money | undefined {
    return costAtRates(this.#overheadRates, fromUnixNano, untilUnixNano);
  }
}

/** The overhead on a rate, by the hour: a clock of its own, rounded half to even once. */
export function overheadRate(pool: GpuPool, rate: GpuRate): GpuRate {
  if (pool.overhead === undefined) return { fromUnixNano: rate.fromUnixNano, perHour: ZERO_MONEY };
  const percent = parseMoney(pool.overhead.percent);
  assert(percent !== undefined && percent >= 0n, 'an overhead is a decimal of percent', {
    percent: pool.overhead.percent,
  });
  const perHour = divideHalfEven(rate.perHour * percent, PERCENT_UNITS) as Money;
  return { fromUnixNano: rate.fromUnixNano, perHour };
}

/** The cost of a stretch of time that lies within one rate. */
export function costAtRate(rate: GpuRate, fromUnixNano: bigint, untilUnixNano: bigint): Money {
  assert(
    rate.fromUnixNano <= fromUnixNano && fromUnixNano <= untilUnixNano,
    'the time lies within the rate',
    {
      rateFrom: rate.fromUnixNano,
      fromUnixNano,
      untilUnixNano,
    },
  );
  const reading = (unixNano: bigint): bigint =>
    (rate.perHour * (unixNano - rate.fromUnixNano)) / NANOS_PER_HOUR;
  return (reading(untilUnixNano) - reading(fromUnixNano)) as Money;
}

function costAtRates(
  rates: readonly GpuRate[],
  fromUnixNano: bigint,
  untilUnixNano: bigint,
): Money | undefined {
  assert(fromUnixNano <= untilUnixNano, 'a stretch of time ends after it begins', {
    fromUnixNano,
    untilUnixNano,
  });
  const [first] = rates;
  if (first === undefined || fromUnixNano < first.fromUnixNano) return undefined;
  let total = 0n;
  for (const [index, rate] of rates.entries()) {
    const next = rates[index + 1]?.fromUnixNano ?? untilUnixNano;
    const from = fromUnixNano > rate.fromUnixNano ? fromUnixNano : rate.fromUnixNano;
    const until = untilUnixNano < next ? untilUnixNano : next;
    if (from < until) total += costAtRate(rate, from, until);
  }
  return total as Money;
}
