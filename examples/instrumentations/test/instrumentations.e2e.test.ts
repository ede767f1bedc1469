/**
 * The real instrumentation packages against the emulator's ledger. What each of them loses is in the golden files;
 * `node src/main.ts <group> --update` writes them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { compareLedger } from '../src/compare-ledger.ts';
import { goldenRuns, readmeRows } from '../src/expected-table.ts';
import { formatRun, readmeRow } from '../src/format-account.ts';
import { groupNames, readGroup } from '../src/group.ts';
import { installGroup } from '../src/install-group.ts';
import { runGroup } from '../src/run-group.ts';

const groups = groupNames().map(readGroup);

describe.each(groups)('$name', (group) => {
  beforeAll(() => installGroup(group));

  test.each(group.runs)('$name', async (run) => {
    const account = compareLedger(await runGroup(group, run.name));
    expect(account.violations).toEqual([]);
    expect(formatRun(run, account)).toBe(goldenRuns(group.name).get(run.name));
    expect(readmeRows()).toContainEqual(readmeRow(group, run, account));
  });

  test('the golden file holds these runs and no others', () => {
    expect([...goldenRuns(group.name).keys()]).toEqual(group.runs.map((run) => run.name));
  });
});

test('the table in the README holds these runs and no others', () => {
  const runs = groups.flatMap(({ name, runs }) => runs.map((run) => `${name}, ${run.name}`));
  expect(readmeRows().map((row) => row[1])).toEqual(runs.toSorted());
});
