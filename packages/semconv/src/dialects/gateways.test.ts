import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';
import type { SpanKindName, SpanView } from '../span-view.ts';

type Attributes = Readonly<Record<string, unknown>>;

function callOf(span: SpanView): ModelCall {
  const reading = readSpan(span);
  if (reading?.kind !== 'model_call') throw new Error(`read as ${reading?.kind}`);
  return reading.call;
}

const CHAT = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.input_tokens': 1200,
  'gen_ai.usage.output_tokens': 350,
};
const CLAUDE = {
  ...CHAT,
  'gen_ai.provider.name': 'anthropic',
  'gen_ai.request.model': 'claude-sonnet-4-5',
  'gen_ai.usage.cache_read.input_tokens': 1024,
};

function openRouter(attributes: Attributes): SpanView {
  return spanView(
    { ...CHAT, 'gen_ai.request.model': 'openai/gpt-5-mini', ...attributes },
    { name: 'LLM Generation', kindName: 'client', resource: { 'service.name': 'openrouter' } },
  );
}

test.each<[string, Attributes, number | undefined]>([
  ['its total', { 'gen_ai.usage.total_cost': 0.00077 }, 770_000_000],
  ['a text', { 'gen_ai.usage.total_cost': '0.00077' }, 770_000_000],
  ['its older name', { 'gen_ai.usage.cost': 0.00077 }, 770_000_000],
  [
    "the fee and the inference with a key of the user's own",
    {
      'gen_ai.usage.total_cost': 0.00004,
      'trace.metadata.openrouter_generation.is_byok': true,
      'trace.metadata.openrouter_generation.usage': 0.00004,
      'trace.metadata.openrouter_generation.byok_usage_inference': 0.00077,
    },
    810_000_000,
  ],
  ['none where it states none', {}, undefined],
  [
    'what was reported when the span was costed before',
    {
      'costspan.cost.status': 'priced',
      'costspan.cost.reported': '0.5',
      'costspan.cost.currency': 'USD',
      'gen_ai.usage.total_cost': 0.7,
    },
    500_000_000_000,
  ],
])('the cost of OpenRouter is %s', (_name, attributes, amountPico) => {
  const { provider, reportedCost } = callOf(openRouter(attributes));
  expect(provider).toBe('openrouter');
  expect(reportedCost?.amountPico).toBe(amountPico);
});

test("OpenRouter's own names of the parts are read", () => {
  const span = openRouter({
    'gen_ai.usage.input_tokens.cached': 1000,
    'gen_ai.usage.input_tokens.cache_write': 100,
    'gen_ai.usage.output_tokens.reasoning': 128,
    'gen_ai.usage.total_tokens': 1550,
  });
  expect(callOf(span)).toMatchObject({
    usage: { input: 100, cacheRead: 1000, cacheWrite: 100, output: 222, reasoning: 128 },
    usageCorrected: false,
  });
});

test('an attempt at a provider is a part of the generation', () => {
  const span = spanView(
    { 'gen_ai.request.model': 'openai/gpt-5-mini' },
    { name: 'provider attempt 1: OpenAI', scopeName: 'openrouter' },
  );
  expect(readSpan(span)).toEqual({ kind: 'aggregate', dialect: 'openrouter' });
});

function vercel(attributes: Attributes, kindName: SpanKindName = 'server'): SpanView {
  const resource = { 'service.name': 'ai-gateway', 'service.namespace': 'vercel' };
  return spanView({ ...CHAT, ...attributes }, { kindName, resource });
}

test('Vercel bills what its cost says, in the currency it says', () => {
  const call = callOf(
    vercel({ 'vercel.ai_gateway.cost.total': '0.00077', 'vercel.ai_gateway.cost.currency': 'usd' }),
  );
  expect(call).toMatchObject({
    provider: 'gateway',
    reportedCost: { amountPico: 770_000_000, currency: 'USD' },
  });
});

test("with a key of the user's own Vercel's cost is not what was paid", () => {
  const span = vercel({
    'vercel.ai_gateway.cost.total': '0',
    'vercel.ai_gateway.credential.type': 'byok',
  });
  expect(callOf(span).reportedCost).toBeUndefined();
});

test('reranking at Vercel is a call, an attempt is a part of one', () => {
  expect(callOf(vercel({ 'gen_ai.operation.name': 'retrieval' })).operation).toBe('rerank');
  expect(readSpan(vercel({}, 'client'))?.kind).toBe('aggregate');
});

test.each<[string, string, number, string | undefined]>([
  ['openai', 'openai', 1200, 'upper_bound'],
  ['openai', 'openai', 1023, undefined],
  ['anthropic', 'anthropic', 176, 'lower_bound'],
  ['google-ai-studio', 'gcp.gemini', 64, 'lower_bound'],
  ['workers-ai', 'cloudflare', 64, undefined],
])('Cloudflare counts no cache: %s is %s, %i tokens are a bound: %s', (named, provider, input, bound) => {
  const span = spanView({
    'gen_ai.model.provider': named,
    'gen_ai.request.model': 'some-model',
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': 350,
    'gen_ai.usage.cost': 0.5,
  });
  expect(callOf(span)).toMatchObject({ dialect: 'cloudflare', provider, usageIncomplete: bound });
});

test('a stream through Cloudflare without usage is a call', () => {
  const span = spanView({ 'gen_ai.model.provider': 'openai', 'gen_ai.request.model': 'gpt-5-mini' });
  expect(callOf(span)).toMatchObject({ provider: 'openai', usage: undefined, usageIncomplete: undefined });
});

test('an application that is called ai-gateway is not Cloudflare', () => {
  const resource = { 'service.name': 'ai-gateway' };
  expect(callOf(spanView(CHAT, { resource })).dialect).not.toBe('cloudflare');
  expect(callOf(spanView({ ...CHAT, 'gen_ai.usage.cost': 0.5 }, { resource })).dialect).toBe('cloudflare');
});

test("a gateway's own estimate does not pass for the cost of OpenRouter behind it", () => {
  const estimated = { ...CHAT, 'gen_ai.provider.name': 'openrouter', 'gen_ai.usage.cost': 0.5 };
  for (const span of [
    spanView({ ...estimated, 'gen_ai.model.provider': 'openrouter' }),
    spanView(estimated, { scopeName: 'bifrost', kindName: 'client' }),
    spanView(estimated, { scopeName: 'agentgateway', kindName: 'server' }),
    spanView(estimated, { scopeName: 'custom.genai.instrumentation', kindName: 'client' }),
    spanView(estimated, { scopeName: 'traceloop_hub', kindName: 'client' }),
  ]) {
    expect(callOf(span).reportedCost).toBeUndefined();
  }
});

test.each<[string, number, string | undefined]>([
  ['openai', 1200, 'upper_bound'],
  ['openai', 176, undefined],
  ['anthropic', 176, 'lower_bound'],
])('Kong counts no cache: what %s bills for %i input tokens is a bound: %s', (provider, input, bound) => {
  const span = spanView(
    { ...CHAT, 'gen_ai.provider.name': provider, 'gen_ai.usage.input_tokens': input },
    { name: 'kong.gen_ai', scopeName: 'kong-internal' },
  );
  expect(callOf(span)).toMatchObject({ dialect: 'kong', usageIncomplete: bound });
});

test.each<[string, string, number, object]>([
  ['gemini-2.5-pro', 'gcp.gemini', 2000, { usageSource: 'estimated', usageIncomplete: undefined }],
  ['gemini-2.5-pro', 'gcp.gemini', 64, { usageSource: 'span', usageIncomplete: 'lower_bound' }],
  ['gemini-2.0-flash', 'gcp.vertex_ai', 2000, { usageSource: 'span', usageIncomplete: 'upper_bound' }],
  ['claude-sonnet-4-5', 'gcp.vertex_ai', 2000, { usageSource: 'span', usageIncomplete: 'lower_bound' }],
])("Kong's output of %s at %s lacks the thoughts: %i tokens are %j", (model, provider, input, expected) => {
  const span = spanView(
    {
      ...CHAT,
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': model,
      'gen_ai.usage.input_tokens': input,
    },
    { name: 'kong.gen_ai', scopeName: 'kong-internal' },
  );
  const call = callOf(span);
  expect({ usageSource: call.usageSource, usageIncomplete: call.usageIncomplete }).toEqual(expected);
});

test('what else Kong does with a request is no call', () => {
  const span = spanView({ 'http.method': 'POST' }, { name: 'kong', scopeName: 'kong-internal' });
  expect(readSpan(span)).toBeUndefined();
});

function envoy(attributes: Attributes): SpanView {
  return spanView({ ...CLAUDE, ...attributes }, { kindName: 'client', scopeName: 'envoyproxy/ai-gateway' });
}

test.each<[string, string, number]>([
  ['end_turn', 'anthropic', 1200],
  ['tool_use', 'aws.anthropic', 1200],
  ['stop', 'anthropic', 176],
  ['tool_calls', 'gcp.anthropic', 176],
])('an answer that Envoy saw end with %s from %s leaves %i uncached tokens', (reason, provider, input) => {
  const span = envoy({
    'gen_ai.provider.name': provider,
    'gen_ai.response.finish_reasons': [reason],
  });
  expect(callOf(span).usage).toMatchObject({ input, cacheRead: 1024 });
});

test.each([
  ['aws.anthropic', 'aws.bedrock'],
  ['gcp.anthropic', 'gcp.vertex_ai'],
  ['azure.openai', 'azure.ai.openai'],
])("Envoy's backend %s is billed by %s", (named, provider) => {
  expect(callOf(envoy({ 'gen_ai.provider.name': named })).provider).toBe(provider);
});

test('counting tokens is free', () => {
  expect(readSpan(envoy({ 'gen_ai.operation.name': 'tokenize' }))?.kind).toBe('tool');
  const counter = { 'openinference.span.kind': 'TOKEN_COUNTER', 'llm.token_count.prompt': 1712 };
  expect(readSpan(spanView(counter, { scopeName: 'envoyproxy/ai-gateway' }))?.kind).toBe('tool');
});

test('the API that Envoy spoke does not name the provider behind it', () => {
  const span = spanView(
    { 'openinference.span.kind': 'LLM', 'llm.system': 'openai', 'llm.model_name': 'claude-sonnet-4-5' },
    { scopeName: 'envoyproxy/ai-gateway' },
  );
  expect(callOf(span)).toMatchObject({ dialect: 'envoy-ai-gateway', provider: undefined });
});

test.each<[string, number, string | undefined]>([
  ['anthropic', 176, undefined],
  ['anthropic', 1712, 'lower_bound'],
  ['openai', 1712, undefined],
])('Portkey with %s and %i input tokens beside the cache is a bound: %s', (provider, input, bound) => {
  const span = spanView(
    { ...CLAUDE, 'gen_ai.provider.name': provider, 'gen_ai.usage.input_tokens': input },
    { scopeName: 'custom.genai.instrumentation', kindName: 'client' },
  );
  expect(callOf(span)).toMatchObject({
    usageIncomplete: bound,
    usage: { input: input < 1024 ? input : input - 1024, cacheRead: 1024 },
  });
});

test.each(['prompt_token_details', 'input_token_details'])('Bifrost details its input in %s', (details) => {
  const span = spanView(
    {
      ...CHAT,
      'gen_ai.usage.input_tokens': 1712,
      [`gen_ai.usage.${details}.cached_read_tokens`]: 1024,
      [`gen_ai.usage.${details}.cached_write_tokens`]: 512,
      [`gen_ai.usage.${details}.cached_write_tokens_5m`]: 500,
      [`gen_ai.usage.${details}.cached_write_tokens_1h`]: 12,
    },
    { kindName: 'client', resource: { 'telemetry.sdk.name': 'bifrost' }, scopeName: 'our-gateway' },
  );
  expect(callOf(span)).toMatchObject({
    dialect: 'bifrost',
    usage: { input: 176, cacheRead: 1024, cacheWrite5m: 500, cacheWrite1h: 12, output: 350 },
  });
});

test.each([
  ['1.4.1', 2000],
  ['0.9.0', 2000],
  ['v1.5.0', 976],
  ['1.40.0', 976],
  [undefined, 976],
])('agentgateway %s leaves %i uncached tokens of Claude', (version, input) => {
  const span = spanView(
    { ...CLAUDE, 'gen_ai.usage.input_tokens': 2000 },
    { kindName: 'server', scopeName: 'agentgateway', resource: { 'service.version': version } },
  );
  expect(callOf(span).usage).toMatchObject({ input, cacheRead: 1024 });
});

test('agentgateway counts every other provider inclusively', () => {
  const span = spanView(
    { ...CHAT, 'gen_ai.usage.cache_read.input_tokens': 1024 },
    { kindName: 'server', scopeName: 'agentgateway', resource: { 'service.version': '1.4.1' } },
  );
  expect(callOf(span).usage).toMatchObject({ input: 176, cacheRead: 1024 });
});

test('the zeros that Traceloop Hub gives to a stream are unknown, those of embeddings are not', () => {
  const zeros = { 'gen_ai.usage.prompt_tokens': 0, 'gen_ai.usage.completion_tokens': 0 };
  const hub = { scopeName: 'traceloop_hub', kindName: 'client' } as const;
  const model = { 'gen_ai.request.model': 'gpt-5-mini', 'gen_ai.system': 'openai' };
  expect(callOf(spanView({ ...model, ...zeros }, hub)).usage).toBeUndefined();
  const embeddings = { ...model, 'llm.request.type': 'embeddings', 'gen_ai.usage.prompt_tokens': 42 };
  expect(callOf(spanView(embeddings, hub))).toMatchObject({ operation: 'embeddings', usage: { input: 42 } });
});
