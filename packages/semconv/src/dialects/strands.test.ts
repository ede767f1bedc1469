import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { strands } from './strands.ts';

function read(attributes: Readonly<Record<string, unknown>>): unknown {
  const reading = strands.read(spanView(attributes, { scopeName: 'strands.telemetry.tracer' }));
  return reading?.kind === 'model_call' ? reading.call : reading;
}

const chat = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.system': 'strands-agents',
  'gen_ai.request.model': 'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
};

test('the total shows whether the cache is in the input', () => {
  const counts = { 'gen_ai.usage.output_tokens': 350, 'gen_ai.usage.cache_read_input_tokens': 1024 };
  const usage = { input: 1976, cacheRead: 1024, output: 350 };
  expect(
    read({ ...chat, ...counts, 'gen_ai.usage.input_tokens': 3000, 'gen_ai.usage.total_tokens': 3350 }),
  ).toMatchObject({ usage, usageCorrected: false });
  expect(
    read({ ...chat, ...counts, 'gen_ai.usage.prompt_tokens': 1976, 'gen_ai.usage.total_tokens': 3350 }),
  ).toMatchObject({ usage, usageCorrected: true });
});

test.each([
  ['us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws.bedrock'],
  ['us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0', 'aws.bedrock'],
  ['amazon.nova-pro-v1:0', 'aws.bedrock'],
  ['arn:aws:bedrock:us-east-1:1:application-inference-profile/x', 'aws.bedrock'],
  ['gpt-5-mini', undefined],
  ['claude-sonnet-4-5', undefined],
  ['gemini-2.5-pro', undefined],
  ['openai/gpt-5.1', undefined],
])('the provider of %s', (model, provider) => {
  expect(read({ ...chat, 'gen_ai.request.model': model })).toMatchObject({ provider });
});

test.each(['invoke_agent', 'execute_event_loop_cycle'])(
  '%s repeats what its requests report',
  (operation) => {
    expect(read({ ...chat, 'gen_ai.operation.name': operation, 'gen_ai.usage.input_tokens': 9 })).toEqual({
      kind: 'aggregate',
      dialect: 'strands',
    });
  },
);
