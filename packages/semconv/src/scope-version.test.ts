import { expect, test } from 'vitest';
import { isVersionFrom } from './scope-version.ts';

test.each([
  ['0.66b0', true],
  ['0.66.0', true],
  ['v0.100', true],
  ['1.0.0', true],
  ['0.65b0', false],
  ['0.7.0', false],
  ['', false],
  ['latest', false],
  [undefined, false],
])('%s is 0.66 or later: %s', (version, isFrom) => {
  expect(isVersionFrom(version, [0, 66])).toBe(isFrom);
});
