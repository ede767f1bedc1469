import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, type EntryData, type PeriodData, type PriceBookData } from '@costspan/pricing';

const M = 1_000_000;

/** An entry with what every entry has. */
export function entryOf(
  provider: string,
  model: string,
  periods: readonly PeriodData[],
  rest: Partial<EntryData> = {},
): EntryData {
  return {
    provider,
    model,
    source: 'page',
    sourceUrl: `https://${provider}.example/prices`,
    checked: '2026-11-01',
    periods,
    ...rest,
  };
}

/** Input and output for a million tokens. */
export function tokenRates(input: string, output: string): PeriodData['rates'] {
  return { input: { decimal: input, per: M }, output: { decimal: output, per: M } };
}

/** A book with one entry for every rule that an explanation shows. */
export const FIXTURE_ENTRIES: readonly EntryData[] = [
  entryOf(
    'anthropic',
    'claude-test',
    [
      { until: '2026-06-01', rates: tokenRates('6', '30') },
      {
        from: '2026-06-01',
        rates: {
          ...tokenRates('3', '15'),
          cacheRead: { decimal: '0.3', per: M },
          cacheWrite5m: { decimal: '3.75', per: M },
          webSearches: { decimal: '10', per: 1000 },
        },
        longContext: [{ inputTokens: 200_000, inclusive: false, rates: tokenRates('6', '22.5') }],
        serviceTiers: {
          batch: { rates: { ...tokenRates('1.5', '7.5'), cacheWrite1h: { decimal: '3', per: M } } },
        },
        regions: [{ names: ['us'], multiplier: '1.1' }],
      },
    ],
    {
      aliases: ['claude-test-latest'],
      derived: { cacheWrite1h: 'twice-input' },
      notes: ['Batch is half of all token prices.'],
    },
  ),
  entryOf('perplexity', 'sonar-test', [
    {
      rates: { ...tokenRates('1', '1'), requests: { decimal: '8', per: 1000 } },
      options: [{ when: { search_context_size: 'low' }, rates: { requests: { decimal: '5', per: 1000 } } }],
      discount: { percent: '12.5', by: 'acme' },
    },
  ]),
  entryOf(
    'zai',
    'glm-test',
    [
      {
        rates: tokenRates('2', '8'),
        windows: [{ from: '16:00', until: '22:00', rates: tokenRates('1', '4') }],
      },
    ],
    { currency: 'CNY', approximate: 'the plan of the account decides' },
  ),
  entryOf('groq', 'whisper-test', [{ rates: { seconds: { decimal: '0.36', per: 3600 } } }], {
    minimum: { seconds: 10 },
  }),
  entryOf('openai', 'gpt-test', [{ rates: tokenRates('0.25', '2') }]),
];

export function bookOf(entries: readonly EntryData[], version = '2026-11-01'): PriceBookData {
  const book = {
    schema: 'costspan.price-book.v1',
    version,
    currency: 'USD',
    digest: '',
    sources: {
      page: { name: 'Pages', version, licence: 'facts', url: 'https://pages.example' },
    },
    rules: { 'twice-input': 'a one-hour cache write costs twice the input' },
    exchangeRates: [
      { currency: 'CNY', from: '2026-01-01', rate: '0.14', sourceUrl: 'https://rates.example' },
    ],
    entries,
  } as const;
  return { ...book, digest: digestOf(book) };
}

export interface TestFolder {
  readonly path: string;
  /** Writes a file and returns its path. */
  write(name: string, content: string | Uint8Array): string;
  remove(): void;
}

export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'costspan-prices-'));
  return {
    path,
    write: (name, content) => {
      const file = join(path, name);
      writeFileSync(file, content);
      return file;
    },
    remove: () => {
      rmSync(path, { recursive: true });
    },
  };
}
