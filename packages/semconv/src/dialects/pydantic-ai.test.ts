import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { pydanticAi } from './pydantic-ai.ts';

function read(attributes: Readonly<Record<string, unknown>>, scopeVersion = '2.68.0'): unknown {
  const reading = pydanticAi.read(spanView(attributes, { scopeName: 'pydantic-ai', scopeVersion }));
  return reading?.kind === 'model_call' ? reading.call : reading;
}

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.usage.input_tokens': 1801,
  'gen_ai.usage.output_tokens': 350,
};

test('details are parts of the counts', () => {
  expect(
    read({
      ...chat,
      'gen_ai.usage.cache_read.input_tokens': 1024,
      'gen_ai.usage.details.cache_read_tokens': 1024,
      'gen_ai.usage.details.cache_write_tokens': 512,
      'gen_ai.usage.details.reasoning_tokens': 128,
      'gen_ai.usage.details.output_audio_tokens': 20,
    }),
  ).toMatchObject({
    usage: { input: 265, cacheRead: 1024, cacheWrite: 512, output: 202, reasoning: 128, outputAudio: 20 },
  });
});

test('audio read from the cache is told apart', () => {
  expect(
    read({
      ...chat,
      'gen_ai.usage.details.input_audio_tokens': 300,
      'gen_ai.usage.details.cache_audio_read_tokens': 200,
      'gen_ai.usage.cache_read.input_tokens': 600,
    }),
  ).toMatchObject({ usage: { input: 1101, inputAudio: 100, cacheRead: 400, cacheReadAudio: 200 } });
});

test.each([
  ['1.0.0', 'upper_bound'],
  ['1.2.1', 'upper_bound'],
  ['1.3.0', undefined],
  ['1.20.0', undefined],
  ['2.68.0', undefined],
])('a long prompt without cached tokens in version %s', (version, usageIncomplete) => {
  const call = read(chat, version) as Record<string, unknown>;
  expect(call['usageIncomplete']).toBe(usageIncomplete);
});

test('a short prompt, and one that names its cache, lose nothing in any version', () => {
  expect(read({ ...chat, 'gen_ai.usage.input_tokens': 100 }, '1.0.0')).not.toHaveProperty(
    'usageIncomplete',
    expect.any(String),
  );
  expect(read({ ...chat, 'gen_ai.usage.details.cache_read_input_tokens': 700 }, '1.0.0')).not.toHaveProperty(
    'usageIncomplete',
    expect.any(String),
  );
});

test.each([
  [
    'the totals of a run',
    { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.aggregated_usage.input_tokens': 9 },
  ],
  [
    'the totals under the names of a call',
    { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 9 },
  ],
  ['the run of an older version', { model_name: 'gpt-5-mini', 'gen_ai.usage.input_tokens': 1801 }],
])('%s are not billed', (_what, attributes) => {
  expect(read(attributes)).toEqual({ kind: 'aggregate', dialect: 'pydantic-ai' });
});

test('tools call no model', () => {
  expect(read({ 'gen_ai.tool.name': 'get_weather' })).toEqual({ kind: 'tool', dialect: 'pydantic-ai' });
  expect(read({ tools: ['get_weather'] })).toBeUndefined();
});

test('a cost from a table of prices is none that the provider reported', () => {
  expect(read({ ...chat, 'operation.cost': 0.01 })).toMatchObject({ reportedCost: undefined });
});
