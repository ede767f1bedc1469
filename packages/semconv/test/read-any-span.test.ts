/** What holds for every dialect, whatever a span's attributes are: found by the keys that reading the fixtures asks for. */
import { readdirSync } from 'node:fs';
import type { ModelCall } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DIALECTS } from '../src/dialects.ts';
import { readSpan } from '../src/read-span.ts';
import type { SpanReading } from '../src/span-reading.ts';
import type { SpanView } from '../src/span-view.ts';
import { recordedSpans } from './otlp-json-spans.ts';
import { textEdges } from './span-view-fixture.ts';
import { spanView } from './span-view-fixture.ts';

const folder = new URL('./fixtures/spans/', import.meta.url);
const recorded = readdirSync(folder)
  .filter((name) => name.endsWith('.otlp.json'))
  .flatMap((name) => recordedSpans(new URL(name, folder)));

/** Keys that are looked up, when the spans are read as they are and with a call's least attributes. */
const keys = new Set<string>(DIALECTS.flatMap(({ markers = [] }) => markers));
for (const span of recorded) {
  readSpan(overlaid(span, (key) => (keys.add(key), span.attribute(key))));
}
const scopes = [...new Set(recorded.map(({ scopeName }) => scopeName))];

function overlaid(span: SpanView, attribute: (key: string) => unknown): SpanView {
  const { name, kindName, scopeName, scopeVersion, failed } = span;
  return {
    name,
    kindName,
    scopeName,
    scopeVersion,
    failed,
    attribute,
    textEdges: (key, characters) => textEdges(attribute(key), characters),
    resourceAttribute: () => undefined,
  };
}

function callsOf(reading: SpanReading | undefined): ModelCall[] {
  if (reading?.kind === 'model_call') return [reading.call];
  return reading?.kind === 'aggregate' && reading.hosted !== undefined ? [reading.hosted] : [];
}

const anyText = fc.oneof(
  fc.constantFrom('constructor', '__proto__', 'toString', 'hasOwnProperty', '', ' ', 'NaN', '-1', '12'),
  fc.constantFrom(
    'chat',
    'embeddings',
    'invoke_agent',
    'LLM',
    'generation',
    'openai',
    'anthropic',
    'aws.bedrock',
  ),
  fc.constantFrom(
    '{',
    '[]',
    'null',
    '{"__proto__":{"input":1}}',
    '{"input":1e400}',
    '{"input":-5}',
    '{"id":"',
  ),
  fc.constantFrom('{"constructor":5}', '{"total":"12"}', '{"usage":{"input_tokens":-1.5}}', '"text"', '1'),
  fc.constantFrom('ai.generateText.doGenerate', 'ai.embed', 'ai.streamText', 'llm_request', 'InvokeModel'),
  fc.json(),
  fc.string(),
  fc.constant('x'.repeat(100_000)),
);
const anyValue = fc.oneof(
  { weight: 3, arbitrary: anyText },
  { weight: 3, arbitrary: fc.nat(1_000_000) },
  { weight: 2, arbitrary: fc.double() },
  { weight: 2, arbitrary: fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      Number.NaN,
      Infinity,
      -1,
      0.5,
      2 ** 60,
      null,
      true,
      12n,
      -12n,
      () => 5,
    ),
  },
);

test('whatever the attributes hold, reading does not throw and no count is invented', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...scopes),
      fc.dictionary(fc.constantFrom(...keys), anyValue, { maxKeys: 25 }),
      fc.constantFrom('client', 'internal', 'server'),
      fc.oneof(fc.string(), fc.constantFrom('0.1.7', '', 'constructor')),
      (scopeName, attributes, kindName, scopeVersion) => {
        const reading = readSpan(spanView(attributes, { scopeName, kindName, scopeVersion }));
        for (const call of callsOf(reading)) {
          expect(typeof call.operation).toBe('string');
          for (const name of [call.provider, call.requestModel, call.responseModel, call.responseId]) {
            expect(name === undefined || typeof name === 'string').toBe(true);
          }
          for (const tokens of Object.values(call.usage ?? {})) {
            expect(Number.isSafeInteger(tokens) && tokens >= 0).toBe(true);
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
});

test('attributes that have nothing to do with a model change no reading', () => {
  const unrelated = fc.dictionary(
    fc
      .oneof(fc.string(), fc.constantFrom('http.route', 'db.system', 'gen_ai.usage.future_tokens', 'model'))
      .filter((key) => !keys.has(key)),
    anyValue,
  );
  fc.assert(
    fc.property(fc.constantFrom(...recorded), unrelated, (span, more) => {
      const attribute = (key: string): unknown =>
        span.attribute(key) ?? (Object.hasOwn(more, key) ? more[key] : undefined);
      expect(readSpan(overlaid(span, attribute))).toEqual(
        readSpan(overlaid(span, (key) => span.attribute(key))),
      );
    }),
    { numRuns: 500 },
  );
});

test.each([...new Map(recorded.map((span) => [`${span.scopeName}: ${span.name}`, span]))])(
  '%s says nothing where its numbers are texts',
  (_name, span) => {
    const asText = overlaid(span, (key) => {
      const value = span.attribute(key);
      return typeof value === 'number' ? String(value) : value;
    });
    const without = overlaid(span, (key) => {
      const value = span.attribute(key);
      return typeof value === 'number' ? undefined : value;
    });
    expect(callsOf(readSpan(asText)).map(({ usage }) => usage)).toEqual(
      callsOf(readSpan(without)).map(({ usage }) => usage),
    );
  },
);
