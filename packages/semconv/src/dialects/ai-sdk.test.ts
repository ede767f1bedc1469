import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

function call(attributes: Record<string, unknown>): ModelCall {
  const reading = readSpan(
    spanView({ 'gen_ai.operation.name': 'chat', ...attributes }, { scopeName: 'gen_ai', kindName: 'client' }),
  );
  if (reading?.kind !== 'model_call') throw new Error(`read as ${reading?.kind}`);
  return reading.call;
}

const claude = { 'gen_ai.provider.name': 'anthropic', 'gen_ai.request.model': 'claude-sonnet-4-5' };
const counts = { 'gen_ai.usage.input_tokens': 1712, 'gen_ai.usage.output_tokens': 350 };
/** `generateObject` names what was read from the cache and not what was written to it. */
const object = {
  ...claude,
  ...counts,
  'gen_ai.output.type': 'json',
  'gen_ai.usage.cache_read.input_tokens': 1024,
};

test('generateObject loses what Claude wrote to the cache', () => {
  expect(call({ ...object, 'gen_ai.usage.cache_read.input_tokens': 0 })).toMatchObject({
    usage: { input: 1712, output: 350 },
    usageIncomplete: 'lower_bound',
  });
  const gpt = { 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5-mini' };
  expect(call({ ...object, ...gpt }).usageIncomplete).toBeUndefined();
});

test('what was neither uncached nor read was written', () => {
  const { usage, usageIncomplete } = call({ ...object, 'ai.usage.inputTokenDetails.noCacheTokens': 176 });
  expect(usage).toEqual({ input: 176, cacheRead: 1024, cacheWrite: 512, output: 350 });
  expect(usageIncomplete).toBe('lower_bound');
});

test("the provider's metadata have the lifetimes, the tier and the region", () => {
  const usage = {
    input_tokens: 176,
    cache_read_input_tokens: 1024,
    cache_creation: { ephemeral_5m_input_tokens: 500, ephemeral_1h_input_tokens: 12 },
    output_tokens: 350,
    service_tier: 'standard',
    inference_geo: 'us',
    server_tool_use: { web_search_requests: 1 },
  };
  expect(
    call({ ...object, 'ai.response.providerMetadata': JSON.stringify({ anthropic: { usage } }) }),
  ).toMatchObject({
    usage: { input: 176, cacheRead: 1024, cacheWrite5m: 500, cacheWrite1h: 12, output: 350, webSearches: 1 },
    serviceTier: 'standard',
    region: 'us',
    usageIncomplete: undefined,
  });
});

test.each<[string, string, Record<string, unknown>, object | undefined]>([
  ['ai.generateSpeech', 'speech', { 'gen_ai.usage.characters': 42 }, { characters: 42 }],
  ['ai.transcribe', 'transcription', { 'gen_ai.usage.seconds': 12.25 }, { seconds: 12.25 }],
  [
    'ai.transcribe',
    'transcription',
    {
      'gen_ai.usage.input_tokens': 114,
      'gen_ai.usage.input_token_details.audio_tokens': 100,
      'gen_ai.usage.output_tokens': 12,
    },
    { input: 14, inputAudio: 100, output: 12 },
  ],
  ['ai.streamTranscribe', 'transcription', { 'gen_ai.usage.seconds': Number.NaN }, undefined],
  ['ai.streamTranscribe', 'transcription', { 'gen_ai.usage.seconds': Infinity }, undefined],
])('%s counts what the provider counts', (name, operation, attributes, usage) => {
  const read = call({ 'gen_ai.operation.name': name, 'gen_ai.request.model': 'whisper-1', ...attributes });
  expect(read.operation).toBe(operation);
  expect(read.usage).toEqual(usage);
});

test('of a decision the inner span has the usage', () => {
  const decision = { ...claude, 'gen_ai.operation.name': 'decide' };
  expect(call({ ...decision, ...counts })).toMatchObject({ operation: 'other', usage: { input: 1712 } });
  expect(readSpan(spanView(decision, { scopeName: 'gen_ai' }))?.kind).toBe('aggregate');
});

test("names that OpenInference's processor adds change nothing", () => {
  const attributes = { ...claude, ...counts, 'gen_ai.usage.cache_read.input_tokens': 1024 };
  const added = {
    'openinference.span.kind': 'LLM',
    'llm.model_name': 'claude-sonnet-4-5',
    'llm.token_count.prompt': 1712,
    'llm.token_count.completion': 350,
  };
  expect(call({ ...attributes, ...added })).toEqual(call(attributes));
});
