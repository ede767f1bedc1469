import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from '../archive/archive-manifest.ts';
import { replaceFile } from '../archive/durable-file.ts';
import { DATABASE_FILE, WAL_SUFFIX } from './database-file.ts';

/** Openings that may end without a word before the database itself is taken for the cause. */
const OPENINGS_MAX = 3;

const CLOSED = 'closed.json';
const OPENING = 'opening.json';
const DAMAGED = 'damaged.json';

/**
 * What one process leaves in the data folder for the next one: that the database was closed in good order, that opening it
 * was begun and never ended, and that a part of it could not be read.
 */
export class DatabaseMarks {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether the database is as it was when a process closed it. */
  async wasClosedWell(): Promise<boolean> {
    const mark = await this.#read(CLOSED);
    return mark !== undefined && mark === (await this.#databaseState());
  }

  async closedWell(): Promise<void> {
    const state = await this.#databaseState();
    if (state !== undefined) await this.#write(CLOSED, state);
  }

  /** Counts an opening; false when too many before it ended with the process, as those of a damage do that kills it. */
  async beginOpening(): Promise<boolean> {
    const begun = Number((await this.#read(OPENING)) ?? 0);
    await this.#write(OPENING, String(Number.isSafeInteger(begun) ? begun + 1 : 1));
    return begun < OPENINGS_MAX;
  }

  async endOpening(): Promise<void> {
    await Promise.all([CLOSED, OPENING].map((name) => this.#remove(name)));
  }

  /** Why an earlier process took the database for damaged. */
  damage(): Promise<string | undefined> {
    return this.#read(DAMAGED);
  }

  async foundDamage(message: string): Promise<void> {
    await this.#write(DAMAGED, JSON.stringify(message.slice(0, 1000)));
  }

  /** After the database was made again. */
  async clear(): Promise<void> {
    await Promise.all([CLOSED, OPENING, DAMAGED].map((name) => this.#remove(name)));
  }

  async #databaseState(): Promise<string | undefined> {
    const path = join(this.#folder, DATABASE_FILE);
    try {
      const { size, mtimeMs } = await stat(path);
      const hasWal = await stat(`${path}${WAL_SUFFIX}`).then(
        () => true,
        () => false,
      );
      return hasWal ? undefined : JSON.stringify({ bytes: size, modifiedMillis: mtimeMs });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #read(name: string): Promise<string | undefined> {
    return readFile(join(this.#folder, name), 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
  }

  async #write(name: string, text: string): Promise<void> {
    await replaceFile(join(this.#folder, name), text);
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true });
  }
}
