import { expect, test } from 'vitest';
import { parseDemoOptions, UsageError } from '../src/demo-options.ts';

test('has defaults and takes what is given, also after the -- of a package manager', () => {
  expect(parseDemoOptions([])).toEqual({ requests: 150, seed: 1, keep: false });
  expect(parseDemoOptions(['--', '--requests', '20', '--seed=7', '--keep'])).toEqual({
    requests: 20,
    seed: 7,
    keep: true,
  });
  expect(parseDemoOptions(['--help'])).toBe('help');
});

test.each([
  [['--requests', '0'], '--requests must be a whole number from 1'],
  [['--requests', '1e3'], 'not "1e3"'],
  [['--seed=-1'], '--seed must be'],
  [['--sed', '1'], '--sed'],
])('refuses %j', (args, message) => {
  expect(() => parseDemoOptions(args)).toThrow(UsageError);
  expect(() => parseDemoOptions(args)).toThrow(message);
});
