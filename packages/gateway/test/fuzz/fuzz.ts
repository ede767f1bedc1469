import { mutate } from './mutate.ts';
import { SeededRandom } from './seeded-random.ts';

/** Something that takes bytes from outside. */
export interface FuzzTarget {
  readonly seeds: readonly Buffer[];
  /**
   * Throws when the bytes break an invariant.
   *
   * @returns What was found in them, in a few words: an input with a new outcome is mutated further.
   */
  run(bytes: Buffer): string | Promise<string>;
  close?(): Promise<void>;
}

export interface FuzzOptions {
  readonly executions: number;
  readonly seed: number;
  /** Called now and then with the number of executions so far. */
  readonly onProgress?: (executions: number) => void;
}

export interface FuzzResult {
  readonly executions: number;
  /** Different outcomes that were seen. */
  readonly outcomes: number;
  readonly slowestMillis: number;
  /** What broke an invariant, with the bytes in base64. */
  readonly failures: readonly { readonly message: string; readonly bytes: string }[];
}

/** No input may hold up others for longer. */
const STALL_MILLIS = 100;
/** A pause of the machine is no stall of ours: a slow input is given as many chances to be faster. */
const STALL_REPEATS = 5;
const CORPUS_MAX = 4000;
const FAILURES_MAX = 10;
const PROGRESS_EVERY = 10_000;

/** Runs mutated inputs; the same seed gives the same ones. */
export async function fuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzResult> {
  const random = new SeededRandom(options.seed);
  const corpus = [...target.seeds];
  const outcomes = new Set<string>();
  const failures: { message: string; bytes: string }[] = [];
  let slowestMillis = 0;
  let executions = 0;
  const { stackTraceLimit } = Error;
  // Most inputs are refused with an error, and noting where takes longer than all the rest.
  Error.stackTraceLimit = 0;
  for (; executions < options.executions && failures.length < FAILURES_MAX; executions++) {
    const bytes = executions < target.seeds.length ? target.seeds[executions]! : mutate(random, corpus);
    try {
      const { outcome, millis } = await timed(target, bytes);
      slowestMillis = Math.max(slowestMillis, millis);
      if (millis > STALL_MILLIS) throw new Error(`it took ${Math.round(millis)} ms`);
      if (outcomes.has(outcome)) continue;
      outcomes.add(outcome);
      if (corpus.length < CORPUS_MAX) corpus.push(bytes);
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const place = await placeOfFailure(target, bytes, stackTraceLimit);
      failures.push({ message: `${message}${place}`, bytes: bytes.toString('base64') });
    }
    if (executions % PROGRESS_EVERY === 0) options.onProgress?.(executions);
  }
  Error.stackTraceLimit = stackTraceLimit;
  return { executions, outcomes: outcomes.size, slowestMillis, failures };
}

/** Where it fails, if it does so again. */
async function placeOfFailure(target: FuzzTarget, bytes: Buffer, stackTraceLimit: number): Promise<string> {
  Error.stackTraceLimit = stackTraceLimit;
  try {
    await target.run(bytes);
    return '';
  } catch (error) {
    return error instanceof Error ? `\n${error.stack}` : '';
  } finally {
    Error.stackTraceLimit = 0;
  }
}

async function timed(target: FuzzTarget, bytes: Buffer): Promise<{ outcome: string; millis: number }> {
  let millis = Number.POSITIVE_INFINITY;
  let outcome = '';
  for (let repeats = 0; millis > STALL_MILLIS && repeats < STALL_REPEATS; repeats++) {
    const start = performance.now();
    const running = target.run(bytes);
    outcome = typeof running === 'string' ? running : await running;
    millis = Math.min(millis, performance.now() - start);
  }
  return { outcome, millis };
}
