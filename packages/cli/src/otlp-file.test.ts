import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { DEFAULT_ATTRIBUTION_KEYS } from '@costspan/cost-model';
import { observeOtlp, openCallHistory } from '@costspan/gateway';
import { builtinPriceBook } from '@costspan/pricing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decompressOtlpFile, detectOtlpEncoding, hasTraceRequest, splitOtlpFile } from './otlp-file.ts';

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

test.each([
  ['a line for each span', '{"resourceSpans":[{"scopeSpans":[{"spans":[\n{"a":1},\n{"b":2}\n]}]}]}\n'],
  ['no indent', '{\n"resourceSpans": [\n{\n"scopeSpans": []\n}\n]\n}'],
  ['an object that ends in the first line', '[{"a":1}\n,{"b":2}]'],
])('a request with %s stays whole', (_, text) => {
  expect(split(text)).toEqual([[1, text]]);
});

const fixtures = new URL('../../semconv/test/fixtures/spans/', import.meta.url);

test.each(readdirSync(fixtures))('%s is one request that can be read', (name) => {
  const content = readFileSync(new URL(name, fixtures));
  const requests = splitOtlpFile(content, detectOtlpEncoding(content));
  expect(requests).toHaveLength(1);
  const calls = openCallHistory({ millis: Number.POSITIVE_INFINITY, spansMax: Number.POSITIVE_INFINITY });
  const settings = {
    priceBook: builtinPriceBook(),
    attribution: DEFAULT_ATTRIBUTION_KEYS,
    thresholds: [],
    emit: [],
  };
  expect(observeOtlp(requests[0]!.body, 'json', settings, { calls, nowMillis: 0 })).toEqual({ ok: true });
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

test('decompresses gzip, of one part or several, and nothing else', () => {
  const text = bytes('{"resourceSpans":[]}\n');
  const twice = Buffer.concat([gzipSync(text), gzipSync(text)]);
  expect(decompressOtlpFile(twice, 42)).toEqual(Buffer.concat([text, text]));
  expect(decompressOtlpFile(text, 42)).toBe(text);
  expect(decompressOtlpFile(bytes(''), 42)).toEqual(bytes(''));
  expect(() => decompressOtlpFile(twice, 41)).toThrow('it decompresses to more than 41 bytes');
  expect(() => decompressOtlpFile(gzipSync(text).subarray(0, -9), 42)).toThrow('is damaged');
});

test('knows an export of traces from one of metrics or logs', () => {
  expect(hasTraceRequest(bytes('{"resourceSpans":[]}'))).toBe(true);
  expect(hasTraceRequest(bytes('{"resourceMetrics":[{"scopeMetrics":[]}]}'))).toBe(false);
  expect(hasTraceRequest(bytes(''))).toBe(false);
});
