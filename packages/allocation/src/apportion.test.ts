import fc from 'fast-check';
import { expect, test } from 'vitest';
import { apportion } from './apportion.ts';

const before = (left: number, right: number): boolean => left < right;

/** The same in whole numbers, with a sort. */
function byLargestRemainder(amountPico: number, parts: readonly number[]): number[] {
  const whole = BigInt(parts.reduce((sum, part) => sum + part, 0));
  const products = parts.map((part) => BigInt(part) * BigInt(amountPico));
  const shares = products.map((product) => Number(product / whole));
  const leftover = amountPico - shares.reduce((sum, share) => sum + share, 0);
  const order = [...parts.keys()].toSorted((left, right) => {
    return Number(products[right]! % whole) - Number(products[left]! % whole) || left - right;
  });
  for (const item of order.slice(0, leftover)) shares[item] = shares[item]! + 1;
  return shares;
}

test('a tie goes to the first', () => {
  const task = { amountPico: 10, whole: 3, hi: Float64Array.of(1, 1, 1), rest: [], before };
  expect([...apportion(task).shares]).toEqual([4, 3, 3]);
});

test('the largest remainders are raised, whichever digits they differ in', () => {
  // A whole below 2¹² keeps different remainders farther apart than those that count as equal.
  const part = fc.nat({ max: 60 });
  fc.assert(
    fc.property(
      fc.nat({ max: 10 ** 9 }),
      fc.array(part, { minLength: 1, maxLength: 60 }),
      (amountPico, parts) => {
        const whole = parts.reduce((sum, each) => sum + each, 0);
        fc.pre(whole > 0);
        const [last = 0, ...others] = parts;
        const { shares, rest } = apportion({
          amountPico,
          whole,
          hi: Float64Array.from(others),
          rest: [{ hi: last, lo: 0 }],
          before,
        });
        expect([...shares, ...rest]).toEqual(byLargestRemainder(amountPico, [...others, last]));
      },
    ),
  );
});
