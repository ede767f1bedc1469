import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ConfigError } from './config-error.ts';
import { parseSecretFile } from './parse-secret-file.ts';
import { parseUtcTime } from './utc-time.ts';

/**
 * What a token is good for: sending spans, asking for costs on `/api/…`, reading `/metrics`, and, for gateways that share the
 * books of this one, writing records.
 */
export type GatewayScope = 'ingest' | 'query' | 'metrics' | 'records';

/** A bearer token of the gateway. The token itself is not kept. */
export interface GatewayToken {
  /** Names it in log lines. */
  readonly name: string;
  /** Of the token's UTF-8, 64 lower-case hex digits. */
  readonly sha256: string;
  /** All that is sent with it belongs to this tenant. Absent: the payload says whose it is. */
  readonly tenant: string | undefined;
  readonly scopes: readonly GatewayScope[];
  /** From then on it is refused. */
  readonly expiresUnixMillis: number | undefined;
}

export type GatewayTokensResult =
  | { readonly ok: true; readonly tokens: readonly GatewayToken[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[] };

const TOKENS_MAX = 1000;
const NAME_CHARACTERS_MAX = 128;
/** As long as a tenant is kept anywhere: a longer one would be cut and could meet another. */
const TENANT_CHARACTERS_MAX = 128;
/** A random token of 16 characters cannot be guessed over a network. */
const TOKEN_CHARACTERS_MIN = 16;
const TOKEN_CHARACTERS_MAX = 4096;
/** `b64token` of RFC 6750: what can stand in an Authorization header. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const SHA256 = /^[0-9a-fA-F]{64}$/;

/** A secret that a rule finds nothing wrong with; the rule's message never repeats it. */
function secret(problemOf: (text: string) => string | undefined): z.ZodType<string, unknown> {
  return z.unknown().transform((value, context) => {
    const problem = typeof value === 'string' ? problemOf(value) : 'must be a text; write it in quotes';
    if (problem === undefined) return value as string;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  });
}

const token = secret((text) => {
  if (text.length < TOKEN_CHARACTERS_MIN || text.length > TOKEN_CHARACTERS_MAX) {
    return `must have ${TOKEN_CHARACTERS_MIN} to ${TOKEN_CHARACTERS_MAX} characters; make one with: openssl rand -hex 32`;
  }
  if (TOKEN.test(text)) return undefined;
  return 'may have letters, digits and -._~+/ only, with = at its end; make one with: openssl rand -hex 32';
});

const sha256 = secret((text) =>
  SHA256.test(text) ? undefined : 'must be 64 hex digits; make them with: printf %s "$TOKEN" | sha256sum',
);

const expires = z.string().transform((text, context) => {
  const millis = parseUtcTime(text);
  if (millis !== undefined) return millis;
  context.addIssue({
    code: 'custom',
    message: 'is neither a day nor an instant in UTC; write it as 2027-01-01 or 2027-01-01T06:00:00Z',
  });
  return z.NEVER;
});

const tokenEntry = z
  .strictObject({
    name: z.string().min(1).max(NAME_CHARACTERS_MAX),
    token: token.optional(),
    sha256: sha256.optional(),
    tenant: z.string().min(1).max(TENANT_CHARACTERS_MAX).optional(),
    scopes: z
      .array(z.enum(['ingest', 'query', 'metrics', 'records']))
      .min(1)
      .default(['ingest']),
    expires: expires.optional(),
  })
  .superRefine((entry, context) => {
    if ((entry.token === undefined) === (entry.sha256 === undefined)) {
      context.addIssue({ code: 'custom', message: 'needs either token or sha256' });
    }
    if (entry.tenant === undefined || entry.scopes.every((scope) => scope === 'ingest')) return;
    context.addIssue({
      code: 'custom',
      path: ['scopes'],
      message:
        'costs of every tenant can be asked for, so a token with a tenant can have the scope ingest only',
    });
  })
  .transform((entry): GatewayToken => ({
    name: entry.name,
    sha256: entry.sha256?.toLowerCase() ?? hash('sha256', entry.token ?? ''),
    tenant: entry.tenant,
    scopes: entry.scopes,
    expiresUnixMillis: entry.expires,
  }));

const tokenList = z
  .array(tokenEntry)
  .min(1)
  .max(TOKENS_MAX)
  .superRefine((list, context) => {
    for (const field of ['name', 'sha256'] as const) {
      list.forEach((one, index) => {
        const first = list.findIndex((other) => other[field] === one[field]);
        if (first === index) return;
        const what = field === 'name' ? 'name' : 'token';
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `has the same ${what} as entry ${first + 1}; every one needs its own`,
        });
      });
    }
  });

/**
 * Reads the text of a tokens file: a YAML list of `{ name, token | sha256, tenant?, scopes?, expires? }`. No error
 * repeats a value of the file.
 *
 * @param sourceName The file's name, as errors shall show it.
 */
export function parseGatewayTokens(text: string, sourceName: string): GatewayTokensResult {
  const parsed = parseSecretFile(text, sourceName, tokenList);
  return parsed.ok ? { ok: true, tokens: parsed.value } : parsed;
}
