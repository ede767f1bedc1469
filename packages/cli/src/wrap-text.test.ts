import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wrapText } from './wrap-text.ts';

test('a line is as long as it may be', () => {
  const words = Array.from({ length: 30 }, () => 'nine-word').join(' ');
  expect(wrapText(words).split('\n')).toEqual(
    [10, 10, 10].map((count) => Array.from({ length: count }, () => 'nine-word').join(' ')),
  );
});

test('no word is lost, and only a long one is longer than a line', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,120}$/), { minLength: 1 }), (words) => {
      const wrapped = wrapText(words.join(' '));
      expect(wrapped.split(/[ \n]/)).toEqual(words);
      for (const line of wrapped.split('\n')) expect(line.length <= 100 || !line.includes(' ')).toBe(true);
    }),
  );
});
