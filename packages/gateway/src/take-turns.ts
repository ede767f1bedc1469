import { setImmediate } from 'node:timers/promises';

/** Work of this length holds nobody up. */
const TURN_MILLIS = 10;

/**
 * Lets everything else that waits have its turn after some milliseconds of work.
 *
 * @returns A function to call between two steps of the work, and what it returns to wait for.
 */
export function takeTurns(turnMillis: number = TURN_MILLIS): () => Promise<void> | undefined {
  let start = performance.now();
  return () => {
    if (performance.now() - start < turnMillis) return undefined;
    return setImmediate().then(() => {
      start = performance.now();
    });
  };
}

/** Runs steps to their end and lets others have their turn in between. */
export async function inTurns<Result>(steps: Generator<undefined, Result>): Promise<Result> {
  const turn = takeTurns();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    const others = turn();
    if (others !== undefined) await others;
  }
}

/** Runs steps to their end at once. */
export function atOnce<Result>(steps: Generator<undefined, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
