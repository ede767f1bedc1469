import type { JsonFields } from '@costspan/semconv';
import { fieldNamed, type FieldTree } from './field-tree.ts';
import {
  BACKSLASH,
  BYTE_KINDS,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  ENDS_ESCAPED,
  FAR_BYTES,
  IS_STRUCTURE,
  NOT_ENDED,
  OPEN_ARRAY,
  OPEN_OBJECT,
  PRIMITIVE_PART,
  PRIMITIVE_START,
  QUOTE,
  SPACE,
  stringEnd,
  StructureSearch,
} from './json-bytes.ts';
import { readTakenValue } from './taken-value.ts';

/** A taken value has at most this many bytes of JSON; a longer one is left out. */
const VALUE_BYTES_MAX = 16 * 1024;
/** All taken values of one document together, each with what it costs to keep it; half of it for those in arrays. */
const DOCUMENT_BYTES_MAX = 32 * 1024;
const VALUE_COST_BYTES = 32;
const NESTING_MAX = 10_000;

const EXPECT_DOCUMENT = 0;
const EXPECT_VALUE = 1;
const EXPECT_ELEMENT_OR_END = 2;
const EXPECT_KEY = 3;
const EXPECT_KEY_OR_END = 4;
const IN_KEY = 5;
const EXPECT_COLON = 6;
const EXPECT_COMMA_OR_END = 7;
const IN_STRING = 8;
const IN_PRIMITIVE = 9;
const IN_NESTED = 10;
const MALFORMED = 11;

const HELD_BYTES_MIN = 256;

/** An object or an array whose fields are read. */
interface Frame {
  readonly parent: Frame | undefined;
  readonly tree: FieldTree;
  readonly isObject: boolean;
  /** What is wanted of each element of an array. */
  readonly element: FieldTree | undefined;
  /** The array at the top, whose elements are documents. */
  readonly isList: boolean;
  readonly isInArray: boolean;
  /** Both are created with their first value: what holds none of the fields is left out. */
  fields: Record<string, unknown> | undefined;
  elements: unknown[] | undefined;
}

/**
 * Cuts JSON documents down to the wanted fields while their bytes come in, split anywhere. What no path leads to is
 * passed over by its quotes and brackets alone; nothing of it is kept, nor checked further. A taken value is read as
 * `JSON.parse` reads it, and as there the last of several equal keys counts.
 *
 * Documents may follow one another, with or without whitespace between. A top-level array is a list of documents.
 * Only objects are documents.
 */
export class JsonExtractor {
  readonly #root: FieldTree;
  readonly #onDocument: (document: JsonFields) => void;
  #state = EXPECT_DOCUMENT;
  #frame: Frame | undefined;
  /** What is wanted of the value that comes next. */
  #wanted: FieldTree | undefined;
  /** Open brackets of the value under way. */
  #depth = 0;
  /** The byte before the current ones was a backslash that escapes. */
  #isEscaped = false;
  #isTaking = false;
  /** Where the taken value begins in the current bytes. */
  #takenStart = 0;
  /** What came of a taken value, or of a key, in earlier bytes. */
  #held: Buffer | undefined;
  #heldLength = 0;
  #isKeyEscaped = false;
  #documentBytes = 0;
  #search: StructureSearch | undefined;

  constructor(fields: FieldTree, onDocument: (document: JsonFields) => void) {
    this.#root = fields;
    this.#onDocument = onDocument;
  }

  /** @returns false once the bytes are no JSON; the rest is ignored. */
  push(input: Uint8Array, start: number = 0, end: number = input.length): boolean {
    const bytes = Buffer.isBuffer(input) ? input : Buffer.from(input.buffer, input.byteOffset, input.length);
    let at = start;
    this.#takenStart = start;
    while (at < end) {
      switch (this.#state) {
        case IN_NESTED:
          at = this.#passNested(bytes, at, end);
          break;
        case IN_STRING:
          at = this.#passString(bytes, at, end);
          break;
        case IN_PRIMITIVE:
          at = this.#passPrimitive(bytes, at, end);
          break;
        case IN_KEY:
          at = this.#readKey(bytes, at, end);
          break;
        case MALFORMED:
          return false;
        default:
          at = this.#readToken(bytes, at, end);
      }
    }
    if (this.#isTaking) this.#hold(bytes, this.#takenStart, end);
    this.#search?.forget();
    return this.#state !== MALFORMED;
  }

  /**
   * Nothing more comes; another input may be pushed afterwards.
   *
   * @returns false when the last document is incomplete.
   */
  end(): boolean {
    if (this.#state === IN_PRIMITIVE && this.#frame === undefined) this.#state = EXPECT_DOCUMENT;
    if (this.#state !== EXPECT_DOCUMENT) this.#fail();
    this.#held = undefined;
    return this.#state !== MALFORMED;
  }

  #readToken(bytes: Buffer, at: number, end: number): number {
    const byte = bytes[at];
    if (byte === undefined || BYTE_KINDS[byte] === SPACE) return at + 1;
    switch (this.#state) {
      case EXPECT_DOCUMENT:
        this.#wanted = this.#root;
        return this.#beginValue(bytes, at, end);
      case EXPECT_ELEMENT_OR_END:
        if (byte === CLOSE_ARRAY) this.#closeFrame();
        else return this.#beginValue(bytes, at, end);
        return at + 1;
      case EXPECT_VALUE:
        return this.#beginValue(bytes, at, end);
      case EXPECT_KEY_OR_END:
      case EXPECT_KEY:
        if (byte === QUOTE) return this.#readKey(bytes, at + 1, end);
        if (byte === CLOSE_OBJECT && this.#state === EXPECT_KEY_OR_END) this.#closeFrame();
        else this.#fail();
        return at + 1;
      case EXPECT_COLON:
        if (byte === COLON) this.#state = EXPECT_VALUE;
        else this.#fail();
        return at + 1;
      default:
        this.#readCommaOrEnd(byte);
        return at + 1;
    }
  }

  #readCommaOrEnd(byte: number): void {
    const frame = this.#frame;
    if (frame === undefined) {
      this.#fail();
    } else if (byte === COMMA) {
      this.#state = frame.isObject ? EXPECT_KEY : EXPECT_VALUE;
      this.#wanted = frame.element;
    } else if (byte === (frame.isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.#closeFrame();
    } else {
      this.#fail();
    }
  }

  #beginValue(bytes: Buffer, at: number, end: number): number {
    const byte = bytes[at] ?? 0;
    const wanted = this.#wanted;
    if (byte === OPEN_OBJECT && wanted !== undefined && wanted.isObject) {
      this.#openFrame(wanted, true);
      return at + 1;
    }
    if (byte === OPEN_ARRAY && wanted !== undefined && this.#isArrayRead(wanted)) {
      this.#openFrame(wanted, false);
      return at + 1;
    }
    if (wanted !== undefined && wanted.isTaken) {
      this.#isTaking = true;
      this.#takenStart = at;
      this.#heldLength = 0;
    }
    if (byte === QUOTE) return this.#passString(bytes, at + 1, end);
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      this.#depth = 1;
      this.#state = IN_NESTED;
    } else if (BYTE_KINDS[byte] === PRIMITIVE_START) {
      this.#state = IN_PRIMITIVE;
    } else {
      this.#fail();
    }
    return at + 1;
  }

  #isArrayRead(wanted: FieldTree): boolean {
    return wanted.element !== undefined || this.#frame === undefined;
  }

  #openFrame(tree: FieldTree, isObject: boolean): void {
    const parent = this.#frame;
    const isList = parent === undefined && !isObject;
    const element = isObject ? undefined : isList ? this.#root : tree.element;
    if (isObject && (parent === undefined || parent.isList)) this.#documentBytes = 0;
    const isInArray = !isList && (!isObject || parent?.isInArray === true);
    this.#frame = {
      parent,
      tree,
      isObject,
      element,
      isList,
      isInArray,
      fields: undefined,
      elements: undefined,
    };
    this.#wanted = element;
    this.#state = isObject ? EXPECT_KEY_OR_END : EXPECT_ELEMENT_OR_END;
  }

  #closeFrame(): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    const { parent, fields, elements } = frame;
    this.#frame = parent;
    this.#state = parent === undefined ? EXPECT_DOCUMENT : EXPECT_COMMA_OR_END;
    if (frame.isObject && (parent === undefined || parent.isList)) this.#onDocument(fields ?? {});
    else if (parent === undefined) return;
    else if (elements !== undefined) addTo(parent, frame.tree, elements);
    else if (fields !== undefined && !isEmpty(fields)) addTo(parent, frame.tree, fields);
  }

  #passNested(bytes: Buffer, start: number, end: number): number {
    let at = start;
    let far = start + FAR_BYTES;
    let depth = this.#depth;
    while (at < end) {
      const byte = bytes[at++] ?? 0;
      if (IS_STRUCTURE[byte] === 0) {
        if (at < far) continue;
        at = (this.#search ??= new StructureSearch()).next(bytes, at, end);
        far = at + FAR_BYTES;
      } else if (byte === QUOTE) {
        at = this.#stringEnd(bytes, at, end);
        if (at === NOT_ENDED) {
          this.#depth = depth;
          this.#state = IN_STRING;
          return end;
        }
        far = at + FAR_BYTES;
      } else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) {
        if (++depth > NESTING_MAX) return this.#fail(end);
      } else if (--depth === 0) {
        this.#depth = 0;
        this.#endValue(bytes, at);
        return at;
      }
    }
    this.#depth = depth;
    return end;
  }

  #passString(bytes: Buffer, start: number, end: number): number {
    const at = this.#stringEnd(bytes, start, end);
    if (at === NOT_ENDED) {
      this.#state = IN_STRING;
      return end;
    }
    if (this.#depth === 0) this.#endValue(bytes, at);
    else this.#state = IN_NESTED;
    return at;
  }

  /** The index after the quote that ends the string. */
  #stringEnd(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#isEscaped && at < end) {
      this.#isEscaped = false;
      at++;
    }
    at = stringEnd(bytes, at, end);
    if (at >= 0) return at;
    this.#isEscaped = at === ENDS_ESCAPED;
    return NOT_ENDED;
  }

  #passPrimitive(bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && (BYTE_KINDS[bytes[at] ?? 0] ?? 0) >= PRIMITIVE_PART) at++;
    if (at < end) this.#endValue(bytes, at);
    return at;
  }

  #endValue(bytes: Buffer, end: number): void {
    this.#state = this.#frame === undefined ? EXPECT_DOCUMENT : EXPECT_COMMA_OR_END;
    if (this.#isTaking) this.#takeValue(bytes, end);
  }

  #takeValue(bytes: Buffer, end: number): void {
    const frame = this.#frame;
    const tree = this.#wanted;
    this.#isTaking = false;
    const length = this.#heldLength + end - this.#takenStart;
    if (frame === undefined || tree === undefined || length > VALUE_BYTES_MAX) return;
    const documentBytes = this.#documentBytes + length + VALUE_COST_BYTES;
    if (documentBytes > (frame.isInArray ? DOCUMENT_BYTES_MAX / 2 : DOCUMENT_BYTES_MAX)) return;
    let source = bytes;
    let start = this.#takenStart;
    if (this.#heldLength > 0) {
      this.#hold(bytes, start, end);
      source = this.#held ?? bytes;
      start = 0;
    }
    try {
      const value = readTakenValue(source, start, start + length);
      if (value === undefined) return;
      this.#documentBytes = documentBytes;
      addTo(frame, tree, value);
    } catch {
      this.#fail();
    }
  }

  /** Reads a key of which `start` is the first byte not seen before. */
  #readKey(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#state !== IN_KEY) {
      this.#state = IN_KEY;
      this.#heldLength = 0;
      this.#isKeyEscaped = false;
    } else if (this.#isEscaped) {
      this.#isEscaped = false;
      at++;
    }
    while (at < end) {
      const byte = bytes[at++];
      if (byte === QUOTE) {
        this.#endKey(bytes, start, at - 1);
        return at;
      }
      if (byte === BACKSLASH) {
        this.#isKeyEscaped = true;
        at++;
      }
    }
    this.#isEscaped = at > end;
    this.#holdKey(bytes, start, end);
    return end;
  }

  #endKey(bytes: Buffer, start: number, end: number): void {
    this.#state = EXPECT_COLON;
    this.#wanted = undefined;
    const frame = this.#frame;
    if (frame === undefined) return;
    let field: FieldTree | undefined;
    if (this.#heldLength === 0 && !this.#isKeyEscaped) {
      field = fieldNamed(frame.tree, bytes, start, end);
    } else {
      this.#holdKey(bytes, start, end);
      field = this.#heldField(frame.tree);
    }
    if (field === undefined) return;
    this.#wanted = field;
    if (frame.fields !== undefined && field.name in frame.fields) delete frame.fields[field.name];
  }

  #heldField(tree: FieldTree): FieldTree | undefined {
    const length = this.#heldLength;
    if (this.#held === undefined || length > tree.keyBytesMax) return undefined;
    if (!this.#isKeyEscaped) return fieldNamed(tree, this.#held, 0, length);
    try {
      const name: unknown = JSON.parse(`"${this.#held.toString('utf8', 0, length)}"`);
      return typeof name === 'string' ? tree.fieldsByName.get(name) : undefined;
    } catch {
      return undefined;
    }
  }

  #holdKey(bytes: Buffer, start: number, end: number): void {
    const spare = (this.#frame?.tree.keyBytesMax ?? 0) + 1 - this.#heldLength;
    this.#hold(bytes, start, Math.min(end, start + spare));
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    const length = this.#heldLength + end - start;
    if (length > VALUE_BYTES_MAX) {
      this.#isTaking = false;
      this.#held = undefined;
      return;
    }
    if (this.#held === undefined || this.#held.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(HELD_BYTES_MIN, length * 2));
      this.#held?.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldLength, start, end);
    this.#heldLength = length;
  }

  #fail(next: number = 0): number {
    this.#state = MALFORMED;
    this.#isTaking = false;
    this.#held = undefined;
    this.#frame = undefined;
    return next;
  }
}

function addTo(frame: Frame, tree: FieldTree, value: unknown): void {
  if (frame.isObject) (frame.fields ??= {})[tree.name] = value;
  else (frame.elements ??= []).push(value);
}

function isEmpty(fields: Record<string, unknown>): boolean {
  for (const _name in fields) return false;
  return true;
}
