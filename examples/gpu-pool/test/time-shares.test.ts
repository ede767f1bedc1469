import { expect, test } from 'vitest';
import { type ActiveRequest, timeShares, UNITS_PER_NANO } from '../src/time-shares.ts';

function request(id: string, replica: string, startUnixNano: bigint, endUnixNano: bigint): ActiveRequest {
  return { id, replica, startUnixNano, endUnixNano };
}

test('each moment is divided among those in the batch of the same replica', () => {
  const shares = timeShares(
    [
      request('a', 'one', 0n, 100n),
      request('b', 'one', 40n, 60n),
      request('c', 'one', 50n, 200n),
      request('d', 'two', 0n, 10n),
    ],
    { startUnixNano: 10n, endUnixNano: 150n },
  );
  // a: 30 alone, 10 of two, 10 of three, 40 of two. b: 10 of two, 10 of three. c: 10 of three, 40 of two, 50 alone.
  expect(shares.get('a')).toBe((30n + 5n + 20n) * UNITS_PER_NANO + (10n * UNITS_PER_NANO) / 3n);
  expect(shares.get('b')).toBe(5n * UNITS_PER_NANO + (10n * UNITS_PER_NANO) / 3n);
  expect(shares.get('c')).toBe((20n + 50n) * UNITS_PER_NANO + (10n * UNITS_PER_NANO) / 3n);
  expect(shares.has('d')).toBe(false);
  expect([...shares.values()].reduce((sum, share) => sum + share, 0n)).toBe(140n * UNITS_PER_NANO);
});

test('a batch that is too large for exact parts is refused', () => {
  const requests = Array.from({ length: 17 }, (_each, index) => request(`r${index}`, 'one', 0n, 1n));
  expect(() => timeShares(requests, { startUnixNano: 0n, endUnixNano: 1n })).toThrow('more than 16');
});
