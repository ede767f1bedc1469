import { MalformedOtlp } from './malformed-otlp.ts';

/** Wire types of the protobuf encoding. */
export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
const WIRE_GROUP_START = 3;
const WIRE_GROUP_END = 4;
const WIRE_FIXED32 = 5;

const VARINT_BYTES_MAX = 10;
const TAG_MAX = 0xffff_ffff;
/** Groups are long deprecated; only fields that OTLP does not know could hold them. */
const GROUP_DEPTH_MAX = 64;
/** Fields of one request: a span of 128 attributes has 400. */
const FIELDS_MAX = 8_000_000;
/** Fields after which a pause is due. */
const FIELDS_PER_STEP = 16_384;
/** Fields of something that is read without a pause, such as a value or a group: it has a few. */
export const UNPAUSED_FIELDS_MAX = 200_000;

/**
 * A cursor over protobuf bytes that reads one field after the other and never beyond its limit.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  offset: number;
  /** End of the message that is being read. */
  limit: number;
  field = 0;
  wireType = 0;
  #fieldsLeft = FIELDS_MAX;
  #unpaused = 0;
  readonly #unpausedMax: number;

  /** @param unpausedMax Fields that may be read from one pause to the next. */
  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length, unpausedMax: number = FIELDS_MAX) {
    this.bytes = bytes;
    this.offset = start;
    this.limit = end;
    this.#unpausedMax = unpausedMax;
  }

  /** Reads the tag of the next field; false at the end of the message. */
  nextField(): boolean {
    if (this.offset >= this.limit) return false;
    const tag = this.varint();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0 || tag > TAG_MAX) throw this.malformed('an invalid field tag');
    this.#countField();
    return true;
  }

  /** Passes over a tag of one byte if it comes next. */
  nextTag(tag: number): boolean {
    if (this.offset >= this.limit || this.bytes[this.offset] !== tag) return false;
    this.#countField();
    this.offset += 1;
    return true;
  }

  /** An unsigned varint. Beyond 2^53 it loses its low digits, which no length and no tag can reach. */
  varint(): number {
    const { bytes, limit } = this;
    const first = bytes[this.offset] ?? 0;
    if (first < 0x80 && this.offset < limit) {
      this.offset += 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_BYTES_MAX; count++) {
      if (this.offset >= limit) throw this.malformed('a cut-off varint');
      const byte = bytes[this.offset++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw this.malformed('a varint of more than 10 bytes');
  }

  /** A signed 64-bit varint: a number where it is safe, otherwise a bigint. */
  int64(): number | bigint {
    const start = this.offset;
    const approximate = this.varint();
    if (Number.isSafeInteger(approximate)) return approximate;
    let value = 0n;
    for (let at = this.offset - 1; at >= start; at--) {
      value = (value << 7n) | BigInt((this.bytes[at] ?? 0) & 0x7f);
    }
    const signed = BigInt.asIntN(64, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  /** Reads a length and returns it; the cursor is then at the first byte of the field's content. */
  length(): number {
    const length = this.varint();
    if (length > this.limit - this.offset) throw this.malformed('a length beyond the end of its message');
    return length;
  }

  /** Enters the message that starts here and returns the outer limit, which {@link leave} takes back. */
  enter(): number {
    const outer = this.limit;
    const length = this.length();
    this.limit = this.offset + length;
    return outer;
  }

  leave(outerLimit: number): void {
    this.offset = this.limit;
    this.limit = outerLimit;
  }

  /** Passes over the content of the field whose tag was read last. */
  skip(): void {
    this.#skip(this.wireType, 0);
  }

  /** Whether many fields have been read; whoever asks takes a pause then. */
  get isPauseDue(): boolean {
    if (this.#unpaused < FIELDS_PER_STEP) return false;
    this.#unpaused = 0;
    return true;
  }

  /** Moves to another part of the same bytes. */
  moveTo(start: number, end: number): this {
    this.offset = start;
    this.limit = end;
    this.#fieldsLeft = FIELDS_MAX;
    this.#unpaused = 0;
    return this;
  }

  #countField(): void {
    this.#fieldsLeft -= 1;
    this.#unpaused += 1;
    if (this.#unpaused > this.#unpausedMax) throw this.malformed('too many fields in one place');
    if (this.#fieldsLeft < 0) throw this.malformed(`more than ${FIELDS_MAX} fields`);
  }

  malformed(what: string): MalformedOtlp {
    return new MalformedOtlp(`the protobuf message has ${what} near byte ${this.offset}`);
  }

  #skip(wireType: number, depth: number): void {
    switch (wireType) {
      case WIRE_VARINT:
        this.varint();
        return;
      case WIRE_FIXED64:
        this.#advance(8);
        return;
      case WIRE_BYTES:
        this.#advance(this.length());
        return;
      case WIRE_FIXED32:
        this.#advance(4);
        return;
      case WIRE_GROUP_START:
        this.#skipGroup(this.field, depth);
        return;
      default:
        throw this.malformed('an invalid wire type');
    }
  }

  #skipGroup(groupField: number, depth: number): void {
    if (depth >= GROUP_DEPTH_MAX) throw this.malformed('groups nested too deeply');
    while (this.nextField()) {
      if (this.wireType !== WIRE_GROUP_END) {
        this.#skip(this.wireType, depth + 1);
        continue;
      }
      if (this.field !== groupField) throw this.malformed('a group that ends another one');
      return;
    }
    throw this.malformed('a group without an end');
  }

  #advance(count: number): void {
    if (count > this.limit - this.offset) throw this.malformed('a field beyond the end of its message');
    this.offset += count;
  }
}
