import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelCall } from '@costspan/cost-model';
import { defaultConfig, type PricesConfig } from '@costspan/config';
import { builtinPriceBookData } from '@costspan/pricing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PriceBooks, type PriceBooksResult } from '../src/index.ts';

let folder = '';
let warnings: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'price-books-'));
  warnings = [];
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function defaultPrices(): PricesConfig {
  const result = defaultConfig();
  if (!result.ok) throw new Error('the defaults are valid');
  return result.config.prices;
}

function open(
  overlays: Readonly<Record<string, string>>,
  overhead?: { percent: string; reviewed: string },
): PriceBooksResult {
  for (const [name, text] of Object.entries(overlays)) writeFileSync(join(folder, name), text);
  return PriceBooks.open({
    prices: { ...defaultPrices(), overlays: Object.keys(overlays) },
    overhead,
    folder,
    onWarning: (message) => warnings.push(message),
    now: () => Date.parse('2026-11-01'),
  });
}

function booksOf(result: PriceBooksResult): PriceBooks {
  if (!result.ok) throw new Error(result.errors.join('\n'));
  return result.books;
}

function total(books: PriceBooks): number | string {
  const call: ModelCall = {
    dialect: 'test',
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    responseModel: undefined,
    operation: 'chat',
    usage: { input: 1_000_000, output: 0 },
    usageSource: 'span',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress: undefined,
    errorType: undefined,
  };
  const result = books.current.price(call, Date.parse('2026-10-01'));
  return result.status === 'priced' ? result.totalPico / 1e12 : result.reason;
}

const ACME = `
name: acme
version: 2026-10-01
discounts: [{ provider: openai, percent: 10 }]
overhead: { percent: 10, reviewed: 2026-10-01 }
`;
const STAGING = 'name: staging\nversion: 2026-10-02\ndiscounts: [{ provider: openai, percent: 50 }]\n';

test('built in, then the organisation, then the environment', () => {
  expect(total(booksOf(open({})))).toBe(0.25);
  expect(total(booksOf(open({ 'acme.yaml': ACME })))).toBe(0.2475);
  const both = booksOf(open({ 'acme.yaml': ACME, 'staging.yaml': STAGING }));
  expect(total(both)).toBe(0.1375);
  expect(both.current.version).toMatch(/^\d{4}-\d{2}-\d{2}\+acme\.2026-10-01\+staging\.2026-10-02$/);
});

test("the configuration's overhead takes the place of an overlay's", () => {
  expect(total(booksOf(open({ 'acme.yaml': ACME }, { percent: '20', reviewed: '2026-10-01' })))).toBe(0.27);
});

test('says what is wrong with an overlay, and where', () => {
  expect(open({ 'acme.yaml': 'name: acme\nversion: 2026-10-01\ndiscount: []\n' })).toEqual({
    ok: false,
    errors: ['acme.yaml:3:1: discount: unknown key; did you mean "discounts"?'],
  });
  expect(open({ 'acme.yaml': ACME.replace('openai', 'opnai') })).toEqual({
    ok: false,
    errors: [
      'acme.yaml: discounts[0]: no entry of the price book is opnai/*; "costspan prices list" shows all',
    ],
  });
});

test('an overlay that is not there is an error with its path', () => {
  const result = PriceBooks.open({
    prices: { ...defaultPrices(), overlays: ['missing.yaml'] },
    overhead: undefined,
    folder,
    onWarning: () => {},
  });
  expect(result).toMatchObject({
    ok: false,
    errors: [expect.stringContaining(join(folder, 'missing.yaml'))],
  });
});

test('warns of an overhead that nobody has looked at for a quarter', async () => {
  const books = booksOf(open({}, { percent: '12', reviewed: '2026-07-31' }));
  await books.load();
  expect(warnings).toEqual([
    'the overhead of 12 % was last reviewed on 2026-07-31, more than a quarter ago; review it and set the new day',
  ]);
  await books.stop();
});

test('without overlays the built-in book is the one that every process shares', () => {
  const books = booksOf(open({}));
  expect(books.data).toBe(builtinPriceBookData);
  expect(books.current.digest).toBe(builtinPriceBookData.digest);
});
