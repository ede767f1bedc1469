import { divideHalfEven, MONEY_DECIMALS } from './money.ts';

const NUMBER = /^(\d{1,20})(?:\.(\d{1,40}))?(?:e([+-]?\d{1,2}))?$/i;

/**
 * The pico-units of an amount that a provider states as a JSON number or as text, such as `0.00123` or
 * `"4.5e-7"`. What is below a pico is rounded half to even.
 *
 * @returns `undefined` when it is no amount, negative, or beyond the safe integers.
 */
export function reportedAmountPico(value: unknown): number | undefined {
  const match = NUMBER.exec(
    typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '',
  );
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const scale = MONEY_DECIMALS + Number(exponent) - fraction.length;
  const digits = BigInt(whole + fraction);
  const pico = Number(
    scale >= 0 ? digits * 10n ** BigInt(scale) : divideHalfEven(digits, 10n ** BigInt(-scale)),
  );
  return Number.isSafeInteger(pico) ? pico : undefined;
}
