import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf8Bytes } from './hex-id.ts';

test('eight bytes anywhere in a buffer are what the runtime makes of them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 24 }), fc.nat(16), (bytes, offset) => {
      const at = Math.min(offset, bytes.length - 8);
      expect(hexOf8Bytes(bytes, at)).toBe(Buffer.from(bytes).toString('hex', at, at + 8));
    }),
    { numRuns: 500 },
  );
});
