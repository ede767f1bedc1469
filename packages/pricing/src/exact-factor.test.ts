import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factorAfterDiscount, factorOf, multiplyDecimal, multiplyFactors } from './exact-factor.ts';

test.each([
  ['0.125', '1.1', '0.1375'],
  ['3', '1.1', '3.3'],
  ['10', '0.1', '1'],
  ['0', '1.1', '0'],
  ['0.000001', '0.000001', '0.000000000001'],
])('%s × %s is %s', (decimal, factor, product) => {
  expect(multiplyDecimal(decimal, factorOf(factor))).toBe(product);
});

test('12.5 % off is seven eighths', () => {
  expect(multiplyDecimal('3', factorAfterDiscount('12.5'))).toBe('2.625');
  expect(multiplyDecimal('3', factorAfterDiscount('100'))).toBe('0');
});

const decimal = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 9n }), fc.integer({ min: 0, max: 12 }))
  .map(([digits, places]) => {
    const text = digits.toString().padStart(places + 1, '0');
    return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
  });

/** Digits and scale of a decimal text: its exact value is `digits / 10^scale`. */
function parts(text: string): [digits: bigint, scale: bigint] {
  const [whole = '', fraction = ''] = text.split('.');
  return [BigInt(whole + fraction), BigInt(fraction.length)];
}

test('a product is exact, whatever the factors', () => {
  fc.assert(
    fc.property(decimal, decimal, decimal, (rate, left, right) => {
      const product = multiplyDecimal(rate, multiplyFactors(factorOf(left), factorOf(right)));
      const [digits, scale] = parts(product);
      const expected = [rate, left, right].map(parts);
      const numerator = expected.reduce((sum, [each]) => sum * each, 1n);
      const places = expected.reduce((sum, [, each]) => sum + each, 0n);
      expect(digits * 10n ** places).toBe(numerator * 10n ** scale);
    }),
  );
});
