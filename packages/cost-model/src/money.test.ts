import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  divideHalfEven,
  formatMoney,
  type Money,
  moneyFromPico,
  moneyToDouble,
  parseMoney,
  splitMoney,
} from './money.ts';

test.each([
  ['0.05', 50_000_000_000n],
  ['1', 1_000_000_000_000n],
  ['-0.000000000001', -1n],
  ['0.0000000000010', 1n],
])('reads %s as %s picos', (text, pico) => {
  expect(parseMoney(text)).toBe(pico);
});

test.each(['', '.5', '1.', '1e3', ' 1', '0.0000000000001', '0x10', '1,5', 'NaN'])('refuses %j', (text) => {
  expect(parseMoney(text)).toBeUndefined();
});

test('writes twelve places', () => {
  expect(formatMoney(moneyFromPico(1_234_500_000n))).toBe('0.001234500000');
  expect(formatMoney(moneyFromPico(-1))).toBe('-0.000000000001');
});

test('reading what was written gives the amount back', () => {
  fc.assert(fc.property(fc.bigInt(), (pico) => parseMoney(formatMoney(pico as Money)) === pico));
});

test('a double is the nearest one to the decimal', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (pico) => {
      expect(moneyToDouble(pico as Money)).toBe(Number(formatMoney(pico as Money)));
    }),
  );
});

test('halves round to even', () => {
  expect([5n, 15n, 25n, -5n, -15n, 14n, 16n].map((n) => divideHalfEven(n, 10n))).toEqual([
    0n,
    2n,
    2n,
    0n,
    -2n,
    1n,
    2n,
  ]);
});

const weights = fc
  .array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 50 })
  .filter((list) => list.some((weight) => weight > 0n));

test('parts add up to the whole and each is within one pico of its exact share', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 20n }), weights, (pico, list) => {
      const total = list.reduce((sum, weight) => sum + weight, 0n);
      const parts = splitMoney(pico as Money, list);
      expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(pico);
      parts.forEach((part, index) => {
        const floor = (pico * (list[index] ?? 0n)) / total;
        expect(part === floor || part === floor + 1n).toBe(true);
      });
    }),
  );
});

test('leftovers go to the largest remainders, ties in list order', () => {
  expect(splitMoney(moneyFromPico(10), [1n, 1n, 1n])).toEqual([4n, 3n, 3n]);
  expect(splitMoney(moneyFromPico(10), [1n, 2n, 4n])).toEqual([1n, 3n, 6n]);
});
