import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatConfigErrors } from './config-error.ts';
import { parseGatewayTokens } from './parse-gateway-tokens.ts';

const SECRET = 'kanarienvogel0123456789';

function errorsOf(text: string): string {
  const result = parseGatewayTokens(text, 'tokens.yaml');
  return result.ok ? '' : formatConfigErrors(result.errors);
}

test('reads tokens as their hash, with what they are good for', () => {
  const text = `
- { name: collector, token: ${SECRET}, scopes: [ingest, query, metrics] }
- name: acme
  sha256: "${'AB'.repeat(32)}"
  tenant: acme
  expires: 2027-01-01
`;
  expect(parseGatewayTokens(text, 'tokens.yaml')).toEqual({
    ok: true,
    tokens: [
      {
        name: 'collector',
        sha256: createHash('sha256').update(SECRET).digest('hex'),
        tenant: undefined,
        scopes: ['ingest', 'query', 'metrics'],
        expiresUnixMillis: undefined,
      },
      {
        name: 'acme',
        sha256: 'ab'.repeat(32),
        tenant: 'acme',
        scopes: ['ingest'],
        expiresUnixMillis: Date.UTC(2027, 0),
      },
    ],
  });
});

test.each([
  ['', 'tokens.yaml:1:1: must be a list, not empty'],
  ['[]', 'tokens.yaml:1:1: must not be empty'],
  ['tokens: []', 'tokens.yaml:1:1: must be a list, not a mapping of keys'],
  [`- ${SECRET}`, 'tokens.yaml:1:3: [0]: must be a mapping of keys, not a text'],
  [`- { name: a }`, 'tokens.yaml:1:3: [0]: needs either token or sha256'],
  [`- { name: a, token: ${SECRET}, sha256: "${'a'.repeat(64)}" }`, 'needs either token or sha256'],
  [`- { token: ${SECRET} }`, '[0].name: is missing; add a text'],
  ['- { name: a, token: 1234567890123456789 }', '[0].token: must be a text; write it in quotes'],
  ['- { name: a, token: short }', '[0].token: must have 16 to 4096 characters; make one with'],
  [`- { name: a, token: "${SECRET} x" }`, '[0].token: may have letters, digits and -._~+/ only'],
  [`- { name: a, sha256: "${SECRET}" }`, '[0].sha256: must be 64 hex digits'],
  [`- { name: a, token: ${SECRET}, tenant: t, scopes: [query] }`, 'can have the scope ingest only'],
  [`- { name: a, token: ${SECRET}, scopes: [read] }`, '[0].scopes[0]: must be one of ingest, query, metrics'],
  [`- { name: a, token: ${SECRET}, scopes: [] }`, '[0].scopes: must not be empty'],
  [`- { name: a, token: ${SECRET}, expires: 2027-02-30 }`, '[0].expires: is neither a day'],
  [`- { name: a, token: ${SECRET}, exipres: 2027-01-01 }`, '[0].exipres: unknown key'],
  [`- { name: a, token: ${SECRET} }\n- { name: a, token: ${SECRET}x }`, '[1]: has the same name as entry 1'],
  [`- { name: a, token: ${SECRET} }\n- { name: b, token: ${SECRET} }`, '[1]: has the same token as entry 1'],
  [`- { name: a, token: *${SECRET} }`, 'is not valid YAML from here on'],
  [`- { name: a, token: "${SECRET} }`, 'is not valid YAML from here on'],
])('%j is refused, and the error says where', (text, message) => {
  const errors = errorsOf(text);
  expect(errors).toContain(message);
  expect(errors).not.toMatch(new RegExp(`${SECRET}|1234567890|short`));
});

test('whatever is in the file, no error repeats a value of it', () => {
  const value = fc.oneof(
    fc.constantFrom(SECRET, `*${SECRET}`, `"${SECRET}`, `[${SECRET}]`, `{ x: ${SECRET} }`, `!!int ${SECRET}`),
    fc.string().map((text) => text + SECRET),
  );
  const line = fc
    .tuple(fc.constantFrom('- name: ', '  token: ', '  sha256: ', '  expires: ', '- ', ''), value)
    .map(([key, text]) => `${key}${text}`);
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
      // Names of keys are repeated: they are no secrets.
      const text = lines.join('\n');
      fc.pre(!/^\s*[^\n]*kanarienvogel[^\n]*:(\s|$)/m.test(text));
      expect(errorsOf(text)).not.toContain(SECRET);
    }),
  );
});
