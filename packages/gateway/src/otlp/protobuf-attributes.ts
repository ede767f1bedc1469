import { TEXT_CHARACTERS_MAX, type TextEdges } from '@costspan/semconv';
import { type AttributeShape, rootShape } from './attribute-shape.ts';
import { IntTable } from './int-table.ts';
import {
  ProtobufReader,
  UNPAUSED_FIELDS_MAX,
  WIRE_BYTES,
  WIRE_FIXED64,
  WIRE_VARINT,
} from './protobuf-reader.ts';
import { TextCache } from './text-cache.ts';
import { ARRAY_LENGTH_MAX } from './trace-request.ts';

/** Columns of a row: where the key is, and where the `AnyValue` is. */
const KEY_AT = 0;
const KEY_LENGTH = 1;
const VALUE_AT = 2;
const VALUE_END = 3;
const COLUMNS = 4;

const KEY_VALUE_KEY = 1;
const KEY_VALUE_VALUE = 2;
const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;
const TEXT_TAG = 0x0a;
const INT_TAG = 0x18;
/** A varint below it takes one byte. */
const ONE_BYTE_MAX = 0x80;

/** `AnyValue` fields of the OTLP data model. */
const STRING_VALUE = 1;
const BOOL_VALUE = 2;
const INT_VALUE = 3;
const DOUBLE_VALUE = 4;
const ARRAY_VALUE = 5;

/** Fields of an element of an array. It has one; a writer may repeat it. */
const ELEMENT_FIELDS_MAX = 1000;

/** Bytes of an attribute, key and all; where they are fewer the table grows. */
const BYTES_EXPECTED = 40;

/** Bytes that one character takes at most. */
const BYTES_PER_CHARACTER = 3;

const texts = new TextCache();

/**
 * The attributes of a request's spans and resources, as places in its bytes.
 *
 * A look-up asks the shape of the attributes where a key is, and decodes nothing but the value that was asked for.
 */
export class ProtobufAttributes {
  readonly #buffer: Buffer;
  readonly #view: DataView;
  readonly #rows: IntTable;
  readonly #valueReader: ProtobufReader;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    this.#rows = new IntTable(COLUMNS, Math.ceil(buffer.length / BYTES_EXPECTED));
    this.#valueReader = new ProtobufReader(buffer, 0, buffer.length, UNPAUSED_FIELDS_MAX);
  }

  get count(): number {
    return this.#rows.rows;
  }

  /** Adds the `KeyValue` that starts at the reader, unless it has no key or no value, and leaves it. */
  add(reader: ProtobufReader): void {
    if (!this.#addPlain(reader)) this.#addAny(reader);
  }

  /** The shape of `count` rows from `first`; `undefined` when it is beyond what is remembered. */
  shape(first: number, count: number): AttributeShape | undefined {
    const { cells } = this.#rows;
    const end = (first + count) * COLUMNS;
    let shape: AttributeShape | undefined = rootShape();
    for (let at = first * COLUMNS; at < end && shape !== undefined; at += COLUMNS) {
      shape = shape.with(this.#view, cells[at + KEY_AT] ?? 0, cells[at + KEY_LENGTH] ?? 0);
    }
    return shape;
  }

  /** The first of `count` rows from `first` that has the key; -1 when none has. For attributes without a shape. */
  rowOf(first: number, count: number, key: string): number {
    const bytes = Buffer.from(key, 'utf8');
    for (let row = first; row < first + count; row++) {
      const at = this.#rows.get(row, KEY_AT);
      const length = this.#rows.get(row, KEY_LENGTH);
      if (length === bytes.length && bytes.compare(this.#buffer, at, at + length) === 0) return row;
    }
    return -1;
  }

  /** The value in a row. */
  value(row: number): unknown {
    const bytes = this.#buffer;
    const start = this.#rows.get(row, VALUE_AT);
    const end = this.#rows.get(row, VALUE_END);
    const tag = bytes[start];
    const second = bytes[start + 1] ?? ONE_BYTE_MAX;
    // Most values are short texts and small numbers; the rest is for the reader.
    if (tag === TEXT_TAG && second < ONE_BYTE_MAX && start + 2 + second === end)
      return texts.read(bytes, start + 2, end);
    if (tag === INT_TAG && second < ONE_BYTE_MAX && start + 2 === end) return second;
    return this.#value(this.#valueReader.moveTo(start, end));
  }

  /** As many characters from either end of a text in a row. */
  textEdges(row: number, characters: number): TextEdges | undefined {
    const reader = this.#readerAt(row);
    const bytes = characters * BYTES_PER_CHARACTER;
    let edges: TextEdges | undefined;
    while (reader.nextField()) {
      if (reader.field !== STRING_VALUE || reader.wireType !== WIRE_BYTES) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      const start = reader.offset;
      const end = start + length;
      reader.offset = end;
      edges = {
        head: this.#buffer.toString('utf8', start, Math.min(end, start + bytes)).slice(0, characters),
        tail: this.#buffer.toString('utf8', Math.max(start, end - bytes), end).slice(-characters),
      };
    }
    return edges;
  }

  /** A reader at the value in a row; it is the same one each time. */
  #readerAt(row: number): ProtobufReader {
    return this.#valueReader.moveTo(this.#rows.get(row, VALUE_AT), this.#rows.get(row, VALUE_END));
  }

  /** Adds an attribute that is a key and then a value and nothing else, as SDKs write it; false when it is not. */
  #addPlain(reader: ProtobufReader): boolean {
    const bytes = this.#buffer;
    const lengthAt = reader.offset;
    // Lengths of one or two bytes; the rest is for the other way.
    const length = shortLength(bytes, lengthAt);
    const start = lengthAt + (length < ONE_BYTE_MAX ? 1 : 2);
    const end = start + length;
    if (length < 0 || end > reader.limit || bytes[start] !== KEY_TAG) return false;
    const keyLength = bytes[start + 1] ?? 0;
    const valueTagAt = start + 2 + keyLength;
    if (keyLength === 0 || keyLength >= ONE_BYTE_MAX || bytes[valueTagAt] !== VALUE_TAG) return false;
    const valueLength = shortLength(bytes, valueTagAt + 1);
    const valueAt = valueTagAt + (valueLength < ONE_BYTE_MAX ? 2 : 3);
    if (valueLength <= 0 || valueAt + valueLength !== end) return false;
    this.#append(start + 2, keyLength, valueAt, end);
    reader.offset = end;
    return true;
  }

  #addAny(reader: ProtobufReader): void {
    const outer = reader.enter();
    let keyAt = 0;
    let keyLength = 0;
    let valueAt = 0;
    let valueEnd = 0;
    while (reader.nextField()) {
      const { field } = reader;
      if (reader.wireType !== WIRE_BYTES || field > KEY_VALUE_VALUE) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      if (field === KEY_VALUE_KEY) {
        keyAt = reader.offset;
        keyLength = length;
      } else {
        valueAt = reader.offset;
        valueEnd = valueAt + length;
      }
      reader.offset += length;
    }
    reader.leave(outer);
    if (keyLength > 0 && valueAt < valueEnd) this.#append(keyAt, keyLength, valueAt, valueEnd);
  }

  #append(keyAt: number, keyLength: number, valueAt: number, valueEnd: number): void {
    const row = this.#rows.append();
    const { cells } = this.#rows;
    cells[row + KEY_AT] = keyAt;
    cells[row + KEY_LENGTH] = keyLength;
    cells[row + VALUE_AT] = valueAt;
    cells[row + VALUE_END] = valueEnd;
  }

  /** Decodes an `AnyValue`. Maps, bytes and nested arrays are nothing that a cost is read from. */
  #value(reader: ProtobufReader, arrays: 'read' | 'ignore' = 'read'): unknown {
    let value: unknown;
    while (reader.nextField()) {
      const { field, wireType } = reader;
      if (field === STRING_VALUE && wireType === WIRE_BYTES) value = this.#text(reader);
      else if (field === BOOL_VALUE && wireType === WIRE_VARINT) value = reader.varint() !== 0;
      else if (field === INT_VALUE && wireType === WIRE_VARINT) value = reader.int64();
      else if (field === DOUBLE_VALUE && wireType === WIRE_FIXED64) value = this.#double(reader);
      else if (field === ARRAY_VALUE && wireType === WIRE_BYTES && arrays === 'read')
        value = this.#array(reader);
      else reader.skip();
    }
    return value;
  }

  #double(reader: ProtobufReader): number {
    const at = reader.offset;
    reader.skip();
    return this.#buffer.readDoubleLE(at);
  }

  #text(reader: ProtobufReader): string | undefined {
    const length = reader.length();
    const start = reader.offset;
    reader.offset += length;
    if (length > TEXT_CHARACTERS_MAX * BYTES_PER_CHARACTER) return undefined;
    const text = texts.read(this.#buffer, start, start + length);
    return text.length > TEXT_CHARACTERS_MAX ? undefined : text;
  }

  #array(reader: ProtobufReader): unknown[] | undefined {
    const outer = reader.enter();
    const values: unknown[] = [];
    while (reader.nextField() && values.length < ARRAY_LENGTH_MAX) {
      if (reader.field !== 1 || reader.wireType !== WIRE_BYTES) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      const end = reader.offset + length;
      values.push(
        this.#value(new ProtobufReader(this.#buffer, reader.offset, end, ELEMENT_FIELDS_MAX), 'ignore'),
      );
      reader.offset = end;
    }
    reader.leave(outer);
    return values;
  }
}

/** A length of at most two bytes in its shortest form; -1 for any other. */
function shortLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < ONE_BYTE_MAX) return first;
  const second = bytes[at + 1] ?? 0;
  return second === 0 || second >= ONE_BYTE_MAX ? -1 : (first & 0x7f) | (second << 7);
}
