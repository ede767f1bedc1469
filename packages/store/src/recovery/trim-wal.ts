import { readFile, writeFile } from 'node:fs/promises';
import { checksumOfBytes } from './database-blocks.ts';

/** The WAL's first entry says its version; it has no checksum and ends as every entry does. */
const ENTRY_END = Buffer.from([0xff, 0xff]);
const FIRST_ENTRY_BYTES_MAX = 256;
/** The entry that ends a transaction. */
const FLUSH = Buffer.from([0x64, 0x00, 0x64, 0xff, 0xff]);
/** An entry's length and checksum, 64 bits each. */
const ENTRY_HEADER_BYTES = 16;

/**
 * The bytes of a DuckDB WAL up to the end of its last whole transaction before anything damaged; `undefined` when there
 * is none.
 *
 * @see https://github.com/duckdb/duckdb/blob/main/src/storage/wal_replay.cpp
 */
export function wholeTransactions(wal: Buffer): Buffer | undefined {
  let start = wal.indexOf(ENTRY_END);
  while (start !== -1 && start < FIRST_ENTRY_BYTES_MAX) {
    const end = lastFlush(wal, start + ENTRY_END.length);
    if (end !== undefined) return wal.subarray(0, end);
    start = wal.indexOf(ENTRY_END, start + 1);
  }
  return undefined;
}

/** Writes a WAL that ends with the last whole transaction; false when it has none. */
export async function writeTrimmedWal(from: string, to: string): Promise<boolean> {
  const whole = wholeTransactions(await readFile(from));
  if (whole === undefined) return false;
  await writeFile(to, whole);
  return true;
}

function lastFlush(wal: Buffer, start: number): number | undefined {
  let flushed: number | undefined;
  let offset = start;
  while (offset + ENTRY_HEADER_BYTES <= wal.length) {
    const length = wal.readBigUInt64LE(offset);
    const first = offset + ENTRY_HEADER_BYTES;
    if (length === 0n || length > BigInt(wal.length - first)) break;
    const entry = wal.subarray(first, first + Number(length));
    if (checksumOfBytes(entry) !== wal.readBigUInt64LE(offset + 8)) break;
    offset = first + Number(length);
    if (entry.equals(FLUSH)) flushed = offset;
  }
  return flushed;
}
