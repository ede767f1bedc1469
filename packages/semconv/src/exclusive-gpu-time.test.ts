import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { readSpan } from './read-span.ts';

function phasesOf(attributes: Readonly<Record<string, unknown>>): unknown {
  const reading = readSpan(
    spanView({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'vllm',
      'gen_ai.request.model': 'qwen3-32b',
      ...attributes,
    }),
  );
  return reading?.kind === 'model_call' ? reading.call.phases : 'no call';
}

test('a profiler’s time counts on any span of a call', () => {
  expect(phasesOf({ 'costspan.gpu.exclusive_seconds': 0.125 })).toEqual({ exclusiveNanos: 125_000_000 });
  expect(phasesOf({ 'costspan.gpu.exclusive_seconds': 2 })).toEqual({ exclusiveNanos: 2_000_000_000 });
});

test('beside what the server tells', () => {
  const told = { 'costspan.usage.source': 'wire', 'costspan.call.prefill_nanos': 7 };
  expect(phasesOf({ ...told, 'costspan.gpu.exclusive_seconds': 0.125 })).toEqual({
    prefillNanos: 7,
    exclusiveNanos: 125_000_000,
  });
});

test.each([undefined, -1, Number.NaN, Infinity, '0.125', true])('%j is no time', (seconds) => {
  expect(phasesOf({ 'costspan.gpu.exclusive_seconds': seconds })).toBeUndefined();
});
