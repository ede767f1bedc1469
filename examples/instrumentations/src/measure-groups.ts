import { compareLedger } from './compare-ledger.ts';
import type { Group, GroupRun } from './group.ts';
import { installGroup } from './install-group.ts';
import type { RunAccount } from './run-account.ts';
import { runGroup } from './run-group.ts';

/** What one instrumentation measures by itself, and with usage read on the wire beside it. */
export interface RunComparison {
  readonly run: GroupRun;
  readonly alone: RunAccount;
  readonly withWire: RunAccount;
  /** The end of what the programs printed, where one of them failed. */
  readonly tail: string;
}

/** An install waits for the disk and a run for the emulator, which answers at a provider's pace. */
const GROUPS_AT_ONCE = 3;

/** Installs the groups and performs their runs, several groups at once, in their order. */
export function measureGroups(groups: readonly Group[]): ReadonlyMap<string, Promise<RunComparison[]>> {
  const measured = groups.map((group) => ({ group, ...Promise.withResolvers<RunComparison[]>() }));
  const waiting = measured.values();
  const work = async (): Promise<void> => {
    for (const { group, resolve, reject } of waiting) await measureGroup(group).then(resolve, reject);
  };
  for (let count = 0; count < GROUPS_AT_ONCE; count++) void work();
  // Whoever asks for the group gets the error; nobody may have asked yet.
  for (const { promise } of measured) promise.catch(() => {});
  return new Map(measured.map(({ group, promise }) => [group.name, promise]));
}

async function measureGroup(group: Group): Promise<RunComparison[]> {
  await installGroup(group);
  const comparisons: RunComparison[] = [];
  for (const run of group.runs) {
    const alone = await runGroup(group, run.name, 'alone');
    const withWire = await runGroup(group, run.name, 'with_wire');
    comparisons.push({
      run,
      alone: compareLedger(alone, 'alone'),
      withWire: compareLedger(withWire, 'with_wire'),
      tail: [alone, withWire]
        .flatMap(({ failure, tail }) => (failure === undefined ? [] : [tail]))
        .join('\n'),
    });
  }
  return comparisons;
}
