type Method = (this: unknown, ...args: readonly unknown[]) => unknown;

/**
 * Shows the first argument of a prototype's method to `onChunk` before the method has it. Arguments, `this` and the
 * result pass through unchanged. A method whose source mentions `channelName` publishes its chunks itself and stays as
 * it is, and so does one that is inherited or cannot be written.
 *
 * @param onChunk must not throw.
 * @returns puts the original method back unless somebody else has wrapped this one, or `undefined` if nothing was done.
 */
export function patchBodyMethod(
  prototype: object,
  name: string,
  channelName: string,
  onChunk: (receiver: object, chunk: unknown) => void,
): (() => void) | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  if (descriptor?.writable !== true || descriptor.configurable !== true) return undefined;
  const original: unknown = descriptor.value;
  if (typeof original !== 'function' || Function.prototype.toString.call(original).includes(channelName)) {
    return undefined;
  }
  const patched: Method = function patchedBodyMethod(...args) {
    onChunk(this as object, args[0]);
    return Reflect.apply(original, this, args);
  };
  Object.defineProperty(prototype, name, { ...descriptor, value: patched });
  return () => {
    if (Object.getOwnPropertyDescriptor(prototype, name)?.value === patched) {
      Object.defineProperty(prototype, name, descriptor);
    }
  };
}
