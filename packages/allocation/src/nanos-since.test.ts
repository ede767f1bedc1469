import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NanosSince } from './nanos-since.ts';

const unixNano = fc.bigInt({ min: 0n, max: 2n ** 62n });

test('exact within 104 days, whichever halves differ', () => {
  fc.assert(
    fc.property(unixNano, fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), (since, nanos) => {
      expect(new NanosSince(since).until(since + nanos)).toBe(Number(nanos));
    }),
  );
});

test('beyond that it is as good as a double', () => {
  fc.assert(
    fc.property(unixNano, unixNano, (since, until) => {
      const nanos = Number(until - since);
      expect(Math.abs(new NanosSince(since).until(until) - nanos)).toBeLessThanOrEqual(
        Math.abs(nanos) * 2 ** -52,
      );
    }),
  );
});
