import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { readPriceBook } from './read-price-book.ts';
import { type Refused, reasonOf, refused } from './price-book-refusal.ts';

const PRICE_BOOK_SIGNATURE_SCHEMA = 'costspan.price-book-signature.v1';

/** A signature file is a few lines; more is none. */
export const SIGNATURE_CHARACTERS_MAX = 4096;

/** Detached signature of a price book: the content of `<book>.sig`. */
export interface PriceBookSignature {
  readonly schema: typeof PRICE_BOOK_SIGNATURE_SCHEMA;
  readonly algorithm: 'ed25519';
  /** First 16 hexadecimal digits of SHA-256 over the public key in DER (SPKI). */
  readonly keyId: string;
  /** `sha256:` over the exact bytes of the book's file: its content address. */
  readonly digest: string;
  /** Base64 of the 64 bytes, over the exact bytes of the book's file. */
  readonly signature: string;
}

export interface SigningKey {
  readonly keyId: string;
  readonly publicKeyPem: string;
  /** PKCS #8 without a passphrase: keep it where your other secrets are. */
  readonly privateKeyPem: string;
}

export type SignedPriceBook =
  | { readonly ok: true; readonly keyId: string; /** What `<book>.sig` holds. */ readonly signature: string }
  | Refused;

export type VerifiedPriceBook = { readonly ok: true; readonly keyId: string } | Refused;

/** Makes an Ed25519 key pair to sign price books with. */
export function generateSigningKey(): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    keyId: keyIdOf(publicKey),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** `sha256:` over the exact bytes of a book's file. */
export function contentAddressOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Signs a well-formed price book. What nobody could use is not signed. */
export function signPriceBook(text: string, privateKeyPem: string): SignedPriceBook {
  const book = readPriceBook(text);
  if (!book.ok) return book;
  let key: KeyObject;
  try {
    key = createPrivateKey(privateKeyPem);
  } catch (error) {
    return refused('key_malformed', `the private key cannot be read (${reasonOf(error)}); ${KEY_WANTED}`);
  }
  if (key.asymmetricKeyType !== 'ed25519') return refused('key_malformed', wrongKind(key));
  const signature: PriceBookSignature = {
    schema: PRICE_BOOK_SIGNATURE_SCHEMA,
    algorithm: 'ed25519',
    keyId: keyIdOf(createPublicKey(key)),
    digest: contentAddressOf(text),
    signature: sign(null, Buffer.from(text), key).toString('base64'),
  };
  return { ok: true, keyId: signature.keyId, signature: `${JSON.stringify(signature, null, 1)}\n` };
}

/**
 * Checks that one of the trusted keys has signed exactly this text.
 *
 * @param signature what `<book>.sig` holds.
 * @param publicKeys in PEM. With none, no signature is good.
 */
export function verifyPriceBook(
  text: string,
  signature: string,
  publicKeys: readonly string[],
): VerifiedPriceBook {
  const read = parseSignature(signature);
  if (!read.ok) return read;
  const { keyId, digest, signature: bytes } = read.data;
  const trusted = new Map<string, KeyObject>();
  for (const [index, pem] of publicKeys.entries()) {
    const key = readPublicKey(pem, index);
    if (!key.ok) return key;
    trusted.set(keyIdOf(key.key), key.key);
  }
  const key = trusted.get(keyId);
  if (key === undefined) {
    const known = trusted.size === 0 ? 'none' : [...trusted.keys()].join(', ');
    return refused(
      'signature_wrong',
      `the price book is signed by key ${keyId}, trusted is ${known}; add its public key only if its owner publishes your prices`,
    );
  }
  if (digest !== contentAddressOf(text)) {
    return refused(
      'signature_wrong',
      `the signature is of ${digest}, the price book is ${contentAddressOf(text)}: one of the two files was changed or is of another version; take both from the publisher again`,
    );
  }
  if (!verify(null, Buffer.from(text), key, Buffer.from(bytes, 'base64'))) {
    return refused(
      'signature_wrong',
      `the signature was not made by key ${keyId}; take the price book and its signature from the publisher again`,
    );
  }
  return { ok: true, keyId };
}

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const KEY_ID = /^[0-9a-f]{16}$/;
/** 64 bytes. */
const SIGNATURE_BASE64 = /^[A-Za-z0-9+/]{86}==$/;

function parseSignature(text: string): { readonly ok: true; readonly data: PriceBookSignature } | Refused {
  if (text.length > SIGNATURE_CHARACTERS_MAX) return malformedSignature('it is too long');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformedSignature('it is not JSON');
  }
  if (typeof value !== 'object' || value === null) return malformedSignature('it is not an object');
  const { schema, algorithm, keyId, digest, signature } = value as Partial<Record<string, unknown>>;
  if (schema !== PRICE_BOOK_SIGNATURE_SCHEMA)
    return malformedSignature(`schema must be "${PRICE_BOOK_SIGNATURE_SCHEMA}"`);
  if (algorithm !== 'ed25519') return malformedSignature('algorithm must be "ed25519"');
  if (typeof keyId !== 'string' || !KEY_ID.test(keyId))
    return malformedSignature('keyId must be 16 hexadecimal digits');
  if (typeof digest !== 'string' || !DIGEST.test(digest))
    return malformedSignature('digest must be sha256: and 64 hexadecimal digits');
  if (typeof signature !== 'string' || !SIGNATURE_BASE64.test(signature))
    return malformedSignature('signature must be 64 bytes in base64');
  return { ok: true, data: { schema, algorithm, keyId, digest, signature } };
}

function malformedSignature(why: string): Refused {
  return refused('signature_malformed', `the signature file is malformed: ${why}; sign the book again`);
}

const KEY_WANTED = 'an Ed25519 key in PEM is wanted, such as `costspan prices sign --generate-key` makes';

function readPublicKey(pem: string, index: number): { readonly ok: true; readonly key: KeyObject } | Refused {
  let key: KeyObject;
  // A private key would be read too, as the public key is part of it; it has no place in a configuration.
  if (/PRIVATE KEY/.test(pem))
    return refused('key_malformed', `public key ${index + 1} is a private key; name the public one instead`);
  try {
    key = createPublicKey(pem);
  } catch (error) {
    return refused(
      'key_malformed',
      `public key ${index + 1} cannot be read (${reasonOf(error)}); ${KEY_WANTED}`,
    );
  }
  if (key.asymmetricKeyType !== 'ed25519') return refused('key_malformed', wrongKind(key));
  return { ok: true, key };
}

function wrongKind(key: KeyObject): string {
  return `the key is ${key.asymmetricKeyType ?? 'of no known kind'}; ${KEY_WANTED}`;
}

function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('hex').slice(0, 16);
}
