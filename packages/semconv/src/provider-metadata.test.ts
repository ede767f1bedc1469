import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { providerMetadata } from './provider-metadata.ts';

function read(metadata: unknown): ReturnType<typeof providerMetadata> {
  return providerMetadata(
    spanView({
      'ai.response.providerMetadata': typeof metadata === 'string' ? metadata : JSON.stringify(metadata),
    }),
  );
}

test("Anthropic's usage says everything: lifetimes, tier, region, searches", () => {
  const usage = {
    input_tokens: 176,
    cache_read_input_tokens: 1024,
    cache_creation_input_tokens: 512,
    cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 12 },
    output_tokens: 350,
    output_tokens_details: { thinking_tokens: 128 },
    server_tool_use: { web_search_requests: 2 },
    service_tier: 'priority',
    inference_geo: 'us',
  };
  expect(read({ anthropic: { usage, cacheCreationInputTokens: 512 } })).toEqual({
    counts: {
      input: 176,
      output: 350,
      cacheRead: 1024,
      cacheWrite: 512,
      cacheWrite5m: 500,
      cacheWrite1h: 12,
      reasoning: 128,
      inputIncludesCache: false,
      outputIncludesReasoning: true,
    },
    webSearches: 2,
    serviceTier: 'priority',
    region: 'us',
    usageIncomplete: undefined,
  });
});

test('fast answers have a price of their own, and a region that is not told is none', () => {
  const usage = { service_tier: 'standard', speed: 'fast', inference_geo: 'not_available' };
  expect(read({ anthropic: { usage } })).toMatchObject({ serviceTier: 'fast', region: undefined });
});

test('a stream that lacks a count keeps the input of the span', () => {
  const usage = {
    input_tokens: null,
    output_tokens: 350,
    cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 12 },
  };
  expect(read({ anthropic: { usage } })?.counts).toEqual({ cacheWrite5m: 500, cacheWrite1h: 12 });
});

test('compaction is billed beside the message, with its cache', () => {
  const usage = {
    input_tokens: 23_000,
    output_tokens: 1000,
    cache_read_input_tokens: 500,
    iterations: [
      { type: 'compaction', input_tokens: 180_000, output_tokens: 3500, cache_read_input_tokens: 2000 },
      { type: 'message', input_tokens: 23_000, output_tokens: 1000, cache_read_input_tokens: 500 },
    ],
  };
  expect(read({ anthropic: { usage } })).toMatchObject({
    counts: { input: 203_000, output: 4500, cacheRead: 2500 },
    usageIncomplete: undefined,
  });
});

test('advice of another model is missing, and of a fallback the counts are its own', () => {
  const message = { type: 'message', input_tokens: 412, output_tokens: 0 };
  const usage = { input_tokens: 500, output_tokens: 90 };
  const advised = { ...usage, iterations: [{ type: 'advisor_message', input_tokens: 9, output_tokens: 9 }] };
  expect(read({ anthropic: { usage: advised } })).toMatchObject({
    counts: { input: 500, output: 90 },
    usageIncomplete: 'lower_bound',
  });
  const fallen = { ...usage, iterations: [message, { type: 'fallback_message', ...usage }] };
  expect(read({ anthropic: { usage: fallen } })).toMatchObject({ counts: { input: 500, output: 90 } });
});

test.each<[string, unknown, object]>([
  [
    "AI SDK 4's Anthropic names the cache alone",
    { anthropic: { cacheCreationInputTokens: 512, cacheReadInputTokens: 1024 } },
    { counts: { cacheRead: 1024, cacheWrite: 512, inputIncludesCache: false } },
  ],
  [
    "AI SDK 4's OpenAI",
    { openai: { reasoningTokens: 128, cachedPromptTokens: 1024 } },
    { counts: { cacheRead: 1024, reasoning: 128 } },
  ],
  [
    'OpenAI with a tier, and Azure',
    { azure: { responseId: 'resp_1', serviceTier: 'flex' } },
    { counts: {}, serviceTier: 'flex' },
  ],
  [
    'DeepSeek',
    { deepseek: { promptCacheHitTokens: 64, promptCacheMissTokens: 6 } },
    { counts: { cacheRead: 64 } },
  ],
  [
    'Gemini, of which thoughts and what tools added stand apart',
    {
      google: {
        usageMetadata: {
          promptTokenCount: 1200,
          cachedContentTokenCount: 1024,
          toolUsePromptTokenCount: 64,
          candidatesTokenCount: 222,
          thoughtsTokenCount: 128,
          totalTokenCount: 1614,
        },
        serviceTier: 'priority',
      },
    },
    {
      counts: {
        input: 1264,
        cacheRead: 1024,
        output: 222,
        reasoning: 128,
        inputIncludesCache: true,
        outputIncludesReasoning: false,
      },
      serviceTier: 'priority',
    },
  ],
  [
    'Bedrock',
    {
      bedrock: {
        serviceTier: { type: 'flex' },
        usage: {
          cacheWriteInputTokens: 512,
          cacheDetails: [
            { ttl: '5m', inputTokens: 500 },
            { ttl: '1h', inputTokens: 12 },
          ],
        },
      },
    },
    { counts: { cacheWrite: 512, cacheWrite5m: 500, cacheWrite1h: 12 }, serviceTier: 'flex' },
  ],
  ['NaN, which JSON has as null', { bedrock: { usage: { cacheReadInputTokens: null } } }, { counts: {} }],
])('%s', (_what, metadata, expected) => {
  expect(read(metadata)).toEqual(expected);
});

test.each([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['too long', JSON.stringify({ openai: { cachedPromptTokens: 5, logprobs: 'x'.repeat(70_000) } })],
  ['of a provider that says nothing more', '{"mistral":{}}'],
])('metadata that are %s', (_what, metadata) => {
  expect(read(metadata)).toBeUndefined();
});

test('whatever the metadata hold, nothing throws and no count is invented', () => {
  const packages = fc.constantFrom(
    'openai',
    'azure',
    'google',
    'vertex',
    'bedrock',
    'anthropic',
    '__proto__',
  );
  const usage = fc.dictionary(
    fc.constantFrom(
      'usage',
      'usageMetadata',
      'iterations',
      'cacheDetails',
      'input_tokens',
      'promptTokenCount',
    ),
    fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('iterations', 'input_tokens'), fc.jsonValue())),
  );
  fc.assert(
    fc.property(fc.dictionary(packages, usage), (metadata) => {
      for (const count of Object.values(read(metadata)?.counts ?? {})) {
        if (typeof count === 'number') expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
      }
    }),
  );
});
