/**
 * What is to come of a document, worked out the plain way: parsed whole by `JSON.parse`, then cut down path by path.
 * `undefined` when none of the fields is in it.
 */
export function picked(value: unknown, paths: readonly string[]): unknown {
  return pick(
    value,
    paths.map((path) => path.split('.')),
  );
}

function pick(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return taken(value);
  const below = (name: string) => paths.filter((path) => path[0] === name).map((path) => path.slice(1));
  if (Array.isArray(value)) {
    const elements = value
      .map((element) => pick(element, below('*')))
      .filter((element) => element !== undefined);
    return elements.length > 0 && below('*').length > 0 ? elements : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = Object.entries(value).flatMap(([key, field]) => {
    const result = key === '*' ? undefined : pick(field, below(key));
    return result === undefined ? [] : [[key, result] as const];
  });
  return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

/** Texts up to 256 characters; what is longer is left out. */
function taken(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= 256 ? value : undefined;
  if (Array.isArray(value)) return value.map(taken).filter((element) => element !== undefined);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, field]) => [key, taken(field)] as const);
  return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
}

export interface ReadDocuments {
  readonly documents: readonly unknown[];
  readonly isWellFormed: boolean;
}

/**
 * The same for bytes that need not be JSON, by a grammar of its own: what no path leads to is a string, or balanced
 * brackets with strings among them, or a word.
 */
export function readLeniently(bytes: Buffer, paths: readonly string[]): ReadDocuments {
  const reader = new LenientReader(bytes);
  const fields = paths.map((path) => path.split('.'));
  let isWellFormed = true;
  try {
    reader.readTop(fields);
  } catch {
    isWellFormed = false;
  }
  return { documents: reader.documents, isWellFormed };
}

class LenientReader {
  readonly documents: unknown[] = [];
  /** One character for each byte. */
  readonly #text: string;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#text = bytes.toString('latin1');
  }

  readTop(paths: string[][]): void {
    for (;;) {
      this.#space();
      if (this.#at === this.#text.length) return;
      if (this.#peek() === '{') this.documents.push(this.#object(paths) ?? {});
      else if (this.#peek() === '[') this.#elements((): void => this.#listed(paths));
      else this.#skip(true);
    }
  }

  #listed(paths: string[][]): void {
    if (this.#peek() === '{') this.documents.push(this.#object(paths) ?? {});
    else this.#skip(false);
  }

  #value(paths: string[][]): unknown {
    if (paths.some((path) => path.length === 0)) {
      const start = this.#at;
      this.#skip(false);
      return taken(JSON.parse(Buffer.from(this.#text.slice(start, this.#at), 'latin1').toString()));
    }
    const inElements = below(paths, '*');
    if (this.#peek() === '{' && paths.length > inElements.length) return this.#object(paths);
    if (this.#peek() === '[' && inElements.length > 0) return this.#array(inElements);
    this.#skip(false);
    return undefined;
  }

  #array(paths: string[][]): unknown {
    const elements: unknown[] = [];
    this.#elements((): void => {
      const element = this.#value(paths);
      if (element !== undefined) elements.push(element);
    });
    return elements.length > 0 ? elements : undefined;
  }

  #elements(readElement: () => void): void {
    this.#expect('[');
    this.#space();
    if (this.#accept(']')) return;
    for (;;) {
      this.#space();
      readElement();
      this.#space();
      if (this.#accept(']')) return;
      this.#expect(',');
    }
  }

  #object(paths: string[][]): unknown {
    const fields = new Map<string, unknown>();
    this.#expect('{');
    this.#space();
    if (this.#accept('}')) return undefined;
    for (;;) {
      this.#space();
      const key = this.#key();
      this.#space();
      this.#expect(':');
      this.#space();
      const value = this.#value(key === undefined ? [] : below(paths, key));
      if (key !== undefined) fields.set(key, value);
      this.#space();
      if (this.#accept('}')) break;
      this.#expect(',');
    }
    const present = [...fields].filter(([, value]) => value !== undefined);
    return present.length > 0 ? Object.fromEntries(present) : undefined;
  }

  #key(): string | undefined {
    const raw = this.#match(/"(?:[^"\\]|\\[^])*"/y).slice(1, -1);
    const text = Buffer.from(raw, 'latin1').toString();
    if (!raw.includes('\\')) return text;
    try {
      return JSON.parse(`"${text}"`) as string;
    } catch {
      return undefined;
    }
  }

  #skip(isTop: boolean): void {
    if (this.#peek() === '"') {
      this.#match(/"(?:[^"\\]|\\[^])*"/y);
    } else if (this.#peek() === '{' || this.#peek() === '[') {
      for (let depth = 0; ;) {
        const part = this.#match(/[^"[\]{}]*(?:[[\]{}]|"(?:[^"\\]|\\[^])*")/y).at(-1)!;
        if (part !== '"') depth += '[{'.includes(part) ? 1 : -1;
        if (depth === 0) return;
      }
    } else {
      this.#match(/[-0-9tfn][-+.0-9A-Za-z]*/y);
      if (!isTop && this.#at === this.#text.length) throw new SyntaxError('cut short');
    }
  }

  #space(): void {
    this.#match(/[ \t\r\n]*/y);
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #accept(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw new SyntaxError(`no ${character} at ${this.#at}`);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw new SyntaxError(`unexpected at ${this.#at}`);
    this.#at += found.length;
    return found;
  }
}

function below(paths: readonly (readonly string[])[], name: string): string[][] {
  return paths.filter((path) => path[0] === name).map((path) => path.slice(1));
}
