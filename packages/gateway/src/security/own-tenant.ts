import { isJsonSpace, JSON_BYTE, skipString, stringAt } from '../otlp/json-locator.ts';
import { ProtobufReader, WIRE_BYTES } from '../otlp/protobuf-reader.ts';
import { ProtobufWriter } from '../otlp/protobuf-writer.ts';
import type { OtlpEncoding } from '../otlp/trace-request.ts';

/** Costspan's own name for a tenant, which everything that comes after the gateway goes by. */
const TENANT_KEY = 'costspan.tenant';

/**
 * A trace request in which `costspan.tenant` says one tenant wherever it stands: on resources, scopes, spans, events
 * and links. Everything else is byte for byte as it came, and a request without the attribute is the very same bytes.
 *
 * @param body A request that was decoded without an error.
 */
export function withOwnTenant(body: Uint8Array, encoding: OtlpEncoding, tenant: string): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (encoding === 'json') return withOwnTenantInJson(bytes, tenant) ?? body;
  if (!bytes.includes(TENANT_KEY)) return body;
  const replacer = new ProtobufTenantReplacer(bytes, tenant);
  return replacer.replaceIn({ start: 0, end: bytes.length }, REQUEST) ?? body;
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

  constructor(bytes: Buffer, tenant: string) {
    this.#bytes = bytes;
    this.#own = encodeTenant(tenant);
  }

  /** The content of a message with the tenant replaced, or `undefined` when it names none or the right one. */
  replaceIn({ start, end }: Place, shape: MessageShape): Uint8Array | undefined {
    const reader = new ProtobufReader(this.#bytes, start, end);
    let output: ProtobufWriter | undefined;
    let copied = start;
    while (reader.nextField()) {
      const inner = reader.wireType === WIRE_BYTES ? shape[reader.field] : undefined;
      if (inner === undefined) {
        reader.skip();
        continue;
      }
      const lengthAt = reader.offset;
      const length = reader.length();
      const place = { start: reader.offset, end: reader.offset + length };
      reader.offset = place.end;
      const replaced = inner === 'attribute' ? this.#replacement(place) : this.replaceIn(place, inner);
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

  #replacement({ start, end }: Place): Uint8Array | undefined {
    const reader = new ProtobufReader(this.#bytes, start, end);
    let namesTenant = false;
    while (reader.nextField()) {
      if (reader.field !== KEY_FIELD || reader.wireType !== WIRE_BYTES) {
        reader.skip();
        continue;
      }
      const length = reader.length();
      namesTenant ||= this.#bytes.toString('latin1', reader.offset, reader.offset + length) === TENANT_KEY;
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

function withOwnTenantInJson(bytes: Buffer, tenant: string): Uint8Array | undefined {
  // Every character of the name can also be written as an escape.
  if (!bytes.includes(TENANT_KEY) && !bytes.includes('\\u')) return undefined;
  const own = Buffer.from(JSON.stringify({ key: TENANT_KEY, value: { stringValue: tenant } }));
  const pieces: Uint8Array[] = [];
  let copied = 0;
  for (const { start, end } of tenantObjects(bytes)) {
    pieces.push(bytes.subarray(copied, start), own);
    copied = end;
  }
  if (copied === 0) return undefined;
  return Buffer.concat([...pieces, bytes.subarray(copied)]);
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
 */
function tenantObjects(bytes: Buffer): Place[] {
  const places: Place[] = [];
  const open: OpenObject[] = [];
  let isKey = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === JSON_BYTE.quote) {
      const end = skipString(bytes, at);
      const innermost = open.at(-1);
      if (isMemberName(bytes, end)) isKey = isString(bytes, { start: at, end }, 'key');
      else if (isKey && innermost && isString(bytes, { start: at, end }, TENANT_KEY))
        innermost.namesTenant = true;
      at = end - 1;
    } else if (byte === JSON_BYTE.openBrace) {
      open.push({ start: at, placesBefore: places.length, namesTenant: false });
      isKey = false;
    } else if (byte === JSON_BYTE.closeBrace) {
      const closed = open.pop();
      isKey = false;
      if (closed?.namesTenant !== true) continue;
      places.length = closed.placesBefore;
      places.push({ start: closed.start, end: at + 1 });
    } else if (byte === JSON_BYTE.openBracket || byte === JSON_BYTE.comma) {
      isKey = false;
    }
  }
  return places;
}

function isMemberName(bytes: Buffer, stringEnd: number): boolean {
  let at = stringEnd;
  while (isJsonSpace(bytes[at])) at += 1;
  return bytes[at] === JSON_BYTE.colon;
}

/** An escape takes six bytes at most, so a longer string is another one without a look into it. */
function isString(bytes: Buffer, { start, end }: Place, text: string): boolean {
  const length = end - start - 2;
  if (length < text.length || length > text.length * 6) return false;
  return stringAt(bytes, start, end) === text;
}
