import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { claudeCode } from './claude-code.ts';

function callOf(attributes: Readonly<Record<string, unknown>>): ModelCall | undefined {
  const reading = claudeCode.read(spanView({ 'span.type': 'llm_request', ...attributes }));
  return reading?.kind === 'model_call' ? reading.call : undefined;
}

test('bare counts leave the cache out of the input', () => {
  const call = callOf({
    'gen_ai.system': 'anthropic',
    'gen_ai.provider.name': 'gcp.vertex_ai',
    'gen_ai.request.model': 'claude-sonnet-5',
    'gen_ai.response.id': 'req_011',
    input_tokens: 2000,
    cache_read_tokens: 1024,
    cache_creation_tokens: 512,
    output_tokens: 350,
  });
  expect(call).toMatchObject({
    provider: 'gcp.vertex_ai',
    requestModel: 'claude-sonnet-5',
    usage: { input: 2000, cacheRead: 1024, cacheWrite: 512, output: 350 },
    usageCorrected: false,
    responseId: undefined,
    serviceTier: undefined,
  });
});

test('fast mode is a tier of its own', () => {
  expect(callOf({ speed: 'fast', model: 'claude-opus-4-6' })).toMatchObject({
    serviceTier: 'fast',
    requestModel: 'claude-opus-4-6',
  });
});

test('a refused request has its class and no usage, and never the message', () => {
  const call = callOf({ error_class: 'rate_limit', error: 'slow down, Alice', success: false });
  expect(call?.errorType).toBe('rate_limit');
  expect(call?.usage).toBeUndefined();
  expect(JSON.stringify(call)).not.toContain('Alice');
});

test.each([
  ['interaction', 'aggregate'],
  ['tool', 'tool'],
  ['tool.blocked_on_user', 'tool'],
  ['hook', 'tool'],
])('%s is %s', (type, kind) => {
  expect(
    claudeCode.read(spanView({ 'span.type': type, 'gen_ai.operation.name': 'invoke_agent' }))?.kind,
  ).toBe(kind);
});
