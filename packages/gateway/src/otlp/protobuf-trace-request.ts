import type { SpanKindName, TextEdges } from '@costspan/semconv';
import type { AttributeShape } from './attribute-shape.ts';
import { hexOf8Bytes } from './hex-id.ts';
import { ProtobufLayout, RESOURCE, SCOPE, SPAN, SPAN_ID_BYTES, TRACE_ID_BYTES } from './protobuf-layout.ts';
import { spliceAttributes } from './protobuf-splice.ts';
import { type OtlpSpan, SPAN_KIND_NAMES, type SpanAdditions, type TraceRequest } from './trace-request.ts';
import { UNIX_EPOCH, UnixTime } from './unix-time.ts';

const STATUS_CODE_ERROR = 2;

/** A trace request in protobuf, read in place: spans are views on its bytes. */
export class ProtobufTraceRequest implements TraceRequest {
  readonly #source: RequestSource;
  readonly #scopes: ScopeName[] = [];
  readonly #resources: ResourceView[] = [];
  readonly #spans: ProtobufSpan[] = [];

  private constructor(source: RequestSource) {
    this.#source = source;
  }

  /** @throws MalformedOtlp when the bytes are no such request. */
  static *read(bytes: Uint8Array): Generator<undefined, ProtobufTraceRequest> {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const layout = yield* ProtobufLayout.read(buffer);
    return new ProtobufTraceRequest({
      buffer,
      layout,
      traceIds: new RepeatedIds(buffer, TRACE_ID_BYTES),
      parentSpanIds: new RepeatedIds(buffer, SPAN_ID_BYTES),
    });
  }

  get spanCount(): number {
    return this.#source.layout.spans.rows;
  }

  span(index: number): OtlpSpan {
    const known = this.#spans[index];
    if (known !== undefined) return known;
    const { buffer, layout } = this.#source;
    const row = layout.spans.get(index, SPAN.scope);
    const scope = (this.#scopes[row] ??= readScope(buffer, layout, row));
    const resourceRow = layout.scopes.get(row, SCOPE.resource);
    const resource = (this.#resources[resourceRow] ??= new ResourceView(layout, resourceRow));
    const span = new ProtobufSpan(this.#source, index, scope, resource);
    this.#spans[index] = span;
    return span;
  }

  withAttributes(additions: SpanAdditions): Generator<undefined, Uint8Array> {
    const { buffer, layout } = this.#source;
    return spliceAttributes(buffer, layout, additions);
  }
}

/** What all views on one request share. */
interface RequestSource {
  readonly buffer: Buffer;
  readonly layout: ProtobufLayout;
  readonly traceIds: RepeatedIds;
  readonly parentSpanIds: RepeatedIds;
}

interface ScopeName {
  readonly name: string;
  readonly version: string | undefined;
}

const ABSENT = Symbol('absent');

/** The attributes of a resource, which every span in it is asked for. */
class ResourceView {
  readonly #layout: ProtobufLayout;
  readonly #row: number;
  readonly #values = new Map<string, unknown>();

  constructor(layout: ProtobufLayout, row: number) {
    this.#layout = layout;
    this.#row = row;
  }

  attribute(key: string): unknown {
    const known = this.#values.get(key);
    if (known !== undefined) return known === ABSENT ? undefined : known;
    const value = this.#read(key);
    this.#values.set(key, value ?? ABSENT);
    return value;
  }

  #read(key: string): unknown {
    const { resources, attributes } = this.#layout;
    const first = resources.get(this.#row, RESOURCE.firstAttribute);
    const row = attributes.rowOf(first, resources.get(this.#row, RESOURCE.attributeCount), key);
    return row < 0 ? undefined : attributes.value(row);
  }
}

/** Trace or parent ids in hex. The spans of a trace often follow each other, and then share one string. */
class RepeatedIds {
  readonly #buffer: Buffer;
  readonly #idBytes: number;
  #lastAt = 0;
  #lastId = '';

  constructor(buffer: Buffer, idBytes: number) {
    this.#buffer = buffer;
    this.#idBytes = idBytes;
  }

  read(at: number): string {
    if (this.#lastAt === 0 || !this.#isLast(at)) {
      this.#lastId =
        this.#idBytes === SPAN_ID_BYTES
          ? hexOf8Bytes(this.#buffer, at)
          : this.#buffer.toString('hex', at, at + this.#idBytes);
      this.#lastAt = at;
    }
    return this.#lastId;
  }

  #isLast(at: number): boolean {
    for (let index = this.#idBytes - 1; index >= 0; index--) {
      if (this.#buffer[at + index] !== this.#buffer[this.#lastAt + index]) return false;
    }
    return true;
  }
}

class ProtobufSpan implements OtlpSpan {
  readonly scopeName: string;
  readonly scopeVersion: string | undefined;
  readonly keys: AttributeShape | undefined;
  readonly #source: RequestSource;
  readonly #row: number;
  readonly #resource: ResourceView;
  readonly #firstAttribute: number;
  #traceId: string | undefined;
  #spanId: string | undefined;
  #parentSpanId: string | undefined;

  constructor(source: RequestSource, row: number, scope: ScopeName, resource: ResourceView) {
    this.scopeName = scope.name;
    this.scopeVersion = scope.version;
    this.#source = source;
    this.#row = row;
    this.#resource = resource;
    this.#firstAttribute = this.#column(SPAN.firstAttribute);
    this.keys = source.layout.attributes.shape(this.#firstAttribute, this.#column(SPAN.attributeCount));
  }

  get name(): string {
    return this.#text(SPAN.nameAt, SPAN.nameEnd);
  }

  get traceState(): string {
    return this.#text(SPAN.traceStateAt, SPAN.traceStateEnd);
  }

  get failed(): boolean {
    return this.#column(SPAN.statusCode) === STATUS_CODE_ERROR;
  }

  get traceId(): string {
    this.#traceId ??= this.#readTraceId();
    return this.#traceId;
  }

  get spanId(): string {
    this.#spanId ??= this.#id(SPAN.spanIdAt);
    return this.#spanId;
  }

  get parentSpanId(): string {
    this.#parentSpanId ??= this.#readParentSpanId();
    return this.#parentSpanId;
  }

  get kindName(): SpanKindName | undefined {
    return SPAN_KIND_NAMES[this.#column(SPAN.kind)];
  }

  get startTime(): UnixTime {
    return this.#time(SPAN.startTimeAt);
  }

  get endTime(): UnixTime {
    return this.#time(SPAN.endTimeAt);
  }

  attribute(key: string): unknown {
    const row = this.#rowOf(key);
    return row < 0 ? undefined : this.#source.layout.attributes.value(row);
  }

  has(key: string): boolean {
    return this.#rowOf(key) >= 0;
  }

  textEdges(key: string, characters: number): TextEdges | undefined {
    const row = this.#rowOf(key);
    return row < 0 ? undefined : this.#source.layout.attributes.textEdges(row, characters);
  }

  resourceAttribute(key: string): unknown {
    return this.#resource.attribute(key);
  }

  #rowOf(key: string): number {
    if (this.keys !== undefined) {
      const row = this.keys.rowOf(key);
      return row < 0 ? row : this.#firstAttribute + row;
    }
    const { attributes } = this.#source.layout;
    return attributes.rowOf(this.#firstAttribute, this.#column(SPAN.attributeCount), key);
  }

  #column(column: number): number {
    return this.#source.layout.spans.get(this.#row, column);
  }

  #text(startColumn: number, endColumn: number): string {
    return this.#source.buffer.toString('utf8', this.#column(startColumn), this.#column(endColumn));
  }

  /** An id of only zeros is as good as none. */
  #readTraceId(): string {
    const at = this.#column(SPAN.traceIdAt);
    const hex = at === 0 ? '' : this.#source.traceIds.read(at);
    return hex === NO_TRACE_ID ? '' : hex;
  }

  #readParentSpanId(): string {
    const at = this.#column(SPAN.parentSpanIdAt);
    const hex = at === 0 ? '' : this.#source.parentSpanIds.read(at);
    return hex === NO_SPAN_ID ? '' : hex;
  }

  #id(column: number): string {
    const at = this.#column(column);
    const hex = at === 0 ? '' : hexOf8Bytes(this.#source.buffer, at);
    return hex === NO_SPAN_ID ? '' : hex;
  }

  #time(column: number): UnixTime {
    const at = this.#column(column);
    if (at === 0) return UNIX_EPOCH;
    const { buffer } = this.#source;
    return new UnixTime(buffer.readUInt32LE(at + 4), buffer.readUInt32LE(at));
  }
}

const NO_TRACE_ID = '0'.repeat(TRACE_ID_BYTES * 2);
const NO_SPAN_ID = '0'.repeat(SPAN_ID_BYTES * 2);

function readScope(buffer: Buffer, { scopes }: ProtobufLayout, row: number): ScopeName {
  const versionAt = scopes.get(row, SCOPE.versionAt);
  return {
    name: buffer.toString('utf8', scopes.get(row, SCOPE.nameAt), scopes.get(row, SCOPE.nameEnd)),
    version:
      versionAt === 0 ? undefined : buffer.toString('utf8', versionAt, scopes.get(row, SCOPE.versionEnd)),
  };
}
