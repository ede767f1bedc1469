import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AttributeShape, rootShape } from './attribute-shape.ts';

/** Keys that are prefixes, suffixes and near misses of one another, of every length around a word's. */
const key = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '.', 'é'), minLength: 1, maxLength: 10 }),
  fc.constantFrom('gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens', 'gen_ai.system'),
);

function shapeOf(keys: readonly string[]): AttributeShape | undefined {
  let shape: AttributeShape | undefined = rootShape();
  for (const each of keys) {
    const buffer = Buffer.concat([Buffer.from('xyz'), Buffer.from(each), Buffer.from('q')]);
    const bytes = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    shape = shape?.with(bytes, 3, Buffer.byteLength(each));
  }
  return shape;
}

test('a shape knows the first row of each of its keys and no other key', () => {
  fc.assert(
    fc.property(fc.array(key, { maxLength: 12 }), key, (keys, other) => {
      const shape = shapeOf(keys);
      for (const each of [...keys, other]) {
        expect(shape?.rowOf(each)).toBe(keys.indexOf(each));
        expect(shape?.has(each)).toBe(keys.includes(each));
      }
    }),
    { numRuns: 2000 },
  );
});

test('the same keys in the same order are one shape, any others are another', () => {
  const first = shapeOf(['a', 'b', 'c']);
  expect(shapeOf(['a', 'c', 'b'])).not.toBe(first);
  expect(shapeOf(['a', 'b', 'c', 'd'])).not.toBe(first);
  expect(shapeOf(['a', 'b', 'd'])).not.toBe(first);
  expect(shapeOf(['a', 'b', 'c'])).toBe(first);
});

test('a span with too many keys, or too long ones, has no shape', () => {
  expect(shapeOf(['k'.repeat(128)])).toBeDefined();
  expect(shapeOf(['k'.repeat(129)])).toBeUndefined();
  expect(shapeOf(Array.from({ length: 128 }, (_each, index) => `k${index}`))).toBeDefined();
  expect(shapeOf(Array.from({ length: 129 }, (_each, index) => `k${index}`))).toBeUndefined();
});

test('keys that are made up do not fill the memory, and the shapes in use come back', () => {
  const inUse = shapeOf(['a', 'b']);
  for (let index = 0; index < 20_000; index++) shapeOf([`made.up.${index}`]);
  const again = shapeOf(['a', 'b']);
  expect(again).not.toBe(inUse);
  expect(again?.rowOf('b')).toBe(1);
  expect(inUse?.rowOf('b')).toBe(1);
});
