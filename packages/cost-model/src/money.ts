import { assert } from './assert.ts';

declare const moneyBrand: unique symbol;

/**
 * An exact amount of the accounting currency, counted in pico-units (10⁻¹²).
 *
 * One pico is the price of one token at $0.000001 per million tokens, so every published token price is
 * a whole number of picos and no sum ever rounds.
 */
export type Money = bigint & { readonly [moneyBrand]: 'pico' };

/** Decimal places of a pico-unit; the places that {@link formatMoney} writes. */
export const MONEY_DECIMALS = 12;

const PICO_PER_UNIT = 10n ** BigInt(MONEY_DECIMALS);
const DECIMAL_PATTERN = /^([+-]?)(\d+)(?:\.(\d+))?$/;

export const ZERO_MONEY: Money = 0n as Money;

/** Brands a count of pico-units as money. A `number` must be a safe integer. */
export function moneyFromPico(pico: bigint | number): Money {
  assert(typeof pico === 'bigint' || Number.isSafeInteger(pico), 'pico-units must be a whole number', {
    pico,
  });
  return BigInt(pico) as Money;
}

/**
 * Reads a plain decimal such as `"0.05"`.
 *
 * @returns `undefined` when the text is not a plain decimal or has digits beyond the twelfth place,
 * because an amount is never rounded on the way in.
 */
export function parseMoney(text: string): Money | undefined {
  const match = DECIMAL_PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, whole, fraction = ''] = match;
  const significant = fraction.replace(/0+$/, '');
  if (significant.length > MONEY_DECIMALS) return undefined;
  const pico = BigInt(whole ?? '0') * PICO_PER_UNIT + BigInt(significant.padEnd(MONEY_DECIMALS, '0'));
  return (sign === '-' ? -pico : pico) as Money;
}

/** Writes an amount as a decimal with twelve places: `"0.001234500000"`. */
export function formatMoney(amount: Money): string {
  const pico: bigint = amount;
  const negative = pico < 0n;
  const digits = (negative ? -pico : pico).toString().padStart(MONEY_DECIMALS + 1, '0');
  const point = digits.length - MONEY_DECIMALS;
  return `${negative ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** The nearest double, for display and OTLP metrics only. Nothing is computed from it. */
export function moneyToDouble(amount: Money): number {
  const pico = Number(amount);
  return Number.isSafeInteger(pico) ? pico / 1e12 : Number(formatMoney(amount));
}

export function addMoney(left: Money, right: Money): Money {
  return (left + right) as Money;
}

/** Divides two whole numbers and rounds half to even, so that repeated rounding has no drift. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  assert(divisor > 0n, 'the divisor must be positive', { divisor });
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  const away = twice < 0n ? -1n : 1n;
  const distance = twice < 0n ? -twice : twice;
  if (distance < divisor) return quotient;
  if (distance > divisor) return quotient + away;
  return quotient % 2n === 0n ? quotient : quotient + away;
}

/**
 * Splits an amount by whole-number weights so that the parts add up to it exactly.
 *
 * 1. Each part gets the floor of its exact share.
 * 2. What is left over (fewer picos than there are parts) goes one pico each to the largest remainders;
 *    equal remainders are served in list order.
 *
 * A split of 10 picos by weights 1, 1, 1 is 4, 3, 3.
 */
export function splitMoney(amount: Money, weights: readonly bigint[]): Money[] {
  const weightTotal = weights.reduce((sum, weight) => sum + weight, 0n);
  assert(amount >= 0n, 'only a non-negative amount can be split', { amount });
  assert(
    weightTotal > 0n && weights.every((weight) => weight >= 0n),
    'weights must be non-negative, not all zero',
    {
      weights,
    },
  );
  const parts = weights.map((weight) => (amount * weight) / weightTotal);
  const leftover = Number(amount - parts.reduce((sum, part) => sum + part, 0n));
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (amount * weight) % weightTotal }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  for (const { index } of byRemainder.slice(0, leftover)) parts[index] = (parts[index] ?? 0n) + 1n;
  assert(parts.reduce((sum, part) => sum + part, 0n) === amount, 'the parts must add up to the whole', {
    amount,
  });
  return parts as Money[];
}
