import fc from 'fast-check';
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

const keys = [
  'gen_ai.operation.name',
  'gen_ai.system',
  'gen_ai.provider.name',
  'gen_ai.request.model',
  'gen_ai.usage.input_tokens',
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.output_tokens',
  'openinference.span.kind',
  'llm.token_count.prompt',
  'llm.model_name',
  'ai.operationId',
  'ai.usage.inputTokens',
  'langfuse.observation.type',
  'langfuse.observation.usage_details',
  'traceloop.span.kind',
];
const scopes = [
  'test',
  'gen_ai',
  'ai',
  'langfuse-sdk',
  'com.anthropic.sdk.typescript',
  '@traceloop/instrumentation-openai',
  '@openlit/instrumentation-openai',
];
const anyValue = fc.oneof(
  fc.anything({ withBigInt: true }),
  fc.constantFrom(
    'chat',
    'constructor',
    '__proto__',
    'LLM',
    'generation',
    'ai.generateText.doGenerate',
    '{"input":1e400}',
    '{"input":-5}',
    'null',
  ),
  fc.double(),
);

test('whatever the attributes hold, reading does not throw and no count is invented', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...keys), anyValue, { maxKeys: 15 }),
      fc.constantFrom(...scopes),
      (attributes, scopeName) => {
        const reading = readSpan(span(attributes, scopeName));
        if (reading?.kind !== 'model_call') return;
        for (const count of Object.values(reading.call.usage ?? {})) {
          expect(typeof reading.call.operation).toBe('string');
          expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
