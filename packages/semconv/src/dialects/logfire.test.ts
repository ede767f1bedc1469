import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import type { SpanReading } from '../span-reading.ts';
import { logfire } from './logfire.ts';

function read(
  attributes: Readonly<Record<string, unknown>>,
  scopeName = 'logfire.openai',
): SpanReading | undefined {
  return logfire.read(spanView(attributes, { scopeName }));
}

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5-mini',
  'gen_ai.response.id': 'chatcmpl-1',
  'gen_ai.usage.input_tokens': 1801,
  'gen_ai.usage.output_tokens': 350,
};

test("OpenAI's own usage object tells the cache and the reasoning", () => {
  const raw =
    '{"prompt_tokens":1801,"completion_tokens":350,"prompt_tokens_details":{"cached_tokens":1024},"completion_tokens_details":{"reasoning_tokens":128}}';
  expect(read({ ...chat, 'gen_ai.usage.raw': raw })).toMatchObject({
    call: { usage: { input: 777, cacheRead: 1024, output: 222, reasoning: 128 } },
  });
});

test("Anthropic's own usage object splits the writes by lifetime and names the tier", () => {
  const raw =
    '{"input_tokens":5,"output_tokens":350,"cache_read_input_tokens":1024,"cache_creation_input_tokens":512,"cache_creation":{"ephemeral_5m_input_tokens":500,"ephemeral_1h_input_tokens":12},"service_tier":"standard"}';
  const reading = read(
    { ...chat, 'gen_ai.usage.input_tokens': 1541, 'gen_ai.usage.raw': raw },
    'logfire.anthropic',
  );
  expect(reading).toMatchObject({
    call: {
      usage: { input: 5, cacheRead: 1024, cacheWrite5m: 500, cacheWrite1h: 12, output: 350 },
      usageCorrected: false,
      serviceTier: 'standard',
    },
  });
});

test.each(['{', '[]', '7', ' '.repeat(100_000), 7, null])('a usage object %j leaves the counts', (raw) => {
  expect(read({ ...chat, 'gen_ai.usage.raw': raw })).toMatchObject({
    call: { usage: { input: 1801, output: 350 } },
  });
});

test('the request of a stream is no call, the log at its end is one', () => {
  const stream = {
    ...chat,
    'gen_ai.response.id': undefined,
    'gen_ai.usage.input_tokens': undefined,
    'gen_ai.usage.output_tokens': undefined,
  };
  expect(read({ ...stream, 'logfire.span_type': 'span' })?.kind).toBe('aggregate');
  expect(read({ ...stream, 'logfire.span_type': 'log' })?.kind).toBe('model_call');
  expect(read({ ...stream, 'logfire.span_type': 'span', 'error.type': 'NotFoundError' })?.kind).toBe(
    'model_call',
  );
  expect(read({ ...stream, 'gen_ai.response.id': 'chatcmpl-1' })?.kind).toBe('model_call');
  expect(read({ ...chat, 'logfire.span_type': 'pending_span' })?.kind).toBe('aggregate');
});

test('an agent of Claude Code is billed as a whole', () => {
  const agent = {
    ...chat,
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.usage.cache_read.input_tokens': 1500,
  };
  const scope = 'logfire.claude_agent_sdk';
  expect(read({ ...agent, 'gen_ai.operation.name': 'invoke_agent' }, scope)).toMatchObject({
    kind: 'aggregate',
    hosted: { operation: 'invoke_agent', usage: { input: 301, cacheRead: 1500, output: 350 } },
  });
  expect(read({ ...agent, 'gen_ai.usage.partial.output_tokens': 3 }, scope)).toEqual({
    kind: 'aggregate',
    dialect: 'logfire',
  });
  expect(read({ 'gen_ai.operation.name': 'invoke_agent' }, scope)).toEqual({
    kind: 'aggregate',
    dialect: 'logfire',
  });
});
