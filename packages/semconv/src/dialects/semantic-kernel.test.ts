import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';

test.each([
  ['openai', 'gpt-5-mini', 1801, 'upper_bound'],
  ['openai', 'gpt-5-mini', 100, undefined],
  ['openai', 'gpt-5-mini', undefined, undefined],
  ['bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 100, 'lower_bound'],
  ['googleai', 'gemini-2.5-pro', 100, 'lower_bound'],
  ['vertexai', 'gemini-2.5-pro', 100, 'lower_bound'],
  ['vertexai', 'gemini-2.0-flash', 1801, 'upper_bound'],
  ['vertexai', 'gemini-2.0-flash', 100, undefined],
])('%s with %s and %s tokens of input', (system, model, input, usageIncomplete) => {
  const reading = readSpan(
    spanView(
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.system': system,
        'gen_ai.request.model': model,
        'gen_ai.usage.input_tokens': input,
      },
      { scopeName: 'semantic_kernel.utils.telemetry.model_diagnostics.decorators' },
    ),
  );
  expect(reading).toMatchObject({ kind: 'model_call', call: { dialect: 'semantic-kernel' } });
  expect(reading?.kind === 'model_call' && reading.call.usageIncomplete).toBe(usageIncomplete);
});

test('thoughts and cached tokens that are both missing leave an estimate', () => {
  const gemini = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.system': 'googleai',
    'gen_ai.request.model': 'gemini-2.5-pro',
    'gen_ai.usage.input_tokens': 1801,
  };
  const reading = readSpan(
    spanView(gemini, { scopeName: 'semantic_kernel.utils.telemetry.model_diagnostics.decorators' }),
  );
  expect(reading).toMatchObject({ kind: 'model_call', call: { usageSource: 'estimated' } });
  expect(reading?.kind === 'model_call' && reading.call.usageIncomplete).toBeUndefined();
});
