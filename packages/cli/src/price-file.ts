import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import type { PriceBook } from '@costspan/pricing';
import { UsageError } from './exit-code.ts';
import { type FileRow, LINE_BYTES_MAX, type PricedRow, readRow, RowPricer } from './price-rows.ts';
import { readLines } from './read-lines.ts';

const STANDARD_INPUT = '-';
/** A 64 KiB chunk of input makes about this much output. */
const CHUNK_BYTES = 64 * 1024;

/** Reads a file of calls, a batch of rows at a time; `-` is standard input. Any line is a row. */
export async function* readRows(file: string, nowMillis: number): AsyncGenerator<FileRow[]> {
  try {
    for await (const lines of readLines(openFile(file), LINE_BYTES_MAX)) {
      yield lines.map((line) => readRow(line, nowMillis));
    }
  } catch (error) {
    if (error instanceof UsageError || !isSystemError(error)) throw error;
    throw new UsageError(`cannot read ${file}: ${error.message}`);
  }
}

/** Prices a file of calls in its order, without ever holding more of it than a chunk. */
export async function* priceRows(
  file: string,
  book: PriceBook,
  nowMillis: number,
): AsyncGenerator<PricedRow[]> {
  const pricer = new RowPricer(book);
  for await (const rows of readRows(file, nowMillis)) yield rows.map((row) => pricer.price(row));
}

/** Writes rows as JSON lines, and waits while the reader is slower. */
export async function writeRows(rows: readonly PricedRow[]): Promise<void> {
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

function openFile(file: string): AsyncIterable<Uint8Array> {
  if (file === STANDARD_INPUT) return process.stdin as AsyncIterable<Uint8Array>;
  try {
    if (statSync(file).isDirectory()) throw new Error('it is a folder');
  } catch (error) {
    throw new UsageError(
      `cannot read ${file}: ${(error as Error).message}; name a file of JSON lines, or - for standard input`,
    );
  }
  return createReadStream(file, { highWaterMark: CHUNK_BYTES });
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
