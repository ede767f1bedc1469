import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextCache } from './text-cache.ts';

/** Few different bytes, so that texts share slots and are nearly the same; those above 0x7f are seldom valid. */
const bytes = fc.array(fc.constantFrom(0x00, 0x61, 0x62, 0x7f, 0x80, 0xc3, 0xa9, 0xe9, 0xff), {
  maxLength: 70,
});

test('a text is what the runtime decodes, however often and after whatever else it is read', () => {
  const cache = new TextCache();
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 6 }), (texts) => {
      for (const text of [...texts, ...texts]) {
        const buffer = Buffer.from([0x61, ...text, 0x62]);
        expect(cache.read(buffer, 1, 1 + text.length)).toBe(buffer.toString('utf8', 1, 1 + text.length));
      }
    }),
    { numRuns: 2000 },
  );
});

test('texts of one slot take turns', () => {
  const cache = new TextCache();
  // The hash looks at the ends, the middle and three quarters, which are the same here.
  for (const text of ['gpt-5-mini-a', 'gpt-6-mini-a', 'gpt-5-mini-a', 'gpt-7-mini-a']) {
    const buffer = Buffer.from(text);
    expect(cache.read(buffer, 0, buffer.length)).toBe(text);
  }
});
