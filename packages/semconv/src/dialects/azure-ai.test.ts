import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import type { SpanReading } from '../span-reading.ts';
import { azureAi } from './azure-ai.ts';

function read(attributes: Readonly<Record<string, unknown>>): SpanReading | undefined {
  return azureAi.read(spanView(attributes, { kindName: 'client' }));
}

const counts = { 'gen_ai.usage.input_tokens': 1801, 'gen_ai.usage.output_tokens': 350 };

test.each([
  ['azure.core.tracing.ext.opentelemetry_span', true],
  ['azure-ai-projects', true],
  ['@azure-rest/ai-inference', true],
  ['Azure.AI.Inference.ChatCompletionsClient', true],
  ['azure.storage.blob', false],
  ['@azure/storage-blob', false],
])('the scope %s: %s', (scopeName, owned) => {
  expect(azureAi.ownsScope?.(scopeName)).toBe(owned);
});

test('a chat states nothing of the cache', () => {
  expect(
    read({ 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'az.ai.inference', ...counts }),
  ).toMatchObject({
    kind: 'model_call',
    call: { provider: 'azure.ai.inference', usageIncomplete: 'upper_bound' },
  });
});

test('the spans that look at a run of an agent report one call', () => {
  const run = {
    'gen_ai.system': 'az.ai.agents',
    'gen_ai.thread.run.id': 'run_1',
    'gen_ai.response.model': 'gpt-4o',
  };
  expect(read({ 'gen_ai.operation.name': 'start_thread_run', ...run })).toEqual({
    kind: 'aggregate',
    dialect: 'azure-ai',
  });
  for (const operation of ['process_thread_run', 'get_thread_run']) {
    expect(read({ 'gen_ai.operation.name': operation, ...run, ...counts })).toMatchObject({
      kind: 'model_call',
      call: { operation: 'invoke_agent', responseId: 'run_1', provider: 'azure.ai.inference' },
    });
  }
});

test('an agent that is called by name is billed as a whole', () => {
  expect(
    read({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.provider.name': 'microsoft.foundry', ...counts }),
  ).toMatchObject({
    kind: 'aggregate',
    hosted: { provider: 'azure.ai.inference', usageIncomplete: 'upper_bound' },
  });
});

test('what another Azure service does is not read', () => {
  expect(read({ 'az.namespace': 'Microsoft.Storage' })).toBeUndefined();
});
