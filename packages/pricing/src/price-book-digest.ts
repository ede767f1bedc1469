import { createHash } from 'node:crypto';
import type { EntryData } from './price-book-data.ts';

/** SHA-256 over the entries as JSON with sorted keys, so that it names the prices and not their layout. */
export function digestOf(entries: readonly EntryData[]): string {
  return `sha256:${createHash('sha256').update(canonicalJson(entries)).digest('hex')}`;
}

/** JSON with the keys of every object in one order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
