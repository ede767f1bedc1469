import { expect, test } from 'vitest';
import { CallRowError } from './call-row-error.ts';
import { readCallRow } from './call-row.ts';

test('reads a whole row', () => {
  const { call, atMillis } = readCallRow({
    id: 'a',
    provider: 'bedrock',
    model: 'us.anthropic.claude',
    response_model: 'claude',
    at: '2026-10-01',
    service_tier: 'batch',
    region: 'us-east-1',
    usage: { input_tokens: 10, output_tokens: '5', web_searches: null, total_tokens: 15 },
    attributes: { latency: 'optimized' },
    reported_cost: '0.5',
    unknown: [1],
  });
  expect(atMillis).toBe(Date.parse('2026-10-01'));
  expect(call).toMatchObject({
    provider: 'aws.bedrock',
    requestModel: 'us.anthropic.claude',
    responseModel: 'claude',
    operation: 'chat',
    serviceTier: 'batch',
    region: 'us-east-1',
    usage: { input: 10, output: 5 },
    conditions: { latency: 'optimized' },
    reportedCost: { amountPico: 500_000_000_000, currency: 'USD' },
  });
});

test("reads the spelling of records and of the product's own output", () => {
  const row = { provider: 'openai', model: 'a', serviceTier: 'batch', responseModel: 'b', usage: {} };
  expect(readCallRow(row).call).toMatchObject({ serviceTier: 'batch', responseModel: 'b' });
});

test('what the row says counts before its attributes', () => {
  const attributes = { service_tier: 'flex', region: 'eu', 'usage.cost': 2, 'gen_ai.request.model': 'b' };
  const row = {
    provider: 'openai',
    model: 'a',
    service_tier: 'priority',
    region: 'us',
    reported_cost: 1,
    attributes,
  };
  expect(readCallRow(row).call).toMatchObject({
    requestModel: 'a',
    serviceTier: 'priority',
    region: 'us',
    reportedCost: { amountPico: 1e12 },
  });
  expect(readCallRow({ attributes }).call).toMatchObject({
    requestModel: 'b',
    serviceTier: 'flex',
    region: 'eu',
    reportedCost: { amountPico: 2e12 },
  });
});

test.each([
  [{ input_tokens: 1, output_tokens: 1 }, undefined, 'chat'],
  [{ input_tokens: 1 }, undefined, 'other'],
  [{ output_tokens: 1, input_tokens: null }, undefined, 'other'],
  [{ images: 1 }, undefined, 'other'],
  [{ input_tokens: 1 }, 'chat', 'chat'],
  [{ input_tokens: 1 }, 'something', 'other'],
])('%j with operation %s is a call of %s', (usage, operation, expected) => {
  expect(readCallRow({ usage, operation }).call.operation).toBe(expected);
});

test.each([[{}], [{ usage: null }], [{ usage: {} }], [{ usage: { input_tokens: null } }]])(
  '%j has no usage, which is not zero',
  (row) => {
    expect(readCallRow(row).call.usage).toBeUndefined();
  },
);

test.each([
  [{ usage: { input_tokens: -1 } }, 'usage_malformed', 'usage.input_tokens is -1'],
  [{ usage: { input_tokens: 1.5 } }, 'usage_malformed', 'usage.input_tokens is 1.5'],
  [{ usage: { input_tokens: Number.NaN } }, 'usage_malformed', 'usage.input_tokens is null'],
  [{ usage: { input_tokens: 'many' } }, 'usage_malformed', 'usage.input_tokens is "many"'],
  [{ usage: { input_tokens: '1e3' } }, 'usage_malformed', 'usage.input_tokens is "1e3"'],
  [{ usage: { input_tokens: 2 ** 53 } }, 'usage_malformed', 'usage.input_tokens is 9007199254740992'],
  [{ usage: { input_tokens: true } }, 'usage_malformed', 'usage.input_tokens is true'],
  [{ usage: { input_tokens: {} } }, 'usage_malformed', 'usage.input_tokens is an object'],
  [{ usage: { prompt_tokens: 4 } }, 'usage_unknown', 'usage.prompt_tokens is no known count'],
  [{ usage: [] }, 'field_malformed', 'usage is a list'],
  [
    { usage: { input_tokens: 5, cache_read_tokens: 6 } },
    'usage_inconsistent',
    'usage.cache_read_tokens 6 is more',
  ],
  [{ attributes: 'x' }, 'field_malformed', 'attributes is "x"'],
  [{ model: 5 }, 'field_malformed', 'model is 5'],
  [{ provider: 'x'.repeat(5000) }, 'field_malformed', 'provider is'],
  [{ at: '2026-02-30' }, 'time_malformed', 'at is "2026-02-30"'],
  [{ reported_cost: 'much' }, 'reported_cost_malformed', 'reported_cost is "much"'],
  [{ reported_cost: { amount: -1 } }, 'reported_cost_malformed', 'reported_cost is an object'],
])('refuses %j as %s', (row, code, message) => {
  const error = (() => {
    try {
      readCallRow(row);
    } catch (thrown) {
      return thrown;
    }
    return undefined;
  })();
  expect(error).toBeInstanceOf(CallRowError);
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
});

test('seconds may have a fraction, a reported cost a currency', () => {
  expect(readCallRow({ usage: { seconds: 1.5 } }).call.usage).toEqual({ seconds: 1.5 });
  expect(readCallRow({ reported_cost: { amount: '1', currency: 'eur' } }).call.reportedCost).toEqual({
    amountPico: 1e12,
    currency: 'EUR',
  });
});
