import fc from 'fast-check';
import { expect, test } from 'vitest';
import { detectOtlpEncoding, splitOtlpFile } from './otlp-file.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function split(text: string): [line: number, text: string][] {
  return splitOtlpFile(bytes(text), 'json').map(({ lineNumber, body }) => [
    lineNumber,
    new TextDecoder().decode(body),
  ]);
}

test('JSON lines keep their numbers', () => {
  expect(split('{"a":1}\r\n\n{"b":2}\n')).toEqual([
    [1, '{"a":1}'],
    [3, '{"b":2}'],
  ]);
});

test('a request over several lines stays whole', () => {
  const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{}, {}] }] }, null, 2);
  expect(split(text)).toEqual([[1, text]]);
});

test('a bad first line does not swallow the rest', () => {
  expect(split('not json\n{"a":1}')).toEqual([
    [1, 'not json'],
    [2, '{"a":1}'],
  ]);
  expect(split('{"resourceSpans":[\n{"a":1}')).toHaveLength(2);
});

test('an empty file has no request', () => {
  expect(split('')).toEqual([]);
  expect(split('\n \n')).toEqual([]);
});

test('every JSON line comes back', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }), (objects) => {
      const lines = objects.map((object) => JSON.stringify(object));
      expect(split(lines.join('\n')).map(([, line]) => line)).toEqual(lines);
    }),
  );
});

test('tells protobuf from JSON', () => {
  expect(detectOtlpEncoding(Uint8Array.of(0x0a, 0x7b, 0x0a))).toBe('protobuf');
  expect(detectOtlpEncoding(bytes(' {"resourceSpans":[]}'))).toBe('json');
  expect(detectOtlpEncoding(bytes(''))).toBe('json');
});
