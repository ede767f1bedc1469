import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packSpanIds, unpackSpanIds } from './pack-span-ids.ts';

const hex = (digits: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: digits / 2, maxLength: digits / 2 })
    .map((bytes) => Buffer.from(bytes).toString('hex'))
    .filter((id) => /[^0]/.test(id));

const span = fc.record({
  traceId: fc.oneof(fc.constant('ab'.repeat(16)), hex(32)),
  spanId: hex(16),
  parentSpanId: fc.oneof(fc.constant(''), hex(16)),
});

test('ids are read back in order', () => {
  fc.assert(
    fc.property(fc.array(span), (spans) => {
      const packed = packSpanIds(spans);
      expect(unpackSpanIds(packed)).toEqual(spans);
      expect(packed.length).toBeLessThanOrEqual(46 * spans.length + 2);
    }),
  );
});

test('a trace with more spans than a run counts is read back', () => {
  const spans = Array.from({ length: 70_000 }, (_each, index) => ({
    traceId: 'ab'.repeat(16),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    parentSpanId: '',
  }));
  expect(unpackSpanIds(packSpanIds(spans))).toEqual(spans);
});

test('what was not packed is not read', () => {
  const one = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), parentSpanId: '' };
  const packed = packSpanIds([one]).replace(/=+$/, '');
  for (let length = 2; length < packed.length; length++) {
    expect(unpackSpanIds(packed.slice(0, length))).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      const spans = unpackSpanIds(text);
      expect(spans?.length ?? 0).toBeLessThanOrEqual(text.length);
    }),
  );
});
