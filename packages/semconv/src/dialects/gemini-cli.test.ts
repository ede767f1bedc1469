import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import type { SpanReading } from '../span-reading.ts';
import { geminiCli } from './gemini-cli.ts';

function read(name: string, attributes: Readonly<Record<string, unknown>> = {}): SpanReading | undefined {
  return geminiCli.read(spanView(attributes, { name, scopeName: 'gemini-cli' }));
}

const model = { 'gen_ai.operation.name': 'llm_call', 'gen_ai.request.model': 'gemini-2.5-pro' };

test.each([
  [1200, 222, { input: 1200, output: 222 }, 'estimated', undefined],
  [200, 20, { input: 200, output: 20 }, 'span', 'lower_bound'],
  [0, 0, undefined, 'span', undefined],
  [undefined, undefined, undefined, 'span', undefined],
  ['1200', Number.NaN, undefined, 'span', undefined],
])('prompt %s and candidates %s', (input, output, usage, ...[usageSource, usageIncomplete]) => {
  const reading = read('llm_call', {
    ...model,
    'gen_ai.usage.input_tokens': input,
    'gen_ai.usage.output_tokens': output,
  });
  expect(reading).toMatchObject({ kind: 'model_call', call: { requestModel: 'gemini-2.5-pro' } });
  const call = reading?.kind === 'model_call' ? reading.call : undefined;
  expect(call?.usage).toEqual(usage);
  expect(call?.usageSource).toBe(usageSource);
  expect(call?.usageIncomplete).toBe(usageIncomplete);
});

test.each([
  ['tool_call', 'tool'],
  ['schedule_tool_calls', 'tool'],
  ['user_prompt', 'aggregate'],
  ['agent_call', 'aggregate'],
  ['system_prompt', 'aggregate'],
])('%s is %s', (name, kind) => {
  expect(read(name)?.kind).toBe(kind);
});
