/** What a price depends on beyond model, date and length: tier, region, options, volume, fees, currency. */
import type { ModelCall, PriceResult } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { type EntryData, PriceBook, type PriceBookData, type PriceBookOptions } from '../src/index.ts';
import { chatCall, perMillion, priceBookData } from './price-book-fixture.ts';

const NOW = Date.parse('2026-10-01T12:00:00Z');
const usage = { input: 1000, output: 100 };

function bookOf(
  entry: Partial<EntryData>,
  options: PriceBookOptions = {},
  more: Partial<PriceBookData> = {},
) {
  return PriceBook.fromData({ ...priceBookData(entry), ...more }, options);
}

function shown(result: PriceResult): string {
  if (result.status === 'unpriced') return `${result.reason} ${result.detail ?? ''}`.trim();
  return result.lines
    .map(
      ({ bucket, quantity, rate, amountPico }) =>
        `${bucket} ${quantity} × ${rate.decimal}/${rate.per} = ${amountPico}`,
    )
    .join(', ');
}

function price(book: PriceBook, call: Partial<ModelCall>): string {
  return shown(book.price(chatCall({ provider: 'acme', requestModel: 'model-0', usage, ...call }), NOW));
}

const tiered: Partial<EntryData> = {
  periods: [
    {
      rates: { ...perMillion({ input: '1', output: '2' }), webSearches: { decimal: '0.01', per: 1 } },
      longContext: [{ inputTokens: 5000, inclusive: false, rates: perMillion({ input: '4', output: '8' }) }],
      serviceTiers: {
        batch: { rates: perMillion({ input: '0.5', output: '1' }) },
        priority: {
          rates: { ...perMillion({ input: '2', output: '4' }), webSearches: { decimal: '0.02', per: 1 } },
          longContext: [
            { inputTokens: 5000, inclusive: false, rates: perMillion({ input: '9', output: '9' }) },
          ],
        },
      },
      regions: [
        { names: ['us'], multiplier: '1.1' },
        {
          names: ['eu-*'],
          card: { rates: perMillion({ input: '3', output: '6' }) },
          serviceTiers: { batch: { rates: perMillion({ input: '1.5', output: '3' }) } },
        },
      ],
    },
  ],
};

test.each<[string, Partial<ModelCall>, string]>([
  ['the list price', {}, 'input 1000 × 1/1000000 = 1000000000, output 100 × 2/1000000 = 200000000'],
  [
    'a tier',
    { serviceTier: 'batch' },
    'input 1000 × 0.5/1000000 = 500000000, output 100 × 1/1000000 = 100000000',
  ],
  [
    "a tier without long context ignores the list price's",
    { serviceTier: 'batch', usage: { input: 6000, output: 0 } },
    'input 6000 × 0.5/1000000 = 3000000000',
  ],
  [
    'fees hold at every length',
    { usage: { input: 6000, output: 0, webSearches: 1 } },
    'input 6000 × 4/1000000 = 24000000000, webSearches 1 × 0.01/1 = 10000000000',
  ],
  [
    'a tier with its own long context',
    { serviceTier: 'priority', usage: { input: 6000, output: 0 } },
    'input 6000 × 9/1000000 = 54000000000',
  ],
  [
    'fees are those of the list price',
    { serviceTier: 'batch', usage: { input: 0, output: 0, webSearches: 2 } },
    'webSearches 2 × 0.01/1 = 20000000000',
  ],
  [
    'unless the tier has its own',
    { serviceTier: 'priority', usage: { input: 0, output: 0, webSearches: 2 } },
    'webSearches 2 × 0.02/1 = 40000000000',
  ],
  ['a tier without a price', { serviceTier: 'Turbo' }, 'service_tier_not_in_price_book Turbo'],
  [
    'a tier that every object has',
    { serviceTier: 'constructor' },
    'service_tier_not_in_price_book constructor',
  ],
  [
    'an uplift is on tokens only',
    { region: 'us', usage: { input: 1000, output: 0, webSearches: 1 } },
    'input 1000 × 1.1/1000000 = 1100000000, webSearches 1 × 0.01/1 = 10000000000',
  ],
  [
    'an uplift on a tier',
    { region: 'US', serviceTier: 'batch' },
    'input 1000 × 0.55/1000000 = 550000000, output 100 × 1.1/1000000 = 110000000',
  ],
  [
    'rates of a region',
    { region: 'eu-west-1' },
    'input 1000 × 3/1000000 = 3000000000, output 100 × 6/1000000 = 600000000',
  ],
  [
    'a tier of a region',
    { region: 'eu-west-1', serviceTier: 'batch' },
    'input 1000 × 1.5/1000000 = 1500000000, output 100 × 3/1000000 = 300000000',
  ],
  [
    'a region that has not the tier',
    { region: 'eu-west-1', serviceTier: 'priority' },
    'service_tier_not_in_price_book priority',
  ],
  [
    'a region without a price of its own',
    { region: 'ap-south-1' },
    'input 1000 × 1/1000000 = 1000000000, output 100 × 2/1000000 = 200000000',
  ],
])('%s', (_what, call, expected) => {
  expect(price(bookOf(tiered), call)).toBe(expected);
});

const fees: Partial<EntryData> = {
  periods: [
    {
      rates: perMillion({ input: '1', output: '1' }),
      options: [
        { when: { search_context_size: 'high' }, rates: { requests: { decimal: '12', per: 1000 } } },
        { when: { search_context_size: 'low' }, rates: { requests: { decimal: '5', per: 1000 } } },
        { when: { quality: 'hd', size: '1024x1792' }, rates: { images: { decimal: '0.12', per: 1 } } },
        { when: { quality: 'hd' }, rates: { images: { decimal: '0.08', per: 1 } } },
      ],
    },
  ],
};

test.each<[string, Partial<ModelCall>, string]>([
  [
    'a fee that only an option tells is unknown without it',
    {},
    'rate_missing requests by search_context_size',
  ],
  [
    'a call is one request',
    { conditions: { search_context_size: 'low' }, usage: { input: 1000, output: 0 } },
    'input 1000 × 1/1000000 = 1000000000, requests 1 × 5/1000 = 5000000000',
  ],
  [
    'unless it says how many it is',
    { conditions: { search_context_size: 'high' }, usage: { input: 0, output: 0, requests: 3 } },
    'requests 3 × 12/1000 = 36000000000',
  ],
  [
    'the first option that holds sets a rate',
    {
      conditions: { search_context_size: 'low', quality: 'hd', size: '1024x1792' },
      usage: { input: 0, output: 0, images: 1 },
    },
    'images 1 × 0.12/1 = 120000000000, requests 1 × 5/1000 = 5000000000',
  ],
  [
    'and a later one where the first does not',
    {
      conditions: { search_context_size: 'low', quality: 'hd', size: '1024x1024' },
      usage: { input: 0, output: 0, images: 1 },
    },
    'images 1 × 0.08/1 = 80000000000, requests 1 × 5/1000 = 5000000000',
  ],
  [
    'images need an option',
    { conditions: { search_context_size: 'low' }, usage: { input: 10, output: 0, images: 1 } },
    'rate_missing images by quality and size',
  ],
])('%s', (_what, call, expected) => {
  expect(price(bookOf(fees), call)).toBe(expected);
});

test.each<[string, Partial<EntryData>, ModelCall['usage'], string]>([
  [
    'requests without a fee are free',
    {},
    { input: 1000, output: 0, requests: 1 },
    'input 1000 × 1/1000000 = 1000000000',
  ],
  [
    'seconds only describe a call that is billed by tokens',
    {},
    { input: 1000, output: 0, seconds: 12.5, images: 2, characters: 40 },
    'input 1000 × 1/1000000 = 1000000000',
  ],
  ['but are no price alone', {}, { images: 2 }, 'rate_missing images'],
  ['that there was a request says nothing of its tokens', {}, { requests: 1 }, 'usage_missing'],
  [
    'a tool without a rate leaves no price',
    {},
    { input: 1, output: 1, webSearches: 1 },
    'rate_missing webSearches',
  ],
  [
    'tokens do not pay for what is billed by the second',
    { periods: [{ rates: { seconds: { decimal: '0.36', per: 3600 } } }] },
    { input: 1000, output: 10, seconds: 60 },
    'rate_missing input',
  ],
  [
    'volume steps are graduated',
    {
      periods: [
        {
          rates: {
            images: {
              decimal: '0.04',
              per: 1,
              volume: [
                { above: 100, decimal: '0.03' },
                { above: 200, decimal: '0.02' },
              ],
            },
          },
        },
      ],
    },
    { images: 250 },
    'images 100 × 0.04/1 = 4000000000000, images 100 × 0.03/1 = 3000000000000, images 50 × 0.02/1 = 1000000000000',
  ],
  [
    'a quantity at a step is not beyond it',
    {
      periods: [
        { rates: { images: { decimal: '0.04', per: 1, volume: [{ above: 100, decimal: '0.03' }] } } },
      ],
    },
    { images: 100 },
    'images 100 × 0.04/1 = 4000000000000',
  ],
])('%s', (_what, entry, reported, expected) => {
  expect(price(bookOf(entry), { usage: reported, operation: 'other' })).toBe(expected);
});

test('what an option states is followed by what falls back to it', () => {
  const entry: Partial<EntryData> = {
    periods: [
      {
        rates: perMillion({ input: '1', output: '2' }),
        options: [{ when: { latency: 'optimized' }, rates: perMillion({ output: '30' }) }],
      },
    ],
  };
  const call = { conditions: { latency: 'optimized' }, usage: { input: 0, output: 100, reasoning: 10 } };
  expect(price(bookOf(entry), call)).toBe(
    'output 100 × 30/1000000 = 3000000000, reasoning 10 × 30/1000000 = 300000000',
  );
});

test('a count that is none leaves no price, though it only describes the call', () => {
  expect(price(bookOf({}), { usage: { input: 10, output: 0, images: -5 } })).toBe(
    'usage_missing images is -5, which is no quantity',
  );
});

test('a call that failed before it used anything pays no fee', () => {
  const fee: Partial<EntryData> = {
    periods: [
      { rates: { ...perMillion({ input: '1', output: '1' }), requests: { decimal: '5', per: 1000 } } },
    ],
  };
  expect(price(bookOf(fee), { usage: { input: 0, output: 0 }, errorType: 'timeout' })).toBe('');
  expect(price(bookOf(fee), { usage: { input: 0, output: 0 } })).toBe('requests 1 × 5/1000 = 5000000000');
  expect(price(bookOf(fee), { usage: { input: 9, output: 0 }, errorType: 'timeout' })).toBe(
    'input 9 × 1/1000000 = 9000000, requests 1 × 5/1000 = 5000000000',
  );
});

test('a price ends at its day, which no longer has it', () => {
  const ended = bookOf({
    periods: [{ until: '2026-10-01T12:00:00Z', rates: perMillion({ input: '1', output: '2' }) }],
  });
  const call = chatCall({ provider: 'acme', requestModel: 'model-0', usage });
  expect(ended.price(call, NOW - 1)).toMatchObject({ status: 'priced' });
  expect(ended.price(call, NOW)).toMatchObject({ reason: 'no_price_at_that_date', detail: 'acme/model-0' });
});

test('the region is found for a provider that goes by another name', () => {
  const regional: Partial<EntryData> = {
    provider: 'aws.bedrock',
    periods: [
      {
        rates: perMillion({ input: '1', output: '2' }),
        regions: [{ names: ['ap-*'], multiplier: '1.2' }],
      },
    ],
  };
  const call = {
    provider: 'bedrock',
    serverAddress: 'bedrock-runtime.ap-northeast-1.amazonaws.com',
    usage: { input: 1000, output: 0 },
  };
  expect(price(bookOf(regional), call)).toBe('input 1000 × 1.2/1000000 = 1200000000');
});

test('a price in another currency converts at the rate of its day', () => {
  const book = bookOf(
    { currency: 'CNY' },
    {},
    {
      exchangeRates: [
        { currency: 'CNY', from: '2026-01-01', rate: '0.14', sourceUrl: 'https://bank.example' },
        { currency: 'CNY', from: '2026-07-01', rate: '0.1375', sourceUrl: 'https://bank.example' },
      ],
    },
  );
  const call = chatCall({ provider: 'acme', requestModel: 'model-0', usage: { input: 1000, output: 0 } });
  expect(shown(book.price(call, Date.parse('2026-06-30')))).toBe('input 1000 × 0.14/1000000 = 140000000');
  expect(shown(book.price(call, NOW))).toBe('input 1000 × 0.1375/1000000 = 137500000');
  expect(shown(book.price(call, Date.parse('2025-12-31')))).toBe('currency_not_convertible acme/model-0');
});

test('prices of a marketplace are approximate, and refused where that is forbidden', () => {
  const entry = { approximate: 'the price varies with the host' };
  const call = chatCall({ provider: 'acme', requestModel: 'model-0', usage });
  expect(bookOf(entry).price(call, NOW)).toMatchObject({ price: { exactMatch: false } });
  expect(bookOf(entry, { approximateMatch: 'forbid' }).price(call, NOW)).toMatchObject({
    reason: 'only_approximate_match',
  });
});

test('the cost that a provider states wins, and the difference is kept', () => {
  const call = { reportedCost: { amountPico: 1_150_000_000, currency: 'USD' } };
  expect(
    bookOf({}).price(chatCall({ provider: 'acme', requestModel: 'model-0', usage, ...call }), NOW),
  ).toEqual({
    status: 'priced',
    price: { entry: 'acme/model-0', exactMatch: true },
    lines: [
      {
        component: 'request',
        bucket: 'requests',
        quantity: 1,
        rate: { decimal: '0.001150000000', per: 1, unit: 'request' },
        amountPico: 1_150_000_000,
      },
    ],
    totalPico: 1_150_000_000,
    reported: { amountPico: 1_150_000_000, applied: true, differencePico: -50_000_000 },
  });
});

test.each<[string, PriceBookOptions, Partial<ModelCall>, unknown]>([
  [
    'is only compared where it is ignored',
    { providerReportedCost: 'ignore' },
    {},
    { totalPico: 1_200_000_000, reported: { amountPico: 5, applied: false, differencePico: -1_199_999_995 } },
  ],
  [
    'prices a model that the book has not',
    {},
    { requestModel: 'unheard-of' },
    {
      totalPico: 5,
      price: { entry: undefined },
      reported: { applied: true, differencePico: undefined },
    },
  ],
  [
    'prices a call without usage',
    {},
    { usage: undefined },
    { totalPico: 5, reported: { applied: true, differencePico: undefined } },
  ],
  [
    'gives no price where it is ignored and the book has none',
    { providerReportedCost: 'ignore' },
    { requestModel: 'unheard-of' },
    { status: 'unpriced', reason: 'model_not_in_price_book' },
  ],
  [
    'of zero is left aside where the price list has more',
    {},
    { reportedCost: { amountPico: 0, currency: 'USD' } },
    { totalPico: 1_200_000_000, lines: [{}, {}] },
  ],
  [
    'is left aside in another currency',
    {},
    { reportedCost: { amountPico: 5, currency: 'EUR' } },
    { totalPico: 1_200_000_000, lines: [{}, {}] },
  ],
  [
    'is left aside when it is no amount',
    {},
    { reportedCost: { amountPico: Number.NaN, currency: 'USD' } },
    { totalPico: 1_200_000_000 },
  ],
])('a stated cost %s', (_what, options, call, expected) => {
  const reportedCost = { amountPico: 5, currency: 'USD' };
  const result = bookOf({}, options).price(
    chatCall({ provider: 'acme', requestModel: 'model-0', usage, reportedCost, ...call }),
    NOW,
  );
  expect(result).toMatchObject(expected as object);
});

test('overhead is a line of its own, rounded half to even', () => {
  const overhead = { percent: '12.5', reviewed: '2026-10-01' };
  expect(price(bookOf({}, { overhead }), {})).toBe(
    'input 1000 × 1/1000000 = 1000000000, output 100 × 2/1000000 = 200000000, ' +
      'overhead 12.5 × 0.001200000000/100 = 150000000',
  );
  // 12.5 % of 4 picos is half a pico: to the even 0, so no line; of 12 picos it is 1.5, to the even 2.
  const tiny = bookOf({ periods: [{ rates: perMillion({ input: '0.000004', output: '0' }) }] }, { overhead });
  expect(price(tiny, { usage: { input: 1, output: 0 } })).toBe('input 1 × 0.000004/1000000 = 4');
  expect(price(tiny, { usage: { input: 3, output: 0 } })).toBe(
    'input 3 × 0.000004/1000000 = 12, overhead 12.5 × 0.000000000012/100 = 2',
  );
});

test('explains which rates a call has', () => {
  const book = bookOf(tiered);
  const explain = (call: Partial<ModelCall>) =>
    book.explain(chatCall({ provider: 'acme', requestModel: 'model-0', usage, ...call }), NOW);
  expect(explain({})?.origin).toEqual({ period: tiered.periods?.[0] });
  expect(explain({ serviceTier: 'batches', region: 'us' })?.origin).toMatchObject({
    serviceTier: 'batch',
    region: { names: ['us'] },
  });
  expect(explain({ usage: { input: 5001, output: 0 } })?.origin.length?.inputTokens).toBe(5000);
  expect(explain({ requestModel: 'unheard-of' })).toBeUndefined();
});
