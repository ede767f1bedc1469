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

test('the digest covers whatever a price depends on', () => {
  const [first] = data.entries;
  const digest = (more: object): string => digestOf({ entries: [first!], ...more });
  const rate = { currency: 'CNY', from: '2026-01-01', rate: '0.14', sourceUrl: 'https://bank.example' };
  const alias = { provider: 'azure', model: 'prod', entry: 'openai/ada', by: 'acme' };
  const digests = [
    digest({}),
    digest({ currency: 'EUR' }),
    digest({ exchangeRates: [rate] }),
    digest({ exchangeRates: [{ ...rate, rate: '0.15' }] }),
    digest({ entryAliases: [alias] }),
  ];
  expect(new Set(digests).size).toBe(digests.length);
  expect(digest({ currency: 'USD' })).toBe(digest({}));
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

/** Unknown is never written as zero: each of these is free of charge, in full or in a part, by its provider. */
const FREE_OF_CHARGE = [
  'cohere/north-mini-code-1-0',
  'fireworks_ai/kimi-k2p5-turbo',
  'gcp.gemini/embedding-001',
  'gcp.gemini/gemini-2.0-pro-exp-02-05',
  'gcp.gemini/gemini-2.5-pro-exp-03-25',
  'gcp.gemini/gemini-embedding-exp-03-07',
  'gcp.gemini/gemini-exp-1114',
  'gcp.gemini/gemini-exp-1121',
  'gcp.gemini/gemini-exp-1206',
  'gcp.gemini/gemma-3-12b-it',
  'gcp.gemini/gemma-3-1b-it',
  'gcp.gemini/gemma-3-27b-it',
  'gcp.gemini/gemma-3-4b-it',
  'gcp.gemini/gemma-3n-e2b-it',
  'gcp.gemini/gemma-3n-e4b-it',
  'gcp.gemini/gemma-4-26b-a4b-it',
  'gcp.gemini/gemma-4-31b-it',
  'gcp.gemini/learnlm-1.5-pro-experimental',
  'gcp.gemini/learnlm-2.0-flash-experimental',
  'gcp.gemini/text-embedding-004',
  'github-copilot/gpt-3.5-turbo',
  'github-copilot/gpt-4.1',
  'github-copilot/gpt-4o',
  'github-copilot/gpt-4o-mini',
  'mistral_ai/devstral-2512',
  'mistral_ai/devstral-medium-latest',
  'mistral_ai/devstral-small-latest',
  'mistral_ai/labs-devstral-small-2512',
  'mistral_ai/labs-leanstral-1-5',
  'mistral_ai/labs-leanstral-2603',
  'mistral_ai/mistral-moderation-2603',
  'mistral_ai/mistral-moderation-latest',
  'openai/gpt-4o-mini-search-preview',
  'openai/gpt-4o-search-preview',
  'openai/gpt-5-search-api',
  'openai/omni-moderation-latest',
  'openrouter/*:free',
  'perplexity/pplx-70b-online',
  'perplexity/pplx-7b-online',
  'perplexity/sonar-medium-online',
  'perplexity/sonar-small-online',
  'together_ai/meta-llama/llama-3.3-70b-instruct-turbo-free',
  'typesafe/jev-1.13.0',
  'zai/glm-4.5-flash',
  'zai/glm-4.6v-flash',
  'zai/glm-4.7-flash',
];

test('a price of zero is a model that is free of charge', () => {
  const free = entries.filter(({ entry }) =>
    entry.periods.some(({ rates }) => Object.values(rates).some(({ decimal }) => Number(decimal) === 0)),
  );
  expect(free.map(({ name }) => name).toSorted()).toEqual(FREE_OF_CHARGE);
});

test.each([
  'openai/whisper-1',
  'openai/tts-1',
  'openai/dall-e-3',
  'gcp.gemini/veo-3.0-generate-001',
  'cohere/rerank-v3.5',
])('%s has no rate for tokens', (wanted) => {
  const found = entries.filter(({ name }) => name === wanted);
  expect(found.length).toBe(1);
  const rates = found.flatMap(({ entry }) => entry.periods.flatMap((period) => Object.values(period.rates)));
  expect(rates.filter(({ per }) => per === 1_000_000 && !wanted.includes('tts'))).toEqual([]);
  expect(
    found.flatMap(({ entry }) => entry.periods.flatMap((period) => Object.keys(period.rates))),
  ).not.toContain('input');
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
  expect([...new Set(irregular)]).toEqual([
    'anthropic/claude-3-haiku',
    'gcp.vertex_ai/claude-3-haiku',
    'openrouter/anthropic/claude-3-haiku',
  ]);
});

test('the table in force is found at any time', () => {
  const o3 = data.entries.find(({ provider, model }) => provider === 'openai' && model === 'o3')!;
  expect(periodAt(o3, Date.parse('2025-06-09T23:59:59.999Z'))?.rates.input?.decimal).toBe('10');
  expect(periodAt(o3, Date.parse('2025-06-10T00:00:00Z'))?.rates.input?.decimal).toBe('2');
});
