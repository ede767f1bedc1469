import type { ModelCall } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { readSpan } from './read-span.ts';

function callOf(attributes: Record<string, unknown>, model = 'claude-sonnet-4-5'): ModelCall | undefined {
  const reading = readSpan(
    spanView({ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model, ...attributes }),
  );
  return reading?.kind === 'model_call' ? reading.call : undefined;
}

test('zero everywhere is not known', () => {
  const zeros = { 'gen_ai.usage.input_tokens': 0, 'gen_ai.usage.output_tokens': 0 };
  expect(callOf(zeros)?.usage).toBeUndefined();
  expect(callOf({ ...zeros, 'gen_ai.usage.input_tokens': 7 })?.usage).toEqual({ input: 7, output: 0 });
});

test('zero that Anthropic states on the wire is a refusal, which it does not bill', () => {
  const zeros = {
    'costspan.usage.source': 'wire',
    'costspan.usage.input': 0,
    'costspan.usage.output': 0,
  };
  expect(callOf(zeros)?.usage).toEqual({ input: 0, output: 0 });
  expect(callOf(zeros, 'gpt-5-mini')?.usage).toBeUndefined();
});

test('a cache write of Claude without its lifetime costs at least the shorter one', () => {
  const written = {
    'gen_ai.usage.input_tokens': 1712,
    'gen_ai.usage.cache_creation.input_tokens': 512,
    'gen_ai.usage.output_tokens': 350,
  };
  expect(callOf(written)?.usageIncomplete).toBe('lower_bound');
  expect(callOf(written, 'gpt-5.6')?.usageIncomplete).toBeUndefined();
});

test('names that cannot tell the cache leave an upper bound where there can be one', () => {
  const counts = { 'gen_ai.provider.name': 'openai', 'gen_ai.usage.output_tokens': 350 };
  const long = { ...counts, 'gen_ai.usage.input_tokens': 1200 };
  expect(callOf(long, 'gpt-5-mini')?.usageIncomplete).toBe('upper_bound');
  const short = { ...counts, 'gen_ai.usage.input_tokens': 900 };
  expect(callOf(short, 'gpt-5-mini')?.usageIncomplete).toBeUndefined();
  expect(callOf(long, 'gpt-5.6')).toMatchObject({ usageSource: 'estimated' });
  const told = { ...long, 'gen_ai.usage.cache_read.input_tokens': 0 };
  expect(callOf(told, 'gpt-5-mini')?.usageIncomplete).toBeUndefined();
});
