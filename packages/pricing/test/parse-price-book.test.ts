import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyOverlay, parsePriceBook, type PriceBookErrorCode } from '../src/index.ts';
import { perMillion, priceBookData } from './price-book-fixture.ts';

test('reads what an overlay has made of a book', () => {
  const result = applyOverlay(priceBookData({}), {
    name: 'acme',
    version: '2026-10-01',
    discounts: [{ provider: 'acme', percent: '10' }],
    entries: [],
    aliases: [{ provider: 'azure', model: 'prod', entry: 'acme/model-0' }],
    exchangeRates: [],
  });
  expect(result.ok && parsePriceBook(JSON.stringify(result.data))).toMatchObject({ ok: true });
});

test('never throws, whatever a field holds', () => {
  const odd = { toString: 1, valueOf: 1 };
  const data = priceBookData({ source: odd as unknown as string, model: odd as unknown as string });
  expect(parsePriceBook(data)).toMatchObject({ ok: false });
});

test('reads text and values alike', () => {
  const data = priceBookData({
    aliases: ['other'],
    minimum: { seconds: 10 },
    derived: { cacheWrite1h: 'doubled' },
  });
  expect(parsePriceBook(data)).toEqual({ ok: true, data });
  expect(parsePriceBook(JSON.stringify(data))).toEqual({ ok: true, data });
});

const rates = perMillion({ input: '1' });
const entry = (changes: object): unknown => ({ ...priceBookData({ ...changes }) });

test.each<[string, unknown, PriceBookErrorCode, string]>([
  ['text that is no JSON', '{', 'not_json', ''],
  ['a list', [], 'type_wrong', ''],
  ['another schema', { ...priceBookData({}), schema: 'costspan.price-book.v9' }, 'schema_unknown', 'schema'],
  ['an unknown key', { ...priceBookData({}), extra: 1 }, 'key_unknown', 'extra'],
  ['a version of no day', { ...priceBookData({}), version: '2026-13-45' }, 'date_malformed', 'version'],
  [
    'exchange rates out of order',
    {
      ...priceBookData({}),
      exchangeRates: ['2026-02-01', '2026-01-01'].map((from) => ({
        currency: 'CNY',
        from,
        rate: '0.14',
        sourceUrl: 'https://bank.example',
      })),
    },
    'rates_out_of_order',
    'exchangeRates[1]',
  ],
  [
    'a check on no day',
    { ...priceBookData({ checked: '2026-99-99' }) },
    'date_malformed',
    'entries[0].checked',
  ],
  [
    'a discount of more than everything',
    priceBookData({
      periods: [{ rates: perMillion({ input: '1' }), discount: { percent: '150', by: 'acme' } }],
    }),
    'number_out_of_range',
    'entries[0].periods[0].discount.percent',
  ],
  [
    'hours and regions',
    priceBookData({
      periods: [
        {
          rates: perMillion({ input: '1' }),
          windows: [{ from: '00:00', until: '08:00', rates: perMillion({ input: '1' }) }],
          regions: [{ names: ['us'], multiplier: '1.1' }],
        },
      ],
    }),
    'type_wrong',
    'entries[0].periods[0]',
  ],
  [
    'a region with a multiplier and tiers',
    priceBookData({
      periods: [
        {
          rates: perMillion({ input: '1' }),
          regions: [
            {
              names: ['us'],
              multiplier: '1.1',
              serviceTiers: { batch: { rates: perMillion({ input: '1' }) } },
            },
          ],
        },
      ],
    }),
    'type_wrong',
    'entries[0].periods[0].regions[0]',
  ],
  [
    'a tier in upper case',
    priceBookData({
      periods: [
        { rates: perMillion({ input: '1' }), serviceTiers: { Batch: { rates: perMillion({ input: '1' }) } } },
      ],
    }),
    'type_wrong',
    'entries[0].periods[0].serviceTiers.Batch',
  ],
  [
    'volume steps out of order',
    priceBookData({
      periods: [
        {
          rates: {
            images: {
              decimal: '1',
              per: 1,
              volume: [
                { above: 10, decimal: '1' },
                { above: 5, decimal: '1' },
              ],
            },
          },
        },
      ],
    }),
    'tiers_out_of_order',
    'entries[0].periods[0].rates.images.volume[1]',
  ],
  [
    'an option without a condition',
    priceBookData({
      periods: [
        { rates: perMillion({ input: '1' }), options: [{ when: {}, rates: perMillion({ input: '1' }) }] },
      ],
    }),
    'type_wrong',
    'entries[0].periods[0].options[0].when',
  ],
  ['no entries', { ...priceBookData({}), entries: [] }, 'type_wrong', 'entries'],
  ['a currency in words', { ...priceBookData({}), currency: 'dollars' }, 'type_wrong', 'currency'],
  [
    'a float as a rate',
    entry({ periods: [{ rates: { input: { decimal: 0.25, per: 1 } } }] }),
    'decimal_malformed',
    'entries[0].periods[0].rates.input.decimal',
  ],
  [
    'a rate below a pico',
    entry({ periods: [{ rates: perMillion({ input: '0.0000000000001' }) }] }),
    'decimal_malformed',
    'entries[0].periods[0].rates.input.decimal',
  ],
  [
    'a rate of nothing',
    entry({ periods: [{ rates: { input: { decimal: '1', per: 0 } } }] }),
    'number_out_of_range',
    'entries[0].periods[0].rates.input.per',
  ],
  [
    'an unknown bucket',
    entry({ periods: [{ rates: perMillion({ tokens: '1' }) }] }),
    'key_unknown',
    'entries[0].periods[0].rates.tokens',
  ],
  [
    'a day that is none',
    entry({ periods: [{ from: '2026-13-01', rates }] }),
    'date_malformed',
    'entries[0].periods[0].from',
  ],
  [
    'a local time',
    entry({ periods: [{ from: '2026-10-01T00:00:00+02:00', rates }] }),
    'date_malformed',
    'entries[0].periods[0].from',
  ],
  [
    'overlapping periods',
    entry({
      periods: [
        { until: '2026-02-01', rates },
        { from: '2026-01-01', rates },
      ],
    }),
    'periods_overlap',
    'entries[0].periods[1]',
  ],
  [
    'a period after one without end',
    entry({ periods: [{ rates }, { from: '2026-01-01', rates }] }),
    'periods_overlap',
    'entries[0].periods[1]',
  ],
  [
    'tiers that fall',
    entry({
      periods: [
        {
          rates,
          longContext: [
            { inputTokens: 200_000, inclusive: true, rates },
            { inputTokens: 100_000, inclusive: true, rates },
          ],
        },
      ],
    }),
    'tiers_out_of_order',
    'entries[0].periods[0].longContext[1]',
  ],
  [
    'an hour that is none',
    entry({ periods: [{ rates, windows: [{ from: '24:00', until: '06:00', rates }] }] }),
    'type_wrong',
    'entries[0].periods[0].windows[0].from',
  ],
  [
    'a day of the week that is none',
    entry({ periods: [{ rates, windows: [{ days: [7], from: '01:00', until: '06:00', rates }] }] }),
    'number_out_of_range',
    'entries[0].periods[0].windows[0].days[0]',
  ],
  ['a source that is not listed', entry({ source: 'hearsay' }), 'reference_unknown', 'entries[0].source'],
  [
    'a rule that is not listed',
    entry({ derived: { cacheWrite1h: 'tripled' } }),
    'reference_unknown',
    'entries[0].derived.cacheWrite1h',
  ],
  ['a name in capitals', entry({ model: 'GPT' }), 'type_wrong', 'entries[0]'],
])('refuses %s', (_what, input, code, path) => {
  const parsed = parsePriceBook(input);
  expect(parsed.ok ? [] : parsed.errors).toContainEqual({ code, path, message: expect.any(String) });
});

test('a name belongs to one entry of a provider, and to as many providers as sell it', () => {
  const twice = parsePriceBook(priceBookData({ model: 'a', aliases: ['b'] }, { model: 'b' }));
  expect(twice).toMatchObject({ ok: false, errors: [{ code: 'name_listed_twice', path: 'entries[1]' }] });
  expect(parsePriceBook(priceBookData({ model: 'a' }, { model: 'a', provider: 'other' })).ok).toBe(true);
});

test('collects errors up to a limit', () => {
  const bad = priceBookData(...Array.from({ length: 100 }, () => ({ checked: 'yesterday' })));
  const parsed = parsePriceBook(bad);
  expect(parsed.ok ? 0 : parsed.errors.length).toBe(50);
});

test('never throws, whatever it is given', () => {
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.json()), (input) => {
      expect(parsePriceBook(input).ok).toBe(false);
    }),
  );
});

test('never throws on a book with one value replaced by anything', () => {
  const paths = [
    'sources',
    'rules',
    'entries.0',
    'entries.0.aliases',
    'entries.0.periods',
    'entries.0.periods.0.rates',
    'entries.0.derived',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...paths), fc.anything(), (path, value) => {
      const data = structuredClone(priceBookData({})) as unknown as Record<string, unknown>;
      const keys = path.split('.');
      const last = keys.pop() ?? '';
      const parent = keys.reduce<Record<string, unknown>>(
        (at, key) => at[key] as Record<string, unknown>,
        data,
      );
      parent[last] = value;
      expect(typeof parsePriceBook(data).ok).toBe('boolean');
    }),
  );
});
