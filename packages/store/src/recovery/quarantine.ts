import { existsSync } from 'node:fs';
import { copyFile, link, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { syncPath } from '../archive/durable-file.ts';

/** Keeps what could not be read: a folder for each opening that found something, named by its time. */
export class Quarantine {
  readonly folder: string;
  #isUsed = false;

  constructor(dataFolder: string, at: Date) {
    this.folder = join(dataFolder, 'quarantine', at.toISOString().replaceAll(':', '-'));
  }

  /** Whether anything was put into it. */
  get isUsed(): boolean {
    return this.#isUsed;
  }

  /** Tells that others have put something there. */
  markUsed(): void {
    this.#isUsed = true;
  }

  /** Gives a file a second name here; one that is replaced at its place stays what it was. Gives that name. */
  keep(path: string): Promise<string | undefined> {
    return this.#put(path, async (from, to) => {
      // Some file systems have no links.
      await link(from, to).catch(() => copyFile(from, to));
    });
  }

  /** Gives the copy's path; `undefined` when there is no such file. */
  copy(path: string): Promise<string | undefined> {
    return this.#put(path, copyFile);
  }

  async #put(path: string, put: (from: string, to: string) => Promise<void>): Promise<string | undefined> {
    if (!existsSync(path)) return undefined;
    await mkdir(this.folder, { recursive: true });
    const target = join(this.folder, basename(path));
    await put(path, target);
    await syncPath(this.folder);
    this.#isUsed = true;
    return target;
  }
}
