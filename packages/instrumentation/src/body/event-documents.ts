import type { JsonFields } from '@costspan/semconv';
import type { TapFailure } from '../call-tap.ts';
import type { FieldTree } from './field-tree.ts';
import { JsonExtractor } from './json-extractor.ts';

/** What every framing of a body needs to know. */
export interface DocumentOptions {
  readonly fields: FieldTree;
  readonly eventKeys: readonly string[];
  onDocument(document: JsonFields, eventName: string | undefined): void;
  onFirstEvent?(): void;
  onFailure(failure: TapFailure): void;
}

/** An event that is longer is read as it comes, and not looked through for keys first. */
export const EVENT_BYTES_MAX: number = 32 * 1024;

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const LETTER_D = 0x44;
const LETTER_N = 0x6e;
const SPACE = 0x20;

/**
 * Reads the JSON of a stream's events: the first one, and those that hold one of the keys with a value other than
 * `null`. Chat completions repeat `"usage":null` and `"finish_reason":null` in every event.
 */
export class EventDocuments {
  readonly #options: DocumentOptions;
  readonly #keys: readonly Buffer[];
  /** 1 for the bytes that a key begins with. */
  readonly #isKeyStart: Uint8Array;
  readonly #extractor: JsonExtractor;
  /** An event that the end of the body cuts short is left out; why it ended is not for this reader to say. */
  isEnding = false;
  #name: string | undefined;
  #hasBegun = false;
  #hasRead = false;

  constructor(options: DocumentOptions) {
    const { keys, isKeyStart } = compiledKeys(options.eventKeys);
    this.#options = options;
    this.#keys = keys;
    this.#isKeyStart = isKeyStart;
    this.#extractor = new JsonExtractor(options.fields, (document) =>
      options.onDocument(document, this.#name),
    );
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Something of the first event has come. */
  begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#options.onFirstEvent?.();
  }

  /**
   * Whether a whole event is to be read. What is no JSON object or array is not: `[DONE]`, or a word that keeps the
   * connection open.
   */
  isWanted(bytes: Buffer, start: number, end: number): boolean {
    if (end - start > EVENT_BYTES_MAX) return true;
    let first = start;
    while (first < end && isSpace(bytes[first])) first++;
    if (first === end || (bytes[first] !== OPEN_OBJECT && bytes[first] !== OPEN_ARRAY)) return false;
    if (bytes[first] === OPEN_ARRAY && bytes[first + 1] === LETTER_D) return false;
    return !this.#hasRead || this.#holdsKey(bytes, first, end);
  }

  read(bytes: Buffer, start: number, end: number, name: string | undefined): void {
    this.readPart(bytes, start, end, name);
    this.endParts();
  }

  /** A part of an event that is too long to be kept. */
  readPart(bytes: Buffer, start: number, end: number, name: string | undefined): void {
    this.#hasRead = true;
    this.#name = name;
    if (!this.#extractor.push(bytes, start, end)) this.#options.onFailure('malformed_body');
  }

  /** The end of an event whose parts were read. */
  endParts(): void {
    if (!this.#extractor.end() && !this.isEnding) this.#options.onFailure('malformed_body');
  }

  #holdsKey(bytes: Buffer, start: number, end: number): boolean {
    const isKeyStart = this.#isKeyStart;
    const keys = this.#keys;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== QUOTE || isKeyStart[bytes[at + 1] ?? 0] === 0) continue;
      for (const key of keys) if (holdsKeyAt(bytes, at + 1, end, key)) return true;
    }
    return false;
  }
}

/** Whether a key, with the quote that ends it, stands at `start` and has a value. */
function holdsKeyAt(bytes: Buffer, start: number, end: number, key: Buffer): boolean {
  let at = start + key.length;
  if (at > end) return false;
  for (let index = 0; index < key.length; index++) if (bytes[start + index] !== key[index]) return false;
  while (at < end && isSpace(bytes[at])) at++;
  if (bytes[at] !== COLON) return false;
  at++;
  while (at < end && isSpace(bytes[at])) at++;
  return at < end && bytes[at] !== LETTER_N;
}

function isSpace(byte: number | undefined): boolean {
  return byte !== undefined && byte <= SPACE;
}

interface CompiledKeys {
  readonly keys: readonly Buffer[];
  readonly isKeyStart: Uint8Array;
}

const compiled = new WeakMap<readonly string[], CompiledKeys>();

function compiledKeys(eventKeys: readonly string[]): CompiledKeys {
  let known = compiled.get(eventKeys);
  if (known === undefined) {
    const keys = eventKeys.map((key) => Buffer.from(`${key}"`));
    const isKeyStart = new Uint8Array(256);
    for (const [start = 0] of keys) isKeyStart[start] = 1;
    known = { keys, isKeyStart };
    compiled.set(eventKeys, known);
  }
  return known;
}
