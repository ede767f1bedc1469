import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { README_TABLE_HEAD } from './format-account.ts';
import { SUMMARY_TABLE_HEAD, summaryRows } from './summary-table.ts';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
/** The formatter would pad the cells to the longest, hundreds of characters wide. */
const TABLE_START = '<!-- prettier-ignore-start -->\n';
const TABLE_END = '<!-- prettier-ignore-end -->';
/** The tables of the README, in their order. */
const SUMMARY_TABLE = 0;
const RUN_TABLE = 1;
/** The column that says which run a row is about. */
const RUN_COLUMN = 1;

type Rows = readonly (readonly string[])[];

function goldenFile(group: string): string {
  return fileURLToPath(new URL(`../test/golden/${group}.txt`, import.meta.url));
}

/** What a group's golden file says of its runs, by their names. */
export function goldenRuns(group: string): Map<string, string> {
  const runs = readFileSync(goldenFile(group), 'utf8').trimEnd().split('\n\n');
  return new Map(runs.map((text) => [text.slice(0, text.indexOf(':')), text]));
}

export function writeGolden(group: string, runs: readonly string[]): void {
  mkdirSync(dirname(goldenFile(group)), { recursive: true });
  writeFileSync(goldenFile(group), `${runs.join('\n\n')}\n`);
}

/** The README's table of runs. */
export function readmeRows(): string[][] {
  return rowsOf(readFileSync(README, 'utf8'), RUN_TABLE);
}

/** The README's table of instrumentations. */
export function readmeSummary(): string[][] {
  return rowsOf(readFileSync(README, 'utf8'), SUMMARY_TABLE);
}

/**
 * Puts rows into the README's table of runs, in the place of those of the same runs; it is sorted by them, and the table
 * of instrumentations adds them up.
 */
export function writeReadmeRows(rows: Rows): void {
  const text = readFileSync(README, 'utf8');
  const byRun = new Map([...rowsOf(text, RUN_TABLE), ...rows].map((row) => [row[RUN_COLUMN] ?? '', row]));
  const sorted = [...byRun].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
  const withRuns = withTable(text, RUN_TABLE, [README_TABLE_HEAD, ...sorted]);
  writeFileSync(README, withTable(withRuns, SUMMARY_TABLE, [SUMMARY_TABLE_HEAD, ...summaryRows(sorted)]));
}

/** The rows below a table's head; a formatter may have padded its cells. */
function rowsOf(readme: string, index: number): string[][] {
  return splitAtTable(readme, index)
    .table.split('\n')
    .slice(2)
    .filter((row) => row !== '')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function withTable(readme: string, index: number, [head = [], ...rows]: Rows): string {
  const { before, after } = splitAtTable(readme, index);
  const rule = head.map(() => '---');
  const table = [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  return `${before}${TABLE_START}\n${table}\n\n${TABLE_END}${after}`;
}

function splitAtTable(readme: string, index: number): { before: string; table: string; after: string } {
  let start = -1;
  for (let count = 0; count <= index; count++) start = readme.indexOf(TABLE_START, start + 1);
  const end = readme.indexOf(TABLE_END, start);
  if (start < 0 || end < start) throw new Error('README.md has no place for the table');
  return {
    before: readme.slice(0, start),
    table: readme.slice(start + TABLE_START.length, end).trim(),
    after: readme.slice(end + TABLE_END.length),
  };
}
