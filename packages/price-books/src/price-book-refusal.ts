/** Why a price book was not taken, or not found good. */
export type PriceBookRefusalCode =
  | 'url_malformed'
  | 'not_https'
  | 'credentials_in_url'
  | 'host_not_allowed'
  | 'host_not_found'
  | 'address_private'
  | 'connection_failed'
  | 'redirect_refused'
  | 'status_wrong'
  | 'encoding_unknown'
  | 'body_damaged'
  | 'too_large'
  | 'timed_out'
  | 'stopped'
  | 'not_a_price_book'
  | 'digest_wrong'
  | 'key_malformed'
  | 'signature_missing'
  | 'signature_malformed'
  | 'signature_wrong'
  | 'version_in_future'
  | 'older_than_current'
  | 'same_version_other_digest'
  | 'kept_book_damaged'
  | 'directory_unusable'
  | 'callback_failed';

/** What is wrong, where, and how to mend it. */
export interface PriceBookRefusal {
  readonly code: PriceBookRefusalCode;
  readonly message: string;
}

export interface Refused {
  readonly ok: false;
  readonly error: PriceBookRefusal;
}

const MESSAGE_CHARACTERS_MAX = 1000;

/** Messages quote what strangers wrote, and end in logs and terminals: one line of bounded length. */
export function refused(code: PriceBookRefusalCode, message: string): Refused {
  const line = message.slice(0, MESSAGE_CHARACTERS_MAX).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ');
  return { ok: false, error: { code, message: line } };
}

/** Carries a refusal out of nested calls and streams; it never leaves the package. */
export class RefusalError extends Error {
  readonly code: PriceBookRefusalCode;

  constructor(code: PriceBookRefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
