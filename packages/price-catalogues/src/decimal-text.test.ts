import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalText, SIGNIFICANT_DIGITS_MAX } from './decimal-text.ts';

describe('decimalText', () => {
  it.each([
    [2.5e-6, 6, '2.5'],
    [0.0003, 4, '3'],
    [1e-7, 6, '0.1'],
    [0.1, 0, '0.1'],
    [167e-7, 6, '16.7'],
    [25, -2, '0.25'],
    [0, 6, '0'],
    [-0, 6, '0'],
    ['0.10', 0, '0.1'],
    ['5e-7', 6, '0.5'],
    [100, 0, '100'],
    [1.2e3, -2, '12'],
  ])('moves %s by %i places to %s', (value, places, text) => {
    expect(decimalText(value, places)).toEqual({ text });
  });

  it.each([
    [0.30000000000000004, 0, '0.3'],
    ['1.9999999999999998e-06', 6, '2'],
    [0.0000029999900000000002, 6, '2.99999'],
    [0.00005999999999999999, 4, '0.6'],
    [0.08333333333333334, 0, '0.0833333333333'],
    [9.9999999999995, 0, '10'],
    [0.1234567890125, 0, '0.123456789013'],
    [0.1234567890124, 0, '0.123456789012'],
  ])('rounds %s, which has more digits than a price', (value, places, text) => {
    expect(decimalText(value, places)).toEqual({ text, roundedFrom: String(value) });
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, '', '.', 'free', '1,5', null, undefined, true, {}, [1]])(
    'takes %s for no price',
    (value) => {
      expect(decimalText(value, 6)).toBeUndefined();
    },
  );

  it('moves the digits of any decimal exactly, there and back', () => {
    const digits = fc.bigInt({ min: 1n, max: 10n ** BigInt(SIGNIFICANT_DIGITS_MAX) - 1n });
    fc.assert(
      fc.property(
        digits,
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: -9, max: 9 }),
        (whole, fraction, places) => {
          const written = withPoint(whole.toString(), fraction);
          const moved = decimalText(written, places);
          expect(moved?.roundedFrom).toBeUndefined();
          // The same number, as whole multiples of 10^-40.
          expect(scaled(moved?.text ?? '')).toBe((scaled(written) * 10n ** BigInt(9 + places)) / 10n ** 9n);
          expect(decimalText(moved?.text, -places)?.text).toBe(decimalText(written, 0)?.text);
        },
      ),
    );
  });

  it('never throws, and writes a plain decimal of at most twelve digits', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.double(), fc.string(), fc.anything()),
        fc.integer({ min: -9, max: 9 }),
        (value, places) => {
          const { text = '0' } = decimalText(value, places) ?? {};
          expect(text).toMatch(/^\d+(\.\d*[1-9])?$/);
          expect(text.replace('.', '').replace(/^0+/, '').replace(/0+$/, '').length).toBeLessThanOrEqual(12);
        },
      ),
    );
  });
});

function withPoint(digits: string, fraction: number): string {
  const padded = digits.padStart(fraction + 1, '0');
  return fraction === 0 ? padded : `${padded.slice(0, -fraction)}.${padded.slice(-fraction)}`;
}

function scaled(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(40, '0'));
}
