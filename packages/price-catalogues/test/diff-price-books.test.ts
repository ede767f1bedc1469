import type { EntryData, PriceBookData } from '@costspan/pricing';
import { describe, expect, it } from 'vitest';
import { diffPriceBooks } from '../src/index.ts';
import { importFixture } from './catalogue-fixture.ts';

const at = { atMillisA: Date.parse('2026-01-01'), atMillisB: Date.parse('2026-01-01') };

function bookOf(...entries: readonly Partial<EntryData>[]): PriceBookData {
  return {
    ...importFixture('models-dev', 'models-dev').data,
    entries: entries.map((entry) => ({
      provider: 'openai',
      model: 'gpt',
      source: 'models-dev',
      sourceUrl: 'https://acme.example/prices',
      checked: '2026-01-01',
      periods: [{ rates: { input: { decimal: '1', per: 1_000_000 } } }],
      ...entry,
    })),
  };
}

const NOTHING = { added: [], removed: [], changed: [], movedNames: [] };

describe('diffPriceBooks', () => {
  it('finds nothing between a book and itself, nor between ways of writing one price', () => {
    const { data } = importFixture('litellm', 'litellm');
    expect(diffPriceBooks(data, data, at)).toEqual(NOTHING);
    const thousand = bookOf({ periods: [{ rates: { webSearches: { decimal: '10', per: 1000 } } }] });
    const each = bookOf({ periods: [{ rates: { webSearches: { decimal: '0.010', per: 1 } } }] });
    expect(diffPriceBooks(thousand, each, at)).toEqual(NOTHING);
  });

  it('finds entries that come and go, and names that move', () => {
    const before = bookOf({ model: 'gpt-4', aliases: ['gpt-latest'] }, { model: 'gpt-3' });
    const after = bookOf({ model: 'gpt-4' }, { model: 'gpt-5', aliases: ['gpt-latest'] });
    expect(diffPriceBooks(before, after, at)).toEqual({
      added: ['openai/gpt-5'],
      removed: ['openai/gpt-3'],
      changed: [],
      movedNames: [{ provider: 'openai', name: 'gpt-latest', from: 'openai/gpt-4', to: 'openai/gpt-5' }],
    });
  });

  it('finds rates by bucket, tier, place and length, with the factor', () => {
    const batch = (decimal: string): EntryData['periods'] => [
      {
        rates: { input: { decimal: '1', per: 1_000_000 } },
        serviceTiers: { batch: { rates: { input: { decimal, per: 1_000_000 } } } },
        regions: [{ names: ['us'], multiplier: decimal === '0.5' ? '1.1' : '1.2' }],
      },
    ];
    expect(
      diffPriceBooks(bookOf({ periods: batch('0.5') }), bookOf({ periods: batch('0.75') }), at).changed,
    ).toEqual([
      {
        entry: 'openai/gpt',
        rates: [
          {
            bucket: 'input',
            serviceTier: 'batch',
            older: { decimal: '0.5', per: 1_000_000 },
            newer: { decimal: '0.75', per: 1_000_000 },
            factor: 1.5,
          },
        ],
        multipliers: [{ region: 'us', older: '1.1', newer: '1.2' }],
      },
    ]);
  });

  it('compares a model that was renamed with what it was', () => {
    const before = bookOf({ model: 'old', aliases: ['new'] });
    const after = bookOf({
      model: 'new',
      aliases: ['old'],
      periods: [{ rates: { input: { decimal: '2', per: 1_000_000 } } }],
    });
    const diff = diffPriceBooks(before, after, at);
    expect(diff.added).toEqual([]);
    expect(diff.removed).toEqual([]);
    expect(diff.changed).toMatchObject([{ entry: 'openai/new', rates: [{ bucket: 'input', factor: 2 }] }]);
  });

  it('finds another currency, another discount, and names that a book gives to entries of others', () => {
    const periods = bookOf({}).entries[0]?.periods ?? [];
    const discounted = periods.map((period) => ({ ...period, discount: { percent: '10', by: 'contract' } }));
    expect(
      diffPriceBooks(bookOf({ periods }), bookOf({ periods: discounted, currency: 'CNY' }), at).changed,
    ).toEqual([
      {
        entry: 'openai/gpt',
        rates: [],
        multipliers: [],
        discount: { newer: '10' },
        currency: { older: 'USD', newer: 'CNY' },
      },
    ]);
    const named = (entry: string): PriceBookData => ({
      ...bookOf({}, { model: 'gpt-2' }),
      entryAliases: [{ provider: 'azure.ai.openai', model: 'ours', entry, by: 'contract' }],
    });
    expect(diffPriceBooks(named('openai/gpt'), named('openai/gpt-2'), at).movedNames).toEqual([
      { provider: 'azure.ai.openai', name: 'ours', from: 'openai/gpt', to: 'openai/gpt-2' },
    ]);
  });

  it('compares one book at two days', () => {
    const book = bookOf({
      periods: [
        { until: '2025-06-10', rates: { input: { decimal: '10', per: 1_000_000 } } },
        {
          from: '2025-06-10',
          rates: { input: { decimal: '2', per: 1_000_000 }, output: { decimal: '8', per: 1_000_000 } },
        },
      ],
    });
    const { changed } = diffPriceBooks(book, book, {
      atMillisA: Date.parse('2025-06-09'),
      atMillisB: Date.parse('2025-06-10'),
    });
    expect(changed[0]?.rates).toEqual([
      {
        bucket: 'input',
        older: { decimal: '10', per: 1_000_000 },
        newer: { decimal: '2', per: 1_000_000 },
        factor: 0.2,
      },
      { bucket: 'output', newer: { decimal: '8', per: 1_000_000 } },
    ]);
  });

  it('takes an entry without a price at the time for none', () => {
    const ended = bookOf({
      periods: [{ until: '2025-01-01', rates: { input: { decimal: '1', per: 1_000_000 } } }],
    });
    expect(diffPriceBooks(bookOf({}), ended, at).removed).toEqual(['openai/gpt']);
  });
});
