import fc from 'fast-check';
import type { KeyValue, Span, TraceRequestJson } from './otlp-messages.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const optionalText = fc.option(text, { nil: undefined });
const hexOf = (digits: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from({ length: 16 }, (_each, digit) => digit.toString(16))),
    minLength: digits,
    maxLength: digits,
  });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const nanos = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);

const { anyValue } = fc.letrec<{ anyValue: Record<string, unknown> }>((tie) => ({
  anyValue: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({ stringValue: text }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: int64 }),
    fc.record({
      doubleValue: fc.double({ noDefaultInfinity: true, noNaN: true }).filter((n) => !Object.is(n, -0)),
    }),
    fc.record({
      arrayValue: fc.record({ values: fc.array(tie('anyValue'), { minLength: 1, maxLength: 3 }) }),
    }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.array(fc.record({ key: text, value: tie('anyValue') }), { minLength: 1, maxLength: 3 }),
      }),
    }),
  ),
}));

const keyValue: fc.Arbitrary<KeyValue> = fc.record({ key: text, value: anyValue });

const model = fc.constantFrom(
  'gpt-5-mini',
  'gpt-5-mini-2025-08-07',
  'claude-sonnet-4-5',
  'no-such-model',
  '',
);
const tokens = fc.oneof(fc.nat({ max: 200_000 }).map(String), int64);

/** Attributes of a model call, of an agent, or of neither. */
const modelCall: fc.Arbitrary<KeyValue[]> = fc
  .record(
    {
      'gen_ai.operation.name': fc.constantFrom('chat', 'embeddings', 'invoke_agent', 'execute_tool'),
      'gen_ai.provider.name': fc.constantFrom('openai', 'anthropic', 'acme'),
      'gen_ai.request.model': model,
      'gen_ai.response.model': model,
      'gen_ai.usage.input_tokens': tokens,
      'gen_ai.usage.output_tokens': tokens,
      'gen_ai.usage.cache_read.input_tokens': tokens,
      'costspan.feature': text,
      'tenant.id': text,
      'costspan.cost.status': fc.constantFrom('priced', 'duplicate'),
    },
    { requiredKeys: ['gen_ai.operation.name', 'gen_ai.request.model'] },
  )
  .map((attributes) =>
    Object.entries(attributes).map(([key, value]) => ({
      key,
      value: key.startsWith('gen_ai.usage.') ? { intValue: value } : { stringValue: value },
    })),
  );

/** Few ids, so that spans of a request are each other's parents, and at times each other's twins. */
const traceId = fc.constantFrom(
  '0af7651916cd43dd8448eb211c80319c',
  '1bf7651916cd43dd8448eb211c80319d',
  '0'.repeat(32),
);
const spanId = fc.oneof(
  fc.constantFrom('00f067aa0ba902b7', '10f067aa0ba902b7', '20f067aa0ba902b7'),
  hexOf(16),
);

const span: fc.Arbitrary<Span> = fc.record(
  {
    traceId,
    spanId,
    parentSpanId: spanId,
    traceState: text,
    flags: fc.nat(),
    name: text,
    kind: fc.nat({ max: 5 }),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes: fc
      .tuple(fc.array(keyValue, { maxLength: 4 }), fc.oneof(modelCall, fc.constant<KeyValue[]>([])))
      .map((parts) => parts.flat()),
    droppedAttributesCount: fc.nat(),
    events: fc.array(
      fc.record({
        timeUnixNano: nanos,
        name: text,
        attributes: fc.array(keyValue, { minLength: 1, maxLength: 2 }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    links: fc.array(fc.record({ traceId, spanId, traceState: text }), { minLength: 1, maxLength: 2 }),
    status: fc.record({ code: fc.constantFrom(1, 2), message: text }),
    future: text,
  },
  { requiredKeys: ['traceId', 'spanId', 'startTimeUnixNano', 'endTimeUnixNano'] },
) as fc.Arbitrary<Span>;

const scope = fc.record(
  {
    name: fc.oneof(text, fc.constantFrom('gen_ai', 'ai', '@traceloop/instrumentation-openai')),
    version: text,
    future: text,
  },
  { requiredKeys: [] },
);

/** OTLP trace requests of every shape, many of their spans model calls. */
export const arbitraryRequest: fc.Arbitrary<TraceRequestJson> = fc.record(
  {
    resourceSpans: fc.array(
      fc.record(
        {
          resource: fc.record({
            attributes: fc.array(keyValue, { minLength: 1, maxLength: 3 }),
            future: text,
          }),
          scopeSpans: fc.array(
            fc.record(
              { scope, spans: fc.array(span, { minLength: 1, maxLength: 5 }), schemaUrl: text, future: text },
              { requiredKeys: [] },
            ),
            { minLength: 1, maxLength: 3 },
          ),
          schemaUrl: text,
          future: text,
        },
        { requiredKeys: [] },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    future: optionalText,
  },
  { requiredKeys: ['resourceSpans'] },
) as fc.Arbitrary<TraceRequestJson>;

/** Attributes to add to spans, by what number they have. */
export const arbitraryAdditions: fc.Arbitrary<Map<number, { key: string; value: string | number }[]>> = fc
  .dictionary(
    fc.nat({ max: 12 }).map(String),
    fc.array(
      fc.record({
        key: fc.string({ minLength: 1, maxLength: 20 }),
        value: fc.oneof(
          fc.string({ maxLength: 300 }),
          fc.maxSafeInteger(),
          fc.double({ noDefaultInfinity: true, noNaN: true }).filter((n) => !Object.is(n, -0)),
        ),
      }),
      { maxLength: 6 },
    ),
  )
  .map(
    (byIndex) =>
      new Map(
        Object.entries(byIndex)
          .map(([index, list]) => [Number(index), list] as const)
          .toSorted((a, b) => a[0] - b[0]),
      ),
  );
