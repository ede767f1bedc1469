import { expect, test } from 'vitest';
import { shortText } from './short-text.ts';

test.each([
  ['claude-opus-5', 'claude-opus-5'],
  ['', undefined],
  [null, undefined],
  [5, undefined],
  ['a'.repeat(512), 'a'.repeat(512)],
  ['a'.repeat(513), undefined],
])('of %o a name is %o', (value, name) => {
  expect(shortText(value)).toBe(name);
});
