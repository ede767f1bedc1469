import { createHash, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkPriceBook,
  generateSigningKey,
  type PriceBookSignature,
  signPriceBook,
  verifyPriceBook,
} from '../src/index.ts';
import { bookText } from './price-book-fixture.ts';

const BOOK = bookText('2026-11-20');
const key = generateSigningKey();
const publicKeys = [key.publicKeyPem];

function signed(text = BOOK, privateKeyPem = key.privateKeyPem): string {
  const result = signPriceBook(text, privateKeyPem);
  if (!result.ok) throw new Error(result.error.message);
  return result.signature;
}

function changed(changes: Partial<Record<keyof PriceBookSignature, unknown>>): string {
  return JSON.stringify({ ...(JSON.parse(signed()) as PriceBookSignature), ...changes });
}

test('the file says what is signed, how and by whom, and others can check it', () => {
  const file = JSON.parse(signed()) as PriceBookSignature;
  const der = createPublicKey(key.publicKeyPem).export({ type: 'spki', format: 'der' });
  const keyId = createHash('sha256').update(der).digest('hex').slice(0, 16);
  expect(key.keyId).toBe(keyId);
  expect(file).toEqual({
    schema: 'costspan.price-book-signature.v1',
    algorithm: 'ed25519',
    keyId,
    digest: `sha256:${createHash('sha256').update(BOOK).digest('hex')}`,
    signature: expect.any(String) as string,
  });
  const signature = Buffer.from(file.signature, 'base64');
  expect(verify(null, Buffer.from(BOOK), key.publicKeyPem, signature)).toBe(true);
});

test('a signature holds for its text and for no other', () => {
  expect(verifyPriceBook(BOOK, signed(), publicKeys)).toEqual({ ok: true, keyId: key.keyId });
  const bytes = Buffer.from(BOOK);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 127 }), (at, difference) => {
      const tampered = Buffer.from(bytes);
      tampered[at] = (tampered[at] ?? 0) ^ difference;
      expect(verifyPriceBook(tampered.toString(), signed(), publicKeys)).toMatchObject({ ok: false });
    }),
  );
});

test('one of several trusted keys is enough, as keys are replaced over time', () => {
  const next = generateSigningKey();
  const both = [key.publicKeyPem, next.publicKeyPem];
  expect(verifyPriceBook(BOOK, signed(), both)).toEqual({ ok: true, keyId: key.keyId });
  expect(verifyPriceBook(BOOK, signed(BOOK, next.privateKeyPem), both)).toEqual({
    ok: true,
    keyId: next.keyId,
  });
});

describe('refused', () => {
  test.each([
    ['signature_malformed', ''],
    ['signature_malformed', 'null'],
    ['signature_malformed', '[]'],
    ['signature_malformed', changed({ schema: 'costspan.price-book-signature.v2' })],
    ['signature_malformed', changed({ algorithm: 'none' })],
    ['signature_malformed', changed({ keyId: key.keyId.toUpperCase().padEnd(17, '0') })],
    ['signature_malformed', changed({ digest: 7 })],
    ['signature_malformed', changed({ signature: '' })],
    ['signature_malformed', changed({ signature: Buffer.alloc(63).toString('base64') })],
    ['signature_malformed', `${signed()}${' '.repeat(5000)}`],
    ['signature_wrong', changed({ signature: Buffer.alloc(64).toString('base64') })],
    ['signature_wrong', changed({ digest: `sha256:${'0'.repeat(64)}` })],
    ['signature_wrong', changed({ keyId: '0'.repeat(16) })],
    ['signature_wrong', changed({ keyId: generateSigningKey().keyId })],
    ['signature_wrong', signed(bookText('2026-11-21'))],
    ['signature_wrong', signed(BOOK, generateSigningKey().privateKeyPem)],
  ])('%s: %s', (code, signature) => {
    expect(verifyPriceBook(BOOK, signature, publicKeys)).toMatchObject({ ok: false, error: { code } });
  });

  test.each([
    ['nothing', ''],
    ['no PEM', 'ssh-ed25519 AAAA'],
    ['a private key', key.privateKeyPem],
    ['another kind of key', otherKind().publicKey],
  ])('%s as a public key', (_, pem) => {
    expect(verifyPriceBook(BOOK, signed(), [pem])).toMatchObject({
      ok: false,
      error: { code: 'key_malformed' },
    });
  });

  test.each([
    ['key_malformed', BOOK, ''],
    ['key_malformed', BOOK, key.publicKeyPem],
    ['key_malformed', BOOK, otherKind().privateKey],
    ['not_a_price_book', '{}', key.privateKeyPem],
    [
      'not_a_price_book',
      bookText('2026-11-20', '1', ['\ud800']).replace('\\ud800', '\ud800'),
      key.privateKeyPem,
    ],
    ['digest_wrong', BOOK.replace('"2"', '"3"'), key.privateKeyPem],
  ])('%s: nothing is signed', (code, text, privateKeyPem) => {
    const result = signPriceBook(text, privateKeyPem);
    expect(result).toMatchObject({ ok: false, error: { code } });
    expect(JSON.stringify(result)).not.toContain('PRIVATE');
  });
});

test('the digest of a book is checked without a signature too', () => {
  expect(checkPriceBook(BOOK)).toMatchObject({ ok: true, keyId: undefined, signature: undefined });
  expect(checkPriceBook(BOOK.replace('"2"', '"3"'))).toMatchObject({
    ok: false,
    error: { code: 'digest_wrong' },
  });
  expect(checkPriceBook(BOOK, { publicKeys })).toMatchObject({
    ok: false,
    error: { code: 'signature_missing' },
  });
});

describe('nothing throws, whatever comes', () => {
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    fc.tuple(fc.nat(BOOK.length), fc.nat(40), fc.string()).map(([at, length, text]) => {
      return BOOK.slice(0, at) + text + BOOK.slice(at + length);
    }),
  );
  const anySignature = fc.oneof(
    anyText,
    fc
      .dictionary(
        fc.constantFrom('schema', 'algorithm', 'keyId', 'digest', 'signature', '__proto__'),
        fc.jsonValue(),
      )
      .map(changed),
  );

  test('as a book, a signature or a key', () => {
    fc.assert(
      fc.property(anyText, anySignature, anyText, (text, signature, pem) => {
        for (const result of [
          checkPriceBook(text),
          verifyPriceBook(text, signature, publicKeys),
          verifyPriceBook(BOOK, signature, [pem]),
          checkPriceBook(text, { signature, publicKeys }),
          signPriceBook(text, pem),
        ]) {
          if (result.ok) continue;
          expect(result.error.code).toMatch(/^[a-z_]+$/);
          expect(result.error.message.length).toBeLessThan(1200);
          expect(result.error.message).not.toMatch(/\p{Cc}/u);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('nested by the thousands, or without a text', () => {
    const depth = 100_000;
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    for (const text of [
      deep,
      BOOK.replace('"periods": [', `"periods": ${deep}, "x": [`),
      BOOK.replace('"decimal": "2"', `"decimal": ${deep}`),
      BOOK.replace('"source": "contract"', `"source": ${deep}`),
      BOOK.replace('"source": "contract"', '"source": {"toString": 1, "valueOf": 1}'),
    ])
      expect(checkPriceBook(text)).toMatchObject({ ok: false });
    expect(verifyPriceBook(BOOK, deep, publicKeys)).toMatchObject({ ok: false });
  });
});

function otherKind(): { readonly publicKey: string; readonly privateKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
