import { parsePriceBook, PriceBook } from '@costspan/pricing';
import { waitForUpdate } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { type CatalogueFormat, importCatalogue } from '../src/index.ts';
import { bookText, cardsOf, entryOf, imported, importFixture } from './catalogue-fixture.ts';

const SAMPLES: readonly (readonly [format: CatalogueFormat, file: string, provider: string | undefined])[] = [
  ['litellm', 'litellm', undefined],
  ['portkey', 'portkey-openai', 'openai'],
  ['portkey', 'portkey-bedrock', 'bedrock'],
  ['portkey', 'portkey-google', 'google'],
  ['models-dev', 'models-dev', undefined],
];

describe.each(SAMPLES)('%s sample %s', (format, file, provider) => {
  const book = importFixture(format, file, provider === undefined ? {} : { provider });

  it('gives the prices of the golden table', async () => {
    await expect(bookText(book)).toMatchFileSnapshot(`golden/${file}.txt`);
  });

  it('is a price book', () => {
    expect(parsePriceBook(JSON.stringify(book.data))).toEqual({ ok: true, data: book.data });
    expect(PriceBook.fromData(book.data).digest).toBe(book.data.digest);
  });
});

describe('litellm', () => {
  const { data, leftOut, rounded } = importFixture('litellm', 'litellm');

  it('has every service tier and length of input', () => {
    expect(cardsOf(entryOf(data, 'openai/gpt-5.6'))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^batch: /), expect.stringMatching(/^flex 272000: /)]),
    );
    expect(entryOf(data, 'openai/gpt-5.6').periods[0]?.regions).toEqual([
      { names: ['eu'], multiplier: '1.1' },
      { names: ['us'], multiplier: '1.1' },
    ]);
  });

  it('reads deployments and regions out of the keys', () => {
    expect(
      entryOf(data, 'azure.ai.openai/gpt-4o-mini-realtime-preview-2024-12-17').periods[0]?.regions,
    ).toMatchObject([{ names: ['data_zone'] }]);
    expect(entryOf(data, 'aws.bedrock/anthropic.claude-v1').periods[0]?.regions).toMatchObject([
      { names: ['us-east-1'] },
    ]);
    expect(leftOut).toContainEqual({
      name: 'bedrock/us-east-1/1-month-commitment/anthropic.claude-v1',
      reason: 'the price is for reserved capacity by the hour, not for use',
    });
  });

  it('writes both lifetimes of a cache write at Anthropic', () => {
    const [list] = cardsOf(entryOf(data, 'anthropic/claude-sonnet-4-5-20250929'));
    expect(list).toContain('cacheWrite5m 3.75');
    expect(list).toContain('cacheWrite1h 6');
  });

  it('reports what it rounds, leaves out what no price can be, and takes zeros for unknown', () => {
    expect(rounded).toContainEqual({
      name: 'azure/gpt-realtime-whisper',
      reason: 'input_cost_per_second: 0.0002833333333333333 is taken as 0.283333333333 for 1000',
    });
    expect(leftOut.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['wandb/microsoft/Phi-4-mini-instruct', 'sarvam/sarvam-m']),
    );
    expect(data.entries.some(({ model }) => model === 'sarvam-m')).toBe(false);
  });

  it('reads hours of the day, days of the week, and tiers by length', () => {
    const { data: made } = imported(
      importCatalogue(
        'litellm',
        {
          'deepseek/deepseek-chat': {
            litellm_provider: 'deepseek',
            mode: 'chat',
            input_cost_per_token: 1e-6,
            output_cost_per_token: 2e-6,
            off_peak_pricing: {
              windows: [{ hours_utc: '16:30-00:30', weekdays: [6, 7] }],
              input_cost_per_token: 5e-7,
            },
          },
          'groq/qwen': {
            litellm_provider: 'groq',
            mode: 'chat',
            tiered_pricing: [
              { range: [0, 32_000], input_cost_per_token: 1e-6, output_cost_per_token: 5e-6 },
              { range: [32_000, 128_000], input_cost_per_token: 1.8e-6, output_cost_per_token: 9e-6 },
            ],
          },
        },
        { checked: '2026-09-01' },
      ),
    );
    expect(entryOf(made, 'deepseek/deepseek-chat').periods[0]?.windows).toEqual([
      {
        days: [0, 6],
        from: '16:30',
        until: '00:30',
        rates: { input: { decimal: '0.5', per: 1_000_000 }, output: { decimal: '2', per: 1_000_000 } },
      },
    ]);
    expect(cardsOf(entryOf(made, 'groq/qwen'))).toEqual([
      'list: input 1, output 5',
      '32000: input 1.8, output 9',
    ]);
  });
});

describe('portkey', () => {
  it('reads cents for a token, tiers, lengths and places', () => {
    const { data } = importFixture('portkey', 'portkey-openai', { provider: 'openai' });
    const cards = cardsOf(entryOf(data, 'openai/gpt-5.4'));
    expect(cards).toContain(
      'list: input 2.5, cacheRead 0.25, output 15, webSearches 0.01/1, fileSearches 0.0025/1',
    );
    expect(cards).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^us,eu,au,ca,jp,in,sg,kr,gb,ae flex 272000: input 2.75/),
      ]),
    );
    expect(cardsOf(entryOf(data, 'openai/dall-e-3'))).toContain('quality=hd, size=1024x1792: images 0.12/1');
    expect(data.entries.some(({ model }) => model === 'whisper-1')).toBe(false);
  });

  it('joins the keys up to and beyond a length into one model, at the length of its own', () => {
    const { data } = importFixture('portkey', 'portkey-google', { provider: 'google' });
    const entry = entryOf(data, 'gcp.gemini/gemini-3.1-pro-preview');
    expect(entry.periods[0]?.longContext?.map(({ inputTokens }) => inputTokens)).toEqual([200_000]);
  });

  it('needs to be told whose prices they are', () => {
    expect(importCatalogue('portkey', '{}', { checked: '2026-08-21' })).toMatchObject({
      ok: false,
      errors: [{ code: 'provider_missing' }],
    });
  });
});

describe('models-dev', () => {
  const { data } = importFixture('models-dev', 'models-dev');

  it('reads the older field of long contexts, and takes zeros for free only by name', () => {
    const cost = { input: 1, output: 2, context_over_200k: { input: 2 }, per_call: 0.1 };
    const made = imported(
      importCatalogue(
        'models-dev',
        {
          acme: {
            models: {
              m: { cost },
              'm:free': { cost: { input: 0, output: 0 } },
              plan: { cost: { input: 0, output: 0 } },
            },
          },
        },
        { checked: '2026-09-23' },
      ),
    );
    expect(made.data.entries.map(({ model }) => model)).toEqual(['m', 'm:free']);
    expect(cardsOf(entryOf(made.data, 'acme/m'))).toEqual([
      'list: input 1, output 2',
      '200000: input 2, output 2',
    ]);
    expect(made.leftOut).toEqual([
      { name: 'acme/m', reason: 'cost.per_call: usage has no bucket for it' },
      { name: 'acme/plan', reason: 'all its prices are zero: free, part of a subscription, or unknown' },
    ]);
  });

  it('reads modes as service tiers, and thresholds as the provider means them', () => {
    expect(Object.keys(entryOf(data, 'openai/gpt-5.6-sol').periods[0]?.serviceTiers ?? {})).toEqual([
      'priority',
    ]);
    expect(entryOf(data, 'openai/gpt-5.6-sol').periods[0]?.longContext?.[0]?.inclusive).toBe(false);
    expect(entryOf(data, 'x_ai/grok-4.5').periods[0]?.longContext?.[0]?.inclusive).toBe(true);
  });
});

describe('genai-prices', async () => {
  const providers = await waitForUpdate();
  const { data } = imported(importCatalogue('genai-prices', providers, { checked: '2026-09-23' }));

  it('reads the npm package as it comes', () => {
    expect(data.entries.length).toBeGreaterThan(1000);
    expect(cardsOf(entryOf(data, 'openai/gpt-5-mini'))).toEqual([
      expect.stringContaining('input 0.25, cacheRead 0.025, output 2'),
    ]);
    expect(entryOf(data, 'openai/o3').periods.map(({ from, until }) => [from, until])).toEqual([
      [undefined, '2025-06-10'],
      ['2025-06-10', undefined],
    ]);
  });

  it('reads the same from the public file, with or without units around it', () => {
    const text = JSON.stringify(providers);
    const options = { checked: '2026-09-23' };
    const digest = data.digest;
    expect(imported(importCatalogue('genai-prices', text, options)).data.digest).toBe(digest);
    expect(
      imported(importCatalogue('genai-prices', `{"units":{},"providers":${text}}`, options)).data.digest,
    ).toBe(digest);
  });

  it('finds models by the names that calls have', () => {
    const book = PriceBook.fromData(data);
    const at = Date.parse('2026-09-23');
    expect(book.find('anthropic', 'claude-sonnet-4-5-20250929', at)?.entry).toBe(
      'anthropic/claude-sonnet-4-5',
    );
    expect(book.find('aws.bedrock', 'us.amazon.nova-pro-v1:0', at)?.entry).toBe(
      'aws.bedrock/amazon.nova-pro-v1:0',
    );
  });

  it('makes periods of start dates, windows of hours, and thresholds of the start before them', () => {
    const made = imported(
      importCatalogue(
        'genai-prices',
        [
          {
            id: 'mistral',
            pricing_urls: ['https://mistral.ai/pricing'],
            models: [
              {
                id: 'm',
                match: { equals: 'm' },
                prices: [
                  {
                    prices: {
                      input_mtok: { base: 2, tiers: [{ start: 271_999, price: 4 }] },
                      code_runs_kcount: 3,
                    },
                  },
                  {
                    constraint: { type: 'time_of_date', start_time: '16:30:00Z', end_time: '00:30:00Z' },
                    prices: { input_mtok: 1 },
                  },
                  { constraint: { start_date: '2026-01-01' }, prices: { input_mtok: 0, output_mtok: 0 } },
                  { constraint: { start_date: '2025-01-01' }, prices: { input_mtok: 3 } },
                  { constraint: { moon: 'full' }, prices: { input_mtok: 3 } },
                ],
              },
              { id: 'free', prices: {}, price_comments: 'Free of charge on the Gemini API' },
              { id: 'unknown', prices: {} },
            ],
          },
        ],
        { checked: '2026-09-23' },
      ),
    );
    const [entry, free] = made.data.entries;
    expect(entry?.sourceUrl).toBe('https://mistral.ai/pricing');
    expect(entry?.periods).toEqual([
      {
        until: '2026-01-01',
        rates: { input: { decimal: '2', per: 1_000_000 } },
        longContext: [
          { inputTokens: 272_000, inclusive: true, rates: { input: { decimal: '4', per: 1_000_000 } } },
        ],
        windows: [{ from: '16:30', until: '00:30', rates: { input: { decimal: '1', per: 1_000_000 } } }],
      },
      {
        from: '2026-01-01',
        rates: { input: { decimal: '0', per: 1_000_000 }, output: { decimal: '0', per: 1_000_000 } },
      },
    ]);
    expect(free).toMatchObject({ model: 'free', periods: [{ rates: { input: { decimal: '0' } } }] });
    expect(made.leftOut.map(({ name, reason }) => `${name} ${reason}`)).toEqual([
      'mistral_ai/m code_runs_kcount: usage has no bucket for it',
      'mistral_ai/m a price from "2025-01-01" on: no day, or not after the price before',
      'mistral_ai/m a condition that is not understood: {"moon":"full"}',
      'mistral_ai/unknown the catalogue has no price for it',
    ]);
  });

  it('takes only the providers that are asked for', () => {
    const only = imported(
      importCatalogue('genai-prices', providers, { checked: '2026-09-23', providers: ['openai'] }),
    );
    expect(new Set(only.data.entries.map(({ provider }) => provider))).toEqual(new Set(['openai']));
  });
});

describe('errors', () => {
  it.each([
    ['genai-prices', '{', 'not_json'],
    ['genai-prices', '{}', 'shape_unknown'],
    ['litellm', '[]', 'shape_unknown'],
    ['models-dev', '"x"', 'shape_unknown'],
    ['genai-prices', '[]', 'no_prices'],
    ['csv' as CatalogueFormat, '[]', 'format_unknown'],
  ] as const)('%s of %s is %s', (format, text, code) => {
    expect(importCatalogue(format, text, { checked: '2026-09-23' })).toMatchObject({
      ok: false,
      errors: [{ code }],
    });
  });

  it('needs a day', () => {
    expect(importCatalogue('genai-prices', '[]', { checked: 'today' })).toMatchObject({
      ok: false,
      errors: [{ code: 'checked_malformed' }],
    });
  });
});
