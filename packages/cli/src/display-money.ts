import { divideHalfEven, type Money, MONEY_DECIMALS } from '@costspan/cost-model';

const SIGNIFICANT_DIGITS = 4;
const DECIMALS_MIN = 2;

/**
 * An amount as a person reads it: four significant digits, at least two decimals, no trailing zeros beyond
 * them. $0.0007696 stays as it is, $0.123456789 becomes $0.1235, $1234.567 becomes $1,234.57.
 */
export function displayMoney(amount: Money, currency = 'USD'): string {
  const pico = absolute(amount);
  const digits = pico.toString().length;
  const decimals = Math.min(
    Math.max(MONEY_DECIMALS + SIGNIFICANT_DIGITS - digits, DECIMALS_MIN),
    MONEY_DECIMALS,
  );
  const rounded = divideHalfEven(pico, 10n ** BigInt(MONEY_DECIMALS - decimals));
  return `${amount < 0n ? '-' : ''}${currencySign(currency)}${writeDecimal(rounded, decimals)}`;
}

/** The exact amount, for explanations: all its digits, at least two decimals. */
export function displayExactMoney(amount: Money, currency = 'USD'): string {
  const pico = absolute(amount);
  return `${amount < 0n ? '-' : ''}${currencySign(currency)}${writeDecimal(pico, MONEY_DECIMALS)}`;
}

/** Pads texts on the right so that their decimal points stand in one column when they are aligned right. */
export function alignDecimals(texts: readonly string[]): string[] {
  const decimalsOf = (text: string): number => {
    const point = text.indexOf('.');
    return point === -1 ? 0 : text.length - point;
  };
  const decimalsMax = Math.max(0, ...texts.map(decimalsOf));
  return texts.map((text) => text + ' '.repeat(decimalsMax - decimalsOf(text)));
}

/** Several currencies write a dollar sign; only the US dollar has it here. */
export function currencySign(currency: string): string {
  return currency === 'USD' ? '$' : `${currency} `;
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}

function writeDecimal(scaled: bigint, decimals: number): string {
  const digits = scaled.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${whole}.${fraction.padEnd(DECIMALS_MIN, '0')}`;
}
