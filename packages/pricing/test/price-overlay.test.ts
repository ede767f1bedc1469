import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import {
  applyOverlay,
  builtinPriceBookData,
  type DiscountRule,
  type OverlayResult,
  PriceBook,
  type PriceBookData,
  type PriceOverlay,
} from '../src/index.ts';
import { chatCall, perMillion, priceBookData } from './price-book-fixture.ts';

const NOW = Date.parse('2026-10-01T12:00:00Z');

const NOTHING: PriceOverlay = {
  name: 'acme',
  version: '2026-10-01',
  discounts: [],
  entries: [],
  aliases: [],
  exchangeRates: [],
};

const base = priceBookData(
  { aliases: ['first'] },
  { periods: [{ from: '2026-01-01', rates: perMillion({ input: '1', output: '2' }) }] },
);

function layer(data: PriceBookData, ...overlays: Partial<PriceOverlay>[]): PriceBookData {
  return overlays.reduce((below, overlay) => {
    const result = applyOverlay(below, { ...NOTHING, ...overlay });
    if (!result.ok) throw new Error(result.errors.map(({ path, message }) => `${path}: ${message}`).join());
    return result.data;
  }, data);
}

function rateOf(data: PriceBookData, call: Partial<ModelCall> = {}, atMillis = NOW): string {
  const result = PriceBook.fromChecked(data).price(
    chatCall({ provider: 'acme', requestModel: 'model-0', usage: { input: 1000, output: 0 }, ...call }),
    atMillis,
  );
  return result.status === 'priced'
    ? `${result.price.entry} ${result.lines[0]?.rate.decimal}`
    : `${result.reason} ${result.detail ?? ''}`;
}

test('a discount is taken off for its time', () => {
  const data = layer(base, {
    discounts: [{ provider: 'acme', percent: '12.5', from: '2026-09-01', until: '2026-10-15' }],
  });
  expect(rateOf(data)).toBe('acme/model-0 0.875');
  expect(rateOf(data, {}, Date.parse('2026-08-31T23:59:59.999Z'))).toBe('acme/model-0 1');
  expect(rateOf(data, {}, Date.parse('2026-10-15'))).toBe('acme/model-0 1');
  expect(rateOf(base)).toBe('acme/model-0 1');
});

test.each<[string, readonly Omit<DiscountRule, 'provider'>[], string]>([
  ['a later rule takes the place of an earlier one', [{ percent: '10' }, { percent: '30' }], '0.7'],
  [
    'a rule for another model does not count',
    [{ percent: '10' }, { percent: '30', model: 'model-1' }],
    '0.9',
  ],
  ['a model is found by its alias', [{ percent: '10', model: 'FIRST' }], '0.9'],
  ['a star matches a beginning', [{ percent: '10', model: 'model-*' }], '0.9'],
])('%s', (_what, rules, rate) => {
  const discounts = rules.map((rule) => ({ provider: 'acme', ...rule }));
  expect(rateOf(layer(base, { discounts }))).toBe(`acme/model-0 ${rate}`);
});

test('layers: the last discount counts, they do not add up', () => {
  const data = layer(
    base,
    { discounts: [{ provider: 'acme', percent: '10' }] },
    { name: 'staging', discounts: [{ provider: 'acme', percent: '20' }] },
  );
  expect(rateOf(data)).toBe('acme/model-0 0.8');
  expect(data.version).toBe('2026-09-23+acme.2026-10-01+staging.2026-10-01');
});

const own = {
  provider: 'acme',
  model: 'Model-0',
  sourceUrl: 'contract 7',
  checked: '2026-10-01',
};

test('rates of its own replace the list price for their time, undiscounted', () => {
  const data = layer(base, {
    discounts: [{ provider: 'acme', percent: '50' }],
    entries: [
      {
        ...own,
        periods: [
          { from: '2026-09-01', until: '2026-11-01', rates: perMillion({ input: '0.9', output: '1' }) },
        ],
      },
    ],
  });
  expect(rateOf(data)).toBe('acme/model-0 0.9');
  expect(rateOf(data, { requestModel: 'first' })).toBe('acme/model-0 0.9');
  expect(rateOf(data, {}, Date.parse('2026-08-31'))).toBe('acme/model-0 0.5');
  expect(rateOf(data, {}, Date.parse('2026-11-01'))).toBe('acme/model-0 0.5');
});

test('what an agreement does not state stays as it is listed', () => {
  const listed = priceBookData({
    undetermined: ['requests', 'images'],
    approximate: 'a marketplace',
    periods: [
      {
        rates: {
          ...perMillion({ input: '1', cacheRead: '0.1', output: '2' }),
          webSearches: { decimal: '0.01', per: 1 },
        },
        longContext: [
          { inputTokens: 5000, inclusive: false, rates: perMillion({ input: '4', output: '8' }) },
        ],
        serviceTiers: { batch: { rates: perMillion({ input: '0.5', output: '1' }) } },
      },
    ],
  });
  const data = layer(listed, {
    entries: [
      {
        ...own,
        periods: [
          {
            rates: { ...perMillion({ input: '0.8' }), requests: { decimal: '0.001', per: 1 } },
            serviceTiers: { 'batch-api': { rates: perMillion({ input: '0.4' }) } },
          },
        ],
      },
    ],
  });
  const lines = (call: Partial<ModelCall>): unknown => {
    const result = PriceBook.fromData(data).price(
      chatCall({ provider: 'acme', requestModel: 'model-0', ...call }),
      NOW,
    );
    return result.status === 'priced'
      ? [result.price.exactMatch, ...result.lines.map(({ bucket, rate }) => `${bucket} ${rate.decimal}`)]
      : result.reason;
  };
  const usage = { input: 10, cacheRead: 10, output: 10, webSearches: 1 };
  expect(lines({ usage })).toEqual([
    true,
    'input 0.8',
    'cacheRead 0.1',
    'output 2',
    'webSearches 0.01',
    'requests 0.001',
  ]);
  expect(lines({ usage: { input: 6000, output: 10 } })).toEqual([
    true,
    'input 4',
    'output 8',
    'requests 0.001',
  ]);
  expect(lines({ usage: { input: 10, output: 10 }, serviceTier: 'batch' })).toEqual([
    true,
    'input 0.4',
    'output 1',
    'requests 0.001',
  ]);
  expect(lines({ usage: { input: 10, output: 10, images: 1 } })).toBe('rate_missing');
});

test('a model may be named twice in the same words', () => {
  const data = layer(base, {
    entries: [
      {
        ...own,
        aliases: ['MODEL-0', 'First'],
        periods: [{ rates: perMillion({ input: '3', output: '4' }) }],
      },
    ],
  });
  expect(rateOf(data)).toBe('acme/model-0 3');
  expect(rateOf(data, { requestModel: 'first' })).toBe('acme/model-0 3');
});

test("a young overlay does not make the list prices' age younger", () => {
  const data = layer(base, {
    entries: [
      { ...own, model: 'private', checked: '2027-11-20', periods: [{ rates: perMillion({ input: '1' }) }] },
    ],
  });
  expect(PriceBook.fromChecked(data).checked).toBe('2026-09-23');
});

test('adds models, their aliases, and names for entries of other providers', () => {
  const data = layer(base, {
    entries: [
      {
        provider: 'inhouse',
        model: 'Llama-Chat',
        aliases: ['Chat'],
        currency: 'EUR',
        sourceUrl: 'contract 7',
        checked: '2026-10-01',
        periods: [{ rates: perMillion({ input: '0.5', output: '1' }) }],
      },
    ],
    exchangeRates: [{ currency: 'EUR', from: '2026-01-01', rate: '1.08', sourceUrl: 'treasury' }],
    aliases: [{ provider: 'azure', model: 'Prod-Chat', entry: 'inhouse/llama-chat' }],
  });
  expect(rateOf(data, { provider: 'inhouse', requestModel: 'chat' })).toBe('inhouse/llama-chat 0.54');
  expect(rateOf(data, { provider: 'azure.ai.openai', requestModel: 'prod-chat' })).toBe(
    'inhouse/llama-chat 0.54',
  );
  expect(PriceBook.fromChecked(data).find('azure.ai.openai', 'prod-chat', NOW)?.how).toBe(
    'as an alias of acme',
  );
});

test.each<[string, Partial<PriceOverlay>, object]>([
  [
    'an alias of nothing',
    { aliases: [{ provider: 'azure', model: 'prod', entry: 'acme/model-7' }] },
    {
      code: 'entry_unknown',
      path: 'aliases[0].entry',
      message: 'no entry is named acme/model-7; closest: acme/model-0, acme/model-1',
    },
  ],
  [
    'an alias that is listed itself',
    { aliases: [{ provider: 'acme', model: 'model-1', entry: 'acme/model-0' }] },
    { code: 'name_taken', path: 'aliases[0]' },
  ],
  [
    'a discount on nothing',
    { discounts: [{ provider: 'acme', model: 'model-7', percent: '1' }] },
    { code: 'discount_matches_nothing', path: 'discounts[0]' },
  ],
  [
    'a listed model in another currency',
    { entries: [{ ...own, currency: 'EUR', periods: [{ rates: perMillion({ input: '1' }) }] }] },
    { code: 'currency_differs', path: 'models[0]' },
  ],
  [
    "another entry's name",
    { entries: [{ ...own, aliases: ['model-1'], periods: [{ rates: perMillion({ input: '1' }) }] }] },
    { code: 'name_taken', path: 'models[0]' },
  ],
])('refuses %s', (_what, overlay, error) => {
  const result: OverlayResult = applyOverlay(base, { ...NOTHING, ...overlay });
  expect(result).toMatchObject({ ok: false, errors: [error] });
});

test('every overlay has a digest of its own, which its content sets', () => {
  const digests = [
    base,
    layer(base, {}),
    layer(base, { discounts: [{ provider: 'acme', percent: '1' }] }),
    layer(base, { discounts: [{ provider: 'acme', percent: '2' }] }),
    layer(base, {}, {}),
  ].map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(digests.length);
  expect(layer(base, {}).digest).toBe(layer(base, {}).digest);
});

test('lies over the built-in book, where list prices stay what they are', () => {
  const data = layer(builtinPriceBookData, {
    discounts: [{ provider: 'openai', percent: '20', from: '2026-01-01' }],
  });
  const usage = { input: 1_000_000, output: 0 };
  const price = (book: PriceBookData, at: string): unknown =>
    PriceBook.fromChecked(book).price(
      chatCall({ provider: 'openai', requestModel: 'gpt-5', usage }),
      Date.parse(at),
    );
  expect(price(data, '2026-10-01')).toMatchObject({ totalPico: 1_000_000_000_000 });
  expect(price(data, '2025-12-31')).toMatchObject({ totalPico: 1_250_000_000_000 });
  expect(price(builtinPriceBookData, '2026-10-01')).toMatchObject({ totalPico: 1_250_000_000_000 });
});
