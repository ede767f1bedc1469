import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnixTime } from './unix-time.ts';

const nanos = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** Around whole milliseconds, where a rounded division would show. */
const nearMillis = fc
  .tuple(fc.bigInt({ min: 1n, max: 18_446_744_073_708n }), fc.bigInt({ min: -2n, max: 2n }))
  .map(([millis, beside]) => millis * 1_000_000n + beside);

test('the halves are worth what the whole is', () => {
  fc.assert(
    fc.property(fc.oneof(nanos, nearMillis), (unixNano) => {
      const time = UnixTime.fromNanos(unixNano);
      expect(time.toString()).toBe(String(unixNano));
      expect(time.wholeMillis).toBe(Number(unixNano / 1_000_000n));
      expect(time.millis).toBe(Number(unixNano) / 1e6);
    }),
    { numRuns: 2000 },
  );
});

test('the ends of the range', () => {
  expect(String(new UnixTime(0, 0))).toBe('0');
  expect(String(new UnixTime(0, 999_999))).toBe('999999');
  expect(String(new UnixTime(0, 1_000_000))).toBe('1000000');
  expect(String(new UnixTime(0xffff_ffff, 0xffff_ffff))).toBe('18446744073709551615');
});
