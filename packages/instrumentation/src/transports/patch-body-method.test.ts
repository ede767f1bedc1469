import { expect, test } from 'vitest';
import { patchBodyMethod } from './patch-body-method.ts';

function newClass(): { new (): { pass(...args: unknown[]): unknown } } {
  return class {
    readonly got: unknown[] = [];
    pass(...args: unknown[]): unknown {
      this.got.push(...args);
      return this.got;
    }
  };
}

test('arguments, receiver and result pass through', () => {
  const Patched = newClass();
  const seen: unknown[][] = [];
  patchBodyMethod(Patched.prototype, 'pass', 'published', (receiver, chunk) => seen.push([receiver, chunk]));
  const object = new Patched();
  expect(object.pass('chunk', 2, 'three')).toEqual(['chunk', 2, 'three']);
  expect(seen).toEqual([[object, 'chunk']]);
});

test('what the method throws is thrown', () => {
  const prototype = {
    pass(): never {
      throw new Error('its own');
    },
  };
  patchBodyMethod(prototype, 'pass', 'published', () => {});
  expect(() => prototype.pass()).toThrow('its own');
});

test('the property stays as it was but for its value', () => {
  const { prototype } = newClass();
  const before = Object.getOwnPropertyDescriptor(prototype, 'pass')!;
  const restore = patchBodyMethod(prototype, 'pass', 'published', () => {})!;
  const { value, ...flags } = Object.getOwnPropertyDescriptor(prototype, 'pass')!;
  expect(value).not.toBe(before.value);
  expect({ ...flags, value: before.value }).toEqual(before);
  restore();
  expect(Object.getOwnPropertyDescriptor(prototype, 'pass')).toEqual(before);
});

test.each([
  ['is missing', {}],
  ['is inherited', Object.create(newClass().prototype)],
  ['is frozen', Object.freeze({ pass: () => {} })],
  ['is no function', { pass: 'text' }],
  [
    'is an accessor',
    {
      get pass() {
        return () => {};
      },
    },
  ],
  ['publishes itself', { pass: () => 'published' }],
])('nothing is done where the method %s', (_, prototype: object) => {
  const before = Object.getOwnPropertyDescriptors(prototype);
  expect(patchBodyMethod(prototype, 'pass', 'published', () => {})).toBeUndefined();
  expect(Object.getOwnPropertyDescriptors(prototype)).toEqual(before);
});
