import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatConfigErrors } from './config-error.ts';
import { parsePriceOverlay } from './parse-price-overlay.ts';

const WHOLE_FILE = `
name: acme
version: 2026-10-01
discounts:
  - { provider: openai, percent: "12.5", from: 2026-01-01, until: 2027-01-01 }
  - { provider: anthropic, model: claude-sonnet-4-*, percent: 20 }
models:
  - provider: acme
    model: acme-large
    aliases: [acme-xl]
    currency: EUR
    source_url: https://intranet.acme.example/prices
    checked: 2026-09-30
    prices:
      - until: 2026-09-01
        per_million_tokens: { input: "1", output: "2" }
      - from: 2026-09-01
        per_million_tokens: { input: 0.5, cache_read: 0.05, cache_write_5m: "0.625", output_audio: "9" }
        per_unit: { web_searches: "0.01", requests: 0.001 }
        service_tiers: { Batch: { per_million_tokens: { input: "0.25", output: "1" } } }
aliases:
  - { provider: azure.ai.openai, model: prod-chat, entry: azure.ai.openai/gpt-4o }
exchange_rates:
  - { currency: EUR, from: 2026-01-01, rate: "1.08" }
overhead: { percent: 12, reviewed: 2026-10-01 }
`;

function errorsOf(text: string): string {
  const result = parsePriceOverlay(text, 'prices.yaml');
  return result.ok ? '' : formatConfigErrors(result.errors);
}

test('reads every key', () => {
  const result = parsePriceOverlay(WHOLE_FILE, 'prices.yaml');
  expect(result.ok && result.overlay).toEqual({
    name: 'acme',
    version: '2026-10-01',
    discounts: [
      { provider: 'openai', percent: '12.5', from: '2026-01-01', until: '2027-01-01' },
      { provider: 'anthropic', model: 'claude-sonnet-4-*', percent: '20' },
    ],
    entries: [
      {
        provider: 'acme',
        model: 'acme-large',
        aliases: ['acme-xl'],
        currency: 'EUR',
        sourceUrl: 'https://intranet.acme.example/prices',
        checked: '2026-09-30',
        periods: [
          {
            until: '2026-09-01',
            rates: { input: { decimal: '1', per: 1_000_000 }, output: { decimal: '2', per: 1_000_000 } },
          },
          {
            from: '2026-09-01',
            rates: {
              input: { decimal: '0.5', per: 1_000_000 },
              cacheRead: { decimal: '0.05', per: 1_000_000 },
              cacheWrite5m: { decimal: '0.625', per: 1_000_000 },
              outputAudio: { decimal: '9', per: 1_000_000 },
              webSearches: { decimal: '0.01', per: 1 },
              requests: { decimal: '0.001', per: 1 },
            },
            serviceTiers: {
              batch: {
                rates: {
                  input: { decimal: '0.25', per: 1_000_000 },
                  output: { decimal: '1', per: 1_000_000 },
                },
              },
            },
          },
        ],
      },
    ],
    aliases: [{ provider: 'azure.ai.openai', model: 'prod-chat', entry: 'azure.ai.openai/gpt-4o' }],
    exchangeRates: [{ currency: 'EUR', from: '2026-01-01', rate: '1.08', sourceUrl: 'costspan.yaml' }],
    overhead: { percent: '12', reviewed: '2026-10-01' },
  });
});

test.each<[string, string]>([
  ['version: 2026-10-01', 'prices.yaml:1:1: name: is missing; add a text'],
  ['name: acme', 'prices.yaml:1:1: version: is missing; add a text'],
  [
    'name: acme\nversion: 2026-02-30',
    'prices.yaml:2:1: version: "2026-02-30" is not a day; write it as 2026-10-01',
  ],
  [
    'name: acme\nversion: 2026-10-01\ndiscount: []',
    'prices.yaml:3:1: discount: unknown key; did you mean "discounts"?',
  ],
  [
    'name: acme\nversion: 2026-10-01\ndiscounts: [{ provider: openai, percent: 120 }]',
    'prices.yaml:3:33: discounts[0].percent: 120 % is more than 100 %',
  ],
  [
    'name: acme\nversion: 2026-10-01\nmodels: [{ provider: a, model: b, prices: [{ from: 2026-01-01 }] }]',
    'prices.yaml:3:44: models[0].prices[0]: has no rates; add per_million_tokens or per_unit',
  ],
  [
    'name: acme\nversion: 2026-10-01\nmodels: [{ provider: a, model: b, prices: [{ per_million_tokens: { inputs: "1" } }] }]',
    'prices.yaml:3:68: models[0].prices[0].per_million_tokens.inputs: unknown key; did you mean "input"?',
  ],
  [
    'name: acme\nversion: 2026-10-01\nmodels: [{ provider: a, model: b, prices: [{ per_million_tokens: { input: "-1" } }] }]',
    'prices.yaml:3:68: models[0].prices[0].per_million_tokens.input: "-1" is not a decimal of at most 12 places that is not negative; write for instance "12.5"',
  ],
  [
    'name: acme\nversion: 2026-10-01\nmodels: [{ provider: a, model: b, prices: [{ per_unit: { images: 1 } }, { from: 2026-01-01, per_unit: { images: 2 } }] }]',
    'prices.yaml:3:73: models[0].prices[1]: must begin when the price before it has ended, and end after that',
  ],
  [
    'name: acme\nversion: 2026-10-01\ndiscounts: [{ provider: openai, percent: 1, from: 2027-01-01, until: 2026-01-01 }]',
    'prices.yaml:3:13: discounts[0]: must end after it begins',
  ],
  [
    'name: acme\nversion: 2026-10-01\nexchange_rates: [{ currency: EUR, from: 2026-01-01, rate: 0 }]',
    'prices.yaml:3:53: exchange_rates[0].rate: must be more than 0; nothing would cost anything',
  ],
])('says what is wrong in %j', (text, expected) => {
  expect(errorsOf(text)).toBe(expected);
});

test('never throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parsePriceOverlay(text, 'prices.yaml');
    }),
  );
});
