import { type SpanKindName, TEXT_CHARACTERS_MAX, type TextEdges } from '@costspan/semconv';
import { countContainers, type JsonPlace, objectMembers } from './json-locator.ts';
import { spanPlaces, spliceJsonAttributes } from './json-splice.ts';
import { MalformedOtlp } from './malformed-otlp.ts';
import {
  ARRAY_LENGTH_MAX,
  ATTRIBUTES_READ_MAX,
  type OtlpAttribute,
  type OtlpSpan,
  SPAN_KIND_NAMES,
  SPANS_MAX,
  type TraceRequest,
} from './trace-request.ts';

const STATUS_CODE_ERROR = 2;
/** Arrays and objects of one request: parsed, each takes much more memory than its two characters. */
const CONTAINERS_MAX = 5_000_000;

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;
const ALL_ZEROS = /^0*$/;
/** Times are fixed64 in OTLP; JSON can spell larger ones, which are no times. */
const TIME_UNIX_NANO_MAX = 2n ** 64n - 1n;
const UNSIGNED_INTEGER = /^\d{1,20}$/;
const INTEGER = /^-?\d{1,19}$/;

type JsonObject = Readonly<Record<string, unknown>>;

/** A trace request in OTLP/JSON. It is parsed for reading and changed as text. */
export class JsonTraceRequest implements TraceRequest {
  readonly #bytes: Uint8Array;
  readonly #text: string;
  readonly #spans: JsonSpan[] = [];
  #places: JsonPlace[] | undefined;

  /** @throws MalformedOtlp when the bytes are no such request. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#text = decodeUtf8(bytes);
    const request = parse(this.#text);
    for (const resourceSpans of objects(request, 'resourceSpans')) {
      const resource = attributesOf(objectIn(resourceSpans, 'resource'));
      for (const scopeSpans of objects(resourceSpans, 'scopeSpans')) {
        const scope = objectIn(scopeSpans, 'scope') ?? {};
        for (const span of objects(scopeSpans, 'spans')) this.#add(span, scope, resource);
      }
    }
  }

  get spanCount(): number {
    return this.#spans.length;
  }

  span(index: number): OtlpSpan {
    const span = this.#spans[index];
    if (span === undefined) throw new RangeError(`no span ${index} of ${this.#spans.length}`);
    return span;
  }

  withAttributes(additions: ReadonlyMap<number, readonly OtlpAttribute[]>): Uint8Array {
    if ([...additions.values()].every((attributes) => attributes.length === 0)) return this.#bytes;
    return Buffer.from(spliceJsonAttributes(this.#text, this.#spanPlaces(), additions), 'utf8');
  }

  #add(span: JsonObject, scope: JsonObject, resource: readonly JsonObject[]): void {
    if (this.#spans.length >= SPANS_MAX)
      throw new MalformedOtlp(`the request has more than ${SPANS_MAX} spans`);
    const index = this.#spans.length;
    const digits = (name: string): string => this.#digitsOf(index, name);
    this.#spans.push(new JsonSpan(span, scope, resource, digits));
  }

  /** A number's own digits: a count of nanoseconds is beyond what a parsed number holds exactly. */
  #digitsOf(span: number, name: string): string {
    const place = this.#spanPlaces()[span];
    const member = place === undefined ? undefined : objectMembers(this.#text, place).get(name);
    return member === undefined ? '' : this.#text.slice(member.start, member.end);
  }

  #spanPlaces(): JsonPlace[] {
    this.#places ??= spanPlaces(this.#text);
    return this.#places;
  }
}

class JsonSpan implements OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly scopeName: string;
  readonly scopeVersion: string | undefined;
  readonly #span: JsonObject;
  readonly #attributes: readonly JsonObject[];
  readonly #resource: readonly JsonObject[];
  readonly #digitsOf: (name: string) => string;

  constructor(
    span: JsonObject,
    scope: JsonObject,
    resource: readonly JsonObject[],
    digitsOf: (name: string) => string,
  ) {
    this.traceId = id(span['traceId'], TRACE_ID);
    this.spanId = id(span['spanId'], SPAN_ID);
    this.parentSpanId = id(span['parentSpanId'], SPAN_ID);
    this.scopeName = textOf(scope['name']) ?? '';
    this.scopeVersion = textOf(scope['version']);
    this.#span = span;
    this.#attributes = attributesOf(span);
    this.#resource = resource;
    this.#digitsOf = digitsOf;
  }

  get name(): string {
    return textOf(this.#span['name']) ?? '';
  }

  get traceState(): string {
    return textOf(this.#span['traceState']) ?? '';
  }

  get failed(): boolean {
    return objectIn(this.#span, 'status')?.['code'] === STATUS_CODE_ERROR;
  }

  get kindName(): SpanKindName | undefined {
    const { kind } = this.#span as { kind?: unknown };
    return typeof kind === 'number' ? SPAN_KIND_NAMES[kind] : undefined;
  }

  get startTimeUnixNano(): bigint {
    return this.#time('startTimeUnixNano');
  }

  get endTimeUnixNano(): bigint {
    return this.#time('endTimeUnixNano');
  }

  attribute(key: string): unknown {
    return find(this.#attributes, key);
  }

  textEdges(key: string, characters: number): TextEdges | undefined {
    const attribute = this.#attributes.find((each) => each['key'] === key);
    const value = attribute === undefined ? undefined : objectIn(attribute, 'value')?.['stringValue'];
    if (typeof value !== 'string') return undefined;
    return { head: value.slice(0, characters), tail: value.slice(-characters) };
  }

  resourceAttribute(key: string): unknown {
    return find(this.#resource, key);
  }

  #time(name: string): bigint {
    const value = this.#span[name];
    const digits = typeof value === 'number' ? this.#digitsOf(name) : value;
    const nanos = typeof digits === 'string' && UNSIGNED_INTEGER.test(digits) ? BigInt(digits) : 0n;
    return nanos <= TIME_UNIX_NANO_MAX ? nanos : 0n;
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new MalformedOtlp('the JSON text is not valid UTF-8');
  }
}

/** The parser's own message is not passed on, because it quotes the text. */
function parse(text: string): JsonObject {
  if (countContainers(text, CONTAINERS_MAX) > CONTAINERS_MAX)
    throw new MalformedOtlp(`the JSON text has more than ${CONTAINERS_MAX} arrays and objects`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new MalformedOtlp('the body is not valid JSON');
  }
  if (!isObject(value)) throw new MalformedOtlp('the JSON text is not an object');
  return value;
}

/** The objects in a list; a list that is null or not there is empty. */
function objects(parent: JsonObject, name: string): readonly JsonObject[] {
  const list = parent[name];
  if (list === undefined || list === null) return [];
  if (Array.isArray(list) && list.every(isObject)) return list;
  throw new MalformedOtlp(`${name} is not a list of objects`);
}

function objectIn(parent: JsonObject, name: string): JsonObject | undefined {
  const value = parent[name];
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function attributesOf(holder: JsonObject | undefined): readonly JsonObject[] {
  return holder === undefined ? [] : objects(holder, 'attributes').slice(0, ATTRIBUTES_READ_MAX);
}

function find(attributes: readonly JsonObject[], key: string): unknown {
  const attribute = attributes.find((each) => each['key'] === key);
  return attribute === undefined ? undefined : anyValue(attribute['value']);
}

/** Maps, bytes and nested arrays are nothing that a cost is read from. */
function anyValue(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  const values = objectIn(value, 'arrayValue')?.['values'];
  if (Array.isArray(values)) return values.slice(0, ARRAY_LENGTH_MAX).map(scalar);
  return scalar(value);
}

function scalar(value: unknown): unknown {
  if (!isObject(value)) return undefined;
  if (typeof value['boolValue'] === 'boolean') return value['boolValue'];
  if ('intValue' in value) return integer(value['intValue']);
  if ('doubleValue' in value) return double(value['doubleValue']);
  return textOf(value['stringValue']);
}

/** 64-bit integers are text in OTLP/JSON, and numbers are taken as well. */
function integer(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !INTEGER.test(value)) return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : BigInt(value);
}

function double(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value !== '' ? Number(value) : undefined;
}

/** Well-formed, because half of a surrogate pair has no UTF-8 to be stored in. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > TEXT_CHARACTERS_MAX) return undefined;
  return value.toWellFormed();
}

/** Lower-case hex; empty when there is none or only zeros. Hex digits come in either case. */
function id(value: unknown, pattern: RegExp): string {
  if (value === undefined || value === null || value === '') return '';
  const hex = typeof value === 'string' ? value.toLowerCase() : '';
  if (!pattern.test(hex)) throw new MalformedOtlp('an id is not hex digits of its full length');
  return ALL_ZEROS.test(hex) ? '' : hex;
}
