import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { mayCountCachedAsUncached, reportsCache } from './lossy-cache.ts';

test.each([
  ['gen_ai.usage.cache_read.input_tokens', 0, true],
  ['gen_ai.usage.cache_creation_input_tokens', 12, true],
  ['gen_ai.usage.cache_read.input_tokens', -1, false],
  ['gen_ai.usage.cache_read_input_tokens', Number.NaN, false],
  ['gen_ai.usage.cache_creation.input_tokens', null, false],
  ['gen_ai.usage.cache_write.input_tokens', '12', false],
])('%s of %s says what was cached: %s', (key, value, known) => {
  expect(reportsCache(spanView({ [key]: value }))).toBe(known);
});

function mayBeCached(provider: string | undefined, input: number): boolean {
  const call: ModelCall = {
    dialect: 'test',
    provider,
    requestModel: 'm',
    responseModel: undefined,
    operation: 'chat',
    usage: { input, output: 1 },
    usageSource: 'span',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress: undefined,
    errorType: undefined,
  };
  return mayCountCachedAsUncached(spanView({}), call);
}

test.each([
  [undefined, 1024],
  ['openai', 1024],
  ['x_ai', 64],
  ['moonshot_ai', 64],
  ['groq', 128],
  ['openrouter', 64],
  ['zai', 64],
  ['zhipuai', 64],
  ['fireworks_ai', 64],
  ['alibaba', 256],
  ['minimax', 512],
])('%s caches prompts of %i tokens by itself', (provider, tokensMin) => {
  expect(mayBeCached(provider, tokensMin)).toBe(true);
  expect(mayBeCached(provider, tokensMin - 1)).toBe(false);
});

test('who caches on request only has no upper bound', () => {
  expect(mayBeCached('cohere', 100_000)).toBe(false);
});
