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

function phasesOf(span: SpanView): ModelCall['phases'] {
  return callOf(span).phases;
}

/** Latencies in seconds, by their names below `gen_ai.latency`. */
function latencies(seconds: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(seconds).map(([name, value]) => [`gen_ai.latency.${name}`, value]),
  );
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

test('vLLM states its queue, prefill and decoding in seconds', () => {
  const stated = latencies({
    time_to_first_token: 0.21,
    e2e: 1.02,
    time_in_queue: 0.010000000000000009,
    time_in_model_prefill: 0.19999999999999996,
    time_in_model_decode: 0.8,
    time_in_model_inference: 1,
  });
  expect(phasesOf(llmRequest('chatcmpl-1', undefined, stated))).toEqual({
    queueNanos: 10_000_000,
    prefillNanos: 200_000_000,
    decodeNanos: 800_000_000,
  });
});

test("the first engine of vLLM adds up whole batches' work, which is no phase of a request", () => {
  const stated = latencies({
    time_in_queue: 0.01,
    time_in_scheduler: 0.002,
    time_in_model_forward: 30.5,
    time_in_model_execute: 31.25,
  });
  expect(phasesOf(llmRequest('chatcmpl-1', 'vllm.llm_engine', stated))).toEqual({ queueNanos: 10_000_000 });
});

test.each([
  [{ time_in_queue: -81_234.5, time_in_model_prefill: 0, time_in_model_decode: 0 }, undefined],
  [{ time_in_queue: -81_234.5, time_in_model_prefill: 81_240, time_in_model_decode: 2 }, undefined],
  [
    { time_in_queue: 0.5, time_in_model_prefill: -81_234.5, time_in_model_decode: 0 },
    { queueNanos: 500_000_000 },
  ],
  [
    { time_in_queue: 0.5, time_in_model_prefill: 0.25, time_in_model_decode: -81_234.5 },
    { queueNanos: 500_000_000, prefillNanos: 250_000_000 },
  ],
  [{ time_in_queue: Number.NaN, time_in_model_prefill: 1 }, undefined],
  [{ time_in_queue: 1e300 }, undefined],
  [{ time_in_queue: '1' }, undefined],
  [{}, undefined],
])('of %j vLLM has set the timestamps of %j', (stated, phases) => {
  expect(phasesOf(llmRequest('chatcmpl-1', undefined, latencies(stated)))).toEqual(phases);
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

function sglangRequest(seconds: Readonly<Record<string, unknown>>): SpanView {
  return spanView(
    {
      'gen_ai.usage.prompt_tokens': 42,
      'gen_ai.usage.completion_tokens': 7,
      'gen_ai.request.id': '8f0c6d5e',
      ...latencies(seconds),
    },
    { name: 'unified Req 8f0c6d5e', scopeName: 'sglang server' },
  );
}

test("SGLang's prefill contains its queue, so that only what came before is known", () => {
  const span = sglangRequest({
    time_to_first_token: 0.25,
    e2e: 1.25,
    time_in_model_prefill: 0.2,
    time_in_model_inference: 1.2,
    time_in_model_decode: 1,
  });
  expect(phasesOf(span)).toEqual({ queueNanos: 50_000_000, decodeNanos: 1_000_000_000 });
  expect(phasesOf(sglangRequest({ e2e: 1.25, time_in_model_inference: 1.2 }))).toEqual({
    queueNanos: 50_000_000,
  });
});

test('the queue is taken off where SGLang states it', () => {
  const span = sglangRequest({
    time_to_first_token: 0.25,
    time_in_queue: 0.125,
    time_in_model_prefill: 0.2,
    time_in_model_decode: 1,
  });
  expect(phasesOf(span)).toEqual({
    queueNanos: 175_000_000,
    prefillNanos: 75_000_000,
    decodeNanos: 1_000_000_000,
  });
});

test.each([
  {},
  { time_in_model_decode: -1 },
  { time_to_first_token: 0.2, time_in_model_prefill: 0.25 },
  { time_in_queue: 0.5, time_in_model_prefill: 0.25 },
])('%j of SGLang tells nothing that is certain', (seconds) => {
  expect(phasesOf(sglangRequest(seconds))).toBeUndefined();
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

test('TGI checks a request before it is queued, and computes it after', () => {
  const stated = {
    total_time: '1.243152s',
    validation_time: '1.1ms',
    queue_time: '52\u00b5s',
    inference_time: '1.242s',
    time_per_token: '3.4ms',
  };
  const span = (more = {}): SpanView =>
    spanView({ ...stated, ...more }, { name: 'generate', scopeName: 'opentelemetry-otlp' });
  expect(phasesOf(span())).toEqual({ queueNanos: 1_152_000, computeNanos: 1_242_000_000 });
  expect(phasesOf(span({ validation_time: 'soon' }))).toEqual({ computeNanos: 1_242_000_000 });
  expect(phasesOf(span({ queue_time: 7, inference_time: '?' }))).toBeUndefined();
});

test('another program that exports from Rust is none of TGI', () => {
  expect(readSpan(spanView({ busy_ns: 7 }, { scopeName: 'opentelemetry-otlp' }))).toBeUndefined();
});

test("the request's id of TensorRT-LLM is not that of the response", () => {
  const span = llmRequest('2048', 'trt.llm');
  expect(callOf(span)).toMatchObject({ provider: 'tensorrt-llm', responseId: undefined });
});

test('TensorRT-LLM states three times from the arrival', () => {
  const span = (seconds: Readonly<Record<string, unknown>>): SpanView =>
    llmRequest('2048', 'trt.llm', latencies(seconds));
  expect(phasesOf(span({ time_in_queue: 0.01, time_to_first_token: 0.21, e2e: 1.2 }))).toEqual({
    queueNanos: 10_000_000,
    prefillNanos: 200_000_000,
    decodeNanos: 990_000_000,
  });
  expect(phasesOf(span({ time_in_queue: 0.01, time_to_first_token: 0.005, e2e: 1.2 }))).toEqual({
    queueNanos: 10_000_000,
  });
  expect(phasesOf(span({ time_to_first_token: 0.21, e2e: 1.2 }))).toBeUndefined();
});

function tritonRequest(more = {}, name = 'llama'): SpanView {
  return spanView(
    { 'triton.model_name': 'llama', 'triton.model_version': 1, 'triton.trace_id': 7, ...more },
    { name, kindName: 'server', scopeName: 'triton-server' },
  );
}

test("a request to Triton is a call of the model, with its client's own number and no usage", () => {
  const span = tritonRequest({ 'triton.trace_parent_id': 0, 'triton.request_id': '1' });
  expect(callOf(span)).toMatchObject({
    provider: 'triton',
    operation: 'other',
    responseModel: 'llama',
    responseId: undefined,
    usage: undefined,
    usageSource: 'server',
  });
});

test('a model that an ensemble of Triton asks is a part of the request', () => {
  const reading = readSpan(tritonRequest({ 'triton.trace_parent_id': 7n }));
  expect(reading).toEqual({ kind: 'aggregate', dialect: 'triton' });
});

test('the spans of Triton around and in the model are none', () => {
  for (const name of ['InferRequest', 'compute']) {
    expect(readSpan(spanView({}, { name, scopeName: 'triton-server' }))).toBeUndefined();
  }
});
