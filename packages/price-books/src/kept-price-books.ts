import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PriceBookData } from '@costspan/pricing';
import { type CheckedPriceBook, checkPriceBook } from './check-price-book.ts';
import { type PriceBookRefusal, reasonOf, refused, RefusalError } from './price-book-refusal.ts';
import { SIGNATURE_CHARACTERS_MAX } from './price-book-signature.ts';

/** Where a kept book came from. Nothing is decided by it. */
export interface PriceBookOrigin {
  readonly foundAt: string;
  /** ISO 8601. */
  readonly fetchedAt: string;
}

/** A price book that was checked and is kept. */
export interface KeptPriceBook extends PriceBookOrigin {
  readonly data: PriceBookData;
  /** `sha256:` over the exact bytes. */
  readonly contentAddress: string;
  /** What its `.sig` file holds, where keys are configured. */
  readonly signature: string | undefined;
  /** The key that signed it, where keys are configured. */
  readonly keyId: string | undefined;
}

export interface KeptPriceBooksOptions {
  readonly directory: string;
  readonly publicKeys: readonly string[] | undefined;
  readonly bytesMax: number;
  readonly keptMax: number;
}

export interface LoadedPriceBook {
  /** The newest good one. */
  readonly book: KeptPriceBook | undefined;
  readonly warnings: readonly PriceBookRefusal[];
}

interface ListedPriceBook {
  readonly name: string;
  /** As the metadata say; empty without any. */
  readonly version: string;
}

const POINTER_FILE = 'current';
const TEMPORARY = '.tmp';
const BOOK_FILE = /^([0-9a-f]{64})\.json$/;
/** Files of a book, and half-written ones. What else is in the directory is not ours to remove. */
const OWN_FILE = /^(?:([0-9a-f]{64})\.(?:json\.sig|metadata\.json)|[0-9a-f]{24}\.tmp)$/;
/** A directory of its own has a few dozens. */
const DIRECTORY_FILES_MAX = 1000;
const METADATA_BYTES_MAX = 4096;
/** Another process may be about to finish what is younger. */
const LEFTOVER_MILLIS = 3_600_000;

/**
 * Price books in a directory, each named by its content: `<sha256>.json` with `<sha256>.json.sig` and
 * `<sha256>.metadata.json`. `current` names the one in force. A file appears under its name only when it is
 * whole and on the disk, the book after what belongs to it, and the pointer last.
 */
export class KeptPriceBooks {
  readonly #options: KeptPriceBooksOptions;

  constructor(options: KeptPriceBooksOptions) {
    this.#options = options;
  }

  /** Finds the newest good book, checked again; damaged ones on the way are warnings. Never throws. */
  async load(): Promise<LoadedPriceBook> {
    const warnings: PriceBookRefusal[] = [];
    let newest: KeptPriceBook | undefined;
    try {
      await mkdir(this.#options.directory, { recursive: true });
      for (const { name, version } of (await this.#listed()).slice(0, this.#options.keptMax)) {
        // A check takes tens of milliseconds, so what cannot be newer is spared one.
        if (newest !== undefined && version !== '' && version <= newest.data.version) continue;
        const read = await this.#read(name);
        if (!read.ok) warnings.push(read.error);
        else if (newest === undefined || read.book.data.version > newest.data.version) newest = read.book;
      }
    } catch (error) {
      warnings.push(unusable(this.#options.directory, error));
    }
    return { book: newest, warnings };
  }

  /** Writes a book and points to it. @returns what went wrong, if anything did. */
  async keep(book: CheckedPriceBook, origin: PriceBookOrigin): Promise<PriceBookRefusal | undefined> {
    const name = nameOf(book.contentAddress);
    const { version, digest } = book.data;
    const metadata = { version, digest, keyId: book.keyId, ...origin };
    try {
      await mkdir(this.#options.directory, { recursive: true });
      if (book.signature !== undefined) await this.#write(`${name}.json.sig`, book.signature);
      await this.#write(`${name}.metadata.json`, `${JSON.stringify(metadata, null, 1)}\n`);
      await this.#write(`${name}.json`, book.text);
      await this.#write(POINTER_FILE, `${name}\n`);
      await this.#removeOld(name);
      return undefined;
    } catch (error) {
      return unusable(this.#options.directory, error);
    }
  }

  async #read(
    name: string,
  ): Promise<{ ok: true; book: KeptPriceBook } | { ok: false; error: PriceBookRefusal }> {
    const { bytesMax, publicKeys } = this.#options;
    const path = join(this.#options.directory, `${name}.json`);
    try {
      const text = await readBounded(path, bytesMax);
      const signature =
        publicKeys === undefined
          ? undefined
          : await readBounded(`${path}.sig`, SIGNATURE_CHARACTERS_MAX).catch(() => undefined);
      const checked = checkPriceBook(text, { signature, publicKeys });
      if (!checked.ok) return damaged(path, checked.error.message);
      if (nameOf(checked.contentAddress) !== name)
        return damaged(path, 'its bytes are not those of its name');
      const { data, contentAddress, keyId } = checked;
      const { foundAt, fetchedAt } = await this.#readMetadata(name);
      return { ok: true, book: { data, contentAddress, signature, keyId, foundAt, fetchedAt } };
    } catch (error) {
      return damaged(path, reasonOf(error));
    }
  }

  async #readMetadata(name: string): Promise<PriceBookOrigin & { readonly version: string }> {
    let fields: Partial<Record<string, unknown>> = {};
    try {
      const path = join(this.#options.directory, `${name}.metadata.json`);
      const value: unknown = JSON.parse(await readBounded(path, METADATA_BYTES_MAX));
      if (typeof value === 'object' && value !== null) fields = value;
    } catch {
      // A book is good without it.
    }
    const text = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '');
    return { foundAt: text('foundAt'), fetchedAt: text('fetchedAt'), version: text('version') };
  }

  async #readPointer(): Promise<string | undefined> {
    try {
      return (await readBounded(join(this.#options.directory, POINTER_FILE), 100)).trim();
    } catch {
      return undefined;
    }
  }

  /** The one in force, then what has no metadata, then the newest first. */
  async #listed(): Promise<readonly ListedPriceBook[]> {
    const { directory } = this.#options;
    const inForce = await this.#readPointer();
    const listed: ListedPriceBook[] = [];
    for (const file of (await readdir(directory)).slice(0, DIRECTORY_FILES_MAX)) {
      const name = BOOK_FILE.exec(file)?.[1];
      if (name !== undefined) listed.push({ name, version: (await this.#readMetadata(name)).version });
    }
    const rank = ({ name, version }: ListedPriceBook): string =>
      name === inForce ? '~~' : version === '' ? '~' : version;
    return listed.toSorted((a, b) => (rank(a) < rank(b) ? 1 : -1));
  }

  async #removeOld(inForce: string): Promise<void> {
    const { directory, keptMax } = this.#options;
    const others = (await this.#listed())
      .filter(({ name }) => name !== inForce)
      .toSorted((a, b) => (a.version < b.version ? 1 : -1));
    for (const { name } of others.slice(Math.max(0, keptMax - 1))) {
      for (const file of [`${name}.json`, `${name}.json.sig`, `${name}.metadata.json`])
        await rm(join(directory, file), { force: true });
    }
    const files = await readdir(directory);
    for (const file of files.slice(0, DIRECTORY_FILES_MAX)) {
      const own = OWN_FILE.exec(file);
      if (own === null || files.includes(`${own[1] ?? ''}.json`)) continue;
      const path = join(directory, file);
      // Another process may have removed it already.
      const found = await lstat(path).catch(() => undefined);
      if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_MILLIS)
        await rm(path, { force: true });
    }
  }

  async #write(file: string, text: string): Promise<void> {
    const { directory } = this.#options;
    const temporary = join(directory, `${randomBytes(12).toString('hex')}${TEMPORARY}`);
    try {
      const handle = await open(temporary, 'wx');
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, join(directory, file));
      await syncDirectory(directory);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

function nameOf(contentAddress: string): string {
  return contentAddress.slice('sha256:'.length);
}

/** Makes a rename durable. Not every file system lets a directory be opened for it. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // The files are whole in any case; at worst the newest is fetched again.
  }
}

async function readBounded(path: string, bytesMax: number): Promise<string> {
  const found = await lstat(path);
  if (!found.isFile()) throw new RefusalError('kept_book_damaged', 'it is no file');
  if (found.size > bytesMax)
    throw new RefusalError('kept_book_damaged', `it has more than ${bytesMax} bytes`);
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(path));
}

function damaged(path: string, why: string): { readonly ok: false; readonly error: PriceBookRefusal } {
  return refused('kept_book_damaged', `the kept price book ${path} is not used: ${why}; remove it`);
}

function unusable(directory: string, error: unknown): PriceBookRefusal {
  return refused(
    'directory_unusable',
    `price books cannot be kept in ${directory}: ${reasonOf(error)}; a restart falls back to an older one until the directory can be written`,
  ).error;
}
