import { assert, MONEY_DECIMALS, parseMoney } from '@costspan/cost-model';

/** An exact factor on a rate: `numerator` / `denominator`, the denominator a power of ten. */
export interface ExactFactor {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const UNCHANGED: ExactFactor = { numerator: 1n, denominator: 1n };

/** The factor that a decimal states: `"1.1"` is 11 / 10. */
export function factorOf(decimal: string): ExactFactor {
  const pico = parseMoney(decimal);
  assert(pico !== undefined && pico >= 0n, 'a factor must be a decimal of at most 12 places', { decimal });
  return reduced(pico, 10n ** BigInt(MONEY_DECIMALS));
}

/** What is left to pay after a discount: 12.5 % off is 0.875. */
export function factorAfterDiscount(percent: string): ExactFactor {
  const { numerator, denominator } = factorOf(percent);
  assert(numerator <= 100n * denominator, 'a discount is at most 100 %', { percent });
  return reduced(100n * denominator - numerator, 100n * denominator);
}

export function multiplyFactors(left: ExactFactor, right: ExactFactor): ExactFactor {
  return reduced(left.numerator * right.numerator, left.denominator * right.denominator);
}

/** A decimal times a factor, in full: `"0.125"` × 11 / 10 is `"0.1375"`. */
export function multiplyDecimal(decimal: string, { numerator, denominator }: ExactFactor): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  const places = fraction.length + denominator.toString().length - 1;
  const digits = (BigInt(whole + fraction) * numerator).toString().padStart(places + 1, '0');
  const point = digits.length - places;
  const rest = digits.slice(point).replace(/0+$/, '');
  return rest === '' ? digits.slice(0, point) : `${digits.slice(0, point)}.${rest}`;
}

/** Denominators stay powers of ten, so only factors of ten are taken out. */
function reduced(numerator: bigint, denominator: bigint): ExactFactor {
  let [over, under] = [numerator, denominator];
  while (under > 1n && over % 10n === 0n) {
    over /= 10n;
    under /= 10n;
  }
  return { numerator: over, denominator: under };
}
