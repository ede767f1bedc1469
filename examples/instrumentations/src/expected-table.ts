import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { README_TABLE_HEAD } from './format-account.ts';

const README = fileURLToPath(new URL('../README.md', import.meta.url));
/** The formatter would pad the cells to the longest, hundreds of characters wide. */
const TABLE_START = '<!-- prettier-ignore-start -->\n';
const TABLE_END = '<!-- prettier-ignore-end -->';
/** The column that says which run a row is about. */
const RUN_COLUMN = 1;

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

/** The rows of the README's table; a formatter may have padded its cells. */
export function readmeRows(): string[][] {
  return splitReadme()
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

/** Puts rows into the README's table, in the place of those of the same runs; the table is sorted by its runs. */
export function writeReadmeRows(rows: readonly (readonly string[])[]): void {
  const { before, after } = splitReadme();
  const byRun = new Map([...readmeRows(), ...rows].map((row) => [row[RUN_COLUMN] ?? '', row]));
  const sorted = [...byRun].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
  const rule = README_TABLE_HEAD.map(() => '---');
  const table = [README_TABLE_HEAD, rule, ...sorted].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
  writeFileSync(README, `${before}${TABLE_START}\n${table}\n\n${TABLE_END}${after}`);
}

function splitReadme(): { before: string; table: string; after: string } {
  const text = readFileSync(README, 'utf8');
  const start = text.indexOf(TABLE_START);
  const end = text.indexOf(TABLE_END);
  if (start < 0 || end < start) throw new Error('README.md has no place for the table');
  return {
    before: text.slice(0, start),
    table: text.slice(start + TABLE_START.length, end).trim(),
    after: text.slice(end + TABLE_END.length),
  };
}
