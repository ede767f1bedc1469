import { builtinPriceBook, type RatesData } from '@costspan/pricing';
import { describe, expect, it } from 'vitest';
import { type ComparedSource, compareSources } from '../src/index.ts';
import { importFixture } from './catalogue-fixture.ts';

const options = { atMillis: Date.parse('2026-08-21') };
const portkey = {
  name: 'portkey',
  book: importFixture('portkey', 'portkey-bedrock', { provider: 'bedrock' }).data,
};
const builtin = { name: 'builtin', book: builtinPriceBook() };

describe('compareSources', () => {
  it("finds Portkey's swapped cache fields, by the name that a call has", () => {
    const model = 'us.anthropic.claude-3-7-sonnet-20250219-v1:0';
    const [found, ...others] = compareSources(
      [builtin, portkey],
      [{ provider: 'aws.bedrock', model }],
      options,
    );
    expect(others).toEqual([]);
    expect(found).toMatchObject({ provider: 'aws.bedrock', model });
    expect(found?.entries.find(({ source }) => source === 'portkey')?.entry).toBe(
      'aws.bedrock/anthropic.claude-3-7-sonnet-20250219-v1:0',
    );
    expect(found?.rates.find(({ bucket }) => bucket === 'cacheRead')?.values).toEqual([
      { source: 'builtin', rate: { decimal: '0.3', per: 1_000_000 } },
      { source: 'portkey', rate: { decimal: '3.75', per: 1_000_000 } },
    ]);
  });

  it('finds nothing where a source does not have the model, or says no more than the other', () => {
    const models = [{ provider: 'openai', model: 'gpt-4o' }, { model: 'no-such-model' }];
    expect(compareSources([builtin, portkey], models, options)).toEqual([]);
    expect(
      compareSources(
        [portkey, { ...portkey, name: 'again' }],
        [{ provider: 'bedrock', model: 'zai.glm-5' }],
        options,
      ),
    ).toEqual([]);
  });

  it('takes the two ways of writing a cache write for one', () => {
    const { data } = importFixture('models-dev', 'models-dev');
    const [first] = data.entries;
    const writing = (name: string, rates: RatesData): ComparedSource => ({
      name,
      book: { ...data, entries: first === undefined ? [] : [{ ...first, periods: [{ rates }] }] },
    });
    const sources = [
      writing('a', { cacheWrite: { decimal: '1.25', per: 1_000_000 } }),
      writing('b', { cacheWrite5m: { decimal: '1.5', per: 1_000_000 } }),
    ];
    const [found] = compareSources(sources, [{ provider: 'openai', model: first?.model ?? '' }], options);
    expect(found?.rates.map(({ bucket }) => bucket)).toEqual(['cacheWrite5m']);
  });

  it('reports what only one of them prices when asked to', () => {
    const list = importFixture('litellm', 'litellm').data;
    const other = importFixture('portkey', 'portkey-openai', { provider: 'openai' }).data;
    const sources = [
      { name: 'litellm', book: list },
      { name: 'portkey', book: other },
    ];
    const models = [{ provider: 'openai', model: 'gpt-5.4-2026-03-05' }];
    expect(compareSources(sources, models, options)).toEqual([]);
    const [found] = compareSources(sources, models, { ...options, includeMissing: true });
    expect(found?.rates).toContainEqual({
      bucket: 'webSearches',
      values: [
        { source: 'litellm', rate: undefined },
        { source: 'portkey', rate: { decimal: '0.01', per: 1 } },
      ],
    });
  });
});
