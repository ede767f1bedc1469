import { TEXT_CHARACTERS_MAX, type TextEdges } from '@costspan/semconv';
import { IntTable } from './int-table.ts';
import { ProtobufReader, WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from './protobuf-reader.ts';
import { ARRAY_LENGTH_MAX } from './trace-request.ts';

/** Columns of a row: a hash of the key, where the key is, and where the `AnyValue` is. */
const HASH = 0;
const KEY_AT = 1;
const KEY_LENGTH = 2;
const VALUE_AT = 3;
const VALUE_END = 4;
const COLUMNS = 5;

const KEY_VALUE_KEY = 1;
const KEY_VALUE_VALUE = 2;

/** `AnyValue` fields of the OTLP data model. */
const STRING_VALUE = 1;
const BOOL_VALUE = 2;
const INT_VALUE = 3;
const DOUBLE_VALUE = 4;
const ARRAY_VALUE = 5;

/** Bytes that one character takes at most. */
const BYTES_PER_CHARACTER = 3;

interface WantedKey {
  readonly bytes: Uint8Array;
  readonly hash: number;
}

/** Names that were asked for, as bytes: constants of the dialects and the configured attribution keys. */
const wantedKeys = new Map<string, WantedKey>();
const WANTED_KEYS_MAX = 1000;

/**
 * The attributes of a request's spans and resources, as places in its bytes.
 *
 * A look-up compares a hash, then the key's bytes, and decodes nothing but the value that was asked for.
 */
export class ProtobufAttributes {
  readonly #buffer: Buffer;
  readonly #rows = new IntTable(COLUMNS);
  readonly #valueReader: ProtobufReader;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#valueReader = new ProtobufReader(buffer);
  }

  get count(): number {
    return this.#rows.rows;
  }

  /** Adds the `KeyValue` that starts at the reader, unless it has no key or no value, and leaves it. */
  add(reader: ProtobufReader): void {
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
    if (keyLength === 0 || valueAt === valueEnd) return;
    const row = this.#rows.add();
    this.#rows.set(row, HASH, keyHash(this.#buffer, keyAt, keyLength));
    this.#rows.set(row, KEY_AT, keyAt);
    this.#rows.set(row, KEY_LENGTH, keyLength);
    this.#rows.set(row, VALUE_AT, valueAt);
    this.#rows.set(row, VALUE_END, valueEnd);
  }

  /** The value of the first of `count` rows from `first` that has the key. */
  find(first: number, count: number, key: string): unknown {
    const reader = this.#locate(first, count, key);
    return reader === undefined ? undefined : this.#value(reader);
  }

  /** As many characters from either end of a text. */
  findEdges(first: number, count: number, key: string, characters: number): TextEdges | undefined {
    const reader = this.#locate(first, count, key);
    const bytes = characters * BYTES_PER_CHARACTER;
    let edges: TextEdges | undefined;
    while (reader?.nextField() === true) {
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

  /** A reader at the value of a key; it is the same one each time. */
  #locate(first: number, count: number, key: string): ProtobufReader | undefined {
    const { bytes, hash } = wantedKey(key);
    const { cells } = this.#rows;
    const end = (first + count) * COLUMNS;
    for (let at = first * COLUMNS; at < end; at += COLUMNS) {
      if (cells[at + HASH] !== hash || cells[at + KEY_LENGTH] !== bytes.length) continue;
      if (!this.#equals(bytes, cells[at + KEY_AT] ?? 0)) continue;
      return this.#valueReader.moveTo(cells[at + VALUE_AT] ?? 0, cells[at + VALUE_END] ?? 0);
    }
    return undefined;
  }

  #equals(key: Uint8Array, at: number): boolean {
    for (let index = 0; index < key.length; index++) {
      if (key[index] !== this.#buffer[at + index]) return false;
    }
    return true;
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
    const text = this.#buffer.toString('utf8', start, start + length);
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
      values.push(this.#value(new ProtobufReader(this.#buffer, reader.offset, end), 'ignore'));
      reader.offset = end;
    }
    reader.leave(outer);
    return values;
  }
}

/** The length and three bytes: names of one convention share their beginnings and differ towards their ends. */
function keyHash(bytes: Uint8Array, at: number, length: number): number {
  const last = at + length - 1;
  const middle = at + (length >> 1);
  const late = at + ((length * 3) >> 2);
  return (length << 24) ^ ((bytes[last] ?? 0) << 16) ^ ((bytes[middle] ?? 0) << 8) ^ (bytes[late] ?? 0);
}

function wantedKey(key: string): WantedKey {
  const known = wantedKeys.get(key);
  if (known !== undefined) return known;
  const bytes = Buffer.from(key, 'utf8');
  const wanted = { bytes, hash: keyHash(bytes, 0, bytes.length) };
  if (wantedKeys.size >= WANTED_KEYS_MAX) wantedKeys.clear();
  wantedKeys.set(key, wanted);
  return wanted;
}
