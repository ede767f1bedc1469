import { expect, test } from 'vitest';
import { tokenCount } from './token-count.ts';

test.each([
  [0, 0],
  [1200, 1200],
  [42n, 42],
  [Number.NaN, undefined],
  [null, undefined],
  [-1, undefined],
  [1.5, undefined],
  ['1200', undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [2 ** 60, undefined],
  [true, undefined],
  [[1200], undefined],
])('%s counts as %s', (value, expected) => {
  expect(tokenCount(value)).toBe(expected);
});
