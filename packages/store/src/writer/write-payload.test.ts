import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWritePayload, writePayload } from './write-payload.ts';

const json = fc.jsonValue().map((value) => JSON.stringify(value));
const texts = fc.record(
  { records: fc.array(json), corrections: fc.array(json), context: json },
  { requiredKeys: ['records', 'corrections'], noNullPrototype: true },
);

test('a payload is JSON in one line, and gives the same texts again', () => {
  fc.assert(
    fc.property(texts, (write) => {
      const payload = writePayload(write);
      expect(payload).not.toContain('\n');
      expect(readWritePayload(payload)).toEqual(write);
      const parsed: unknown = JSON.parse(payload);
      expect(parsed).toEqual({
        records: write.records.map((text): unknown => JSON.parse(text)),
        corrections: write.corrections.map((text): unknown => JSON.parse(text)),
        ...(write.context !== undefined && { context: JSON.parse(write.context) as unknown }),
      });
    }),
  );
});

test('a payload of another hand is read as JSON, and what is no JSON is refused', () => {
  fc.assert(
    fc.property(texts, ({ records, corrections }) => {
      const payload = `{"corrections":[${corrections.join(', ')}], "records": [${records.join(',\t')}]}`;
      expect(readWritePayload(payload)).toEqual({ records, corrections });
    }),
  );
  expect(() => readWritePayload('{"records":[')).toThrow(SyntaxError);
});

test('a context of several lines becomes one', () => {
  const payload = writePayload({ records: [], corrections: [], context: '{\n\t"a": "b\\n"\n}' });
  expect(readWritePayload(payload)).toEqual({ records: [], corrections: [], context: '{"a":"b\\n"}' });
});
