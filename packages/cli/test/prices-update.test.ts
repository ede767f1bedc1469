import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCostspan } from './run-costspan.ts';

const BOOK = new URL('../../pricing/src/data/published/2026-09-23.json', import.meta.url);

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-prices-'));
  writeFileSync(join(folder, 'book.json'), readFileSync(BOOK));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('a book is signed and verified, and a changed byte is found', async () => {
  const book = join(folder, 'book.json');
  const key = join(folder, 'acme.pem');
  const signed = await runCostspan(['prices', 'sign', book, '--generate-key', key]);
  expect(signed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(statSync(key).mode & 0o077).toBe(0);
  const verified = await runCostspan(['prices', 'verify', book, '--key', `${key}.pub`]);
  expect(verified.exitCode).toBe(0);
  expect(verified.stdout).toMatch(/is price book 2026-09-23, sha256:e4126041.*, signed by key [0-9a-f]{16}/);

  writeFileSync(book, readFileSync(book, 'utf8').replace('"0.25"', '"0.52"'));
  const tampered = await runCostspan(['prices', 'verify', book, '--key', `${key}.pub`, '--json']);
  expect(tampered.exitCode).toBe(1);
  expect(JSON.parse(tampered.stdout)).toMatchObject({ ok: false, error: { code: 'signature_wrong' } });
  const unsigned = await runCostspan(['prices', 'verify', book]);
  expect(unsigned.stdout).toMatch(/is not good: digest says/);
});

test('a key is never overwritten', async () => {
  const key = join(folder, 'acme.pem');
  expect(await runCostspan(['prices', 'sign', '--generate-key', key])).toMatchObject({ exitCode: 0 });
  const before = readFileSync(key, 'utf8');
  const again = await runCostspan(['prices', 'sign', '--generate-key', key]);
  expect(again.exitCode).toBe(2);
  expect(again.stderr).toContain(`cannot write ${key}`);
  expect(readFileSync(key, 'utf8')).toBe(before);
});

test('nothing is fetched without a configuration that says so', async () => {
  const result = await runCostspan(['prices', 'update'], { cwd: folder });
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('no prices.update');
});

test('a private address is refused, and the book in force stays', async () => {
  writeFileSync(
    join(folder, 'costspan.yaml'),
    'prices: { update: { url: "https://127.0.0.1/book.json", allowed_hosts: ["127.0.0.1"] } }\n',
  );
  const result = await runCostspan(['prices', 'update', '--json'], { cwd: folder });
  expect(result.exitCode).toBe(1);
  expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'refused', error: { code: 'address_private' } });
  expect(existsSync(join(folder, 'costspan-prices', 'current'))).toBe(false);
});
