import { expect, test } from 'vitest';
import { spanView } from '../test/span-view-fixture.ts';
import { readSpan } from './read-span.ts';
import type { SpanView } from './span-view.ts';

function span(attributes: Record<string, unknown>, scopeName = 'test', failed = false): SpanView {
  return spanView(attributes, { scopeName, failed });
}

test('a span of a database or of HTTP is not GenAI', () => {
  expect(readSpan(span({ 'db.system.name': 'sqlite', 'http.route': '/search' }))).toBeUndefined();
});

test.each(['invoke_agent', 'create_agent', 'invoke_workflow', 'plan', 'agent_step'])(
  '%s is an aggregate',
  (operation) => {
    const reading = readSpan(span({ 'gen_ai.operation.name': operation, 'gen_ai.usage.input_tokens': 5 }));
    expect(reading?.kind).toBe('aggregate');
  },
);

test.each(['execute_tool', 'retrieval', 'fetch_response'])('%s calls no model', (operation) => {
  expect(readSpan(span({ 'gen_ai.operation.name': operation, 'gen_ai.usage.input_tokens': 5 }))?.kind).toBe(
    'tool',
  );
});

test('the oldest and the latest names of the conventions mean the same', () => {
  const oldest = readSpan(
    span({
      'gen_ai.system': 'vertex_ai',
      'gen_ai.request.model': 'gemini-2.5-pro',
      'gen_ai.usage.prompt_tokens': 1200,
      'gen_ai.usage.completion_tokens': 350,
    }),
  );
  const latest = readSpan(
    span({
      'gen_ai.provider.name': 'gcp.vertex_ai',
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gemini-2.5-pro',
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.usage.output_tokens': 350,
    }),
  );
  expect(oldest).toEqual(latest);
  expect(latest).toMatchObject({
    kind: 'model_call',
    call: { provider: 'gcp.vertex_ai', usage: { input: 1200, output: 350 } },
  });
});

test.each(['constructor', '__proto__', 'responses', 'completion'])(
  'an operation named %s is a call like any other',
  (operation) => {
    const reading = readSpan(
      span({
        'gen_ai.operation.name': operation,
        'gen_ai.request.model': 'm',
        'gen_ai.usage.input_tokens': 5,
      }),
    );
    expect(reading).toMatchObject({ kind: 'model_call', call: { operation: 'other', usage: { input: 5 } } });
  },
);

test('a tracer that happens to be named like a dialect keeps its calls', () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'm',
    'gen_ai.usage.input_tokens': 5,
  };
  for (const scope of ['ai', 'langfuse-sdk']) {
    expect(readSpan(span(attributes, scope))).toMatchObject({
      kind: 'model_call',
      call: { dialect: 'opentelemetry' },
    });
  }
});

test('a failed call without usage says so', () => {
  expect(readSpan(span({ 'gen_ai.operation.name': 'chat' }, 'test', true))).toMatchObject({
    call: { usage: undefined, errorType: '_OTHER' },
  });
});

test("a span of OpenTelemetry's other instrumentations is a call when a hook names its operation", () => {
  const scope = '@opentelemetry/instrumentation-undici';
  const model = { 'gen_ai.system': 'openai', 'gen_ai.request.model': 'm', 'http.request.method': 'POST' };
  expect(readSpan(span(model, scope))).toBeUndefined();
  expect(readSpan(span({ ...model, 'gen_ai.operation.name': 'chat' }, scope))).toMatchObject({
    kind: 'model_call',
    call: { dialect: 'opentelemetry' },
  });
});
