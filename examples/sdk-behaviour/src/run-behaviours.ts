import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Behaviour, BehaviourScene } from './behaviour.ts';
import { describe, describeError } from './describe.ts';
import { GROUPS } from './groups.ts';
import type { LoadModule } from './sdks.ts';

const BEHAVIOUR_MILLIS_MAX = 15_000;

/** What an application saw of one behaviour. */
export interface Outcome {
  readonly result: unknown;
  /** Errors that reached nobody, and warnings of the process. */
  readonly stray: readonly unknown[];
}

export interface RunOptions {
  readonly load: LoadModule;
  readonly url: string;
  readonly http2Url: string;
  /** Only these groups, separated by commas. */
  readonly only?: string | undefined;
  /** Called once all libraries are loaded. */
  readonly loaded?: () => Promise<void> | void;
  /** Runs a behaviour. */
  readonly within: <Result>(behaviour: string, run: () => Result) => Result;
}

/** Runs all behaviours one after the other, and returns what each led to. */
export async function runBehaviours(options: RunOptions): Promise<Record<string, Outcome>> {
  const stray: unknown[] = [];
  const keep =
    (kind: string) =>
    (error: unknown): void => {
      stray.push([kind, describeError(error)]);
    };
  const kinds = ['uncaughtException', 'unhandledRejection', 'warning'];
  const listeners = kinds.map((kind) => [kind, keep(kind)] as const);
  for (const [kind, listener] of listeners) process.on(kind, listener);

  const outcomes: Record<string, Outcome> = {};
  const groups = GROUPS.filter(
    ({ name }) => options.only === undefined || options.only.split(',').includes(name),
  );
  const early = new Map(
    await Promise.all(
      groups
        .filter(({ loadsEarly }) => loadsEarly)
        .map(async (group) => [group, await group.load(options.load)] as const),
    ),
  );
  await options.loaded?.();
  for (const group of groups) {
    const behaviours = early.get(group) ?? (await group.load(options.load));
    for (const [name, behaviour] of Object.entries(behaviours)) {
      const fullName = `${group.name}: ${name}`;
      const result = await options.within(fullName, () => runOne(behaviour, scene(options, fullName)));
      // What a behaviour left behind comes out before the next one begins.
      await nextTurn();
      await delay(2);
      outcomes[fullName] = { result, stray: stray.splice(0) };
    }
  }
  for (const [kind, listener] of listeners) process.off(kind, listener);
  return outcomes;
}

async function runOne(behaviour: Behaviour, theScene: BehaviourScene): Promise<unknown> {
  const timer = new AbortController();
  try {
    return describe(
      await Promise.race([
        behaviour(theScene),
        delay(BEHAVIOUR_MILLIS_MAX, 'too slow', { signal: timer.signal }),
      ]),
    );
  } catch (error) {
    return { escaped: describeError(error) };
  } finally {
    timer.abort();
  }
}

/** How an address names a behaviour. */
export function behaviourSegment(name: string): string {
  return name.replaceAll(/[^a-z0-9]+/gi, '-');
}

function scene({ url, http2Url }: RunOptions, name: string): BehaviourScene {
  const segment = behaviourSegment(name);
  return {
    url: (delivery) => `${url}/${segment}/${delivery}`,
    http2Url: (delivery) => `${http2Url}/${segment}/${delivery}`,
  };
}
