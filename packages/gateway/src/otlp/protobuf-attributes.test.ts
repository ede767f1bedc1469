import { expect, test } from 'vitest';
import { ProtobufAttributes } from './protobuf-attributes.ts';
import { ProtobufReader } from './protobuf-reader.ts';

const KEY = [0x0a, 1, 0x6b];
const TEXT_A = [0x0a, 1, 0x61];
const TEXT_B = [0x0a, 1, 0x62];
const INT_7 = [0x18, 7];
const UNKNOWN = [0x78, 1];

function message(...fields: readonly number[][]): number[] {
  const content = fields.flat();
  return [content.length, ...content];
}

const value = (...fields: readonly number[][]): number[] => [0x12, ...message(...fields)];

test.each([
  ['a key and a text', message(KEY, value(TEXT_A)), 'a'],
  ['a key and a number', message(KEY, value(INT_7)), 7],
  ['the value first', message(value(TEXT_A), KEY), 'a'],
  ['a field that is not known at the end', message(KEY, value(TEXT_A), UNKNOWN), 'a'],
  ['two values, of which the last counts', message(KEY, value(TEXT_A), value(TEXT_B)), 'b'],
  ['a value of two texts', message(KEY, value(TEXT_A, TEXT_B)), 'b'],
  ['a value of a text and a number', message(KEY, value(TEXT_A, INT_7)), 7],
  ['a value of a number and a text', message(KEY, value(INT_7, TEXT_A)), 'a'],
  ['a value with a field that is not known', message(KEY, value(TEXT_A, UNKNOWN)), 'a'],
])('%s', (_name, bytes, expected) => {
  const buffer = Buffer.from([0, ...bytes]);
  const attributes = new ProtobufAttributes(buffer);
  const reader = new ProtobufReader(buffer, 1);
  attributes.add(reader);
  expect(reader.offset).toBe(buffer.length);
  expect(attributes.count).toBe(1);
  expect(attributes.value(0)).toBe(expected);
  expect(attributes.shape(0, 1)?.rowOf('k')).toBe(0);
  expect(attributes.rowOf(0, 1, 'k')).toBe(0);
});
