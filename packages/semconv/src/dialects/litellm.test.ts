import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

function read(attributes: Readonly<Record<string, unknown>>): unknown {
  const reading = readSpan(spanView(attributes, { name: 'litellm_request', scopeName: 'litellm' }));
  return reading?.kind === 'model_call' ? reading.call : reading;
}

const request = {
  'gen_ai.operation.name': 'acompletion',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.input_tokens': 1804,
  'gen_ai.usage.output_tokens': 350,
};

test('the cache and the reasoning are read from the usage object, in whatever notation', () => {
  const python =
    "{'completion_tokens': 350, 'prompt_tokens': 1804, 'completion_tokens_details': {'reasoning_tokens': 128, 'audio_tokens': None}, 'prompt_tokens_details': {'cached_tokens': 1024, 'cache_creation_tokens': 512, 'cache_creation_token_details': {'ephemeral_5m_input_tokens': 500, 'ephemeral_1h_input_tokens': 12}}}";
  const usage = {
    input: 268,
    cacheRead: 1024,
    cacheWrite5m: 500,
    cacheWrite1h: 12,
    output: 222,
    reasoning: 128,
  };
  expect(read({ ...request, 'metadata.usage_object': python })).toMatchObject({ operation: 'chat', usage });
  const json = python.replaceAll("'", '"').replaceAll('None', 'null');
  expect(read({ ...request, 'metadata.usage_object': json })).toMatchObject({ usage });
});

test.each(['{', "{'prompt_tokens': ", '[]', 'None', "'".repeat(100_000), 7, null])(
  'a usage object %j leaves the span its own counts',
  (usageObject) => {
    expect(
      read({ ...request, 'metadata.usage_object': usageObject, hidden_params: usageObject }),
    ).toMatchObject({
      usage: { input: 1804, output: 350 },
      answeredFromCache: undefined,
    });
  },
);

test.each([
  ['its key', { cache_key: '4636d81c' }, true],
  ['no key', { cache_key: null }, undefined],
  ['empty headers and no timing', { additional_headers: {}, litellm_overhead_time_ms: null }, true],
  ['empty headers of a timed call', { additional_headers: {}, litellm_overhead_time_ms: 7 }, undefined],
  ['empty headers of an older version', { additional_headers: {} }, undefined],
  ['no headers', { additional_headers: null, litellm_overhead_time_ms: null }, undefined],
  ['headers', { additional_headers: { a: '' }, litellm_overhead_time_ms: null }, undefined],
])('an answer from the cache: %s', (_what, hidden, answeredFromCache) => {
  const hiddenParams = JSON.stringify(hidden);
  expect(read({ ...request, 'gen_ai.system': 'openai', hidden_params: hiddenParams })).toMatchObject({
    answeredFromCache,
  });
});

test('empty headers of another provider, a failure or no chat prove nothing', () => {
  const hidden = { hidden_params: '{"additional_headers": {}, "litellm_overhead_time_ms": null}' };
  expect(read({ ...request, ...hidden, 'gen_ai.system': 'bedrock' })).toMatchObject({
    answeredFromCache: undefined,
  });
  expect(read({ ...request, ...hidden, 'gen_ai.system': 'openai', 'error.type': 'Timeout' })).toMatchObject({
    answeredFromCache: undefined,
  });
  expect(
    read({ ...request, ...hidden, 'gen_ai.system': 'openai', 'gen_ai.operation.name': 'aembedding' }),
  ).toMatchObject({ answeredFromCache: undefined });
});

test('zeros of a stream without usage are unknown', () => {
  const zeros = { 'gen_ai.usage.input_tokens': 0, 'gen_ai.usage.output_tokens': 0 };
  expect(read({ ...request, ...zeros })).toMatchObject({ usage: undefined });
});

test.each([
  ['the name that an operator gave the model', 'openai/gpt-5-mini', 'smart', 'gpt-5-mini'],
  ['a dated version', 'openai/gpt-5-mini', 'gpt-5-mini-2025-08-07', 'gpt-5-mini-2025-08-07'],
  ['a deployment on Azure', 'azure/my-deployment', 'gpt-4o-2024-08-06', 'gpt-4o-2024-08-06'],
  ['a model of a vendor on a router', 'openrouter/openai/gpt-5', 'smart', 'openai/gpt-5'],
  ['no route', undefined, 'gpt-5-mini-2025-08-07', 'gpt-5-mini-2025-08-07'],
])('the answering model with %s', (_what, routed, answered, responseModel) => {
  expect(
    read({ ...request, 'litellm.provider.model': routed, 'gen_ai.response.model': answered }),
  ).toMatchObject({ responseModel });
});

test('the provider is that of the route when none is named', () => {
  expect(read({ ...request, 'gen_ai.system': '', 'litellm.provider.model': 'bedrock/x' })).toMatchObject({
    provider: 'aws.bedrock',
  });
  expect(
    read({ ...request, 'gen_ai.system': 'anthropic', 'litellm.provider.model': 'openai/x' }),
  ).toMatchObject({
    provider: 'anthropic',
  });
});

test("LiteLLM's own call id is no response id", () => {
  expect(read({ ...request, 'gen_ai.response.id': 'c-1', 'litellm.call_id': 'c-1' })).toMatchObject({
    responseId: undefined,
  });
  expect(read({ ...request, 'gen_ai.response.id': 'r-1', 'litellm.call_id': 'c-1' })).toMatchObject({
    responseId: 'r-1',
  });
});

test.each([
  ['aembedding', 'embeddings'],
  ['anthropic_messages', 'chat'],
  ['aresponses', 'chat'],
  ['arerank', 'rerank'],
  ['chat', 'chat'],
])('the operation %s is %s', (name, operation) => {
  expect(read({ ...request, 'gen_ai.operation.name': name })).toMatchObject({ operation });
});

const before181 = {
  'gen_ai.system': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.prompt_tokens': 1804,
  'gen_ai.usage.completion_tokens': 350,
};

test.each([
  ['completion', 'chat'],
  ['acompletion', 'chat'],
  ['atext_completion', 'text_completion'],
  ['anthropic_messages', 'chat'],
  ['aembedding', 'embeddings'],
  ['pass_through_endpoint', 'other'],
  [undefined, 'other'],
])('before 1.81 a request of the type %s is %s', (requestType, operation) => {
  expect(read({ ...before181, 'llm.request.type': requestType })).toMatchObject({
    operation,
    provider: 'openai',
    usage: { input: 1804, output: 350 },
  });
});

test('before 1.81 a request that failed is a call, and a part of one is none', () => {
  const failed = { 'gen_ai.request.model': 'gpt-5-mini', 'llm.request.type': 'acompletion' };
  expect(read(failed)).toMatchObject({ operation: 'chat', usage: undefined });
  expect(readSpan(spanView(before181, { name: 'raw_gen_ai_request', scopeName: 'litellm' }))?.kind).toBe(
    'aggregate',
  );
  expect(read({ ...failed, 'llm.request.type': 'constructor' })).toMatchObject({ kind: 'aggregate' });
});

test('spans of the proxy itself are no calls', () => {
  expect(read({ 'gen_ai.request.model': 'gpt-5-mini' })).toEqual({ kind: 'aggregate', dialect: 'litellm' });
  expect(read({ 'litellm.preprocessing.duration_ms': 1 })).toBeUndefined();
  expect(read({ 'mcp.method.name': 'tools/call', 'gen_ai.operation.name': 'execute_tool' })).toEqual({
    kind: 'tool',
    dialect: 'litellm',
  });
});
