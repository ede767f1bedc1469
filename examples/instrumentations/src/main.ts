import { parseArgs } from 'node:util';
import { compareLedger } from './compare-ledger.ts';
import { writeGolden, writeReadmeRows } from './expected-table.ts';
import { formatRun, readmeRow } from './format-account.ts';
import { groupNames, readGroup } from './group.ts';
import { installGroup } from './install-group.ts';
import { runGroup } from './run-group.ts';

const { values, positionals } = parseArgs({
  options: { update: { type: 'boolean', default: false } },
  allowPositionals: true,
});

for (const name of positionals.length > 0 ? positionals : groupNames()) {
  const group = readGroup(name);
  await installGroup(group);
  const texts: string[] = [];
  const rows: string[][] = [];
  for (const run of group.runs) {
    const measurement = await runGroup(group, run.name);
    const account = compareLedger(measurement);
    const text = formatRun(run, account);
    console.log(`${text}\n`);
    for (const violation of account.violations) console.error(`  WRONG ${violation}`);
    if (account.failure !== undefined) console.error(measurement.tail);
    if (account.violations.length > 0) process.exitCode = 1;
    texts.push(text);
    rows.push(readmeRow(group, run, account));
  }
  if (!values.update) continue;
  writeGolden(name, texts);
  writeReadmeRows(rows);
}
