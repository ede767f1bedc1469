import { parseArgs } from 'node:util';
import { writeGolden, writeReadmeRows } from './expected-table.ts';
import { formatRun, readmeRow } from './format-account.ts';
import { groupNames, readGroup } from './group.ts';
import { measureGroups } from './measure-groups.ts';

const { values, positionals } = parseArgs({
  options: { update: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const groups = (positionals.length > 0 ? positionals : groupNames()).map(readGroup);
const measured = measureGroups(groups);
for (const group of groups) {
  const comparisons = (await measured.get(group.name)) ?? [];
  for (const comparison of comparisons) {
    const { alone, withWire, tail } = comparison;
    console.log(`${formatRun(comparison)}\n`);
    for (const violation of alone.violations) console.error(`  WRONG ${violation}`);
    for (const violation of withWire.violations) console.error(`  WRONG with the wire: ${violation}`);
    if (tail !== '') console.error(tail);
    if (alone.violations.length + withWire.violations.length > 0) process.exitCode = 1;
  }
  if (!values.update) continue;
  writeGolden(group.name, comparisons.map(formatRun));
  writeReadmeRows(comparisons.map((comparison) => readmeRow(group, comparison)));
}
