/** Instrumentations that copy the provider's own counts under the conventions' names. */
import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

function callOf(
  scopeName: string,
  attributes: Readonly<Record<string, unknown>>,
  scopeVersion = '1.0.0',
): ModelCall | undefined {
  const reading = readSpan(spanView(attributes, { scopeName, scopeVersion, kindName: 'client' }));
  return reading?.kind === 'model_call' ? reading.call : undefined;
}

function chat(provider: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': 'm',
    'gen_ai.usage.input_tokens': 2000,
    'gen_ai.usage.output_tokens': 350,
    ...more,
  };
}

const CACHED = {
  'gen_ai.usage.cache_read.input_tokens': 1024,
  'gen_ai.usage.cache_creation.input_tokens': 512,
};
const BESIDE = { input: 2000, cacheRead: 1024, cacheWrite: 512, output: 350 };
const WITHIN = { input: 464, cacheRead: 1024, cacheWrite: 512, output: 350 };

test.each([
  ['@traceloop/instrumentation-anthropic', 'anthropic', BESIDE],
  ['opentelemetry.instrumentation.anthropic', 'anthropic', WITHIN],
  ['opentelemetry.instrumentation.bedrock', 'aws.bedrock', BESIDE],
  ['opentelemetry.instrumentation.openai.v1', 'openai', WITHIN],
  ['opentelemetry.instrumentation.langchain', 'anthropic', WITHIN],
  ['@openlit/instrumentation-anthropic', 'anthropic', BESIDE],
  ['@openlit/instrumentation-bedrock', 'aws.bedrock', BESIDE],
  ['openlit.otel.tracing', 'anthropic', BESIDE],
  ['@openlit/instrumentation-vllm', 'openai', WITHIN],
  ['com.anthropic.sdk.python', 'anthropic', WITHIN],
  ['com.anthropic.sdk.typescript.bedrock', 'aws.bedrock', WITHIN],
])('%s of %s counts the cache as its usage shows', (scopeName, provider, usage) => {
  const call = callOf(scopeName, chat(provider, CACHED));
  expect(call).toMatchObject({ usage });
  // How long Anthropic's cache writes live is not stated.
  expect(call?.usageIncomplete).toBe(provider === 'anthropic' ? 'lower_bound' : undefined);
});

test.each([
  ['@traceloop/instrumentation-anthropic', 'anthropic'],
  ['@openlit/instrumentation-anthropic', 'anthropic'],
  ['openlit.otel.tracing', 'anthropic'],
  ['@openlit/instrumentation-bedrock', 'aws.bedrock'],
])(
  '%s adds input and output up itself: that total does not move the cache into the input',
  (scope, provider) => {
    const call = callOf(scope, chat(provider, { ...CACHED, 'gen_ai.usage.total_tokens': 2350 }));
    expect(call).toMatchObject({ usage: BESIDE, usageCorrected: false });
  },
);

test.each([
  ['@traceloop/instrumentation-anthropic', chat('anthropic'), 'lower_bound'],
  ['@traceloop/instrumentation-bedrock', chat('aws.bedrock'), 'lower_bound'],
  [
    '@traceloop/instrumentation-bedrock',
    chat('aws.bedrock', { 'gen_ai.request.model': 'llama3' }),
    undefined,
  ],
  ['@traceloop/instrumentation-langchain', chat('openai'), 'upper_bound'],
  ['@traceloop/instrumentation-langchain', chat('anthropic'), 'lower_bound'],
  ['@traceloop/instrumentation-langchain', chat('mistral_ai'), 'upper_bound'],
  ['@traceloop/instrumentation-langchain', chat('cohere'), undefined],
  ['@openlit/instrumentation-mistral', chat('mistral_ai'), 'upper_bound'],
  ['@openlit/instrumentation-cohere', chat('cohere'), undefined],
  ['@traceloop/instrumentation-google-generativeai', chat('gcp.gemini'), undefined],
  [
    '@traceloop/instrumentation-vertexai',
    chat('gcp.vertex_ai', { 'gen_ai.usage.input_tokens': 1000, 'llm.usage.total_tokens': 1600 }),
    'lower_bound',
  ],
  [
    '@traceloop/instrumentation-vertexai',
    chat('gcp.vertex_ai', { 'llm.usage.total_tokens': 2350 }),
    'upper_bound',
  ],
  ['opentelemetry.instrumentation.openai.v1', chat('openai'), 'upper_bound'],
  [
    'opentelemetry.instrumentation.anthropic',
    chat('anthropic', { 'gen_ai.is_streaming': true }),
    'upper_bound',
  ],
  ['opentelemetry.instrumentation.anthropic', chat('anthropic', { 'gen_ai.is_streaming': false }), undefined],
])('%s: %j is %s', (scopeName, attributes, usageIncomplete) => {
  expect(callOf(scopeName, attributes)?.usageIncomplete).toBe(usageIncomplete);
});

test("thoughts that Traceloop's Vertex package leaves out pull against what may be cached", () => {
  const call = callOf(
    '@traceloop/instrumentation-vertexai',
    chat('gcp.vertex_ai', { 'llm.usage.total_tokens': 2600 }),
  );
  expect(call).toMatchObject({ usageSource: 'estimated' });
  expect(call?.usageIncomplete).toBeUndefined();
});

test.each([
  ['0.61.0', 'm', 'lower_bound'],
  ['0.61.0', 'llama3', undefined],
  ['0.62.0', 'm', undefined],
])("OpenLLMetry's Bedrock %s for Python with %s is %s", (version, model, usageIncomplete) => {
  const attributes = chat('aws.bedrock', { 'gen_ai.request.model': model });
  const call = callOf('opentelemetry.instrumentation.bedrock', attributes, version);
  expect(call?.usageIncomplete).toBe(usageIncomplete);
});

test('a completion of OpenAI that Traceloop reports may be its own guess; a response is not', () => {
  const scope = '@traceloop/instrumentation-openai';
  const completion = callOf(scope, chat('openai', { 'gen_ai.response.id': 'chatcmpl-1' }));
  expect(completion).toMatchObject({ usageSource: 'estimated' });
  expect(completion?.usageIncomplete).toBeUndefined();
  const response = callOf(scope, chat('openai', { 'gen_ai.response.id': 'resp_1' }));
  expect(response).toMatchObject({ usageSource: 'span', usageIncomplete: 'upper_bound' });
  const image = callOf(scope, chat('openai', { 'gen_ai.operation.name': 'image_generation' }));
  expect(image).toMatchObject({ usageSource: 'estimated' });
});

test("Traceloop's workflows and tasks are aggregates, its tools are tools", () => {
  const kindOf = (kind: string): string | undefined =>
    readSpan(spanView({ 'traceloop.span.kind': kind }, { scopeName: 'traceloop.tracer' }))?.kind;
  expect([kindOf('workflow'), kindOf('task'), kindOf('tool')]).toEqual(['aggregate', 'aggregate', 'tool']);
});

test('a stream that OpenLIT reports is trusted when it has what only a provider knows', () => {
  const stream = { 'gen_ai.request.is_stream': true };
  const scope = '@openlit/instrumentation-openai';
  expect(callOf(scope, chat('openai', stream))?.usageSource).toBe('estimated');
  expect(callOf(scope, chat('openai', { ...stream, ...CACHED }))?.usageSource).toBe('span');
  expect(callOf(scope, chat('openai'))?.usageSource).toBe('span');
});

test("OpenLIT's stream of Anthropic has the first event's output twice, in JavaScript", () => {
  const stream = chat('anthropic', { 'gen_ai.request.is_stream': true });
  expect(callOf('@openlit/instrumentation-anthropic', stream)?.usageIncomplete).toBe('upper_bound');
  expect(callOf('openlit.otel.tracing', stream)?.usageIncomplete).toBeUndefined();
});

test("Traceloop's thoughts of Gemini stand beside the candidates; a rerank is told by its type", () => {
  const thoughts = chat('gcp.gemini', { 'gen_ai.usage.reasoning_tokens': 100 });
  expect(callOf('@traceloop/instrumentation-google-generativeai', thoughts)?.usage).toEqual({
    input: 2000,
    output: 350,
    reasoning: 100,
  });
  const rerank = {
    'gen_ai.system': 'Cohere',
    'llm.request.type': 'rerank',
    'gen_ai.request.model': 'rerank-v3.5',
  };
  expect(callOf('@traceloop/instrumentation-cohere', rerank)).toMatchObject({
    operation: 'rerank',
    usage: undefined,
  });
});

test("OpenLIT's zeros say nothing, and its thoughts of Gemini stand beside the candidates", () => {
  const nothing = { 'gen_ai.usage.input_tokens': 0, 'gen_ai.usage.output_tokens': 0 };
  expect(callOf('@openlit/instrumentation-openai', chat('openai', nothing))?.usage).toBeUndefined();
  const thoughts = chat('gcp.gemini', { 'gen_ai.usage.reasoning_tokens': 100 });
  expect(callOf('@openlit/instrumentation-google-ai', thoughts)?.usage).toEqual({
    input: 2000,
    output: 350,
    reasoning: 100,
  });
});

test("what Anthropic's SDK used to compact the context is added, and may have been cached", () => {
  const call = callOf(
    'com.anthropic.sdk.typescript',
    chat('anthropic', {
      ...CACHED,
      'anthropic.usage.compaction.input_tokens': 5000,
      'anthropic.usage.compaction.output_tokens': 600,
      'anthropic.response.service_tier': 'priority',
    }),
  );
  expect(call).toMatchObject({
    usage: { input: 5464, cacheRead: 1024, cacheWrite: 512, output: 950 },
    usageSource: 'estimated',
    serviceTier: 'priority',
  });
});

test("a stream of Anthropic's SDK that is left early lacks its output; counting tokens calls no model", () => {
  const scope = 'com.anthropic.sdk.typescript';
  const { 'gen_ai.usage.output_tokens': _output, ...left } = chat('anthropic', CACHED);
  expect(callOf(scope, left)?.usageIncomplete).toBe('lower_bound');
  const counting = { 'gen_ai.request.model': 'm', 'anthropic.message.count_tokens.input_tokens': 12 };
  expect(readSpan(spanView(counting, { scopeName: scope }))?.kind).toBe('tool');
});
