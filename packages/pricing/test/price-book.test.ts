import { MISSING_USAGES } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { builtinPriceBook, PriceBook } from '../src/index.ts';
import { chatCall, perMillion, priceBookData } from './price-book-fixture.ts';

const NOW = Date.parse('2026-10-01T12:00:00Z');
const book = builtinPriceBook();
const usage = { input: 1000, output: 100 };

test('explains how an entry was found, in which period, and where its price is published', () => {
  expect(book.find('openai.responses', 'o3-2025-05-05', Date.parse('2025-06-09'))).toMatchObject({
    entry: 'openai/o3',
    exact: true,
    how: 'by its name, as its snapshot "2025-05-05"',
    from: undefined,
    until: '2025-06-10',
    checked: '2026-09-23',
    sourceUrl: 'https://developers.openai.com/api/docs/pricing',
  });
  expect(book.find('openai', 'o3', NOW)).toMatchObject({
    how: 'by its name',
    from: '2025-06-10',
    until: undefined,
  });
  expect(book.find(undefined, 'o3', NOW)?.how).toBe(
    'by its name; no provider is named and only openai lists it',
  );
  expect(book.find('openai', 'o9', NOW)).toBeUndefined();
  expect(book.find('fireworks_ai', 'kimi-k2p5-turbo', NOW)).toBeUndefined();
});

test('an approximate match is marked, and refused where it is forbidden', () => {
  const call = chatCall({ provider: 'gcp.gemini', requestModel: 'gemini-2.5-pro-preview-05-06', usage });
  expect(book.price(call, NOW)).toMatchObject({
    status: 'priced',
    price: { entry: 'gcp.gemini/gemini-2.5-pro', exactMatch: false },
  });
  const strict = builtinPriceBook({ approximateMatch: 'forbid' });
  expect(strict.price(call, NOW)).toEqual({
    status: 'unpriced',
    reason: 'only_approximate_match',
    detail: 'gcp.gemini/gemini-2.5-pro',
  });
  expect(strict.price(chatCall({ ...call, requestModel: 'gemini-2.5-pro' }), NOW)).toMatchObject({
    price: { exactMatch: true },
  });
  expect(strict.find('gcp.gemini', 'gemini-2.5-pro-preview-05-06', NOW)?.how).toBe(
    'by the prefix gemini-2.5-pro of "gemini-2.5-pro-preview-05-06"',
  );
});

test('a snapshot of a later day than the price was checked on is approximate', () => {
  const entry = { model: 'model-x', checked: '2026-09-23' };
  const dated = PriceBook.fromData(priceBookData(entry));
  expect(dated.find('acme', 'model-x-2026-09-23', NOW)?.exact).toBe(true);
  expect(dated.find('acme', 'model-x-2026-09-24', NOW)?.exact).toBe(false);
  expect(dated.find('acme', 'model-x', NOW)?.exact).toBe(true);
});

test('behind a router a match is approximate', () => {
  expect(book.find('litellm_proxy', 'openai/gpt-5-mini', NOW)).toMatchObject({
    entry: 'openai/gpt-5-mini',
    exact: false,
    how: "by its name after openai's prefix, behind litellm_proxy",
  });
});

test('the model that answered is priced, not the one that was asked for', () => {
  const call = chatCall({ provider: 'openai', requestModel: 'gpt-5', responseModel: 'gpt-5-mini', usage });
  expect(book.price(call, NOW)).toMatchObject({ price: { entry: 'openai/gpt-5-mini' } });
});

test('on Bedrock the inference profile that was asked for sets the price', () => {
  const call = chatCall({
    provider: 'aws.bedrock',
    requestModel: 'global.anthropic.claude-sonnet-4-5-20250929-v1:0',
    responseModel: 'claude-sonnet-4-5-20250929',
    usage,
  });
  expect(book.price(call, NOW)).toMatchObject({ totalPico: 4_500_000_000 });
  const opaque = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3';
  expect(book.price({ ...call, requestModel: opaque }, NOW)).toMatchObject({ totalPico: 4_950_000_000 });
});

test('a line says what it multiplied', () => {
  const call = chatCall({
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    usage: { input: 0, output: 5, reasoning: 2 },
  });
  expect(book.price(call, NOW)).toEqual({
    status: 'priced',
    price: { entry: 'openai/gpt-5-mini', exactMatch: true },
    lines: [
      {
        component: 'output',
        bucket: 'output',
        quantity: 5,
        rate: { decimal: '2', per: 1_000_000, unit: 'token' },
        amountPico: 10_000_000,
      },
      {
        component: 'reasoning',
        bucket: 'reasoning',
        quantity: 2,
        rate: { decimal: '2', per: 1_000_000, unit: 'token' },
        amountPico: 4_000_000,
      },
    ],
    totalPico: 14_000_000,
  });
});

test('a name that two first-party providers list has no answer without a provider', () => {
  const data = priceBookData({ provider: 'openai', model: 'shared' }, { provider: 'x_ai', model: 'shared' });
  const shared = PriceBook.fromData(data);
  expect(shared.find('xai', 'shared', NOW)?.entry).toBe('x_ai/shared');
  expect(shared.find(undefined, 'shared', NOW)).toBeUndefined();
});

test('names the entries most like an unknown model', () => {
  expect(book.closest('openai', 'gpt-5-minni', 2)[0]).toBe('openai/gpt-5-mini');
  expect(book.closest('openai', 'gpt-5-minni', 2)).toHaveLength(2);
  expect(book.closest('anthropic', 'claude-opus-5-6', 4)).toContain('anthropic/claude-opus-5-5');
  expect(book.closest('vllm', 'gpt-5-mini', 1)).toHaveLength(1);
  expect(book.closest('openai', 'zzz', 5)).toEqual([]);
});

test('refuses malformed data', () => {
  const data = priceBookData({ periods: [{ rates: perMillion({ input: '-1' }) }] });
  expect(() => PriceBook.fromData(data)).toThrow('entries[0].periods[0].rates.input.decimal');
});

test('an amount that is no whole number of picos is rounded half to even, once a line', () => {
  const halves = { decimal: '0.000000000001', per: 2 };
  const data = priceBookData({ periods: [{ rates: { input: halves, output: halves } }] });
  const price = (input: number, output: number): unknown =>
    PriceBook.fromData(data).price(
      chatCall({ provider: 'acme', requestModel: 'model-0', usage: { input, output } }),
      NOW,
    );
  expect(price(1, 3)).toMatchObject({ totalPico: 2, lines: [{ amountPico: 0 }, { amountPico: 2 }] });
  expect(price(5, 5)).toMatchObject({ totalPico: 4, lines: [{ amountPico: 2 }, { amountPico: 2 }] });
});

test('hours past midnight hold until the morning', () => {
  const data = priceBookData({
    periods: [
      {
        rates: perMillion({ input: '1', output: '1' }),
        windows: [{ from: '22:00', until: '06:30', rates: perMillion({ input: '3', output: '3' }) }],
      },
    ],
  });
  const inputRate = (time: string): unknown => {
    const call = chatCall({ provider: 'acme', requestModel: 'model-0', usage: { input: 1, output: 0 } });
    const result = PriceBook.fromData(data).price(call, Date.parse(`2026-10-01T${time}Z`));
    return result.status === 'priced' ? result.totalPico : result.reason;
  };
  expect(['21:59:59', '22:00:00', '00:00:00', '06:29:59', '06:30:00'].map(inputRate)).toEqual([
    1_000_000, 3_000_000, 3_000_000, 3_000_000, 1_000_000,
  ]);
});

test('remembers a bounded number of names', () => {
  const fresh = PriceBook.fromData(priceBookData({}));
  for (let count = 0; count < 5000; count += 1) {
    const call = chatCall({ provider: 'acme', requestModel: `unknown-${count}`, usage });
    expect(fresh.price(call, NOW)).toMatchObject({ reason: 'model_not_in_price_book' });
  }
  const long = 'm'.repeat(100_000);
  const result = fresh.price(chatCall({ provider: 'acme', requestModel: long, usage }), NOW);
  expect(result.status === 'unpriced' ? result.detail?.length : undefined).toBe(512);
  const dotted = `x${'.x'.repeat(50_000)}`;
  expect(fresh.price(chatCall({ provider: dotted, requestModel: 'm', usage }), NOW).status).toBe('unpriced');
});

test.each(MISSING_USAGES)('%s says why usage is missing, whatever else is known', (usageMissing) => {
  const lost = { ...chatCall({ usage: undefined, requestModel: 'gpt-5-mini' }), usageMissing };
  expect(book.price(lost, NOW)).toEqual({ status: 'unpriced', reason: usageMissing });
  const failed = { ...lost, errorType: 'ECONNRESET' };
  expect(book.price(failed, NOW)).toEqual({ status: 'unpriced', reason: usageMissing });
  // Anthropic states the input first; what the answer took is not known, and half a price is none.
  const half = { ...lost, usage: { input: 176, cacheRead: 1024 } };
  expect(book.price(half, NOW)).toEqual({ status: 'unpriced', reason: usageMissing });
});
