import { expect, test } from 'vitest';
import { formatConfigErrors } from './config-error.ts';
import { parseHeadersFile } from './parse-headers-file.ts';

test('reads headers by lower-case name', () => {
  expect(parseHeadersFile('Authorization: Bearer abc\nx-scope-orgid: "7"\n', 'headers.yaml')).toEqual({
    ok: true,
    headers: { authorization: 'Bearer abc', 'x-scope-orgid': '7' },
  });
});

test.each([
  ['- kanarienvogel', 'must be a mapping of keys, not a list'],
  ['x-key: 123456', 'headers.yaml:1:1: x-key: must be a text in quotes'],
  ['x-key: "kanarienvogel\\r\\nx: y"', 'must be a text in quotes of 1 to 8192 visible ASCII characters'],
  ['x-key: " kanarienvogel"', 'visible ASCII'],
  ['"x key": kanarienvogel', 'is not the name of an HTTP header'],
  ['Host: kanarienvogel', 'is set by the gateway itself'],
  ['transfer-encoding: kanarienvogel', 'is set by the gateway itself'],
  ['a: kanarienvogel\nA: kanarienvogel', 'is there twice'],
  ['a: *kanarienvogel', 'is not valid YAML'],
])('%j is refused without repeating a value', (text, message) => {
  const result = parseHeadersFile(text, 'headers.yaml');
  const errors = result.ok ? '' : formatConfigErrors(result.errors);
  expect(errors).toContain(message);
  expect(errors).not.toMatch(/kanarienvogel|123456/);
});
