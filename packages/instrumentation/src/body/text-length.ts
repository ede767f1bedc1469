import type { JsonFields } from '@costspan/semconv';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LETTER_U = 0x75;

const KEY_BYTES_MAX = 64;
const HEX_DIGITS = 4;

/**
 * Counts the characters of texts that a JSON object has under given names, while its bytes come in, split anywhere. The
 * texts themselves are not kept. A character is a Unicode code point, however it is written: `é`, `\u00e9`, and `😀`,
 * which takes two escapes, are one each.
 */
export class TextLengths {
  readonly #names: ReadonlySet<string>;
  readonly #onFields: (fields: JsonFields) => void;
  readonly #key: Buffer = Buffer.alloc(KEY_BYTES_MAX);
  #keyBytes = 0;
  #depth = 0;
  #isInString = false;
  #isInKey = false;
  #isKeyNext = false;
  #isValueNext = false;
  /** The name of the text that is counted. */
  #name: string | undefined;
  #characters = 0;
  #isEscaped = false;
  #hexDigitsLeft = 0;
  #codeUnit = 0;

  constructor(names: ReadonlySet<string>, onFields: (fields: JsonFields) => void) {
    this.#names = names;
    this.#onFields = onFields;
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (this.#isInString) this.#readText(byte);
      else this.#readStructure(byte);
    }
  }

  #readStructure(byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#beginString();
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        this.#depth++;
        this.#isKeyNext = this.#depth === 1 && byte === OPEN_OBJECT;
        this.#isValueNext = false;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        this.#depth--;
        break;
      case COMMA:
        this.#isKeyNext = this.#depth === 1;
        this.#isValueNext = false;
        break;
      case COLON:
        this.#isValueNext = this.#depth === 1;
        break;
      default:
    }
  }

  #beginString(): void {
    this.#isInString = true;
    this.#isInKey = this.#isKeyNext;
    this.#isKeyNext = false;
    if (this.#isInKey) {
      this.#keyBytes = 0;
      return;
    }
    const key = this.#isValueNext ? this.#key.toString('utf8', 0, this.#keyBytes) : '';
    this.#name = this.#names.has(key) ? key : undefined;
    this.#characters = 0;
  }

  #readText(byte: number): void {
    if (this.#hexDigitsLeft > 0) {
      this.#readHexDigit(byte);
    } else if (this.#isEscaped) {
      this.#isEscaped = false;
      if (byte === LETTER_U) this.#hexDigitsLeft = HEX_DIGITS;
      else this.#characters++;
    } else if (byte === BACKSLASH) {
      this.#isEscaped = true;
      // No name that is looked for is written with escapes.
      if (this.#isInKey) this.#keyBytes = KEY_BYTES_MAX;
    } else if (byte === QUOTE) {
      this.#endString();
    } else if (this.#isInKey) {
      if (this.#keyBytes < KEY_BYTES_MAX) this.#key[this.#keyBytes++] = byte;
    } else if ((byte & 0b1100_0000) !== 0b1000_0000) {
      this.#characters++;
    }
  }

  /** The second half of a pair of surrogates is no character of its own. */
  #readHexDigit(byte: number): void {
    const digit = Number.parseInt(String.fromCharCode(byte), 16);
    this.#codeUnit = (this.#codeUnit << 4) | digit;
    if (--this.#hexDigitsLeft > 0) return;
    if ((this.#codeUnit & 0xfc00) !== 0xdc00) this.#characters++;
    this.#codeUnit = 0;
  }

  #endString(): void {
    this.#isInString = false;
    if (this.#isInKey) {
      this.#isInKey = false;
      return;
    }
    const name = this.#name;
    this.#name = undefined;
    if (name !== undefined) this.#onFields({ [name]: { length: this.#characters } });
  }
}
