import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ADJUSTED_COUNT_MAX, adjustedCountOf } from './adjusted-count.ts';

test.each([
  [undefined, 1],
  ['', 1],
  ['ot=th:0', 1],
  ['ot=th:8', 2],
  ['ot=th:c', 4],
  ['ot=th:c0', 4],
  // One in a hundred and one in a thousand, as samplers write them.
  ['ot=th:fd70a3d70a3d7', 99.999, 100.001],
  ['ot=th:fd70a3d70a3d71', 100],
  ['ot=th:ffbe76c8b43958', 1000],
  // One in three is rounded to a 1024th: 3072 ÷ 2048 of two in three.
  ['ot=th:55555555555555', 1.5],
  ['ot=th:4', 1365 / 1024],
  // Beside others.
  ['ot=rv:abcdefabcdefab;th:c', 4],
  ['ot=th:c;rv:abcdefabcdefab', 4],
  ['vendor=x,ot=p:8;th:c;k1:13,other=th:8', 4],
  ['vendor=th:8 , ot=th:c , other=1', 4],
  // What is not a threshold of OpenTelemetry.
  ['vendor=th:c', 1],
  ['tenant@ot=th:c', 1],
  ['ot=xth:c', 1],
  ['ot=th:', 1],
  ['ot=th:C', 1],
  ['ot=th:0xc', 1],
  ['ot=th:-c', 1],
  ['ot=th:c c', 1],
  ['ot=th:123456789abcdef', 1],
  [`ot=th:c${','.repeat(9000)}`, 1],
  // The most that 14 digits can reject.
  ['ot=th:ffffffffffffff', ADJUSTED_COUNT_MAX],
] as [string | undefined, number, number?][])('%s stands for %d', (traceState, least, most = least) => {
  expect(adjustedCountOf(traceState)).toBeGreaterThanOrEqual(least);
  expect(adjustedCountOf(traceState)).toBeLessThanOrEqual(most);
});

test('it is the exact quotient to half a 1024th', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 56n - 2n ** 39n), (threshold) => {
      const hex = threshold.toString(16).padStart(14, '0').replace(/0+$/, '') || '0';
      const count = BigInt(adjustedCountOf(`ot=th:${hex}`) * 1024);
      const kept = 2n ** 56n - threshold;
      const off = count * kept - 2n ** 66n;
      // The double that holds the threshold is off by at most 4.
      expect((off < 0n ? -off : off) * 2n).toBeLessThanOrEqual(kept + 8n * count);
    }),
  );
});

test('whatever a trace state says, it is at least one', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (before, after) => {
      for (const text of [before, `ot=${before}`, `ot=th:${before}`, `${before},ot=th:${after}`]) {
        const count = adjustedCountOf(text);
        expect(count >= 1 && count <= ADJUSTED_COUNT_MAX).toBe(true);
      }
    }),
  );
});
