import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBInstance } from '@duckdb/node-api';
import { isMissing } from '../archive/archive-manifest.ts';
import { lockHolder, openInstance, WAL_SUFFIX } from './database-file.ts';

export const LOCK_FILE = 'lock.duckdb';

/** It has nothing to do. */
const LOCK_OPTIONS = { threads: '1', memory_limit: '16MB' };

/** DuckDB does not notice a second opening in one process, and the two would overwrite each other. */
const LOCKED_FOLDERS = new Set<string>();

export type FolderLock =
  | { readonly holder?: never; readonly release: () => void }
  | { readonly holder: string; readonly release?: never };

/**
 * Takes the lock of a data folder, which ends with the process at the latest. It is not the database's own, as that one can
 * be damaged and take another's place. It is a database nevertheless, because Node has no lock of files and DuckDB has one
 * on every system. No other code may open this file: whoever closes it first ends the lock.
 *
 * @param folder Its real path.
 * @throws Error when the folder cannot be written to.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  if (LOCKED_FOLDERS.has(folder)) return { holder: 'this process' };
  LOCKED_FOLDERS.add(folder);
  let instance: DuckDBInstance | undefined;
  try {
    const path = join(folder, LOCK_FILE);
    instance = await openInstance(path, LOCK_OPTIONS).catch(async (error: unknown) => {
      if (lockHolder(error) !== undefined) throw error;
      await mendLockFile(path);
      return openInstance(path, LOCK_OPTIONS);
    });
  } catch (error) {
    const holder = lockHolder(error);
    if (holder === undefined) throw error;
    return { holder };
  } finally {
    if (instance === undefined) LOCKED_FOLDERS.delete(folder);
  }
  const held = instance;
  return {
    release: () => {
      held.closeSync();
      LOCKED_FOLDERS.delete(folder);
    },
  };
}

/**
 * Overwrites a damaged lock with a good one. The file stays the same one: if another process took its lock in the meantime,
 * that one still holds.
 */
async function mendLockFile(path: string): Promise<void> {
  const fresh = `${path}.new`;
  await rm(fresh, { force: true });
  const instance = await openInstance(fresh, LOCK_OPTIONS);
  instance.closeSync();
  await copyFile(fresh, path);
  await rm(fresh);
  await rm(`${path}${WAL_SUFFIX}`).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}
