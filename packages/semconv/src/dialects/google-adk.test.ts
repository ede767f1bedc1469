import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { googleAdk } from './google-adk.ts';

const PYTHON = { 'telemetry.sdk.language': 'python' };

const TOO_LONG = JSON.stringify({
  content: 'x'.repeat(70_000),
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1 },
});

function callOf(
  attributes: Readonly<Record<string, unknown>>,
  fields: Parameters<typeof spanView>[1] = {},
): ModelCall {
  const reading = googleAdk.read(
    spanView(attributes, { name: 'call_llm', scopeName: 'gcp.vertex.agent', ...fields }),
  );
  if (reading?.kind !== 'model_call') throw new Error('no call');
  return reading.call;
}

const plain = {
  'gen_ai.system': 'gcp.vertex.agent',
  'gen_ai.request.model': 'gemini-2.5-flash',
  'gen_ai.usage.input_tokens': 1200,
  'gen_ai.usage.output_tokens': 222,
};

test('a captured response has the provider’s own counts and tier', () => {
  const llm_response = JSON.stringify({
    content: { parts: [{ text: '{"usageMetadata":{"promptTokenCount":1}}' }] },
    usageMetadata: {
      promptTokenCount: 1200,
      cachedContentTokenCount: 1024,
      candidatesTokenCount: 222,
      thoughtsTokenCount: 128,
      trafficType: 'ON_DEMAND',
    },
  });
  const call = callOf({ ...plain, 'gcp.vertex.agent.llm_response': llm_response });
  expect(call.usage).toEqual({ input: 176, cacheRead: 1024, output: 222, reasoning: 128 });
  expect(call.usageIncomplete).toBeUndefined();
  expect(call.serviceTier).toBe('ON_DEMAND');
});

test.each([['{}'], ['<not serializable>'], ['{"usageMetadata":'], ['[]'], [TOO_LONG], [7]])(
  'a response %s leaves prompt and candidates, as an estimate',
  (response) => {
    const call = callOf({ ...plain, 'gcp.vertex.agent.llm_response': response });
    expect(call.usage).toEqual({ input: 1200, output: 222 });
    expect(call.usageSource).toBe('estimated');
    const withoutThoughts = { ...plain, 'gen_ai.request.model': 'gemini-2.0-flash' };
    expect(callOf(withoutThoughts).usageIncomplete).toBe('upper_bound');
    expect(callOf({ ...withoutThoughts, 'gen_ai.usage.input_tokens': 100 }).usageIncomplete).toBeUndefined();
  },
);

test('Python from 2.3 writes every count that there is', () => {
  const fields = { resource: PYTHON, scopeVersion: '2.13.0', name: 'generate_content gemini-2.5-flash' };
  const attributes = { ...plain, 'gen_ai.operation.name': 'generate_content', 'gen_ai.system': 'gemini' };
  expect(callOf(attributes, fields)).toMatchObject({ usageSource: 'span' });
  expect(callOf(attributes, fields).usageIncomplete).toBeUndefined();
  expect(callOf(attributes, { ...fields, scopeVersion: '2.2.0' }).usageSource).toBe('estimated');
  expect(callOf(attributes, { ...fields, resource: {} }).usageSource).toBe('estimated');
  expect(callOf(attributes, { ...fields, scopeVersion: 'main' }).usageSource).toBe('estimated');
  const whole = {
    ...attributes,
    'gen_ai.usage.input_tokens': 1264,
    'gen_ai.usage.cache_read.input_tokens': 1024,
    'gen_ai.usage.output_tokens': 350,
    'gen_ai.usage.reasoning.output_tokens': 128,
  };
  expect(callOf(whole, fields).usage).toEqual({ input: 240, cacheRead: 1024, output: 222, reasoning: 128 });
});

test('thoughts that Python wrote before 2.3 are beside the output', () => {
  const attributes = {
    ...plain,
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.experimental.reasoning_tokens': 128,
  };
  const call = callOf(attributes, { resource: PYTHON, scopeVersion: '1.39.0' });
  expect(call.usage).toEqual({ input: 100, output: 222, reasoning: 128 });
  expect(call.usageIncomplete).toBeUndefined();
  const long = { ...attributes, 'gen_ai.usage.input_tokens': 1200 };
  expect(callOf(long, { resource: PYTHON, scopeVersion: '1.39.0' }).usageIncomplete).toBe('upper_bound');
});

test('the reasoning of a model behind LiteLLM is in the output twice', () => {
  const attributes = {
    'gen_ai.operation.name': 'generate_content',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'openai/gpt-5-mini',
    'gen_ai.usage.input_tokens': 1268,
    'gen_ai.usage.output_tokens': 1177,
    'gen_ai.usage.reasoning.output_tokens': 255,
  };
  expect(callOf(attributes).usage).toEqual({ input: 1268, output: 667, reasoning: 255 });
  const once = { ...attributes, 'gen_ai.usage.output_tokens': 400 };
  expect(callOf(once)).toMatchObject({
    usage: { input: 1268, output: 145, reasoning: 255 },
    usageCorrected: false,
  });
});

test.each([
  ['gemini-2.5-flash', 'gcp.gemini'],
  ['projects/p/locations/us/publishers/google/models/gemini-2.5-flash', 'gcp.vertex_ai'],
  ['claude-sonnet-4-5@20250929', 'anthropic'],
  ['azure/gpt-4o', 'azure.ai.openai'],
  ['models/gemini-2.5-flash', 'gcp.gemini'],
  [undefined, undefined],
])('the provider of %s is %s', (model, provider) => {
  expect(callOf({ ...plain, 'gen_ai.request.model': model }).provider).toBe(provider);
});

test('agents and tools are no calls, and what is not of a model is not read', () => {
  const read = (attributes: Record<string, unknown>): string | undefined =>
    googleAdk.read(spanView(attributes, { name: 'invocation', scopeName: 'gcp.vertex.agent' }))?.kind;
  expect(read({ 'gen_ai.operation.name': 'invoke_agent' })).toBe('aggregate');
  expect(read({ 'gen_ai.operation.name': 'execute_node' })).toBe('aggregate');
  expect(read({ 'gen_ai.operation.name': 'execute_tool' })).toBe('tool');
  expect(read({})).toBeUndefined();
});
