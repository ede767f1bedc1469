import { isUtf8 } from 'node:buffer';
import { type SpanKindName, TEXT_CHARACTERS_MAX, type TextEdges } from '@costspan/semconv';
import { type JsonPlace, objectMembers } from './json-locator.ts';
import { takeApart, textToParse } from './json-pieces.ts';
import { spliceJsonAttributes } from './json-splice.ts';
import { MalformedOtlp } from './malformed-otlp.ts';
import {
  ARRAY_LENGTH_MAX,
  ATTRIBUTES_READ_MAX,
  type OtlpSpan,
  SPAN_KIND_NAMES,
  type SpanAdditions,
  type TraceRequest,
} from './trace-request.ts';
import { UnixTime } from './unix-time.ts';

const STATUS_CODE_ERROR = 2;

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;
const ALL_ZEROS = /^0*$/;
/** Times are fixed64 in OTLP; JSON can spell larger ones, which are no times. */
const TIME_UNIX_NANO_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** Sign, digits before and after the point, exponent; zeros in front have no end, and so no more digits are read. */
const DECIMAL = /^(-?)(\d{1,40})(?:\.(\d{1,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

type JsonObject = Readonly<Record<string, unknown>>;

/** Pieces that are parsed between two pauses, and their bytes. */
const PIECES_PER_STEP = 500;
const BYTES_PER_STEP = 512 * 1024;

/** A trace request in OTLP/JSON. It is parsed for reading and changed as bytes. */
export class JsonTraceRequest implements TraceRequest {
  readonly #bytes: Buffer;
  readonly #spans: readonly JsonSpan[];
  readonly #places: readonly JsonPlace[];

  private constructor(bytes: Buffer, spans: readonly JsonSpan[], places: readonly JsonPlace[]) {
    this.#bytes = bytes;
    this.#spans = spans;
    this.#places = places;
  }

  /**
   * 1. Take the resources and spans out of the bytes.
   * 2. Parse each by itself, and then the frame that is left, so that no step takes long.
   * 3. Walk the frame, in which a number stands for each of them.
   *
   * @throws MalformedOtlp when the bytes are no such request.
   */
  static *read(body: Uint8Array): Generator<undefined, JsonTraceRequest> {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    if (!isUtf8(bytes)) throw new MalformedOtlp('the JSON text is not valid UTF-8');
    const { places, frame } = yield* takeApart(bytes);
    const pieces = yield* parsePieces(bytes, places);
    const pieceOf = ({ '': index }: JsonObject): number => index as number;
    const spans: JsonSpan[] = [];
    const spanPlaces: JsonPlace[] = [];
    for (const resourceSpans of objects(parse(frame), 'resourceSpans')) {
      const resourceFrame = objectIn(resourceSpans, 'resource');
      const resource = attributesOf(resourceFrame && pieces[pieceOf(resourceFrame)]);
      for (const scopeSpans of objects(resourceSpans, 'scopeSpans')) {
        const scope = objectIn(scopeSpans, 'scope') ?? {};
        for (const piece of spanNumbers(scopeSpans)) {
          const place = places[piece];
          const span = pieces[piece];
          if (place === undefined || span === undefined)
            throw new MalformedOtlp('the body is not valid JSON');
          if (spans.length % PIECES_PER_STEP === 0) yield;
          spans.push(new JsonSpan(span, scope, resource, (name) => textOfMember(bytes, place, name)));
          spanPlaces.push(place);
        }
      }
    }
    return new JsonTraceRequest(bytes, spans, spanPlaces);
  }

  get spanCount(): number {
    return this.#spans.length;
  }

  span(index: number): OtlpSpan {
    const span = this.#spans[index];
    if (span === undefined) throw new RangeError(`no span ${index} of ${this.#spans.length}`);
    return span;
  }

  withAttributes(additions: SpanAdditions): Generator<undefined, Uint8Array> {
    return spliceJsonAttributes(this.#bytes, this.#places, additions);
  }
}

function* parsePieces(bytes: Buffer, places: readonly JsonPlace[]): Generator<undefined, JsonObject[]> {
  const pieces: JsonObject[] = [];
  let bytesLeft = BYTES_PER_STEP;
  for (const { start, end } of places) {
    pieces.push(parse(yield* textToParse(bytes, { start, end })));
    bytesLeft -= end - start;
    if (bytesLeft > 0 && pieces.length % PIECES_PER_STEP !== 0) continue;
    bytesLeft = BYTES_PER_STEP;
    yield;
  }
  return pieces;
}

/** A number's own digits: a count of nanoseconds is beyond what a parsed number holds exactly. */
function textOfMember(bytes: Buffer, place: JsonPlace, name: string): string {
  const member = objectMembers(bytes, place).get(name);
  return member === undefined ? '' : bytes.toString('utf8', member.start, member.end);
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
    const code = objectIn(this.#span, 'status')?.['code'];
    return code === STATUS_CODE_ERROR || code === 'STATUS_CODE_ERROR';
  }

  get kindName(): SpanKindName | undefined {
    const { kind } = this.#span as { kind?: unknown };
    if (typeof kind === 'number') return SPAN_KIND_NAMES[kind];
    // OTLP has numbers only, but the Collector takes the names of protobuf's own JSON mapping too.
    return SPAN_KIND_NAMES.find((name) => name !== undefined && kind === `SPAN_KIND_${name.toUpperCase()}`);
  }

  get startTime(): UnixTime {
    return this.#time('startTimeUnixNano');
  }

  get endTime(): UnixTime {
    return this.#time('endTimeUnixNano');
  }

  attribute(key: string): unknown {
    return find(this.#attributes, key);
  }

  has(key: string): boolean {
    return this.#attributes.some((each) => each['key'] === key);
  }

  textEdges(key: string, characters: number): TextEdges | undefined {
    const attribute = this.#attributes.find((each) => each['key'] === key);
    const value = attribute === undefined ? undefined : objectIn(attribute, 'value')?.['stringValue'];
    const [head, tail] = isObject(value) ? [value['head'], value['tail']] : [value, value];
    if (typeof head !== 'string' || typeof tail !== 'string') return undefined;
    return { head: head.slice(0, characters), tail: tail.slice(-characters) };
  }

  resourceAttribute(key: string): unknown {
    return find(this.#resource, key);
  }

  #time(name: string): UnixTime {
    const value = this.#span[name];
    const digits = typeof value === 'number' ? this.#digitsOf(name) : value;
    const nanos = (typeof digits === 'string' ? wholeNumber(digits) : undefined) ?? 0n;
    return UnixTime.fromNanos(nanos >= 0n && nanos <= TIME_UNIX_NANO_MAX ? nanos : 0n);
  }
}

/** The parser's own message is not passed on, because it quotes the text. */
function parse(text: string): JsonObject {
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

/** What stands for the spans in a frame. */
function spanNumbers({ spans }: JsonObject): readonly number[] {
  if (spans === undefined || spans === null) return [];
  if (Array.isArray(spans) && spans.every((each) => typeof each === 'number')) return spans;
  throw new MalformedOtlp('spans is not a list of objects');
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
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const whole = wholeNumber(String(value));
  if (whole === undefined || whole < INT64_MIN || whole > INT64_MAX) return undefined;
  const number = Number(whole);
  return Number.isSafeInteger(number) ? number : whole;
}

/** Exactly what the text says, `1.5e3` too, as protobuf's JSON mapping has it; `undefined` when it is no whole number. */
function wholeNumber(text: string): bigint | undefined {
  const [, sign, before, after = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
  if (before === undefined) return undefined;
  const zeros = Number(exponent) - after.length;
  const digits = BigInt(`${before}${after}`);
  const scale = 10n ** BigInt(Math.abs(zeros));
  if (zeros < 0 && digits % scale !== 0n) return undefined;
  const whole = zeros < 0 ? digits / scale : digits * scale;
  return sign === '-' ? -whole : whole;
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
