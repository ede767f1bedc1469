import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

type Fields = NonNullable<Parameters<typeof spanView>[1]>;

const CHAT = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.output_tokens': 350,
};

function callOf(attributes: Readonly<Record<string, unknown>>, fields?: Fields): ModelCall | undefined {
  const reading = readSpan(spanView(attributes, fields));
  return reading?.kind === 'model_call' ? reading.call : undefined;
}

test.each([
  ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_write.input_tokens'],
  ['gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_creation.input_tokens'],
  ['gen_ai.usage.cache_read_input_tokens', 'gen_ai.usage.cache_creation_input_tokens'],
])('%s and %s are parts of the input', (read, write) => {
  const call = callOf({ ...CHAT, 'gen_ai.usage.input_tokens': 1712, [read]: 1024, [write]: 512 });
  expect(call?.usage).toEqual({ input: 176, cacheRead: 1024, cacheWrite: 512, output: 350 });
});

test('audio and images are counted apart from text, in the cache too', () => {
  const call = callOf({
    ...CHAT,
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.usage.text.input_tokens': 550,
    'gen_ai.usage.audio.input_tokens': 300,
    'gen_ai.usage.image.input_tokens': 150,
    'gen_ai.usage.cache_read.input_tokens': 600,
    'gen_ai.usage.audio.cache_read.input_tokens': 200,
    'gen_ai.usage.image.cache_read.input_tokens': 100,
    'gen_ai.usage.audio.output_tokens': 50,
    'gen_ai.usage.image.output_tokens': 100,
  });
  expect(call?.usage).toEqual({
    input: 250,
    inputAudio: 100,
    inputImage: 50,
    cacheRead: 300,
    cacheReadAudio: 200,
    cacheReadImage: 100,
    output: 200,
    outputAudio: 50,
    outputImage: 100,
  });
});

test.each(['openai.response.service_tier', 'gen_ai.openai.response.service_tier'])(
  '%s is the tier',
  (key) => {
    expect(callOf({ ...CHAT, [key]: 'flex' })?.serviceTier).toBe('flex');
  },
);

test.each([
  ['text_to_speech', 'speech'],
  ['speech_to_text', 'transcription'],
  ['image_generation', 'image_generation'],
  ['embeddings', 'embeddings'],
  ['rerank', 'rerank'],
])('%s without usage is a call whose usage is missing', (name, operation) => {
  expect(callOf({ 'gen_ai.operation.name': name, 'gen_ai.request.model': 'm' })).toMatchObject({
    operation,
    usage: undefined,
  });
});

test.each(['search_memory', 'upsert_memory', 'create_memory_store', 'retrieval', 'fetch_response'])(
  '%s calls no model that is billed',
  (operation) => {
    const attributes = { ...CHAT, 'gen_ai.operation.name': operation };
    expect(readSpan(spanView(attributes))?.kind).toBe('tool');
  },
);

test('an MCP request is a tool, even one to sample from a model', () => {
  const attributes = { ...CHAT, 'mcp.method.name': 'sampling/createMessage' };
  expect(readSpan(spanView(attributes, { kindName: 'server' }))?.kind).toBe('tool');
});

test('an agent that is called as a client may be hosted; one in process is not', () => {
  const agent = { ...CHAT, 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 10 };
  expect(readSpan(spanView(agent, { kindName: 'client' }))).toMatchObject({
    kind: 'aggregate',
    hosted: { operation: 'invoke_agent', usage: { input: 10, output: 350 } },
  });
  expect(readSpan(spanView(agent, { kindName: 'internal' }))).not.toHaveProperty('hosted');
});

const OPENAI_SCOPES = [
  '@opentelemetry/instrumentation-openai',
  'opentelemetry.instrumentation.openai_v2',
  'opentelemetry.util.genai.handler',
];

test.each(OPENAI_SCOPES)('%s hides how much of a long prompt was cached', (scopeName) => {
  const long = { ...CHAT, 'gen_ai.usage.input_tokens': 1024 };
  expect(callOf(long, { scopeName })?.usageIncomplete).toBe('upper_bound');
  expect(callOf({ ...long, 'gen_ai.usage.cache_read.input_tokens': 0 }, { scopeName })?.usageIncomplete).toBe(
    undefined,
  );
  const short = { ...CHAT, 'gen_ai.usage.input_tokens': 1023 };
  expect(callOf(short, { scopeName })?.usageIncomplete).toBeUndefined();
  const embeddings = { ...long, 'gen_ai.operation.name': 'embeddings' };
  expect(callOf(embeddings, { scopeName })?.usageIncomplete).toBeUndefined();
});

const BEDROCK = {
  'rpc.system': 'aws-api',
  'rpc.method': 'Converse',
  'cloud.region': 'eu-central-1',
  'gen_ai.system': 'aws.bedrock',
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'gen_ai.usage.input_tokens': 176,
  'gen_ai.usage.output_tokens': 350,
};
const AWS_SDK: Fields = { scopeName: '@opentelemetry/instrumentation-aws-sdk' };
const BOTOCORE: Fields = {
  scopeName: 'opentelemetry.instrumentation.botocore.bedrock-runtime',
  scopeVersion: '0.66b0',
};

test('on Bedrock the cached tokens are missing, where a model has a cache', () => {
  expect(callOf(BEDROCK, AWS_SDK)).toMatchObject({
    provider: 'aws.bedrock',
    region: 'eu-central-1',
    usage: { input: 176, output: 350 },
    usageIncomplete: 'lower_bound',
  });
  const llama = { ...BEDROCK, 'gen_ai.request.model': 'meta.llama3-70b-instruct-v1:0' };
  expect(callOf(llama, AWS_SDK)?.usageIncomplete).toBeUndefined();
  const profile = {
    ...BEDROCK,
    'gen_ai.request.model': 'arn:aws:bedrock:eu-central-1:1:application-inference-profile/x',
  };
  expect(callOf(profile, AWS_SDK)?.usageIncomplete).toBe('lower_bound');
});

test("Python's Converse has the cached tokens beside the input", () => {
  const cached = { ...BEDROCK, 'gen_ai.usage.cache_read.input_tokens': 100 };
  expect(callOf(cached, BOTOCORE)).toMatchObject({ usage: { input: 176, cacheRead: 100, output: 350 } });
  expect(callOf(cached, BOTOCORE)?.usageIncomplete).toBeUndefined();
  expect(callOf(BEDROCK, BOTOCORE)?.usageIncomplete).toBeUndefined();
  const older = { ...BOTOCORE, scopeVersion: '0.65b0' };
  expect(callOf(BEDROCK, older)?.usageIncomplete).toBe('lower_bound');
  const invoked = { ...BEDROCK, 'rpc.method': 'InvokeModel' };
  expect(callOf(invoked, BOTOCORE)?.usageIncomplete).toBe('lower_bound');
});

const { 'gen_ai.operation.name': _chat, ...INVOKE } = { ...BEDROCK, 'rpc.method': 'InvokeModel' };

test.each([
  ['anthropic.claude-sonnet-4-5-20250929-v1:0', 'chat', 'span', 'lower_bound'],
  ['mistral.mistral-large-2402-v1:0', 'chat', 'estimated', undefined],
  ['cohere.command-r-v1:0', 'chat', 'estimated', undefined],
  ['amazon.titan-embed-text-v2:0', 'embeddings', 'span', undefined],
  ['amazon.titan-text-express-v1', 'chat', 'span', undefined],
])('InvokeModel of %s is %s', (model, operation, usageSource, usageIncomplete) => {
  const call = callOf({ ...INVOKE, 'gen_ai.request.model': model }, AWS_SDK);
  expect(call).toMatchObject({ operation, usageSource });
  expect(call?.usageIncomplete).toBe(usageIncomplete);
});

test('a request to another service of AWS is not GenAI', () => {
  expect(readSpan(spanView({ 'rpc.service': 'S3', 'rpc.method': 'GetObject' }, AWS_SDK))).toBeUndefined();
});

test('a model without a provider or usage makes no call of an HTTP request', () => {
  expect(
    readSpan(spanView({ 'gen_ai.request.model': 'm', 'http.route': '/chat/completions' })),
  ).toBeUndefined();
  expect(readSpan(spanView({ 'gen_ai.request.model': 'm', 'gen_ai.system': 'openai' }))?.kind).toBe(
    'model_call',
  );
});
