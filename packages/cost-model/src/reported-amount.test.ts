import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMoney, moneyFromPico } from './money.ts';
import { reportedAmountPico } from './reported-amount.ts';

test.each<[unknown, number | undefined]>([
  [0, 0],
  [0.00123, 1_230_000_000],
  ['0.0045405', 4_540_500_000],
  [4.5e-7, 450_000],
  ['1E-12', 1],
  [5e-13, 0],
  [15e-13, 2],
  ['9007.199254740991', 9_007_199_254_740_991],
  [9008, undefined],
  [-1, undefined],
  ['-0.1', undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  ['', undefined],
  ['1,5', undefined],
  [null, undefined],
  [{}, undefined],
])('%j is %j', (value, expected) => {
  expect(reportedAmountPico(value)).toBe(expected);
});

test('reads back every amount that is written as a decimal', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (pico) => {
      expect(reportedAmountPico(formatMoney(moneyFromPico(pico)))).toBe(pico);
    }),
  );
});
