import { diag } from '@opentelemetry/api';

/**
 * Two copies of this package can be loaded into one thread, for instance by two dependencies. Whichever comes first
 * listens to a transport; another one gets `undefined` until the first has stopped, so that no call is counted twice.
 *
 * @returns gives the transport back.
 */
export function claimTransport(transport: 'undici' | 'http' | 'http2'): (() => void) | undefined {
  const claims = globalThis as Record<symbol, unknown>;
  const key = Symbol.for(`@costspan/instrumentation:${transport}`);
  if (claims[key] !== undefined) {
    diag.warn(
      `@costspan/instrumentation: another instance listens to ${transport} already, this one does not`,
    );
    return undefined;
  }
  const claim = {};
  Object.defineProperty(globalThis, key, { value: claim, configurable: true });
  return () => {
    if (claims[key] === claim) delete claims[key];
  };
}
