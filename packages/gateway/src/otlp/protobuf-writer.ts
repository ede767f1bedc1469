import { WIRE_BYTES, WIRE_VARINT } from './protobuf-reader.ts';

const SIZE_AT_START = 4096;

/** Tag of `Span.attributes` (field 9) and of the fields of `KeyValue` and `AnyValue`. */
const SPAN_ATTRIBUTES = 0x4a;
const KEY = 0x0a;
const VALUE = 0x12;
const STRING_VALUE = 0x0a;
const INT_VALUE = 0x18;
const DOUBLE_VALUE = 0x21;

const DOUBLE_BYTES = 8;
const NEGATIVE_INT64_BYTES = 10;
const SHORT_TEXT_BYTES = 64;

/** Number of bytes of an unsigned varint. */
export function varintSize(value: number): number {
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
    this.#reserve(end - start);
    this.#buffer.set(source.subarray(start, end), this.#length);
    this.#length += end - start;
  }

  /** An unsigned varint; a safe integer. */
  varint(value: number): void {
    this.#reserve(varintSize(value));
    this.#putVarint(value);
  }

  /** One more `KeyValue` of a span. A whole number is an int, any other number a double. */
  spanAttribute(key: string, value: string | number): void {
    const keyLength = Buffer.byteLength(key);
    const textLength = typeof value === 'string' ? Buffer.byteLength(value) : 0;
    const valueLength = anyValueLength(value, textLength);
    const length = 2 + varintSize(keyLength) + keyLength + varintSize(valueLength) + valueLength;
    this.#reserve(1 + varintSize(length) + length);
    this.#putVarint(SPAN_ATTRIBUTES);
    this.#putVarint(length);
    this.#putVarint(KEY);
    this.#putText(key, keyLength);
    this.#putVarint(VALUE);
    this.#putVarint(valueLength);
    if (typeof value === 'string') {
      this.#putVarint(STRING_VALUE);
      this.#putText(value, textLength);
    } else if (Number.isSafeInteger(value)) {
      this.#putVarint(INT_VALUE);
      this.#putInt64(value);
    } else {
      this.#putVarint(DOUBLE_VALUE);
      this.#length = this.#buffer.writeDoubleLE(value, this.#length);
    }
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
    if (bytes !== text.length || bytes > SHORT_TEXT_BYTES) {
      this.#length += this.#buffer.write(text, this.#length, bytes, 'utf8');
      return;
    }
    // Short ASCII, as all our names are: a loop is several times faster than the call into the runtime.
    for (let index = 0; index < bytes; index++) this.#buffer[this.#length++] = text.charCodeAt(index);
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

function anyValueLength(value: string | number, textLength: number): number {
  if (typeof value === 'string') return 1 + varintSize(textLength) + textLength;
  if (!Number.isSafeInteger(value)) return 1 + DOUBLE_BYTES;
  return 1 + (value < 0 ? NEGATIVE_INT64_BYTES : varintSize(value));
}
