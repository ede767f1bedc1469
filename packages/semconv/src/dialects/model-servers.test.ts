import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';
import type { SpanView } from '../span-view.ts';

function callOf(span: SpanView): ModelCall {
  const reading = readSpan(span);
  if (reading?.kind !== 'model_call') throw new Error(`read as ${reading?.kind}`);
  return reading.call;
}

function llmRequest(requestId: string, scopeName = 'vllm.tracing.otel', more = {}): SpanView {
  return spanView(
    {
      'gen_ai.request.id': requestId,
      'gen_ai.usage.prompt_tokens': 1200,
      'gen_ai.usage.completion_tokens': 350,
      ...more,
    },
    { name: 'llm_request', kindName: 'server', scopeName },
  );
}

test('vLLM is a provider of its own, so that no list price is found for what runs at home', () => {
  const call = callOf(
    llmRequest('chatcmpl-1', 'vllm.llm_engine', { 'gen_ai.response.model': 'deepseek-chat' }),
  );
  expect(call).toMatchObject({
    provider: 'vllm',
    responseModel: 'deepseek-chat',
    usageSource: 'server',
    usage: { input: 1200, output: 350 },
  });
});

test.each([
  ['chatcmpl-8f0c6d5e', 'chat', 'chatcmpl-8f0c6d5e'],
  ['cmpl-8f0c6d5e-0', 'text_completion', 'cmpl-8f0c6d5e'],
  ['cmpl-8f0c6d5e-1', 'text_completion', 'cmpl-8f0c6d5e-1'],
  ['embd-8f0c6d5e', 'embeddings', undefined],
  ['0', 'chat', undefined],
])('a request %s of vLLM is a %s with the response id %s', (requestId, operation, responseId) => {
  expect(callOf(llmRequest(requestId))).toMatchObject({ operation, responseId });
});

test('a prefix cache that vLLM reports is a part of the prompt', () => {
  const span = llmRequest('chatcmpl-1', undefined, { 'gen_ai.usage.cache_read.input_tokens': 1024 });
  expect(callOf(span).usage).toEqual({ input: 176, cacheRead: 1024, output: 350 });
});

test('what vLLM traces of its start is no call', () => {
  expect(readSpan(spanView({}, { name: 'Load weights', scopeName: 'vllm.model_executor' }))).toBeUndefined();
});

test('embeddings of SGLang have a prompt only', () => {
  const span = spanView(
    { 'gen_ai.usage.prompt_tokens': 42, 'gen_ai.usage.cached_tokens': 0, 'gen_ai.request.id': '8f0c6d5e' },
    { name: ' Req 8f0c6d5e', scopeName: 'sglang server' },
  );
  expect(callOf(span)).toMatchObject({ operation: 'embeddings', provider: 'sglang', usage: { input: 42 } });
});

test('the server of SGLang that only prefills repeats a part of the request', () => {
  const span = spanView(
    { 'gen_ai.usage.prompt_tokens': 42, 'gen_ai.usage.completion_tokens': 1 },
    { name: 'prefill Req 8f0c6d5e', scopeName: 'sglang server' },
  );
  expect(readSpan(span)).toEqual({ kind: 'aggregate', dialect: 'sglang' });
});

test('TGI tells that it answered and not what was used', () => {
  const span = spanView(
    { time_per_token: '3.4ms', inference_time: '1.19s' },
    { name: 'generate', scopeName: 'opentelemetry-otlp' },
  );
  expect(callOf(span)).toMatchObject({ provider: 'tgi', usage: undefined, usageSource: 'server' });
});

test('another program that exports from Rust is none of TGI', () => {
  expect(readSpan(spanView({ busy_ns: 7 }, { scopeName: 'opentelemetry-otlp' }))).toBeUndefined();
});

test("the request's id of TensorRT-LLM is not that of the response", () => {
  const span = llmRequest('2048', 'trt.llm');
  expect(callOf(span)).toMatchObject({ provider: 'tensorrt-llm', responseId: undefined });
});
