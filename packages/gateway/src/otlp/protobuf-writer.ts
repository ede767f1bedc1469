import { WIRE_BYTES, WIRE_VARINT } from './protobuf-reader.ts';

const SIZE_AT_START = 4096;

/** Tag of `Span.attributes` (field 9) and of the fields of `KeyValue` and `AnyValue`. */
const SPAN_ATTRIBUTES = 0x4a;
const KEY_VALUE_KEY = 1;
const VALUE = 0x12;
const STRING_VALUE = 0x0a;
const INT_VALUE = 0x18;
const DOUBLE_VALUE = 0x21;

const DOUBLE_BYTES = 8;
const NEGATIVE_INT64_BYTES = 10;
/** What is shorter is copied in a loop, which is several times faster than a call into the runtime. */
const SHORT_BYTES = 64;

/** Number of bytes of an unsigned varint. */
export function varintSize(value: number): number {
  if (value < 128) return 1;
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Writes protobuf into one growing buffer. */
export class ProtobufWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(size: number = SIZE_AT_START) {
    this.#buffer = Buffer.allocUnsafe(size);
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Uint8Array {
    return this.#buffer;
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  copy(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#reserve(length);
    const target = this.#buffer;
    const at = this.#length;
    if (length > SHORT_BYTES) target.set(source.subarray(start, end), at);
    else for (let index = 0; index < length; index++) target[at + index] = source[start + index] ?? 0;
    this.#length = at + length;
  }

  /** An unsigned varint; a safe integer. */
  varint(value: number): void {
    this.#reserve(varintSize(value));
    this.#putVarint(value);
  }

  /** One more `KeyValue` of a span. A whole number is an int, any other number a double. */
  spanAttribute(key: string, value: string | number): void {
    const known = encodedKey(key);
    if (typeof value === 'string') return this.#textAttribute(known, value);
    if (Number.isSafeInteger(value)) this.#intAttribute(known, value);
    else this.#doubleAttribute(known, value);
  }

  #doubleAttribute(known: EncodedKey, value: number): void {
    const { doubleHead } = known;
    this.#reserve(doubleHead.length + DOUBLE_BYTES);
    this.#putBytes(doubleHead);
    double.setFloat64(0, value, true);
    this.#putBytes(bytesOfDouble);
  }

  #intAttribute({ field }: EncodedKey, value: number): void {
    const valueLength = 1 + (value < 0 ? NEGATIVE_INT64_BYTES : varintSize(value));
    const length = field.length + 2 + valueLength;
    this.#reserve(1 + varintSize(length) + length);
    this.#putVarint(SPAN_ATTRIBUTES);
    this.#putVarint(length);
    this.#putBytes(field);
    this.#putVarint(VALUE);
    this.#putVarint(valueLength);
    this.#putVarint(INT_VALUE);
    this.#putInt64(value);
  }

  #textAttribute(known: EncodedKey, value: string): void {
    const isRepeated = known.text === value;
    if (isRepeated && known.attribute !== undefined) {
      this.#reserve(known.attribute.length);
      return this.#putBytes(known.attribute);
    }
    const start = this.#length;
    const textLength = byteLength(value);
    const valueLength = 1 + varintSize(textLength) + textLength;
    const length = known.field.length + 1 + varintSize(valueLength) + valueLength;
    this.#reserve(1 + varintSize(length) + length);
    this.#putVarint(SPAN_ATTRIBUTES);
    this.#putVarint(length);
    this.#putBytes(known.field);
    this.#putVarint(VALUE);
    this.#putVarint(valueLength);
    this.#putVarint(STRING_VALUE);
    this.#putText(value, textLength);
    known.text = value;
    // What is written for the second time in a row is kept: an id that every span has another of is not worth it.
    known.attribute = isRepeated ? new Uint8Array(this.#buffer.subarray(start, this.#length)) : undefined;
  }

  /** A field with an unsigned integer. */
  int64Field(field: number, value: number): void {
    this.varint(field * 8 + WIRE_VARINT);
    this.varint(value);
  }

  textField(field: number, text: string): void {
    this.bytesField(field, Buffer.from(text));
  }

  bytesField(field: number, bytes: Uint8Array): void {
    this.varint(field * 8 + WIRE_BYTES);
    this.varint(bytes.length);
    this.copy(bytes, 0, bytes.length);
  }

  // What is put has been reserved before.

  #putVarint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#buffer[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  #putText(text: string, bytes: number): void {
    this.#putVarint(bytes);
    if (bytes !== text.length || bytes > SHORT_BYTES) {
      this.#length += this.#buffer.write(text, this.#length, bytes, 'utf8');
      return;
    }
    // Short ASCII, as all our names are.
    const buffer = this.#buffer;
    const at = this.#length;
    for (let index = 0; index < bytes; index++) buffer[at + index] = text.charCodeAt(index);
    this.#length = at + bytes;
  }

  #putBytes(bytes: Uint8Array): void {
    const buffer = this.#buffer;
    const at = this.#length;
    for (let index = 0; index < bytes.length; index++) buffer[at + index] = bytes[index] ?? 0;
    this.#length = at + bytes.length;
  }

  #putInt64(value: number): void {
    if (value >= 0) return this.#putVarint(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 128n; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#length++] = Number(rest);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}

/** A key that was written, with the text that it had last: most have the same one on every span. */
interface EncodedKey {
  /** The key as a field of a `KeyValue`. */
  readonly field: Uint8Array;
  /** An attribute with a double, but for the double. */
  readonly doubleHead: Uint8Array;
  text: string | undefined;
  /** The attribute with that text, from its tag on; `undefined` as long as it was there only once. */
  attribute: Uint8Array | undefined;
}

/** The double that is being written. */
const bytesOfDouble = new Uint8Array(DOUBLE_BYTES);
const double = new DataView(bytesOfDouble.buffer);

const encodedKeys = new Map<string, EncodedKey>();
const ENCODED_KEYS_MAX = 1000;

function encodedKey(key: string): EncodedKey {
  const known = encodedKeys.get(key);
  if (known !== undefined) return known;
  const field = fieldOf(key);
  const encoded: EncodedKey = {
    field,
    doubleHead: doubleHeadOf(field),
    text: undefined,
    attribute: undefined,
  };
  if (encodedKeys.size >= ENCODED_KEYS_MAX) encodedKeys.clear();
  encodedKeys.set(key, encoded);
  return encoded;
}

function fieldOf(key: string): Uint8Array {
  const writer = new ProtobufWriter();
  writer.textField(KEY_VALUE_KEY, key);
  return new Uint8Array(writer.finish());
}

function doubleHeadOf(keyField: Uint8Array): Uint8Array {
  const valueLength = 1 + DOUBLE_BYTES;
  const writer = new ProtobufWriter();
  writer.varint(SPAN_ATTRIBUTES);
  writer.varint(keyField.length + 2 + valueLength);
  writer.copy(keyField, 0, keyField.length);
  writer.varint(VALUE);
  writer.varint(valueLength);
  writer.varint(DOUBLE_VALUE);
  return new Uint8Array(writer.finish());
}

function byteLength(text: string): number {
  const { length } = text;
  if (length > SHORT_BYTES) return Buffer.byteLength(text);
  for (let index = 0; index < length; index++) {
    if (text.charCodeAt(index) >= 0x80) return Buffer.byteLength(text);
  }
  return length;
}
