import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

function call(scopeName: string, attributes: Record<string, unknown>): ModelCall {
  const reading = readSpan(spanView(attributes, { scopeName }));
  if (reading?.kind !== 'model_call') throw new Error(`read as ${reading?.kind}`);
  return reading.call;
}

function langfuse(usage: unknown, attributes: Record<string, unknown> = {}): ModelCall {
  return call('langfuse-sdk', {
    'langfuse.observation.type': 'generation',
    'langfuse.observation.model.name': 'gpt-5-mini',
    'langfuse.observation.usage_details': typeof usage === 'string' ? usage : JSON.stringify(usage),
    ...attributes,
  });
}

test.each<[string, object, object | undefined]>([
  [
    'predictions of OpenAI are output, taken or not',
    {
      input: 5,
      output: 100,
      output_accepted_prediction_tokens: 20,
      output_rejected_prediction_tokens: 30,
      output_reasoning_tokens: 10,
      total: 165,
    },
    { input: 5, output: 150, reasoning: 10 },
  ],
  [
    "LangChain's names",
    {
      input: 176,
      input_cache_read: 1024,
      input_ephemeral_5m_input_tokens: 500,
      input_ephemeral_1h_input_tokens: 12,
      output: 222,
      output_reasoning: 128,
    },
    { input: 176, cacheRead: 1024, cacheWrite5m: 500, cacheWrite1h: 12, output: 222, reasoning: 128 },
  ],
  [
    "OpenAI's own names, where the prompt contains the cache",
    {
      prompt_tokens: 1200,
      prompt_tokens_details: { cached_tokens: 1024 },
      completion_tokens: 350,
      completion_tokens_details: { reasoning_tokens: 128 },
    },
    { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
  ],
  [
    "Anthropic's own names, where it does not",
    { input_tokens: 2000, cache_read_input_tokens: 1024, output_tokens: 350 },
    { input: 2000, cacheRead: 1024, output: 350 },
  ],
  ['names that a user made up', { prompt: 5, answer: 7 }, undefined],
])('Langfuse: %s', (_what, details, usage) => {
  expect(langfuse(details).usage).toEqual(usage);
});

test.each(['', '[]', 'null', '{', `{"input":5,"x":"${'x'.repeat(5000)}"}`])(
  'Langfuse: a usage of %.10s is none',
  (usage) => {
    expect(langfuse(usage).usage).toBeUndefined();
  },
);

test("Langfuse: the costs are somebody's, not the provider's, and an error is a level", () => {
  const failed = langfuse('{}', {
    'langfuse.observation.cost_details': '{"input":0,"output":0,"total":0}',
    'langfuse.observation.level': 'ERROR',
  });
  expect(failed).toMatchObject({ usage: undefined, errorType: '_OTHER' });
  expect(failed.reportedCost).toBeUndefined();
});

test("Langfuse: LangChain's streams of Claude count a few tokens too many", () => {
  const claude = { 'langfuse.observation.metadata.ls_provider': 'anthropic' };
  const streamed = { ...claude, 'langfuse.observation.completion_start_time': '2026-11-21T14:46:03.847Z' };
  expect(langfuse({ input: 1, output: 1738 }, streamed)).toMatchObject({
    provider: 'anthropic',
    usageIncomplete: 'upper_bound',
  });
  expect(langfuse({ input: 1, output: 1737 }, claude).usageIncomplete).toBeUndefined();
});

test.each([
  ['chain', 'aggregate'],
  ['parser', 'aggregate'],
  ['prompt', 'aggregate'],
  ['retriever', 'tool'],
  ['tool', 'tool'],
  ['llm', 'model_call'],
  ['embedding', 'model_call'],
])('LangSmith: a %s is a %s, whatever the operation is called', (kind, reading) => {
  const attributes = {
    'langsmith.span.kind': kind,
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': 5,
  };
  expect(readSpan(spanView(attributes, { scopeName: 'langsmith' }))?.kind).toBe(reading);
});

test('LangSmith: the details of a tier have its name, and the provider is the one that the run states', () => {
  const usage = {
    input_token_details: { flex_cache_read: 1024, audio: 0 },
    output_token_details: { flex_reasoning: 128 },
  };
  expect(
    call('langsmith', {
      'langsmith.span.kind': 'llm',
      'gen_ai.system': 'openai',
      'langsmith.metadata.ls_provider': 'azure',
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.usage.output_tokens': 350,
      'langsmith.usage_metadata': JSON.stringify(usage),
      'gen_ai.response.service_tier': 'flex',
    }),
  ).toMatchObject({
    provider: 'azure.ai.openai',
    serviceTier: 'flex',
    usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
  });
});

test('LangSmith: a provider that it cannot guess is unknown', () => {
  const attributes = { 'langsmith.span.kind': 'llm', 'gen_ai.system': 'langchain' };
  expect(call('langsmith', attributes).provider).toBeUndefined();
});

test('Mastra: writes have lifetimes, and audio is a part', () => {
  expect(
    call('@mastra/otel-exporter', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.usage.input_tokens': 1812,
      'gen_ai.usage.cache_read.input_tokens': 1024,
      'gen_ai.usage.cache_creation.input_tokens': 512,
      'gen_ai.usage.cache_creation.5m_input_tokens': 500,
      'gen_ai.usage.cache_creation.1h_input_tokens': 12,
      'gen_ai.usage.audio_input_tokens': 100,
      'gen_ai.usage.output_tokens': 350,
      'gen_ai.usage.audio_output_tokens': 50,
    }).usage,
  ).toEqual({
    input: 176,
    inputAudio: 100,
    cacheRead: 1024,
    cacheWrite5m: 500,
    cacheWrite1h: 12,
    output: 300,
    outputAudio: 50,
  });
});

test("Mastra: input of AI SDK 5's Claude leaves the cache out", () => {
  expect(
    call('@mastra/otel-bridge', {
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': 176,
      'gen_ai.usage.cache_read.input_tokens': 1024,
    }),
  ).toMatchObject({ usage: { input: 176, cacheRead: 1024 }, usageCorrected: true });
});

test("Sentry: the total shows whether the input contains the cache, in today's and in yesterday's names", () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'claude-sonnet-4-5',
    'gen_ai.usage.input_tokens': 2000,
    'gen_ai.usage.output_tokens': 350,
    'gen_ai.usage.input_tokens.cached': 1024,
    'gen_ai.usage.input_tokens.cache_write': 512,
    'gen_ai.usage.output_tokens.reasoning': 128,
  };
  expect(call('@sentry/node', { ...attributes, 'gen_ai.usage.total_tokens': 2350 }).usage).toEqual({
    input: 464,
    cacheRead: 1024,
    cacheWrite: 512,
    output: 222,
    reasoning: 128,
  });
  expect(call('@sentry/node', { ...attributes, 'gen_ai.usage.total_tokens': 3886 }).usage).toMatchObject({
    input: 2000,
  });
});
