import { styleText } from 'node:util';
import Table from 'cli-table3';
import { alignDecimals } from './display-money.ts';

export interface Column {
  readonly head: string;
  /** `decimal` aligns right on the decimal point. */
  readonly align: 'left' | 'right' | 'decimal';
  /** Longer texts of this column are cut; absent: {@link TableOptions.cellCharactersMax}. */
  readonly charactersMax?: number;
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

const CELL_CHARACTERS_MAX = 80;

export interface TableOptions {
  /** Set off from the rest by a rule of their own. */
  readonly footRows?: readonly (readonly string[])[];
  /** Longer texts are cut. */
  readonly cellCharactersMax?: number;
}

/** Lays out rows under a ruled head. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { footRows = [], cellCharactersMax = CELL_CHARACTERS_MAX }: TableOptions = {},
): string {
  const all = alignColumns(
    columns,
    [...rows, ...footRows].map((row) =>
      row.map((cell, index) => printable(cell, columns[index]?.charactersMax ?? cellCharactersMax)),
    ),
  );
  const table = new Table({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: columns.map(({ align }) => (align === 'left' ? 'left' : 'right')),
  });
  const rules = columns.map(({ head }, index) => {
    const width = all.reduce((widest, row) => Math.max(widest, row[index]?.length ?? 0), head.length);
    return '─'.repeat(Math.min(width, Math.max(cellCharactersMax, head.length)));
  });
  table.push(
    columns.map(({ head }) => bold(head)),
    rules,
    ...all.slice(0, rows.length),
    ...(footRows.length === 0 ? [] : [rules, ...all.slice(rows.length)]),
  );
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Bold on a terminal; plain where `NO_COLOR` is set or the output is a file or a pipe. */
export function bold(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}

/**
 * Values come from anybody's spans: control characters, which could drive the terminal, become visible marks,
 * and a text without end is cut.
 */
export function printable(text: string, charactersMax: number = CELL_CHARACTERS_MAX): string {
  const visible = text.replaceAll(/\p{Cc}|\p{Cf}/gu, '\ufffd');
  return visible.length > charactersMax ? `${visible.slice(0, charactersMax - 1)}…` : visible;
}

function alignColumns(columns: readonly Column[], rows: readonly (readonly string[])[]): string[][] {
  const aligned = columns.map(({ align }, index) => {
    const cells = rows.map((row) => row[index] ?? '');
    return align === 'decimal' ? alignDecimals(cells) : cells;
  });
  return rows.map((_, rowIndex) => aligned.map((cells) => cells[rowIndex] ?? ''));
}
