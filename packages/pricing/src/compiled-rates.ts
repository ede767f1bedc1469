import {
  assert,
  divideHalfEven,
  MONEY_DECIMALS,
  parseMoney,
  type PricedLine,
  type Rate,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
  type UsageBucket,
} from '@costspan/cost-model';
import type { RateData, RatesData } from './price-book-data.ts';

/** A rate made ready to multiply. */
export interface CompiledRate extends Rate {
  /** Picos of one unit, when they are a whole number, as they are for every price per token. */
  readonly picoPerUnit: number | undefined;
  /** Picos of `per` units. */
  readonly pico: bigint;
}

/** The rate of every bucket that can be charged, fallbacks already resolved. */
export type CompiledRates = ReadonlyMap<UsageBucket, CompiledRate>;

/**
 * Buckets without a rate of their own that are charged at another's: reasoning is billed as output, a cache
 * read without a discount as input, and a cache write is the same thing under two names when its source
 * does not state a lifetime.
 */
const FALLBACKS: readonly (readonly [bucket: UsageBucket, from: UsageBucket])[] = [
  ['reasoning', 'output'],
  ['cacheRead', 'input'],
  ['cacheWrite5m', 'cacheWrite'],
  ['cacheWrite', 'cacheWrite5m'],
];

/** Providers that bill a cache write as a surcharge; elsewhere a write without a rate is ordinary input. */
const CACHE_WRITE_SURCHARGE_PROVIDERS: ReadonlySet<string> = new Set([
  'anthropic',
  'aws.bedrock',
  'gcp.vertex_ai',
]);

const CACHE_WRITE_BUCKETS: readonly UsageBucket[] = ['cacheWrite', 'cacheWrite5m', 'cacheWrite1h'];

export function compileRates(data: RatesData, provider: string): CompiledRates {
  const rates = new Map<UsageBucket, CompiledRate>();
  for (const bucket of USAGE_BUCKET_NAMES) {
    const rate = data[bucket];
    if (rate !== undefined) rates.set(bucket, compileRate(rate, bucket));
  }
  for (const [bucket, from] of FALLBACKS) inherit(rates, bucket, from);
  if (!CACHE_WRITE_SURCHARGE_PROVIDERS.has(provider)) {
    for (const bucket of CACHE_WRITE_BUCKETS)
      inherit(rates, bucket, rates.has('cacheWrite') ? 'cacheWrite' : 'input');
  }
  return rates;
}

function inherit(rates: Map<UsageBucket, CompiledRate>, bucket: UsageBucket, from: UsageBucket): void {
  const rate = rates.get(from);
  if (rate !== undefined && !rates.has(bucket)) rates.set(bucket, rate);
}

function compileRate(data: RateData, bucket: UsageBucket): CompiledRate {
  const pico = parseMoney(data.decimal);
  assert(pico !== undefined && pico >= 0n, `a rate must be a decimal of at most ${MONEY_DECIMALS} places`, {
    bucket,
    decimal: data.decimal,
  });
  assert(Number.isSafeInteger(data.per) && data.per > 0, 'a rate is for a positive number of units', {
    per: data.per,
  });
  const perUnit = pico / BigInt(data.per);
  return {
    decimal: data.decimal,
    per: data.per,
    unit: USAGE_BUCKETS[bucket].unit,
    pico,
    picoPerUnit: perUnit * BigInt(data.per) === pico ? Number(perUnit) : undefined,
  };
}

/**
 * One line: quantity × rate, as a whole number of picos.
 *
 * 1024 cached tokens at $0.025 per million are 1024 × 25,000 = 25,600,000 picos. A rate that is no whole
 * number of picos per unit is rounded half to even, once, for the line.
 *
 * @returns `undefined` when the amount is beyond what a safe integer holds.
 */
export function priceLine(bucket: UsageBucket, quantity: number, rate: CompiledRate): PricedLine | undefined {
  const amountPico =
    rate.picoPerUnit !== undefined
      ? quantity * rate.picoPerUnit
      : Number(divideHalfEven(BigInt(quantity) * rate.pico, BigInt(rate.per)));
  if (!Number.isSafeInteger(amountPico)) return undefined;
  return { component: USAGE_BUCKETS[bucket].component, bucket, quantity, rate, amountPico };
}
