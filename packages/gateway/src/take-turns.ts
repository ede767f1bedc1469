import { setImmediate } from 'node:timers/promises';

/** Work of this length holds nobody up. */
const TURN_MILLIS = 20;

/**
 * Lets everything else that waits have its turn after some milliseconds of work.
 *
 * @returns A function to call, and to wait for, between two steps of the work.
 */
export function takeTurns(): () => Promise<void> | undefined {
  let start = performance.now();
  return () => {
    if (performance.now() - start < TURN_MILLIS) return undefined;
    return setImmediate().then(() => {
      start = performance.now();
    });
  };
}
