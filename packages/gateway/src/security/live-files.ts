import { open } from 'node:fs/promises';

/** A value, or in words for a log what is wrong and how it is mended. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string };

/** A file and the configuration key that names it, for error messages. */
export interface NamedFile {
  readonly key: string;
  readonly path: string;
}

export interface LiveFilesOptions<Value> {
  readonly files: readonly NamedFile[];
  /** Makes a value of the files' texts, in their order. */
  readonly parse: (texts: readonly string[]) => Parsed<Value>;
}

/** What is told while files are watched. */
export interface LiveFilesObserver {
  onChange(): void;
  /** The files are not what they must be, and the last good value stays. Told at every look until they are mended. */
  onProblem(problem: string): void;
}

const FILE_BYTES_MAX = 1024 * 1024;

/**
 * What some small files say, read again when they change. Their contents are compared, not their times, so that it does
 * not matter how they are replaced: in place, by a rename, or by the symbolic links of a mounted Kubernetes secret.
 * Files that are wrong, or that two looks in a row do not find the same, change nothing.
 */
export class LiveFiles<Value> {
  readonly #options: LiveFilesOptions<Value>;
  #texts: readonly string[];
  #value: Value;
  /** Other texts that the look before found. */
  #seen: readonly string[] | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: LiveFilesOptions<Value>, texts: readonly string[], value: Value) {
    this.#options = options;
    this.#texts = texts;
    this.#value = value;
  }

  static async open<Value>(options: LiveFilesOptions<Value>): Promise<Parsed<LiveFiles<Value>>> {
    const texts = await readTexts(options.files);
    if (!texts.ok) return texts;
    const parsed = options.parse(texts.value);
    if (!parsed.ok) return parsed;
    return { ok: true, value: new LiveFiles(options, texts.value, parsed.value) };
  }

  get current(): Value {
    return this.#value;
  }

  watch(everyMillis: number, observer: LiveFilesObserver): void {
    const look = (): void => {
      this.#timer = setTimeout(() => void this.#look(observer).finally(look), everyMillis).unref();
    };
    look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #look(observer: LiveFilesObserver): Promise<void> {
    const texts = await readTexts(this.#options.files);
    if (this.#timer === undefined) return;
    if (!texts.ok) {
      observer.onProblem(texts.problem);
      return;
    }
    if (isSame(texts.value, this.#texts)) {
      this.#seen = undefined;
      return;
    }
    // A file that is being written can be valid without its end: a token would lose the tenant that it is bound to.
    const isSettled = this.#seen !== undefined && isSame(texts.value, this.#seen);
    this.#seen = texts.value;
    if (!isSettled) return;
    const parsed = this.#options.parse(texts.value);
    if (!parsed.ok) {
      observer.onProblem(parsed.problem);
      return;
    }
    this.#texts = texts.value;
    this.#value = parsed.value;
    observer.onChange();
  }
}

function isSame(texts: readonly string[], others: readonly string[]): boolean {
  return texts.every((text, index) => text === others[index]);
}

async function readTexts(files: readonly NamedFile[]): Promise<Parsed<readonly string[]>> {
  const texts: string[] = [];
  for (const file of files) {
    const text = await readText(file);
    if (!text.ok) return text;
    texts.push(text.value);
  }
  return { ok: true, value: texts };
}

async function readText({ key, path }: NamedFile): Promise<Parsed<string>> {
  const problem = (what: string): Parsed<string> => ({ ok: false, problem: `${key}: ${path} ${what}` });
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > FILE_BYTES_MAX) return problem(`has more than ${FILE_BYTES_MAX} bytes; is it the right file?`);
    return { ok: true, value: await file.readFile('utf8') };
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    const mend =
      code === 'ENOENT'
        ? 'does not exist; relative paths start at the folder of the configuration'
        : code === 'EACCES'
          ? 'may not be read by this user; change its owner or mode'
          : code === 'EISDIR'
            ? 'is a folder; name the file in it'
            : `cannot be read (${code})`;
    return problem(mend);
  }
}
