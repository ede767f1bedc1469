import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MoneySum } from './money-sum.ts';

test('sums exactly beyond what a double holds', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat()), (amounts) => {
      const sum = new MoneySum();
      for (const pico of amounts) sum.add(pico);
      expect(sum.total).toBe(amounts.reduce((total, pico) => total + BigInt(pico), 0n));
    }),
  );
});
