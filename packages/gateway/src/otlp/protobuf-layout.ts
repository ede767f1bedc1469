import { IntTable } from './int-table.ts';
import { ProtobufAttributes } from './protobuf-attributes.ts';
import {
  ProtobufReader,
  UNPAUSED_FIELDS_MAX,
  WIRE_BYTES,
  WIRE_FIXED64,
  WIRE_VARINT,
} from './protobuf-reader.ts';
import { ATTRIBUTES_READ_MAX, SPANS_MAX } from './trace-request.ts';

/**
 * Columns of the tables. Every offset is into the request's bytes; 0 stands for a field that is not there,
 * since no field's content can start at byte 0. `lengthAt` is where a message's length is written and `start`
 * where its content begins; resources, scopes and spans share these columns.
 */
export const MESSAGE = { lengthAt: 0, start: 1, end: 2 } as const;
export const RESOURCE = { lengthAt: 0, start: 1, end: 2, firstAttribute: 3, attributeCount: 4 } as const;
export const SCOPE = {
  lengthAt: 0,
  start: 1,
  end: 2,
  resource: 3,
  nameAt: 4,
  nameEnd: 5,
  versionAt: 6,
  versionEnd: 7,
} as const;
export const SPAN = {
  lengthAt: 0,
  start: 1,
  end: 2,
  scope: 3,
  firstAttribute: 4,
  attributeCount: 5,
  traceIdAt: 6,
  spanIdAt: 7,
  parentSpanIdAt: 8,
  nameAt: 9,
  nameEnd: 10,
  kind: 11,
  startTimeAt: 12,
  endTimeAt: 13,
  statusCode: 14,
  traceStateAt: 15,
  traceStateEnd: 16,
} as const;

export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

/** `Span.attributes`, which follow each other. */
const SPAN_ATTRIBUTE_TAG = 0x4a;
/** Bytes of a span; where they are fewer the table grows. */
const SPAN_BYTES_EXPECTED = 400;

/**
 * Where everything is in the bytes of an `ExportTraceServiceRequest`: one row for each resource, scope and
 * span. The bytes are walked once and nothing is copied or decoded.
 *
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export class ProtobufLayout {
  readonly resources: IntTable = new IntTable(5);
  readonly scopes: IntTable = new IntTable(8);
  readonly spans: IntTable;
  readonly attributes: ProtobufAttributes;

  private constructor(buffer: Buffer) {
    this.spans = new IntTable(17, Math.ceil(buffer.length / SPAN_BYTES_EXPECTED));
    this.attributes = new ProtobufAttributes(buffer);
  }

  /**
   * Walks a request in steps of bounded length.
   *
   * @throws MalformedOtlp when the bytes are no such request.
   */
  static *read(buffer: Buffer): Generator<undefined, ProtobufLayout> {
    const layout = new ProtobufLayout(buffer);
    const reader = new ProtobufReader(buffer, 0, buffer.length, UNPAUSED_FIELDS_MAX);
    while (reader.nextField()) {
      if (reader.isPauseDue) yield;
      if (reader.field === 1 && reader.wireType === WIRE_BYTES) yield* layout.#resourceSpans(reader);
      else reader.skip();
    }
    return layout;
  }

  *#resourceSpans(reader: ProtobufReader): Generator<undefined, void> {
    if (this.resources.rows >= SPANS_MAX) throw reader.malformed(`more than ${SPANS_MAX} resources`);
    const row = this.resources.add();
    const outer = enterMessage(reader, this.resources, row);
    while (reader.nextField()) {
      if (reader.isPauseDue) yield;
      if (reader.field === 1 && reader.wireType === WIRE_BYTES) yield* this.#resource(reader, row);
      else if (reader.field === 2 && reader.wireType === WIRE_BYTES) yield* this.#scopeSpans(reader, row);
      else reader.skip();
    }
    reader.leave(outer);
  }

  *#resource(reader: ProtobufReader, row: number): Generator<undefined, void> {
    const outer = reader.enter();
    const first = this.attributes.count;
    while (reader.nextField()) {
      if (reader.isPauseDue) yield;
      if (reader.field === 1 && reader.wireType === WIRE_BYTES) this.#attribute(reader, first);
      else reader.skip();
    }
    this.resources.set(row, RESOURCE.firstAttribute, first);
    this.resources.set(row, RESOURCE.attributeCount, this.attributes.count - first);
    reader.leave(outer);
  }

  *#scopeSpans(reader: ProtobufReader, resource: number): Generator<undefined, void> {
    if (this.scopes.rows >= SPANS_MAX) throw reader.malformed(`more than ${SPANS_MAX} scopes`);
    const row = this.scopes.add();
    const outer = enterMessage(reader, this.scopes, row);
    this.scopes.set(row, SCOPE.resource, resource);
    while (reader.nextField()) {
      if (reader.isPauseDue) yield;
      if (reader.field === 1 && reader.wireType === WIRE_BYTES) this.#scope(reader, row);
      else if (reader.field === 2 && reader.wireType === WIRE_BYTES) {
        if (this.spans.rows >= SPANS_MAX) throw reader.malformed(`more than ${SPANS_MAX} spans`);
        const span = this.spans.add();
        const scopeLimit = this.#enterSpan(reader, span, row);
        while (!this.#readSpan(reader, span)) yield;
        reader.leave(scopeLimit);
      } else reader.skip();
    }
    reader.leave(outer);
  }

  #scope(reader: ProtobufReader, row: number): void {
    const outer = reader.enter();
    while (reader.nextField()) {
      if (reader.wireType !== WIRE_BYTES || reader.field > 2) {
        reader.skip();
        continue;
      }
      const column = reader.field === 1 ? SCOPE.nameAt : SCOPE.versionAt;
      const length = reader.length();
      this.scopes.set(row, column, reader.offset);
      reader.offset += length;
      this.scopes.set(row, column + 1, reader.offset);
    }
    reader.leave(outer);
  }

  #enterSpan(reader: ProtobufReader, row: number, scope: number): number {
    const outer = enterMessage(reader, this.spans, row);
    this.spans.set(row, SPAN.scope, scope);
    this.spans.set(row, SPAN.firstAttribute, this.attributes.count);
    return outer;
  }

  /** Reads fields of a span; false when they take so long that a pause is due before the rest. */
  #readSpan(reader: ProtobufReader, row: number): boolean {
    const first = this.spans.get(row, SPAN.firstAttribute);
    while (reader.nextField()) {
      if (reader.field === 9 && reader.wireType === WIRE_BYTES) {
        do {
          this.#attribute(reader, first);
          if (reader.isPauseDue) return false;
        } while (reader.nextTag(SPAN_ATTRIBUTE_TAG));
        continue;
      }
      if (!this.#spanField(reader, row)) reader.skip();
      if (reader.isPauseDue) return false;
    }
    this.spans.set(row, SPAN.attributeCount, this.attributes.count - first);
    return true;
  }

  /** Notes a field of a span; false when its content is still to be passed over. */
  #spanField(reader: ProtobufReader, row: number): boolean {
    const { field, wireType } = reader;
    if (wireType === WIRE_BYTES) {
      if (field === 1) this.#id(reader, row, SPAN.traceIdAt, TRACE_ID_BYTES);
      else if (field === 2) this.#id(reader, row, SPAN.spanIdAt, SPAN_ID_BYTES);
      else if (field === 4) this.#id(reader, row, SPAN.parentSpanIdAt, SPAN_ID_BYTES);
      else if (field === 3) this.#text(reader, row, SPAN.traceStateAt);
      else if (field === 5) this.#text(reader, row, SPAN.nameAt);
      else if (field === 15) this.#status(reader, row);
      else return false;
      return true;
    }
    if (wireType === WIRE_FIXED64 && (field === 7 || field === 8)) {
      this.spans.set(row, field === 7 ? SPAN.startTimeAt : SPAN.endTimeAt, reader.offset);
      return false;
    }
    if (wireType !== WIRE_VARINT || field !== 6) return false;
    this.spans.set(row, SPAN.kind, reader.varint());
    return true;
  }

  /** An id is absent, empty or of its full length; nothing else can be forwarded or recorded. */
  #id(reader: ProtobufReader, row: number, column: number, bytes: number): void {
    const length = reader.length();
    if (length !== 0 && length !== bytes) throw reader.malformed('an id of a wrong length');
    this.spans.set(row, column, length === 0 ? 0 : reader.offset);
    reader.offset += length;
  }

  /** Notes where a text begins, and in the column after it where it ends. */
  #text(reader: ProtobufReader, row: number, column: number): void {
    const length = reader.length();
    this.spans.set(row, column, reader.offset);
    reader.offset += length;
    this.spans.set(row, column + 1, reader.offset);
  }

  #status(reader: ProtobufReader, row: number): void {
    const outer = reader.enter();
    while (reader.nextField()) {
      if (reader.field === 3 && reader.wireType === WIRE_VARINT)
        this.spans.set(row, SPAN.statusCode, reader.varint());
      else reader.skip();
    }
    reader.leave(outer);
  }

  #attribute(reader: ProtobufReader, first: number): void {
    if (this.attributes.count - first < ATTRIBUTES_READ_MAX) this.attributes.add(reader);
    else reader.skip();
  }
}

/** Enters the message that starts here, notes in the row where it is, and returns the outer limit. */
function enterMessage(reader: ProtobufReader, table: IntTable, row: number): number {
  const lengthAt = reader.offset;
  const outer = reader.enter();
  table.set(row, MESSAGE.lengthAt, lengthAt);
  table.set(row, MESSAGE.start, reader.offset);
  table.set(row, MESSAGE.end, reader.limit);
  return outer;
}
