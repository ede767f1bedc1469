import { expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import type { SpanReading } from '../span-reading.ts';
import { codex } from './codex.ts';

function read(name: string, attributes: Readonly<Record<string, unknown>> = {}): SpanReading | undefined {
  return codex.read(spanView(attributes, { name, scopeName: 'codex_exec' }));
}

const turn = {
  model: 'gpt-5-mini',
  'codex.turn.token_usage.input_tokens': 33_818,
  'codex.turn.token_usage.cached_input_tokens': 18_304,
  'codex.turn.token_usage.cache_write_input_tokens': 0,
  'codex.turn.token_usage.non_cached_input_tokens': 15_514,
  'codex.turn.token_usage.output_tokens': 2449,
  'codex.turn.token_usage.reasoning_output_tokens': 2006,
};

test('a turn is billed for all of its requests', () => {
  expect(read('session_task.turn', turn)).toMatchObject({
    kind: 'model_call',
    call: {
      provider: undefined,
      requestModel: 'gpt-5-mini',
      operation: 'invoke_agent',
      usage: { input: 15_514, cacheRead: 18_304, output: 443, reasoning: 2006 },
      usageIncomplete: undefined,
    },
  });
});

test('a sum that looks like one long prompt is a bound', () => {
  const long = { ...turn, 'codex.turn.token_usage.input_tokens': 2_000_000 };
  expect(read('session_task.turn', long)).toMatchObject({ call: { usageIncomplete: 'upper_bound' } });
});

test('a turn that was broken off is a call without usage', () => {
  expect(read('session_task.turn', { model: 'gpt-5-mini' })).toMatchObject({
    kind: 'model_call',
    call: { requestModel: 'gpt-5-mini', usage: undefined },
  });
});

test('the requests of a turn are not billed beside it', () => {
  expect(read('handle_responses', { 'gen_ai.usage.input_tokens': 8315 })?.kind).toBe('aggregate');
  expect(read('handle_responses', { 'codex.request.reasoning_effort': 'default' })).toBeUndefined();
  expect(read('try_run_sampling_request', { model: 'gpt-5-mini' })).toBeUndefined();
});

test('what a tool starts has turns of its own', () => {
  expect(read('handle_tool_call_with_source')?.kind).toBe('tool');
});

test.each([
  ['codex_exec', true],
  ['codex_cli_rs', true],
  ['codex-app-server', true],
  ['Codex Desktop', true],
  ['codexample', false],
])('the scope %s: %s', (scopeName, owned) => {
  expect(codex.ownsScope?.(scopeName)).toBe(owned);
});
