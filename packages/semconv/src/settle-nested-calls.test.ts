import type { ModelCall } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BatchedSpan, settleNestedCalls } from './settle-nested-calls.ts';
import type { SpanReading } from './span-reading.ts';

function call(usage: boolean): SpanReading {
  return { kind: 'model_call', call: { usage: usage ? { input: 1 } : undefined } as ModelCall };
}
const aggregate: SpanReading = { kind: 'aggregate', dialect: 'test' };

function duplicates(...spans: [id: string, parent: string, reading: SpanReading | undefined][]): string[] {
  const batch = spans.map(([spanId, parentSpanId, reading]) => ({ spanId, parentSpanId, reading }));
  return settleNestedCalls(batch).flatMap((settlement, index) =>
    settlement.duplicateOfSpanId === undefined
      ? []
      : [`${batch[index]?.spanId} of ${settlement.duplicateOfSpanId}`],
  );
}

test('the innermost report with usage is billed, through an HTTP span in between', () => {
  expect(
    duplicates(['outer', '', call(true)], ['http', 'outer', undefined], ['inner', 'http', call(true)]),
  ).toEqual(['outer of inner']);
});

test('an inner report without usage leaves the outer one billed', () => {
  expect(duplicates(['inner', 'outer', call(false)], ['outer', '', call(true)])).toEqual([]);
});

test('calls beneath an agent inside a call are calls of their own', () => {
  expect(
    duplicates(['call', 'agent', call(true)], ['agent', 'outer', aggregate], ['outer', '', call(true)]),
  ).toEqual([]);
});

test('three nested reports bill one', () => {
  expect(
    duplicates(['a', '', call(true)], ['b', 'a', call(true)], ['c', 'b', call(true)]).toSorted(),
  ).toEqual(['a of c', 'b of c']);
});

test('circles of parents do not hang', () => {
  expect(duplicates(['a', 'b', call(true)], ['b', 'a', call(true)], ['c', 'c', call(true)])).toEqual([]);
});

test('the order of the batch changes nothing', () => {
  const readings = fc.constantFrom(call(true), call(false), aggregate, undefined);
  const trees = fc
    .array(fc.record({ parent: fc.nat(), reading: readings }), { minLength: 1, maxLength: 12 })
    .map((nodes) =>
      nodes.map((node, index): BatchedSpan => ({
        spanId: `s${index}`,
        parentSpanId: index === 0 ? '' : `s${node.parent % index}`,
        reading: node.reading,
      })),
    )
    // Siblings report to one parent: which of two billed calls it names may depend on order, so chains only.
    .filter((spans) => new Set(spans.map((span) => span.parentSpanId)).size === spans.length);
  fc.assert(
    fc.property(trees, fc.array(fc.nat(), { minLength: 12, maxLength: 12 }), (spans, keys) => {
      const shuffled = spans
        .map((span, index) => ({ span, key: keys[index] ?? 0 }))
        .sort((a, b) => a.key - b.key);
      const result = (batch: readonly BatchedSpan[]): Map<string, string | undefined> =>
        new Map(
          settleNestedCalls(batch).map((each, index) => [batch[index]?.spanId ?? '', each.duplicateOfSpanId]),
        );
      const expected = result(spans);
      for (const [id, duplicateOf] of result(shuffled.map(({ span }) => span)))
        expect(duplicateOf).toBe(expected.get(id));
    }),
  );
});
