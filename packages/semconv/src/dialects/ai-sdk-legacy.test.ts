import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

function call(attributes: Record<string, unknown>, scopeName = 'ai'): ModelCall {
  const reading = readSpan(
    spanView({ 'ai.operationId': 'ai.generateText.doGenerate', ...attributes }, { scopeName }),
  );
  if (reading?.kind !== 'model_call') throw new Error(`read as ${reading?.kind}`);
  return reading.call;
}

const claude = { 'ai.model.provider': 'anthropic.messages', 'ai.model.id': 'claude-sonnet-4-5' };
const gemini = { 'ai.model.provider': 'google.generative-ai', 'ai.model.id': 'gemini-2.5-flash' };
const gpt = { 'ai.model.provider': 'openai.responses', 'ai.model.id': 'gpt-5-mini' };
const nova = { 'ai.model.provider': 'amazon-bedrock', 'ai.model.id': 'amazon.nova-lite-v1:0' };

test("5: Claude's input leaves the cache out even where the cache would fit into it", () => {
  const usage = {
    'ai.usage.inputTokens': 2000,
    'ai.usage.outputTokens': 350,
    'ai.usage.cachedInputTokens': 1024,
  };
  for (const provider of ['anthropic.messages', 'vertex.anthropic.messages', 'amazon-bedrock']) {
    expect(call({ ...claude, ...usage, 'ai.model.provider': provider })).toMatchObject({
      usage: { input: 2000, cacheRead: 1024, output: 350 },
      usageCorrected: false,
    });
  }
});

test("6: Claude's input contains the cache", () => {
  const usage = call({
    ...claude,
    'ai.usage.inputTokens': 2000,
    'ai.usage.inputTokenDetails.noCacheTokens': 976,
    'ai.usage.inputTokenDetails.cacheReadTokens': 1024,
    'ai.usage.outputTokens': 350,
  }).usage;
  expect(usage).toEqual({ input: 976, cacheRead: 1024, output: 350 });
});

test('6: generateObject names no details, and the metadata are right for 5 and for 6', () => {
  const metadata = JSON.stringify({
    anthropic: { usage: { input_tokens: 976, cache_read_input_tokens: 1024, output_tokens: 350 } },
  });
  for (const promptTokens of [976, 2000]) {
    const { usage } = call({
      ...claude,
      'ai.operationId': 'ai.generateObject.doGenerate',
      'ai.usage.promptTokens': promptTokens,
      'ai.usage.completionTokens': 350,
      'ai.response.providerMetadata': metadata,
    });
    expect(usage).toEqual({ input: 976, cacheRead: 1024, output: 350 });
  }
});

test("5: Gemini's thoughts are beside its output, as the total shows", () => {
  const usage = {
    'ai.usage.inputTokens': 1200,
    'ai.usage.outputTokens': 222,
    'ai.usage.reasoningTokens': 128,
  };
  expect(call({ ...gemini, ...usage, 'ai.usage.totalTokens': 1550 }).usage).toEqual({
    input: 1200,
    output: 222,
    reasoning: 128,
  });
  expect(call({ ...gpt, ...usage, 'ai.usage.totalTokens': 1422 }).usage).toEqual({
    input: 1200,
    output: 94,
    reasoning: 128,
  });
});

test.each<[string, Record<string, unknown>, string | undefined]>([
  ['a long prompt of OpenAI', { ...gpt, 'ai.usage.promptTokens': 1200 }, 'upper_bound'],
  ['a prompt too short for the cache', { ...gpt, 'ai.usage.promptTokens': 1023 }, undefined],
  [
    '4, which has cached tokens in the metadata',
    {
      ...gpt,
      'ai.usage.promptTokens': 1200,
      'ai.response.providerMetadata': '{"openai":{"cachedPromptTokens":0}}',
    },
    undefined,
  ],
  ["4 without Gemini's thoughts", { ...gemini, 'ai.usage.promptTokens': 12 }, 'lower_bound'],
  [
    'Bedrock, which has written to the cache',
    {
      ...nova,
      'ai.usage.promptTokens': 12,
      'ai.response.providerMetadata': '{"bedrock":{"usage":{"cacheWriteInputTokens":512}}}',
    },
    'lower_bound',
  ],
  ['Bedrock without a cache', { ...nova, 'ai.usage.promptTokens': 12 }, undefined],
  [
    'streams, which have cached tokens',
    { ...gpt, 'ai.usage.inputTokens': 1200, 'ai.usage.promptTokens': 1200 },
    undefined,
  ],
])('what is lost: %s', (_what, attributes, bound) => {
  expect(call({ ...attributes, 'ai.usage.completionTokens': 350 }).usageIncomplete).toBe(bound);
});

test('NaN, which 4 writes for a stream without usage, is unknown', () => {
  const operation = { 'ai.operationId': 'ai.streamText.doStream' };
  const nothing = { 'ai.usage.promptTokens': Number.NaN, 'ai.usage.completionTokens': null };
  expect(call({ ...gpt, ...operation, ...nothing }).usage).toBeUndefined();
});

test('a tracer of the application keeps the meaning', () => {
  const attributes = { ...claude, 'ai.usage.inputTokens': 2000, 'ai.usage.cachedInputTokens': 1024 };
  expect(call(attributes, 'my-app')).toMatchObject({
    dialect: 'ai-sdk-legacy',
    usage: { input: 2000, cacheRead: 1024 },
  });
});

test.each<[string, Record<string, unknown>, object]>([
  ['speech', { 'ai.operationId': 'ai.generateSpeech', 'ai.usage.characters': 42 }, { characters: 42 }],
  ['transcription', { 'ai.operationId': 'ai.transcribe', 'ai.usage.seconds': 12.25 }, { seconds: 12.25 }],
  [
    'transcription',
    {
      'ai.operationId': 'ai.streamTranscribe',
      'ai.usage.input_tokens': 114,
      'ai.usage.input_token_details.audio_tokens': 100,
      'ai.usage.output_tokens': 12,
    },
    { input: 14, inputAudio: 100, output: 12 },
  ],
])('%s counts what the provider counts', (operation, attributes, usage) => {
  expect(call({ ...gpt, ...attributes })).toMatchObject({ operation, usage });
});

test('the Vercel AI Gateway states the cost, and whose usage it was', () => {
  const metadata = JSON.stringify({
    anthropic: { usage: { input_tokens: 5, output_tokens: 7, service_tier: 'standard' } },
    gateway: { cost: '0.00012' },
  });
  const attributes = { 'ai.model.provider': 'gateway', 'ai.model.id': 'anthropic/claude-sonnet-4-5' };
  expect(call({ ...attributes, 'ai.response.providerMetadata': metadata })).toMatchObject({
    provider: 'gateway',
    usage: { input: 5, output: 7 },
    serviceTier: 'standard',
    reportedCost: { amountPico: 120_000_000, currency: 'USD' },
  });
});

test.each(['ai.generateText', 'ai.streamText', 'ai.embedMany', 'ai.rerank', 'ai.decide'])(
  '%s repeats what its calls report',
  (operationId) => {
    const attributes = {
      'ai.operationId': operationId,
      'ai.usage.inputTokens': 5,
      'gen_ai.system': 'openai',
    };
    expect(readSpan(spanView(attributes, { scopeName: 'ai' }))?.kind).toBe('aggregate');
  },
);
