import { divideHalfEven, type Money, MONEY_DECIMALS, moneyFromPico } from '@costspan/cost-model';

/** Invoices state quotients with more places than an amount has. */
const DECIMALS = 24;
export const SCALE: bigint = 10n ** BigInt(DECIMALS);
const PICO_PER_UNIT = 10n ** BigInt(MONEY_DECIMALS);

const TEXT_CHARACTERS_MAX = 64;
const EXPONENT_MAX = 30;
const NUMBER = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * Reads `98.32`, `-0.5` or `1.2E-05` as a count of 10⁻²⁴; further digits are cut off.
 *
 * @returns `undefined` for what is no such number.
 */
export function parseScaled(text: string): bigint | undefined {
  const match = text.length > TEXT_CHARACTERS_MAX ? null : NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const exponent = Number(power);
  if (whole + fraction === '' || Math.abs(exponent) > EXPONENT_MAX) return undefined;
  const places = DECIMALS + exponent - fraction.length;
  const digits = BigInt(whole + fraction);
  const scaled = places >= 0 ? digits * 10n ** BigInt(places) : digits / 10n ** BigInt(-places);
  return sign === '-' ? -scaled : scaled;
}

/** The amount, to the nearest pico-unit. */
export function moneyFromScaled(scaled: bigint): Money {
  return moneyFromPico(divideHalfEven(scaled * PICO_PER_UNIT, SCALE));
}

/** $98.32 for 24.58 hours are $4.00 an hour. Both are scaled, so that the scale cancels out. */
export function hourlyRate(scaledCost: bigint, scaledHours: bigint): Money {
  return moneyFromPico(divideHalfEven(scaledCost * PICO_PER_UNIT, scaledHours));
}
