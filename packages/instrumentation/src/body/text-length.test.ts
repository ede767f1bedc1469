import type { JsonFields } from '@costspan/semconv';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextLengths } from './text-length.ts';

function lengthsOf(json: string, partBytes: number): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const lengths = new TextLengths(new Set(['input', 'text']), (found: JsonFields) => {
    Object.assign(fields, found);
  });
  const bytes = Buffer.from(json);
  for (let at = 0; at < bytes.length; at += partBytes) lengths.push(bytes.subarray(at, at + partBytes));
  return fields;
}

test.each<[string, Record<string, unknown>]>([
  ['{"model":"tts-1","input":"Hello"}', { input: { length: 5 } }],
  ['{"input":"","voice":"input"}', { input: { length: 0 } }],
  [String.raw`{"input":"a\"b\\c\n\u00e9é\ud83d\ude00😀"}`, { input: { length: 10 } }],
  [' { "input" : "ab" , "text":"c"}', { input: { length: 2 }, text: { length: 1 } }],
  ['{"input":["a","b"],"nested":{"input":"abc"},"list":[{"text":"x"}]}', {}],
  ['{"input":null,"text":7}', {}],
  [String.raw`{"i\u006eput":"abc"}`, {}],
  ['["input","abc"]', {}],
  ['{"input":"cut o', {}],
])('%s', (json, fields) => {
  for (const partBytes of [1, 3, 1000]) expect(lengthsOf(json, partBytes)).toEqual(fields);
});

test('counts what JSON.parse would give', () => {
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.jsonValue());
  const object = fc.dictionary(fc.oneof(fc.constantFrom('input', 'text'), fc.string()), value);
  fc.assert(
    fc.property(object, fc.integer({ min: 1, max: 9 }), fc.boolean(), (fields, partBytes, isAscii) => {
      const json = JSON.stringify(fields);
      const written = isAscii ? json.replaceAll(/[^ -~]/gu, escapedUnits) : json;
      const expected = Object.entries(fields)
        .filter(([name, text]) => (name === 'input' || name === 'text') && typeof text === 'string')
        .map(([name, text]) => [name, { length: Array.from(text as string).length }] as const);
      expect(lengthsOf(written, partBytes)).toEqual(Object.fromEntries(expected));
    }),
  );
});

function escapedUnits(character: string): string {
  const units = character.split('');
  return units.map((unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}
