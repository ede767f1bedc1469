import { z } from 'zod';
import type { ConfigError } from './config-error.ts';
import { parseSecretFile } from './parse-secret-file.ts';

/** HTTP headers by name, or what is wrong with the file. */
export type HeadersFileResult =
  | { readonly ok: true; readonly headers: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

const HEADERS_MAX = 64;
const VALUE_CHARACTERS_MAX = 8192;
/** `token` of RFC 9110. */
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$/;
/** Visible ASCII with blanks inside: what every server reads in the same way. */
const VALUE = /^[!-~](?:[ \t!-~]*[!-~])?$/;

/** Headers that the gateway sets by the request itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Given values are secrets, so no message repeats one. */
const headerValue = z.unknown().superRefine((value, context) => {
  if (typeof value === 'string' && value.length <= VALUE_CHARACTERS_MAX && VALUE.test(value)) return;
  context.addIssue({
    code: 'custom',
    message: `must be a text in quotes of 1 to ${VALUE_CHARACTERS_MAX} visible ASCII characters`,
  });
});

const headerMapping = z
  .record(z.string(), headerValue)
  .superRefine((headers, context) => {
    const names = Object.keys(headers);
    if (names.length > HEADERS_MAX) {
      context.addIssue({ code: 'custom', message: `must have at most ${HEADERS_MAX} headers` });
    }
    const seen = new Set<string>();
    for (const name of names) {
      const lower = name.toLowerCase();
      const problem = !NAME.test(name)
        ? 'is not the name of an HTTP header'
        : OWN_HEADERS.has(lower)
          ? 'is set by the gateway itself; remove it'
          : seen.has(lower)
            ? 'is there twice; names of headers do not differ by case'
            : undefined;
      if (problem !== undefined) context.addIssue({ code: 'custom', path: [name], message: problem });
      seen.add(lower);
    }
  })
  .transform((headers) =>
    Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
  );

/**
 * Reads the text of a headers file: a YAML mapping of header names to their values. No error repeats a value of it.
 *
 * @param sourceName The file's name, as errors shall show it.
 */
export function parseHeadersFile(text: string, sourceName: string): HeadersFileResult {
  const parsed = parseSecretFile(text, sourceName, headerMapping);
  return parsed.ok ? { ok: true, headers: parsed.value } : parsed;
}
