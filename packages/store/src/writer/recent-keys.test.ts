import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RecentKeys } from './recent-keys.ts';

const hex = (value: number, length: number): string => value.toString(16).padStart(length, '0');

test('keys are told apart as a set of texts tells them', () => {
  const id = fc.oneof(
    fc.nat(20).map((value) => hex(value, 16)),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(id, id), { maxLength: 200 }), (keys) => {
      const recent = new RecentKeys(1);
      const seen = new Set<string>();
      for (const [traceId, spanId] of keys) {
        const key = JSON.stringify([traceId, spanId]);
        expect(recent.has(traceId, spanId)).toBe(seen.has(key));
        expect(recent.add(traceId, spanId)).toBe(!seen.has(key));
        seen.add(key);
      }
    }),
    { numRuns: 30 },
  );
});

test(
  'of ids that count up, the last ones are known and the oldest are forgotten',
  { timeout: 60_000 },
  () => {
    const tableKeys = 786_432;
    const recent = new RecentKeys(2 * tableKeys);
    const traceId = (index: number): string => hex(index >> 3, 32);
    let wrong = 0;
    for (let index = 0; index < 2 * tableKeys; index++) {
      if (!recent.add(traceId(index), hex(index, 16), index)) wrong += 1;
    }
    expect(wrong).toBe(0);
    expect(recent).toMatchObject({ freeKeys: 0, forgottenUntilNano: Number.NEGATIVE_INFINITY });
    expect(recent.has(traceId(0), hex(0, 16))).toBe(true);
    const last = 2 * tableKeys;
    expect(recent.add(traceId(last), hex(last, 16), last)).toBe(true);
    expect(recent).toMatchObject({ freeKeys: tableKeys - 1, forgottenUntilNano: tableKeys - 1 });
    expect(recent.has(traceId(0), hex(0, 16))).toBe(false);
    expect(recent.has(traceId(tableKeys), hex(tableKeys, 16))).toBe(true);
    expect(recent.has(traceId(last), hex(last, 16))).toBe(true);
  },
);
