/**
 * Shows the bytes that a transport pushes into a readable stream before the stream has them: an own property shadows
 * the method on this one object, so that no other stream is touched and the stream's own behaviour stays what it was.
 *
 * @param onChunk is called with `null` at the body's end, and must not throw.
 */
export function observePush(readable: PushedStream, onChunk: (chunk: unknown) => void): void {
  const push = readable.push;
  Object.defineProperty(readable, 'push', {
    value: function observedPush(this: unknown, ...args: readonly unknown[]): unknown {
      onChunk(args[0]);
      return Reflect.apply(push, this, args);
    },
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

export interface PushedStream {
  readonly push: (...args: never[]) => unknown;
}
