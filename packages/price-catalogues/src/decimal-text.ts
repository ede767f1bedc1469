/** More digits than any published price has: a double with more of them carries the noise of some arithmetic. */
export const SIGNIFICANT_DIGITS_MAX = 12;

/** Longer texts are no price; they would only make the arithmetic below slow. */
const TEXT_CHARACTERS_MAX = 64;
const EXPONENT_MAX = 60;
const NUMBER = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/** A number as plain decimal text. */
export interface DecimalText {
  readonly text: string;
  /** The text as it was written, when it had more digits than a price has and was rounded. */
  readonly roundedFrom?: string;
}

/**
 * A published number as decimal text, moved by powers of ten: `2.5e-06` dollars per token, moved six places,
 * is `2.5` per million. Only the digits are moved, nothing is multiplied, so that no noise of floating point
 * enters a price. A number with more than twelve significant digits (`1.9999999999999998e-06`) is rounded.
 *
 * @returns `undefined` for what is no price: negative, not finite, not a number.
 */
export function decimalText(value: unknown, places: number): DecimalText | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const written = String(value).trim();
  const scientific = digitsOf(written);
  if (scientific === undefined) return undefined;
  const { digits, exponent } = rounded(scientific);
  const text = plainText(digits, exponent + places);
  return scientific.digits.length > SIGNIFICANT_DIGITS_MAX ? { text, roundedFrom: written } : { text };
}

/** A number as `digits × 10^exponent`, without zeros at either end. */
interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

function digitsOf(written: string): Digits | undefined {
  const match = written.length > TEXT_CHARACTERS_MAX ? null : NUMBER.exec(written);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', power = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const leading = (whole + fraction).replace(/^0+/, '');
  const digits = leading.replace(/0+$/, '');
  const exponent = Number(power) - fraction.length + (leading.length - digits.length);
  if (digits === '') return { digits: '0', exponent: 0 };
  return Math.abs(exponent) > EXPONENT_MAX ? undefined : { digits, exponent };
}

/** Rounds half up to the digits that a price can have. */
function rounded({ digits, exponent }: Digits): Digits {
  const surplus = digits.length - SIGNIFICANT_DIGITS_MAX;
  if (surplus <= 0) return { digits, exponent };
  const up = (digits[SIGNIFICANT_DIGITS_MAX] ?? '0') >= '5' ? 1n : 0n;
  const kept = (BigInt(digits.slice(0, SIGNIFICANT_DIGITS_MAX)) + up).toString();
  const bare = kept.replace(/0+$/, '');
  return { digits: bare, exponent: exponent + surplus + (kept.length - bare.length) };
}

function plainText(digits: string, exponent: number): string {
  if (digits === '0') return '0';
  if (exponent >= 0) return digits + '0'.repeat(exponent);
  const padded = digits.padStart(1 - exponent, '0');
  const point = padded.length + exponent;
  return `${padded.slice(0, point)}.${padded.slice(point)}`;
}
