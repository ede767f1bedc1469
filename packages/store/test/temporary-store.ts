import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CostRecord } from '@costspan/cost-model';
import { afterAll } from 'vitest';
import { openDuckDbStore, type OpenStoreOptions, type RecordStore } from '../src/index.ts';

const folders: string[] = [];
const stores: RecordStore[] = [];
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-store-'));
  folders.push(folder);
  return folder;
}

/** Opens a store that is closed, and its folder removed, after the tests of the file. */
export async function openStore(options: Partial<OpenStoreOptions> = {}): Promise<RecordStore> {
  const result = await openDuckDbStore({ path: temporaryFolder(), ...options });
  if (!result.ok) throw new Error(result.error.message);
  stores.push(result.store);
  return result.store;
}

export async function allRecords(store: RecordStore, limit = 3): Promise<CostRecord[]> {
  const found: CostRecord[] = [];
  let afterKey: string | undefined;
  do {
    const page = await store.records({ limit, ...(afterKey !== undefined && { afterKey }) });
    found.push(...page.records);
    afterKey = page.nextKey;
  } while (afterKey !== undefined);
  return found;
}

export function keyOf(record: CostRecord): string {
  return `${record.traceId}-${record.spanId}`;
}

/** What a store keeps of these records: the first one of each key. */
export function firstByKey(records: readonly CostRecord[]): CostRecord[] {
  const first = new Map<string, CostRecord>();
  for (const record of records) if (!first.has(keyOf(record))) first.set(keyOf(record), record);
  return [...first.values()];
}
