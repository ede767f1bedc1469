import type { IntTable } from './int-table.ts';
import { MESSAGE, type ProtobufLayout, SCOPE, SPAN } from './protobuf-layout.ts';
import { ProtobufWriter, varintSize } from './protobuf-writer.ts';
import type { SpanAdditions } from './trace-request.ts';

/** Bytes of what one span is given; where they are more the buffer grows. */
const ADDED_BYTES_EXPECTED = 640;

/** Spans that are changed between two pauses. */
const SPANS_PER_STEP = 1024;

/** Attributes of one span, encoded, and where they are in the buffer of all of them. */
interface Insertion {
  readonly span: number;
  readonly start: number;
  readonly end: number;
}

/** By how much the content of each changed scope and resource grows, and the request as a whole. */
interface Growth {
  readonly scopes: ReadonlyMap<number, number>;
  readonly resources: ReadonlyMap<number, number>;
  readonly total: number;
}

/**
 * Inserts attributes at the end of spans and corrects the lengths of what encloses them.
 *
 * 1. Encode the new attributes of every changed span, one after the other, into a buffer of their own.
 * 2. Sum up the growth of spans into scopes, of scopes into resources, of resources into the request.
 * 3. Copy the request in order, with new lengths for each resource, scope and span that grew.
 */
export function* spliceAttributes(
  bytes: Uint8Array,
  layout: ProtobufLayout,
  additions: SpanAdditions,
): Generator<undefined, Uint8Array> {
  const encoded = new ProtobufWriter(additions.size * ADDED_BYTES_EXPECTED);
  const insertions: Insertion[] = [];
  for (const [span, attributes] of additions) {
    if (attributes.length === 0) continue;
    const start = encoded.length;
    for (const { key, value } of attributes) encoded.spanAttribute(key, value);
    insertions.push({ span, start, end: encoded.length });
    if (insertions.length % SPANS_PER_STEP === 0) yield;
  }
  if (insertions.length === 0) return bytes;

  const growth = growthOf(layout, insertions);
  const output = new ProtobufWriter(bytes.length + growth.total);
  let copied = 0;
  const writeLength = (table: IntTable, row: number, grown: number): void => {
    output.copy(bytes, copied, table.get(row, MESSAGE.lengthAt));
    output.varint(contentLength(table, row) + grown);
    copied = table.get(row, MESSAGE.start);
  };
  let scope = -1;
  let resource = -1;
  for (const [number, { span, start, end }] of insertions.entries()) {
    if (number % SPANS_PER_STEP === SPANS_PER_STEP - 1) yield;
    const scopeOfSpan = layout.spans.get(span, SPAN.scope);
    const resourceOfSpan = layout.scopes.get(scopeOfSpan, SCOPE.resource);
    if (resourceOfSpan !== resource) {
      resource = resourceOfSpan;
      writeLength(layout.resources, resource, growth.resources.get(resource) ?? 0);
    }
    if (scopeOfSpan !== scope) {
      scope = scopeOfSpan;
      writeLength(layout.scopes, scope, growth.scopes.get(scope) ?? 0);
    }
    writeLength(layout.spans, span, end - start);
    const spanEnd = layout.spans.get(span, SPAN.end);
    output.copy(bytes, copied, spanEnd);
    output.copy(encoded.bytes, start, end);
    copied = spanEnd;
  }
  output.copy(bytes, copied, bytes.length);
  return output.finish();
}

function growthOf(layout: ProtobufLayout, insertions: readonly Insertion[]): Growth {
  const scopes = new Map<number, number>();
  const resources = new Map<number, number>();
  let total = 0;
  for (const { span, start, end } of insertions) {
    const scope = layout.spans.get(span, SPAN.scope);
    scopes.set(scope, (scopes.get(scope) ?? 0) + messageGrowth(layout.spans, span, end - start));
  }
  for (const [scope, grown] of scopes) {
    const resource = layout.scopes.get(scope, SCOPE.resource);
    const growth = messageGrowth(layout.scopes, scope, grown);
    resources.set(resource, (resources.get(resource) ?? 0) + growth);
  }
  for (const [resource, grown] of resources) total += messageGrowth(layout.resources, resource, grown);
  return { scopes, resources, total };
}

/** What a message takes more when its content grows: the content, and a longer length in front of it. */
function messageGrowth(table: IntTable, row: number, grown: number): number {
  const lengthBytesBefore = table.get(row, MESSAGE.start) - table.get(row, MESSAGE.lengthAt);
  return grown + varintSize(contentLength(table, row) + grown) - lengthBytesBefore;
}

function contentLength(table: IntTable, row: number): number {
  return table.get(row, MESSAGE.end) - table.get(row, MESSAGE.start);
}
