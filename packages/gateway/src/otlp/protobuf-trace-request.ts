import type { SpanKindName, TextEdges } from '@costspan/semconv';
import { ProtobufLayout, RESOURCE, SCOPE, SPAN, SPAN_ID_BYTES, TRACE_ID_BYTES } from './protobuf-layout.ts';
import { spliceAttributes } from './protobuf-splice.ts';
import { type OtlpAttribute, type OtlpSpan, SPAN_KIND_NAMES, type TraceRequest } from './trace-request.ts';

const STATUS_CODE_ERROR = 2;

/** A trace request in protobuf, read in place: spans are views on its bytes. */
export class ProtobufTraceRequest implements TraceRequest {
  readonly #buffer: Buffer;
  readonly #layout: ProtobufLayout;
  readonly #scopes: ScopeName[] = [];
  readonly #spans: ProtobufSpan[] = [];

  /** @throws MalformedOtlp when the bytes are no such request. */
  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#layout = new ProtobufLayout(this.#buffer);
  }

  get spanCount(): number {
    return this.#layout.spans.rows;
  }

  span(index: number): OtlpSpan {
    const known = this.#spans[index];
    if (known !== undefined) return known;
    const scope = this.#layout.spans.get(index, SPAN.scope);
    this.#scopes[scope] ??= readScope(this.#buffer, this.#layout, scope);
    const span = new ProtobufSpan(this.#buffer, this.#layout, index, this.#scopes[scope]);
    this.#spans[index] = span;
    return span;
  }

  withAttributes(additions: ReadonlyMap<number, readonly OtlpAttribute[]>): Uint8Array {
    return spliceAttributes(this.#buffer, this.#layout, additions);
  }
}

interface ScopeName {
  readonly name: string;
  readonly version: string | undefined;
}

class ProtobufSpan implements OtlpSpan {
  readonly scopeName: string;
  readonly scopeVersion: string | undefined;
  readonly #buffer: Buffer;
  readonly #layout: ProtobufLayout;
  readonly #row: number;
  #traceId: string | undefined;
  #spanId: string | undefined;

  constructor(buffer: Buffer, layout: ProtobufLayout, row: number, scope: ScopeName) {
    this.scopeName = scope.name;
    this.scopeVersion = scope.version;
    this.#buffer = buffer;
    this.#layout = layout;
    this.#row = row;
  }

  get name(): string {
    return this.#buffer.toString('utf8', this.#column(SPAN.nameAt), this.#column(SPAN.nameEnd));
  }

  get traceState(): string {
    return this.#buffer.toString('utf8', this.#column(SPAN.traceStateAt), this.#column(SPAN.traceStateEnd));
  }

  get failed(): boolean {
    return this.#column(SPAN.statusCode) === STATUS_CODE_ERROR;
  }

  get traceId(): string {
    this.#traceId ??= this.#id(SPAN.traceIdAt, TRACE_ID_BYTES);
    return this.#traceId;
  }

  get spanId(): string {
    this.#spanId ??= this.#id(SPAN.spanIdAt, SPAN_ID_BYTES);
    return this.#spanId;
  }

  get parentSpanId(): string {
    return this.#id(SPAN.parentSpanIdAt, SPAN_ID_BYTES);
  }

  get kindName(): SpanKindName | undefined {
    return SPAN_KIND_NAMES[this.#column(SPAN.kind)];
  }

  get startTimeUnixNano(): bigint {
    return this.#fixed64(SPAN.startTimeAt);
  }

  get endTimeUnixNano(): bigint {
    return this.#fixed64(SPAN.endTimeAt);
  }

  attribute(key: string): unknown {
    const first = this.#column(SPAN.firstAttribute);
    return this.#layout.attributes.find(first, this.#column(SPAN.attributeCount), key);
  }

  textEdges(key: string, characters: number): TextEdges | undefined {
    const first = this.#column(SPAN.firstAttribute);
    const count = this.#column(SPAN.attributeCount);
    return this.#layout.attributes.findEdges(first, count, key, characters);
  }

  resourceAttribute(key: string): unknown {
    const { resources, scopes, attributes } = this.#layout;
    const resource = scopes.get(this.#column(SPAN.scope), SCOPE.resource);
    const first = resources.get(resource, RESOURCE.firstAttribute);
    return attributes.find(first, resources.get(resource, RESOURCE.attributeCount), key);
  }

  #column(column: number): number {
    return this.#layout.spans.get(this.#row, column);
  }

  /** In hex; an id of only zeros is as good as none. */
  #id(column: number, bytes: number): string {
    const at = this.#column(column);
    if (at === 0) return '';
    const hex = this.#buffer.toString('hex', at, at + bytes);
    return hex === NO_TRACE_ID || hex === NO_SPAN_ID ? '' : hex;
  }

  #fixed64(column: number): bigint {
    const at = this.#column(column);
    return at === 0 ? 0n : this.#buffer.readBigUInt64LE(at);
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
