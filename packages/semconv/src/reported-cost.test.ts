import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { reportedCost } from './reported-cost.ts';

test.each<[string, string | undefined, Record<string, unknown>, number | undefined]>([
  [
    'an amount that the provider is the source of',
    'openai',
    { 'gen_ai.usage.cost.source': 'provider', 'gen_ai.usage.cost.amount': 0.0123 },
    12_300_000_000,
  ],
  [
    'an amount that was worked out locally',
    'openai',
    { 'gen_ai.usage.cost.source': 'local', 'gen_ai.usage.cost.amount': 0.0123 },
    undefined,
  ],
  ["OpenRouter's own span", 'openrouter', { 'gen_ai.usage.cost': 1.5e-7 }, 150_000],
  ["an instrumentation's guess", 'openai', { 'gen_ai.usage.cost': 0.5 }, undefined],
  [
    "OpenRouter in the AI SDK's metadata",
    'openrouter',
    { 'ai.response.providerMetadata': '{"openrouter":{"usage":{"cost":0.00014}}}' },
    140_000_000,
  ],
  [
    'the Vercel AI Gateway, which states a text',
    'gateway',
    { 'ai.response.providerMetadata': '{"gateway":{"cost":"0.0045405"}}' },
    4_540_500_000,
  ],
  [
    "a user's own key at the Vercel AI Gateway: what the provider bills",
    'gateway',
    { 'ai.response.providerMetadata': '{"gateway":{"cost":"0","marketCost":"0.0045405"}}' },
    4_540_500_000,
  ],
  [
    "a user's own key at OpenRouter: the fee and what the provider bills",
    'openrouter',
    {
      'ai.response.providerMetadata':
        '{"openrouter":{"usage":{"cost":0.001,"costDetails":{"upstreamInferenceCost":0.0125}}}}',
    },
    13_500_000_000,
  ],
  [
    'what OpenRouter pays itself is in its cost',
    'openrouter',
    {
      'ai.response.providerMetadata':
        '{"openrouter":{"usage":{"cost":0.0125,"costDetails":{"upstreamInferenceCost":0.0125}}}}',
    },
    12_500_000_000,
  ],
  [
    'our own amount on a span that was costed before',
    'openrouter',
    {
      'costspan.cost.status': 'priced',
      'gen_ai.usage.cost': 0.0112,
      'gen_ai.usage.cost.source': 'provider',
      'gen_ai.usage.cost.amount': 0.0112,
      'costspan.cost.reported': 0.01,
    },
    10_000_000_000,
  ],
  [
    'a span that was costed before without any',
    'openrouter',
    { 'costspan.cost.status': 'priced', 'gen_ai.usage.cost': 0.0112 },
    undefined,
  ],
  ['metadata that are no JSON', 'openrouter', { 'ai.response.providerMetadata': '{' }, undefined],
  ['a negative amount', 'openrouter', { 'gen_ai.usage.cost': -1 }, undefined],
  ['no amount', 'openrouter', { 'gen_ai.usage.cost': null }, undefined],
])('%s', (_what, provider, attributes, amountPico) => {
  expect(reportedCost(spanView(attributes), provider)?.amountPico).toBe(amountPico);
});

test('the currency is the stated one', () => {
  const span = spanView({
    'gen_ai.usage.cost.source': 'provider',
    'gen_ai.usage.cost.amount': 1,
    'gen_ai.usage.cost.currency': 'eur',
  });
  expect(reportedCost(span, 'openai')).toEqual({ amountPico: 1_000_000_000_000, currency: 'EUR' });
});
