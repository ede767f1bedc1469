import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse';
import { UsageError } from './exit-code.ts';

const ROW_CHARACTERS_MAX = 1024 * 1024;

/** One row of a price list or an invoice, by its columns. */
export interface RateRow {
  /** Where it ends in the file, counted from 1. */
  readonly line: number;
  /** The text of a column, whatever the case of its name; `undefined` when it is empty or there is none. */
  text(column: string): string | undefined;
}

export interface RateFile {
  readonly name: string;
  /** The day of its last change: a price list states none. */
  readonly changed: string;
  /** Reads the file row by row, so that an invoice of any size takes no memory. */
  rows(): AsyncGenerator<RateRow>;
  hasColumn(column: string): boolean;
}

/** Opens a CSV file whose first line names the columns. */
export async function openRateFile(name: string): Promise<RateFile> {
  const changed = await changedDay(name);
  let columns: ReadonlyMap<string, number> = new Map();
  for await (const { cells } of readCells(name)) {
    columns = new Map(cells.map((cell, index) => [cell.trim().toLowerCase(), index]));
    break;
  }
  return {
    name,
    changed,
    hasColumn: (column) => columns.has(column.toLowerCase()),
    rows: async function* rows() {
      let isHead = true;
      for await (const { cells, line } of readCells(name)) {
        if (!isHead)
          yield {
            line,
            text: (column) => cells[columns.get(column.toLowerCase()) ?? -1]?.trim() || undefined,
          };
        isHead = false;
      }
    },
  };
}

async function changedDay(name: string): Promise<string> {
  try {
    const { mtime } = await stat(name);
    return mtime.toISOString().slice(0, 10);
  } catch (error) {
    throw new UsageError(`cannot read ${name}: ${(error as Error).message}`);
  }
}

interface CsvLine {
  readonly cells: readonly string[];
  readonly line: number;
}

async function* readCells(name: string): AsyncGenerator<CsvLine> {
  const file = createReadStream(name);
  const parser = parse({
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: ROW_CHARACTERS_MAX,
  });
  file.once('error', (error) => parser.destroy(error));
  file.pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield { cells: record, line: info.lines };
    }
  } catch (error) {
    if (error instanceof CsvError || (error as NodeJS.ErrnoException).code !== undefined) {
      throw new UsageError(`cannot read ${name}: ${(error as Error).message}`);
    }
    throw error;
  } finally {
    file.destroy();
    parser.destroy();
  }
}
