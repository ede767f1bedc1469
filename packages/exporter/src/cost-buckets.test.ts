import { type CostThreshold, parseMoney } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COST_BUCKET_BOUNDARIES, costBuckets } from './cost-buckets.ts';

function threshold(text: string): CostThreshold {
  const requestCost = parseMoney(text);
  if (requestCost === undefined) throw new Error(text);
  return { name: text, requestCost };
}

test('bounds go from a millionth to a hundred in 1-2.5-5 steps', () => {
  const texts = ['-6', '-5', '-4', '-3', '-2', '-1', '0', '1'].flatMap((exponent) =>
    ['1', '2.5', '5'].map((digits) => Number(`${digits}e${exponent}`)),
  );
  expect(COST_BUCKET_BOUNDARIES).toEqual([...texts, 100]);
});

test('a threshold is a bound, once, and the double nearest to its decimal', () => {
  const bounds = costBuckets([threshold('0.05'), threshold('0.0137'), threshold('250')]);
  expect(bounds).toHaveLength(COST_BUCKET_BOUNDARIES.length + 2);
  expect(bounds).toContain(0.0137);
  expect(bounds.at(-1)).toBe(250);
});

test('bounds rise strictly', () => {
  const picos = fc.array(fc.bigInt({ min: 1n, max: 10n ** 16n }));
  fc.assert(
    fc.property(picos, (list) => {
      const bounds = costBuckets(list.map((pico) => ({ name: 't', requestCost: pico as never })));
      expect(bounds.every((bound, index) => index === 0 || bound > (bounds[index - 1] ?? 0))).toBe(true);
    }),
  );
});
