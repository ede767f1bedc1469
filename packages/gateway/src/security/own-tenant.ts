import { JSON_BYTE, stringAt } from '../otlp/json-locator.ts';
import { ProtobufReader, WIRE_BYTES } from '../otlp/protobuf-reader.ts';
import { ProtobufWriter } from '../otlp/protobuf-writer.ts';
import type { OtlpEncoding } from '../otlp/trace-request.ts';

/** Costspan's own name for a tenant, which everything that comes after the gateway goes by. */
const TENANT_KEY = 'costspan.tenant';

/** Fields that are looked at, and bytes that are walked, between two pauses. */
const FIELDS_PER_STEP = 20_000;
const BYTES_PER_STEP = 512 * 1024;
const PLACES_PER_STEP = 20_000;

/**
 * A trace request in which `costspan.tenant` says one tenant wherever it stands: on resources, scopes, spans, events
 * and links. Everything else is byte for byte as it came, and a request without the attribute is the very same bytes.
 *
 * @param body A request that was decoded without an error.
 * @returns After steps of bounded length, so that a large request does not hold up others.
 */
export function* withOwnTenant(
  body: Uint8Array,
  encoding: OtlpEncoding,
  tenant: string,
): Generator<undefined, Uint8Array> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (encoding === 'json') return (yield* withOwnTenantInJson(bytes, tenant)) ?? body;
  if (!bytes.includes(TENANT_KEY)) return body;
  const replacer = new ProtobufTenantReplacer(bytes, tenant);
  return (yield* replacer.replaceIn({ start: 0, end: bytes.length }, REQUEST)) ?? body;
}

/** A part of the request's bytes. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where attributes are: by field number, the message inside or a `KeyValue`. */
interface MessageShape {
  readonly [field: number]: MessageShape | 'attribute';
}

const EVENT: MessageShape = { 3: 'attribute' };
const LINK: MessageShape = { 4: 'attribute' };
const SPAN: MessageShape = { 9: 'attribute', 11: EVENT, 13: LINK };
const SCOPE_SPANS: MessageShape = { 1: { 3: 'attribute' }, 2: SPAN };
/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
const REQUEST: MessageShape = { 1: { 1: { 1: 'attribute' }, 2: SCOPE_SPANS } };

const KEY_FIELD = 1;
const KEY_VALUE_KEY = 0x0a;
const KEY_VALUE_VALUE = 0x12;
const STRING_VALUE = 0x0a;

class ProtobufTenantReplacer {
  readonly #bytes: Buffer;
  readonly #own: Uint8Array;
  #fields = 0;

  constructor(bytes: Buffer, tenant: string) {
    this.#bytes = bytes;
    this.#own = encodeTenant(tenant);
  }

  /** The content of a message with the tenant replaced, or `undefined` when it names none or the right one. */
  *replaceIn({ start, end }: Place, shape: MessageShape): Generator<undefined, Uint8Array | undefined> {
    const reader = new ProtobufReader(this.#bytes, start, end);
    let output: ProtobufWriter | undefined;
    let copied = start;
    while (reader.nextField()) {
      if (++this.#fields % FIELDS_PER_STEP === 0) yield;
      const inner = reader.wireType === WIRE_BYTES ? shape[reader.field] : undefined;
      if (inner === undefined) {
        reader.skip();
        continue;
      }
      const lengthAt = reader.offset;
      const length = reader.length();
      const place = { start: reader.offset, end: reader.offset + length };
      reader.offset = place.end;
      const replaced =
        inner === 'attribute' ? yield* this.#replacement(place) : yield* this.replaceIn(place, inner);
      if (replaced === undefined) continue;
      output ??= new ProtobufWriter(end - start + this.#own.length);
      output.copy(this.#bytes, copied, lengthAt);
      output.varint(replaced.length);
      output.copy(replaced, 0, replaced.length);
      copied = place.end;
    }
    output?.copy(this.#bytes, copied, end);
    return output?.finish();
  }

  *#replacement({ start, end }: Place): Generator<undefined, Uint8Array | undefined> {
    const reader = new ProtobufReader(this.#bytes, start, end);
    let namesTenant = false;
    while (reader.nextField()) {
      if (++this.#fields % FIELDS_PER_STEP === 0) yield;
      if (reader.field !== KEY_FIELD || reader.wireType !== WIRE_BYTES) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      namesTenant ||=
        length === TENANT_KEY.length &&
        this.#bytes.toString('latin1', reader.offset, reader.offset + length) === TENANT_KEY;
      reader.offset += length;
    }
    if (!namesTenant || this.#bytes.subarray(start, end).equals(this.#own)) return undefined;
    return this.#own;
  }
}

/** A `KeyValue` without its tag and length. */
function encodeTenant(tenant: string): Uint8Array {
  const key = Buffer.from(TENANT_KEY);
  const text = Buffer.from(tenant);
  const value = new ProtobufWriter();
  value.varint(STRING_VALUE);
  value.varint(text.length);
  value.copy(text, 0, text.length);
  const writer = new ProtobufWriter();
  writer.varint(KEY_VALUE_KEY);
  writer.varint(key.length);
  writer.copy(key, 0, key.length);
  writer.varint(KEY_VALUE_VALUE);
  writer.varint(value.length);
  writer.copy(value.finish(), 0, value.length);
  return writer.finish();
}

function* withOwnTenantInJson(bytes: Buffer, tenant: string): Generator<undefined, Uint8Array | undefined> {
  // Every character of the name can also be written as an escape.
  if (!bytes.includes(TENANT_KEY) && !bytes.includes('\\u')) return undefined;
  const places = yield* tenantObjects(bytes);
  if (places.length === 0) return undefined;
  const own = Buffer.from(JSON.stringify({ key: TENANT_KEY, value: { stringValue: tenant } }));
  const growth = places.reduce((sum, { start, end }) => sum + own.length - (end - start), 0);
  const output = Buffer.allocUnsafe(bytes.length + growth);
  let at = 0;
  let copied = 0;
  for (const [number, { start, end }] of places.entries()) {
    at += bytes.copy(output, at, copied, start);
    at += own.copy(output, at);
    copied = end;
    if (number % PLACES_PER_STEP === PLACES_PER_STEP - 1) yield;
  }
  bytes.copy(output, at, copied);
  return output;
}

interface OpenObject {
  readonly start: number;
  /** How many places had been found before it began. */
  readonly placesBefore: number;
  namesTenant: boolean;
}

/**
 * The outermost objects of which a member `key` is the tenant's name, at whatever depth, in ascending order. Members
 * that are there twice count each, since not every reader takes the last.
 *
 * A string is a member's name when a colon follows, and a value when something else does.
 */
function* tenantObjects(bytes: Buffer): Generator<undefined, Place[]> {
  const places: Place[] = [];
  const open: OpenObject[] = [];
  let stringStart = -1;
  let last: Place | undefined;
  let isKey = false;
  let pauseAt = BYTES_PER_STEP;
  const endValue = (): void => {
    const innermost = open.at(-1);
    if (isKey && last !== undefined && innermost !== undefined)
      innermost.namesTenant ||= isString(bytes, last, TENANT_KEY);
    isKey = false;
    last = undefined;
  };
  for (let at = 0; at < bytes.length; at++) {
    if (at >= pauseAt) {
      pauseAt = at + BYTES_PER_STEP;
      yield;
    }
    const byte = bytes[at];
    if (stringStart !== -1) {
      if (byte === JSON_BYTE.backslash) at += 1;
      else if (byte === JSON_BYTE.quote) {
        last = { start: stringStart, end: at + 1 };
        stringStart = -1;
      }
      continue;
    }
    switch (byte) {
      case JSON_BYTE.quote:
        stringStart = at;
        break;
      case JSON_BYTE.colon:
        isKey = last !== undefined && isString(bytes, last, 'key');
        last = undefined;
        break;
      case JSON_BYTE.openBrace:
        open.push({ start: at, placesBefore: places.length, namesTenant: false });
        isKey = false;
        break;
      case JSON_BYTE.openBracket:
        isKey = false;
        break;
      case JSON_BYTE.comma:
      case JSON_BYTE.closeBracket:
        endValue();
        break;
      case JSON_BYTE.closeBrace: {
        endValue();
        const closed = open.pop();
        if (closed?.namesTenant !== true) break;
        places.length = closed.placesBefore;
        places.push({ start: closed.start, end: at + 1 });
        break;
      }
      default:
    }
  }
  return places;
}

/** An escape takes six bytes at most, so a longer string is another one without a look into it. */
function isString(bytes: Buffer, { start, end }: Place, text: string): boolean {
  const length = end - start - 2;
  if (length < text.length || length > text.length * 6) return false;
  return stringAt(bytes, start, end) === text;
}
