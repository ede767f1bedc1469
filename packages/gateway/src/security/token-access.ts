import { hash, timingSafeEqual } from 'node:crypto';
import type { GatewayScope, GatewayToken } from '@costspan/config';

/** Whether somebody may do something, and if so, whose spans they may send. */
export type AccessDecision =
  | { readonly granted: true; readonly tenant: string | undefined }
  | {
      readonly granted: false;
      readonly status: 401 | 403;
      /** For the client, in fixed words. */
      readonly message: string;
      /** `WWW-Authenticate`; only with 401. */
      readonly challenge?: string;
      /** Of the token, for the log; absent when it is not known. */
      readonly tokenName?: string;
    };

const BEARER = /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i;
const AUTHORIZATION_CHARACTERS_MAX = 8192;

interface KnownToken {
  readonly token: GatewayToken;
  readonly digest: Buffer;
}

/**
 * Decides by the bearer token of a request.
 *
 * What is presented is hashed and compared with every known hash in constant time, all of them each time, so that the
 * time of an answer tells nothing of a token, nor which one it is.
 *
 * @see https://datatracker.ietf.org/doc/html/rfc6750
 */
export class TokenAccess {
  readonly #known: readonly KnownToken[];

  constructor(tokens: readonly GatewayToken[]) {
    this.#known = tokens.map((token) => ({ token, digest: Buffer.from(token.sha256, 'hex') }));
  }

  /** @param authorization The request's header. */
  decide(authorization: string | undefined, scope: GatewayScope, nowUnixMillis: number): AccessDecision {
    if (authorization === undefined) {
      return {
        granted: false,
        status: 401,
        message: 'a bearer token is needed; send the header Authorization: Bearer TOKEN',
        challenge: 'Bearer realm="costspan"',
      };
    }
    const token = this.#find(authorization);
    if (token === undefined) {
      return {
        granted: false,
        status: 401,
        message: 'the bearer token is not known',
        challenge: 'Bearer realm="costspan", error="invalid_token"',
      };
    }
    const { name, scopes, tenant, expiresUnixMillis } = token;
    if (expiresUnixMillis !== undefined && nowUnixMillis >= expiresUnixMillis) {
      return { granted: false, status: 403, message: 'the bearer token has expired', tokenName: name };
    }
    if (!scopes.includes(scope)) {
      const message = `the bearer token lacks the scope ${scope}`;
      return { granted: false, status: 403, message, tokenName: name };
    }
    return { granted: true, tenant };
  }

  #find(authorization: string): GatewayToken | undefined {
    if (authorization.length > AUTHORIZATION_CHARACTERS_MAX) return undefined;
    const presented = BEARER.exec(authorization)?.[1];
    if (presented === undefined) return undefined;
    const digest = hash('sha256', presented, 'buffer');
    let found: GatewayToken | undefined;
    for (const { token, digest: known } of this.#known) {
      if (timingSafeEqual(digest, known)) found = token;
    }
    return found;
  }
}
