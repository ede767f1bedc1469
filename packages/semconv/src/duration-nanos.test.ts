import { expect, test } from 'vitest';
import {
  durationNanos,
  durationSum,
  durationWithout,
  NANOS_PER_MILLI,
  NANOS_PER_SECOND,
} from './duration-nanos.ts';

test.each([
  [0.25, NANOS_PER_SECOND, 250_000_000],
  [0.010000000000000009, NANOS_PER_SECOND, 10_000_000],
  [31.25, NANOS_PER_MILLI, 31_250_000],
  [7, 1, 7],
  [0, 1, 0],
  [9_007_199, NANOS_PER_SECOND, 9_007_199_000_000_000],
])('%j of %j are %j nanoseconds', (value, unit, nanos) => {
  expect(durationNanos(value, unit)).toBe(nanos);
  if (Number.isInteger(value)) expect(durationNanos(BigInt(value), unit)).toBe(nanos);
});

test.each([-1, Number.NaN, Infinity, -Infinity, 1e300, 9_007_200, '1', null, undefined, [1], {}])(
  '%j seconds are none',
  (value) => {
    expect(durationNanos(value, NANOS_PER_SECOND)).toBeUndefined();
  },
);

test('two durations are one while they can be counted', () => {
  expect(durationSum(5, 3)).toBe(8);
  expect(durationSum(Number.MAX_SAFE_INTEGER, 1)).toBeUndefined();
  expect(durationSum(undefined, 1)).toBeUndefined();
  expect(durationSum(1, undefined)).toBeUndefined();
});

test('a part is not longer than the whole', () => {
  expect(durationWithout(5, 3)).toBe(2);
  expect(durationWithout(5, 5)).toBe(0);
  expect(durationWithout(5, 6)).toBeUndefined();
  expect(durationWithout(undefined, 1)).toBeUndefined();
  expect(durationWithout(1, undefined)).toBeUndefined();
});
