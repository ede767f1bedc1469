/** Keys of a shape; a span with more, or with a longer key, has none and its keys are compared one by one. */
const KEYS_MAX = 128;
const KEY_BYTES_MAX = 128;
/** Shapes that are remembered; a program has a few hundred, a hostile one may make them up. */
const SHAPES_MAX = 8192;

const NO_WORDS = new Int32Array(0);

/**
 * The keys of a span's attributes, in their order. Spans with the same keys share one shape, so that what is found
 * out about it (where a key is, which dialects to ask) is found out once and not for every span.
 *
 * Shapes form a tree: each leads to those with one more key. An instrumentation writes the same keys again and again,
 * so that the key which came last is the only one that a walk down the tree has to be compared with.
 */
export class AttributeShape {
  /** The last key, in words: a comparison of four bytes takes no longer than that of one. */
  readonly #words: Int32Array;
  readonly #keyLength: number;
  readonly #key: string;
  readonly #outer: AttributeShape | undefined;
  readonly #depth: number;
  /** The shape that was taken last from here. */
  #latest: AttributeShape | undefined;
  #longer: Map<number, AttributeShape> | undefined;
  #rows: Map<string, number> | undefined;

  private constructor(outer?: AttributeShape, words: Int32Array = NO_WORDS, key = '', keyLength = 0) {
    this.#outer = outer;
    this.#words = words;
    this.#key = key;
    this.#keyLength = keyLength;
    this.#depth = outer === undefined ? 0 : outer.#depth + 1;
  }

  /** The shape without any key. */
  static root(): AttributeShape {
    return new AttributeShape();
  }

  has(key: string): boolean {
    return this.rowOf(key) >= 0;
  }

  /** The row of the first attribute with a key; -1 when there is none. */
  rowOf(key: string): number {
    this.#rows ??= AttributeShape.#rowsOf(this);
    return this.#rows.get(key) ?? -1;
  }

  /** This shape with one more key; `undefined` when it is beyond what is remembered. */
  with(bytes: DataView, at: number, length: number): AttributeShape | undefined {
    const latest = this.#latest;
    if (latest?.isLastKey(bytes, at, length) === true) return latest;
    if (length > KEY_BYTES_MAX || this.#depth >= KEYS_MAX) return undefined;
    const words = wordsOf(bytes, at, length);
    const hash = hashOf(words);
    this.#longer ??= new Map();
    let shape = this.#longer.get(hash);
    if (shape?.isLastKey(bytes, at, length) !== true) {
      const key = Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString('utf8');
      shape = new AttributeShape(this, words, key, length);
      shapeCount += 1;
      this.#longer.set(hash, shape);
    }
    this.#latest = shape;
    return shape;
  }

  isLastKey(bytes: DataView, at: number, length: number): boolean {
    if (this.#keyLength !== length) return false;
    const words = this.#words;
    const whole = length >> 2;
    for (let index = 0; index < whole; index++) {
      if (words[index] !== bytes.getInt32(at + index * 4, true)) return false;
    }
    for (let index = whole * 4; index < length; index++) {
      if (words[index - whole * 3] !== bytes.getUint8(at + index)) return false;
    }
    return true;
  }

  static #rowsOf(last: AttributeShape): Map<string, number> {
    const rows = new Map<string, number>();
    // From the last key to the first, so that the first of two equal ones stays.
    for (let shape = last; shape.#outer !== undefined; shape = shape.#outer) {
      rows.set(shape.#key, shape.#depth - 1);
    }
    return rows;
  }
}

let root = AttributeShape.root();
let shapeCount = 0;

/** Where every walk begins. Full of shapes it is dropped, and those that are in use come back. */
export function rootShape(): AttributeShape {
  if (shapeCount >= SHAPES_MAX) {
    root = AttributeShape.root();
    shapeCount = 0;
  }
  return root;
}

/** The bytes four by four, and those that are left one by one. */
function wordsOf(bytes: DataView, at: number, length: number): Int32Array {
  const whole = length >> 2;
  const words = new Int32Array(whole + (length & 3));
  for (let index = 0; index < whole; index++) words[index] = bytes.getInt32(at + index * 4, true);
  for (let index = whole * 4; index < length; index++) words[index - whole * 3] = bytes.getUint8(at + index);
  return words;
}

/** FNV-1a over words. */
function hashOf(words: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const word of words) hash = Math.imul(hash ^ word, 0x01000193);
  return hash;
}
