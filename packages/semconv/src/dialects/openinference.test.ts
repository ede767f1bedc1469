import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

function callOf(
  attributes: Readonly<Record<string, unknown>>,
  scopeName = 'openinference.instrumentation.openai',
  scopeVersion?: string,
): ModelCall | undefined {
  const span = { 'openinference.span.kind': 'LLM', 'llm.model_name': 'm', ...attributes };
  const fields = scopeVersion === undefined ? { scopeName } : { scopeName, scopeVersion };
  const reading = readSpan(spanView(span, fields));
  return reading?.kind === 'model_call' ? reading.call : undefined;
}

const PROMPT = 'llm.token_count.prompt';
const CACHE_READ = 'llm.token_count.prompt_details.cache_read';
const JAVASCRIPT_BEDROCK = '@arizeai/openinference-instrumentation-bedrock';
const PYTHON_BEDROCK = 'openinference.instrumentation.bedrock';

test.each(['CHAIN', 'AGENT', 'RETRIEVER', 'GUARDRAIL', 'EVALUATOR', 'PROMPT', 'constructor'])(
  '%s is an aggregate',
  (kind) => {
    expect(readSpan(spanView({ 'openinference.span.kind': kind, [PROMPT]: 5 }))?.kind).toBe('aggregate');
  },
);

test('a span of the scope without a kind is not of the dialect', () => {
  expect(readSpan(spanView({}, { scopeName: 'openinference.instrumentation.openai' }))).toBeUndefined();
});

test('details are parts of the prompt, but stand beside it on Bedrock in JavaScript', () => {
  const attributes = { [PROMPT]: 2000, [CACHE_READ]: 1024 };
  expect(callOf(attributes)?.usage).toEqual({ input: 976, cacheRead: 1024 });
  expect(callOf(attributes, PYTHON_BEDROCK)?.usage).toEqual({ input: 976, cacheRead: 1024 });
  expect(callOf(attributes, JAVASCRIPT_BEDROCK)?.usage).toEqual({ input: 2000, cacheRead: 1024 });
});

test('the total settles a wrong assumption either way', () => {
  const attributes = { [PROMPT]: 2000, [CACHE_READ]: 1024, 'llm.token_count.completion': 350 };
  expect(callOf({ ...attributes, 'llm.token_count.total': 3374 })).toMatchObject({
    usage: { input: 2000, cacheRead: 1024, output: 350 },
    usageCorrected: true,
  });
  expect(callOf({ ...attributes, 'llm.token_count.total': 2350 }, JAVASCRIPT_BEDROCK)).toMatchObject({
    usage: { input: 976, cacheRead: 1024, output: 350 },
    usageCorrected: true,
  });
});

test.each([
  [JAVASCRIPT_BEDROCK, { 'llm.token_count.total': 2062 }, undefined, 'lower_bound'],
  [PYTHON_BEDROCK, { 'llm.token_count.total': 2062 }, undefined, 'lower_bound'],
  [JAVASCRIPT_BEDROCK, { 'llm.token_count.total': 526 }, undefined, undefined],
  [PYTHON_BEDROCK, {}, undefined, 'lower_bound'],
  [PYTHON_BEDROCK, { 'llm.model_name': 'mistral.mistral-large' }, undefined, undefined],
  [JAVASCRIPT_BEDROCK, { [CACHE_READ]: 0 }, undefined, undefined],
  ['@arizeai/openinference-instrumentation-anthropic', {}, '0.1.22', 'lower_bound'],
  ['@arizeai/openinference-instrumentation-anthropic', { [CACHE_READ]: 1024 }, '0.1.22', undefined],
  ['@arizeai/openinference-instrumentation-anthropic', { [CACHE_READ]: -1 }, '0.1.22', 'lower_bound'],
  ['@arizeai/openinference-instrumentation-anthropic', {}, '0.2.8', undefined],
  [
    '@arizeai/openinference-instrumentation-langchain',
    { metadata: '{"ls_provider":"anthropic"}' },
    '4.1.1',
    'lower_bound',
  ],
  [
    '@arizeai/openinference-instrumentation-langchain',
    { metadata: '{"ls_provider":"openai"}' },
    '4.1.1',
    undefined,
  ],
])('%s with %j in version %s is %s', (scopeName, more, version, usageIncomplete) => {
  const attributes = { [PROMPT]: 176, 'llm.token_count.completion': 350, ...more };
  expect(callOf(attributes, scopeName, version)?.usageIncomplete).toBe(usageIncomplete);
});

const ANTHROPIC_RESPONSE = {
  id: 'msg_1',
  content: [{ type: 'tool_use', input: { usage: { input_tokens: 1, cache_read_input_tokens: 2 } } }],
  usage: {
    input_tokens: 176,
    cache_creation_input_tokens: 512,
    cache_read_input_tokens: 1024,
    cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 12 },
    output_tokens: 350,
    service_tier: 'priority',
    server_tool_use: { web_search_requests: 2 },
  },
};
const CONVERSE_RESPONSE = {
  output: { message: { content: [] } },
  usage: {
    inputTokens: 176,
    outputTokens: 350,
    totalTokens: 2062,
    cacheReadInputTokens: 1024,
    cacheWriteInputTokens: 512,
    cacheDetails: [
      { ttl: '5m', inputTokens: 500 },
      { ttl: '1h', inputTokens: 12 },
    ],
  },
  serviceTier: { type: 'flex' },
};
const BY_LIFETIME = { input: 176, cacheRead: 1024, cacheWrite5m: 500, cacheWrite1h: 12, output: 350 };

test.each<[string, Record<string, unknown>, object]>([
  [
    '@arizeai/openinference-instrumentation-anthropic',
    {
      'llm.provider': 'anthropic',
      [PROMPT]: 1712,
      [CACHE_READ]: 1024,
      'llm.token_count.prompt_details.cache_write': 512,
      'output.value': JSON.stringify(ANTHROPIC_RESPONSE),
    },
    { usage: { ...BY_LIFETIME, webSearches: 2 }, serviceTier: 'priority' },
  ],
  [
    '@arizeai/openinference-instrumentation-langchain',
    {
      metadata: '{"ls_provider":"anthropic"}',
      [PROMPT]: 176,
      'output.value': JSON.stringify({ generations: [], llmOutput: { usage: ANTHROPIC_RESPONSE.usage } }),
    },
    { usage: { ...BY_LIFETIME, webSearches: 2 }, serviceTier: 'priority' },
  ],
  [
    JAVASCRIPT_BEDROCK,
    {
      'llm.provider': 'aws',
      [PROMPT]: 176,
      'llm.token_count.total': 2062,
      'output.value': JSON.stringify(CONVERSE_RESPONSE),
    },
    { usage: BY_LIFETIME, serviceTier: 'flex' },
  ],
])('%s leaves out of its counts what the response states', (scopeName, attributes, expected) => {
  const stated = { 'llm.token_count.completion': 350, 'output.mime_type': 'application/json' };
  const call = callOf({ ...stated, ...attributes }, scopeName);
  expect(call).toMatchObject({ ...expected, usageSource: 'span' });
  expect(call?.usageIncomplete).toBeUndefined();
});

test("a tool's arguments do not pass for the usage", () => {
  const call = callOf(
    {
      'llm.provider': 'aws',
      [PROMPT]: 176,
      'llm.token_count.completion': 350,
      'output.mime_type': 'application/json',
      'output.value': JSON.stringify({ content: [{ input: { usage: ANTHROPIC_RESPONSE.usage } }] }).replace(
        '"input_tokens":176',
        '"input_tokens":3',
      ),
    },
    JAVASCRIPT_BEDROCK,
  );
  expect(call).toMatchObject({ usage: { input: 176, output: 350 }, usageIncomplete: 'lower_bound' });
});

test.each([
  [{ 'llm.provider': 'azure', 'llm.system': 'openai' }, 'azure.ai.openai'],
  [{ 'llm.system': 'vertexai' }, 'gcp.vertex_ai'],
  [{ metadata: '{"thread":{},"ls_provider":"google_genai"}' }, 'gcp.gemini'],
  [{ metadata: '{"ls_provider":5}' }, undefined],
  [{ metadata: '{' }, undefined],
  [{ metadata: 'null' }, undefined],
  [{ metadata: `{"ls_provider":"openai","more":"${'x'.repeat(5000)}"}` }, undefined],
])('%j is by %s', (attributes, provider) => {
  expect(callOf({ ...attributes, [PROMPT]: 5 })?.provider).toBe(provider);
});

test("LiteLLM's route is a provider and its model", () => {
  const scope = 'openinference.instrumentation.litellm';
  expect(callOf({ 'llm.provider': 'openai', 'llm.model_name': 'openai/gpt-5-mini' }, scope)).toMatchObject({
    provider: 'openai',
    responseModel: 'gpt-5-mini',
  });
  expect(callOf({ 'llm.model_name': 'openai/text-embedding-3-small' }, scope)).toMatchObject({
    provider: 'openai',
    responseModel: 'text-embedding-3-small',
  });
  expect(callOf({ 'llm.provider': 'openai', 'llm.model_name': 'meta/llama' })?.responseModel).toBe(
    'meta/llama',
  );
  expect(callOf({ 'llm.model_name': 'meta/llama' })).toMatchObject({ responseModel: 'meta/llama' });
});

test("Bedrock's model is the one that was asked for, where its name is cut to the vendor", () => {
  const call = callOf(
    {
      'llm.provider': 'aws',
      'llm.model_name': 'anthropic',
      'input.value': '{"modelId":"us.anthropic.claude-sonnet-4-5-20250929-v1:0","messages":[]}',
    },
    JAVASCRIPT_BEDROCK,
  );
  expect(call).toMatchObject({ requestModel: 'us.anthropic.claude-sonnet-4-5-20250929-v1:0' });
  expect(call?.responseModel).toBeUndefined();
});

test('the id and the tier are those of the response', () => {
  const call = callOf({
    'output.value': '{"id":"chatcmpl-1","choices":[],"service_tier":"priority"}',
    'output.mime_type': 'application/json',
  });
  expect(call).toMatchObject({ responseId: 'chatcmpl-1', serviceTier: 'priority' });
});
