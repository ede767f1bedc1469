import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { builtinPriceBook, digestOf, parsePriceBook, periodAt, type PriceBookData } from '../src/index.ts';

const text = readFileSync(new URL('../src/data/price-book.json', import.meta.url), 'utf8');
const data = JSON.parse(text) as PriceBookData;
const entries = data.entries.map((entry) => ({ entry, name: `${entry.provider}/${entry.model}` }));

test('is well formed, and its digest is that of its entries', () => {
  expect(parsePriceBook(text)).toMatchObject({ ok: true });
  expect(digestOf(data)).toBe(data.digest);
  expect(builtinPriceBook()).toMatchObject({ version: data.version, digest: data.digest, currency: 'USD' });
});

test('the digest names the prices and not their layout', () => {
  const [first, ...others] = data.entries;
  const turned = Object.fromEntries(Object.entries(first ?? {}).toReversed()) as unknown as typeof first;
  expect(digestOf({ entries: [turned ?? data.entries[0]!, ...others] })).toBe(data.digest);
  expect(digestOf({ entries: others })).not.toBe(data.digest);
});

test('the version is a day', () => {
  expect(new Date(data.version).toISOString().slice(0, 10)).toBe(data.version);
});

test('every entry says where its price is published', () => {
  expect(
    entries.filter(({ entry }) => !entry.sourceUrl.startsWith('https://')).map(({ name }) => name),
  ).toEqual([]);
});

test('every rate is a plain decimal, a token rate of a price a provider could ask', () => {
  const odd = entries.flatMap(({ entry, name }) =>
    entry.periods.flatMap(({ rates }) =>
      Object.entries(rates)
        .filter(([, { decimal, per }]) => per === 1_000_000 && Number(decimal) > 1000)
        .map(([bucket]) => `${name} ${bucket}`),
    ),
  );
  expect(odd).toEqual([]);
});

test('a price of zero is a model that is free of charge', () => {
  const free = entries.filter(({ entry }) =>
    entry.periods.some(({ rates }) => Object.values(rates).some(({ decimal }) => Number(decimal) === 0)),
  );
  expect(free.map(({ name }) => name)).toEqual([
    'gcp.gemini/gemma-4-26b-a4b-it',
    'gcp.gemini/gemma-4-31b-it',
  ]);
});

test('what is billed by the second has no rate for tokens', () => {
  const timed = entries.filter(({ entry }) => entry.periods.some(({ rates }) => rates.seconds !== undefined));
  expect(timed.map(({ name }) => name)).toContain('openai/whisper-1');
  for (const { entry } of timed)
    expect(entry.periods.map(({ rates }) => Object.keys(rates))).toEqual([['seconds']]);
});

/** Claude 3 Haiku's writes are priced irregularly; the rest of the history follows the rule. */
test("Anthropic's cache writes are 1.25 and 2 times the input", () => {
  const irregular = entries.flatMap(({ entry, name }) =>
    entry.periods
      .flatMap(({ rates, longContext = [] }) => [rates, ...longContext.map((tier) => tier.rates)])
      .filter(({ input, cacheWrite5m: short, cacheWrite1h: long }) => {
        if (!entry.model.includes('claude') || short === undefined) return false;
        const base = Number(input?.decimal);
        return Math.abs(Number(short.decimal) - 1.25 * base) > 1e-9 || Number(long?.decimal) !== 2 * base;
      })
      .map(() => name),
  );
  expect([...new Set(irregular)]).toEqual(['anthropic/claude-3-haiku', 'gcp.vertex_ai/claude-3-haiku']);
});

test('the table in force is found at any time', () => {
  const o3 = data.entries.find(({ provider, model }) => provider === 'openai' && model === 'o3')!;
  expect(periodAt(o3, Date.parse('2025-06-09T23:59:59.999Z'))?.rates.input?.decimal).toBe('10');
  expect(periodAt(o3, Date.parse('2025-06-10T00:00:00Z'))?.rates.input?.decimal).toBe('2');
});
