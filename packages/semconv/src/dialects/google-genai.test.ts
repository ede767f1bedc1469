import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { googleGenAi } from './google-genai.ts';

function callOf(attributes: Readonly<Record<string, unknown>>, scopeVersion = '1.3b0'): ModelCall {
  const reading = googleGenAi.read(
    spanView(attributes, { scopeName: 'opentelemetry.instrumentation.google_genai', scopeVersion }),
  );
  if (reading?.kind !== 'model_call') throw new Error('no call');
  return reading.call;
}

const answered = {
  'gen_ai.operation.name': 'generate_content',
  'gen_ai.provider.name': 'vertex_ai',
  'gen_ai.request.model': 'gemini-2.5-flash',
  'gen_ai.usage.input_tokens': 1200,
  'gen_ai.usage.output_tokens': 350,
};
const reasoned = { ...answered, 'gen_ai.usage.reasoning.output_tokens': 128 };

test('thoughts are within the output of a call and beside that of an interaction', () => {
  expect(callOf(reasoned).usage).toEqual({ input: 1200, output: 222, reasoning: 128 });
  const interaction = callOf({ ...reasoned, 'gen_ai.operation.name': 'interactions.create' });
  expect(interaction.usage).toEqual({ input: 1200, output: 350, reasoning: 128 });
  expect(interaction.provider).toBe('gcp.vertex_ai');
});

test('the counts are an estimate before 1.0, and a bound where a stream was left', () => {
  expect(callOf(answered).usageIncomplete).toBeUndefined();
  expect(callOf(answered, '0.7b0').usageSource).toBe('estimated');
  expect(callOf({ ...answered, 'gen_ai.usage.output_tokens': undefined }).usageIncomplete).toBe(
    'lower_bound',
  );
});
