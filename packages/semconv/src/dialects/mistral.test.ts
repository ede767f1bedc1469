import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { spanView } from '../../test/span-view-fixture.ts';
import { readSpan } from '../read-span.ts';
import type { SpanReading } from '../span-reading.ts';

function read(attributes: Readonly<Record<string, unknown>>): SpanReading | undefined {
  return readSpan(spanView(attributes, { scopeName: 'mistralai_sdk_tracer' }));
}

const REQUEST = {
  'http.request.method': 'POST',
  'gen_ai.provider.name': 'mistral_ai',
  'gen_ai.request.model': 'mistral-small-latest',
};

describe('the spans of the Mistral SDK', () => {
  test.each([
    [63, undefined],
    [64, 'upper_bound'],
  ])('a prompt of %i tokens, of which cached blocks would not be told: %s', (input, bound) => {
    const reading = read({
      ...REQUEST,
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': 350,
    });
    expect(reading).toMatchObject({
      kind: 'model_call',
      call: { dialect: 'mistral', provider: 'mistral_ai', usage: { input, output: 350 } },
    });
    expect(reading?.kind === 'model_call' && reading.call.usageIncomplete).toBe(bound);
  });

  test('a prompt of no tokens is one whose tokens were not stated', () => {
    const chat = { ...REQUEST, 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 0 };
    expect(read({ ...chat, 'gen_ai.usage.output_tokens': 350 })).toMatchObject({
      call: { usage: { output: 350 } },
    });
    expect(read({ ...chat, 'gen_ai.usage.output_tokens': 0 })).toMatchObject({ call: { usage: undefined } });
  });

  test('an embedding has input alone, of which nothing is cached', () => {
    const reading = read({
      ...REQUEST,
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.usage.input_tokens': 4200,
      'gen_ai.usage.output_tokens': 0,
    });
    expect(reading).toMatchObject({ kind: 'model_call', call: { operation: 'embeddings' } });
    expect(reading?.kind === 'model_call' && reading.call).not.toHaveProperty(
      'usageIncomplete',
      expect.any(String),
    );
  });

  test('OCR is billed by the page', () => {
    const reading = read({
      ...REQUEST,
      'gen_ai.operation.name': 'generate_content',
      'mistral_ai.ocr.usage.pages_processed': 3,
      'mistral_ai.ocr.usage.doc_size_bytes': 90_000,
    });
    expect(reading).toMatchObject({ kind: 'model_call', call: { usage: { pages: 3 } } });
  });

  test('an agent runs at Mistral, and the messages of its answer are no calls', () => {
    const agent = {
      ...REQUEST,
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.usage.input_tokens': 1200,
      'gen_ai.usage.output_tokens': 350,
    };
    expect(read(agent)).toMatchObject({
      kind: 'aggregate',
      hosted: { usage: { input: 1200, output: 350 }, requestModel: 'mistral-small-latest' },
    });
    expect(
      read({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'mistral_ai',
        'gen_ai.response.model': 'mistral-small-latest',
      }),
    ).toEqual({ kind: 'aggregate', dialect: 'mistral' });
    expect(read({ 'gen_ai.operation.name': 'execute_tool' })).toEqual({ kind: 'tool', dialect: 'mistral' });
  });

  test('requests that are not about a model are none of ours', () => {
    expect(read({ 'http.request.method': 'GET', 'url.full': 'https://api.mistral.ai/v1/models' })).toBe(
      undefined,
    );
  });

  test('no attribute value makes it throw', () => {
    const names = [
      'gen_ai.operation.name',
      'gen_ai.usage.input_tokens',
      'gen_ai.usage.output_tokens',
      'mistral_ai.ocr.usage.pages_processed',
      'http.request.method',
      'gen_ai.request.model',
    ];
    const operations = fc.constantFrom('chat', 'invoke_agent', 'embeddings', 'generate_content');
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.anything(), operations)),
        (attributes) => {
          expect(() => read(attributes)).not.toThrow();
        },
      ),
    );
  });
});
