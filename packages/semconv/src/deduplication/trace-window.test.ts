import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SpanNode } from './span-node.ts';
import { WindowTrace } from './trace-window.ts';

test('a trace has the spans that were added and are not forgotten, however many', () => {
  const steps = fc.array(fc.oneof({ arbitrary: fc.constant('add'), weight: 3 }, fc.constant('forget')), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, (all) => {
      const trace = new WindowTrace<undefined>('trace');
      const expected: string[] = [];
      const seen: string[] = [];
      for (const [number, step] of all.entries()) {
        const spanId = `span ${number}`;
        if (step === 'add') {
          trace.add(new SpanNode(spanId));
          expected.push(spanId);
          seen.push(spanId);
        } else expect(trace.takeEarliest()?.spanId).toBe(expected.shift());
        expect(trace.nodes().map((node) => node.spanId)).toEqual(expected);
        expect(seen.filter((each) => trace.get(each) !== undefined)).toEqual(expected);
        expect(trace.size).toBe(expected.length);
      }
    }),
  );
});
