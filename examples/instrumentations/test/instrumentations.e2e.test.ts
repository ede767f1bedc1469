/**
 * The real instrumentation packages against the emulator's ledger. What each of them loses is in the golden files;
 * `node src/main.ts <group> --update` writes them.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { goldenRuns, readmeRows, readmeSummary } from '../src/expected-table.ts';
import { formatRun, readmeRow } from '../src/format-account.ts';
import { groupNames, readGroup } from '../src/group.ts';
import { measureGroups, type RunComparison } from '../src/measure-groups.ts';
import { summaryRows } from '../src/summary-table.ts';

/** An install whose store is empty, and each run twice. */
const GROUP_TIMEOUT_MILLIS = 600_000;

const groups = groupNames().map(readGroup);
let measured: ReadonlyMap<string, Promise<RunComparison[]>>;

beforeAll(() => {
  measured = measureGroups(groups);
});

describe.each(groups)('$name', (group) => {
  let comparisons: RunComparison[];

  beforeAll(async () => {
    comparisons = (await measured.get(group.name)) ?? [];
  }, GROUP_TIMEOUT_MILLIS);

  test.each(group.runs)('$name', ({ name }) => {
    const comparison = comparisons.find(({ run }) => run.name === name)!;
    expect(comparison.alone.violations).toEqual([]);
    expect(comparison.withWire.violations).toEqual([]);
    expect(formatRun(comparison)).toBe(goldenRuns(group.name).get(name));
    expect(readmeRows()).toContainEqual(readmeRow(group, comparison));
  });

  test('the golden file holds these runs and no others', () => {
    expect([...goldenRuns(group.name).keys()]).toEqual(group.runs.map((run) => run.name));
  });
});

test('the tables in the README hold these runs and no others', () => {
  const runs = groups.flatMap(({ name, runs }) => runs.map((run) => `${name}, ${run.name}`));
  expect(readmeRows().map((row) => row[1])).toEqual(runs.toSorted());
  expect(readmeSummary()).toEqual(summaryRows(readmeRows()));
});
