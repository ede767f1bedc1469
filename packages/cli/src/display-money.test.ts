import { formatMoney, type Money, moneyFromPico, parseMoney } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignDecimals, displayExactMoney, displayMoney } from './display-money.ts';

function money(text: string): Money {
  return parseMoney(text) ?? moneyFromPico(0);
}

test.each([
  ['0', '$0.00'],
  ['0.0007696', '$0.0007696'],
  ['0.00123456', '$0.001235'],
  ['0.000000000001', '$0.000000000001'],
  ['0.05', '$0.05'],
  ['0.123456789', '$0.1235'],
  ['0.99999', '$1.00'],
  ['1.5', '$1.50'],
  ['12.3456', '$12.35'],
  ['1234567.891', '$1,234,567.89'],
  ['-0.0004', '-$0.0004'],
])('shows %s as %s', (text, shown) => {
  expect(displayMoney(money(text))).toBe(shown);
});

test('an exact amount keeps every digit', () => {
  expect(displayExactMoney(money('0.000769600001'))).toBe('$0.000769600001');
  expect(displayExactMoney(money('1234.5'))).toBe('$1,234.50');
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), (pico) => {
      const shown = displayExactMoney(pico as Money).replaceAll(/[$,]/g, '');
      expect(formatMoney(money(shown))).toBe(formatMoney(pico as Money));
    }),
  );
});

test('what is shown is within half of its last digit', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n }), (pico) => {
      const shown = money(displayMoney(pico as Money).replaceAll(/[$,]/g, ''));
      const error = shown > pico ? shown - pico : pico - shown;
      expect(error * 1000n <= pico || error * 2n <= 10n ** 10n).toBe(true);
    }),
  );
});

test('decimal points stand in one column', () => {
  expect(alignDecimals(['$12.50', '$0.001234', '7', '$1,000.00'])).toEqual([
    '$12.50    ',
    '$0.001234',
    '7       ',
    '$1,000.00    ',
  ]);
});
