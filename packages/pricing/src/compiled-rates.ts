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
import { type ExactFactor, multiplyDecimal, multiplyFactors, UNCHANGED } from './exact-factor.ts';
import type { EntryData, RateData, RatesData } from './price-book-data.ts';

/** The rate of one bucket, made ready to multiply. */
export interface CompiledRate {
  readonly bucket: UsageBucket;
  readonly component: CostComponent;
  /** Least quantity that is billed. */
  readonly minimum: number;
  readonly price: UnitPrice;
  /** What lies above a quantity has a price of its own; by rising quantity. */
  readonly steps: readonly VolumeStep[];
}

interface UnitPrice {
  /** The rate as published, discounts and uplifts included, for the line. */
  readonly published: Rate;
  /** Picos of one unit, when they are a whole number, as they are for nearly every price per token. */
  readonly picoPerUnit: number | undefined;
  /** Exactly `numerator` / `divisor` picos for one unit. */
  readonly numerator: bigint;
  readonly divisor: bigint;
}

interface VolumeStep {
  readonly above: number;
  readonly price: UnitPrice;
}

/** The rate of every bucket that can be charged, fallbacks resolved. */
export interface CompiledRates {
  readonly byBucket: ReadonlyMap<string, CompiledRate>;
  /** Buckets that are billed at a rate that the call does not tell, and what it would have to tell. */
  readonly undetermined: ReadonlyMap<string, string>;
  /** Whether the model is billed by tokens, so that images, seconds or characters only describe a call. */
  readonly pricesTokens: boolean;
}

/** What rates are multiplied by: everything by one factor, tokens by another one too. */
export interface RateFactors {
  readonly all: ExactFactor;
  readonly tokens: ExactFactor;
}

const NO_FACTORS: RateFactors = { all: UNCHANGED, tokens: UNCHANGED };

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
export function compileRates(
  data: RatesData,
  entry: EntryData,
  factors: RateFactors = NO_FACTORS,
): CompiledRates {
  const byBucket = new Map<UsageBucket, CompiledRate>();
  for (const bucket of USAGE_BUCKET_NAMES) {
    const rate = data[bucket];
    if (rate !== undefined) byBucket.set(bucket, compileRate(rate, bucket, entry, factors));
  }
  const fallbacks = PROVIDERS_WITHOUT_WRITE_SURCHARGE.has(entry.provider)
    ? [...FALLBACKS, ...WRITES_AS_INPUT]
    : FALLBACKS;
  for (const [bucket, from] of fallbacks) {
    const rate = byBucket.get(from);
    if (rate !== undefined && !byBucket.has(bucket))
      byBucket.set(bucket, { ...rate, bucket, component: USAGE_BUCKETS[bucket].component });
  }
  const undetermined = new Map<string, string>();
  for (const bucket of entry.undetermined ?? []) {
    byBucket.delete(bucket);
    undetermined.set(bucket, bucket);
  }
  return { byBucket, undetermined, pricesTokens: [...byBucket.keys()].some(isToken) };
}

export function isToken(bucket: UsageBucket): boolean {
  return USAGE_BUCKETS[bucket].unit === 'token';
}

function compileRate(
  { decimal, per, volume = [] }: RateData,
  bucket: UsageBucket,
  entry: EntryData,
  factors: RateFactors,
): CompiledRate {
  const factor = isToken(bucket) ? multiplyFactors(factors.all, factors.tokens) : factors.all;
  const { unit, component } = USAGE_BUCKETS[bucket];
  return {
    bucket,
    component,
    minimum: entry.minimum?.[bucket] ?? 0,
    price: unitPrice(decimal, per, unit, factor),
    steps: volume.map((step) => ({
      above: step.above,
      price: unitPrice(step.decimal, per, unit, factor),
    })),
  };
}

function unitPrice(decimal: string, per: number, unit: Rate['unit'], factor: ExactFactor): UnitPrice {
  const pico = parseMoney(decimal);
  assert(pico !== undefined && pico >= 0n, `a rate must be a decimal of at most ${MONEY_DECIMALS} places`, {
    decimal,
  });
  const numerator = pico * factor.numerator;
  const divisor = BigInt(per) * factor.denominator;
  const perUnit = Number(numerator / divisor);
  return {
    published: { decimal: factor === UNCHANGED ? decimal : multiplyDecimal(decimal, factor), per, unit },
    picoPerUnit: numerator % divisor === 0n && Number.isSafeInteger(perUnit) ? perUnit : undefined,
    numerator,
    divisor,
  };
}

/** Whether a quantity can be billed: a count above zero, or seconds with a fraction. */
export function isBillable(quantity: number, bucket: string): boolean {
  if (bucket === 'seconds') return quantity > 0 && quantity <= Number.MAX_SAFE_INTEGER;
  return quantity > 0 && Number.isSafeInteger(quantity);
}

/**
 * Adds the line of a quantity, or one line for each volume step that it reaches into, and returns their sum.
 *
 * 250 images at $0.04, above 100 at $0.03: 100 × 0.04 + 150 × 0.03 = $8.50 in two lines.
 */
export function addLines(lines: PricedLine[], quantity: number, rate: CompiledRate): number {
  const billed = quantity < rate.minimum ? rate.minimum : quantity;
  if (rate.steps.length === 0) return addLine(lines, billed, rate, rate.price);
  let totalPico = 0;
  let [from, price] = [0, rate.price];
  for (const step of [...rate.steps, undefined]) {
    const until = Math.min(billed, step?.above ?? billed);
    if (until > from) totalPico += addLine(lines, until - from, rate, price);
    if (step === undefined) break;
    [from, price] = [step.above, step.price];
  }
  return totalPico;
}

/**
 * One line: quantity × rate, as a whole number of picos.
 *
 * 1024 cached tokens at $0.025 per million are 1024 × 25,000 = 25,600,000 picos. Where the product is no
 * whole number, it is rounded half to even, once: 10 s of audio at $0.111 an hour are
 * 0.111 × 10¹² × 10 / 3600 = 308,333,333.3 → 308,333,333 picos.
 * An amount beyond the safe integers is no longer exact, and for the caller to refuse.
 */
function addLine(lines: PricedLine[], quantity: number, rate: CompiledRate, price: UnitPrice): number {
  const amountPico =
    price.picoPerUnit !== undefined && Number.isSafeInteger(quantity)
      ? quantity * price.picoPerUnit
      : Number(roundedProduct(quantity, price));
  const { component, bucket } = rate;
  lines.push({ component, bucket, quantity, rate: price.published, amountPico });
  return amountPico;
}

/** A quantity with a fraction (12.25 seconds) is taken as the decimal that it prints as. */
function roundedProduct(quantity: number, { numerator, divisor }: UnitPrice): bigint {
  const [digits = '', exponent = '0'] = quantity.toString().split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const scale = Number(exponent) - fraction.length;
  const product = BigInt(whole + fraction) * numerator * 10n ** BigInt(Math.max(scale, 0));
  return divideHalfEven(product, divisor * 10n ** BigInt(Math.max(-scale, 0)));
}
