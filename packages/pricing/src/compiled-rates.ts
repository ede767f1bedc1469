import {
  assert,
  type CostComponent,
  divideHalfEven,
  MONEY_DECIMALS,
  parseMoney,
  type PricedLine,
  type Rate,
  USAGE_BUCKET_NAMES,
  USAGE_BUCKETS,
  type UsageBucket,
} from '@costspan/cost-model';
import type { EntryData, RateData, RatesData } from './price-book-data.ts';

/** The rate of one bucket, made ready to multiply. */
export interface CompiledRate {
  readonly bucket: UsageBucket;
  readonly component: CostComponent;
  /** The rate as published, for the line. */
  readonly published: Rate;
  /** Picos of one unit, when they are a whole number, as they are for every price per token. */
  readonly picoPerUnit: number | undefined;
  /** Picos of `per` units. */
  readonly pico: bigint;
  /** Least quantity that is billed. */
  readonly minimum: number;
}

/** The rate of every bucket that can be charged, fallbacks resolved. */
export type CompiledRates = ReadonlyMap<string, CompiledRate>;

/**
 * Buckets without a rate of their own that are charged at another's: reasoning is billed as output, a cache
 * read without a discount as input. A cache write of unknown lifetime has the five-minute rate; a source
 * with one rate for writes means every lifetime.
 */
const FALLBACKS: readonly (readonly [bucket: UsageBucket, from: UsageBucket])[] = [
  ['reasoning', 'output'],
  ['cacheRead', 'input'],
  ['cacheWrite5m', 'cacheWrite'],
  ['cacheWrite1h', 'cacheWrite'],
  ['cacheWrite', 'cacheWrite5m'],
];

/** Where writing to the cache costs nothing beyond the input itself, unless an entry has a rate for it. */
const PROVIDERS_WITHOUT_WRITE_SURCHARGE: ReadonlySet<string> = new Set(['openai', 'azure.ai.openai']);

const WRITES_AS_INPUT: typeof FALLBACKS = [
  ['cacheWrite', 'input'],
  ['cacheWrite5m', 'input'],
  ['cacheWrite1h', 'input'],
];

/** Compiles a set of rates of an entry. */
export function compileRates(data: RatesData, entry: EntryData): CompiledRates {
  const rates = new Map<UsageBucket, CompiledRate>();
  for (const bucket of USAGE_BUCKET_NAMES) {
    const rate = data[bucket];
    if (rate !== undefined) rates.set(bucket, compileRate(rate, bucket, entry.minimum?.[bucket] ?? 0));
  }
  const fallbacks = PROVIDERS_WITHOUT_WRITE_SURCHARGE.has(entry.provider)
    ? [...FALLBACKS, ...WRITES_AS_INPUT]
    : FALLBACKS;
  for (const [bucket, from] of fallbacks) {
    const rate = rates.get(from);
    if (rate !== undefined && !rates.has(bucket))
      rates.set(bucket, { ...rate, bucket, component: USAGE_BUCKETS[bucket].component });
  }
  for (const bucket of entry.undetermined ?? []) rates.delete(bucket);
  return rates;
}

function compileRate(data: RateData, bucket: UsageBucket, minimum: number): CompiledRate {
  const pico = parseMoney(data.decimal);
  assert(pico !== undefined && pico >= 0n, `a rate must be a decimal of at most ${MONEY_DECIMALS} places`, {
    bucket,
    decimal: data.decimal,
  });
  const per = BigInt(data.per);
  const perUnit = Number(pico / per);
  const { unit, component } = USAGE_BUCKETS[bucket];
  return {
    bucket,
    component,
    published: { decimal: data.decimal, per: data.per, unit },
    picoPerUnit: pico % per === 0n && Number.isSafeInteger(perUnit) ? perUnit : undefined,
    pico,
    minimum,
  };
}

/** Whether a quantity can be billed: a count above zero, or seconds with a fraction. */
export function isBillable(quantity: number, { published }: CompiledRate): boolean {
  if (published.unit === 'second') return quantity > 0 && quantity <= Number.MAX_SAFE_INTEGER;
  return quantity > 0 && Number.isSafeInteger(quantity);
}

/**
 * One line: quantity × rate, as a whole number of picos.
 *
 * 1024 cached tokens at $0.025 per million are 1024 × 25,000 = 25,600,000 picos. Where the product is no
 * whole number, it is rounded half to even, once: 10 s of audio at $0.111 an hour are
 * 0.111 × 10¹² × 10 / 3600 = 308,333,333.3 → 308,333,333 picos.
 * An amount beyond the safe integers is no longer exact, and for the caller to refuse.
 */
export function priceLine(quantity: number, rate: CompiledRate): PricedLine {
  const billed = quantity < rate.minimum ? rate.minimum : quantity;
  const amountPico =
    rate.picoPerUnit !== undefined && Number.isSafeInteger(billed)
      ? billed * rate.picoPerUnit
      : Number(roundedProduct(billed, rate));
  const { component, bucket, published } = rate;
  return { component, bucket, quantity: billed, rate: published, amountPico };
}

/** A quantity with a fraction (12.25 seconds) is taken as the decimal that it prints as. */
function roundedProduct(quantity: number, { pico, published }: CompiledRate): bigint {
  const [digits = '', exponent = '0'] = quantity.toString().split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const scale = Number(exponent) - fraction.length;
  const mantissa = BigInt(whole + fraction);
  const numerator = mantissa * pico * 10n ** BigInt(Math.max(scale, 0));
  return divideHalfEven(numerator, BigInt(published.per) * 10n ** BigInt(Math.max(-scale, 0)));
}
