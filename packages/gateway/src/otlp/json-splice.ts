import { isEmptyArray, JSON_BYTE, type JsonPlace, objectMembers } from './json-locator.ts';
import type { OtlpAttribute, SpanAdditions } from './trace-request.ts';

/** Bytes of spans that are looked through between two pauses. */
const BYTES_PER_STEP = 512 * 1024;

/** Inserts attributes at the end of spans in the bytes of a valid request; all other bytes stay as they are. */
export function* spliceJsonAttributes(
  bytes: Buffer,
  spans: readonly JsonPlace[],
  additions: SpanAdditions,
): Generator<undefined, Buffer> {
  const pieces: Uint8Array[] = [];
  let copied = 0;
  let scanned = 0;
  for (const [index, attributes] of additions) {
    const span = spans[index];
    if (span === undefined || attributes.length === 0) continue;
    const { at, resumeAt, inserted } = insertion(bytes, span, attributes.map(keyValueJson).join(','));
    pieces.push(bytes.subarray(copied, at), Buffer.from(inserted));
    copied = resumeAt;
    scanned += span.end - span.start;
    if (scanned < BYTES_PER_STEP) continue;
    scanned = 0;
    yield;
  }
  if (pieces.length === 0) return bytes;
  pieces.push(bytes.subarray(copied));
  return Buffer.concat(pieces);
}

/** What to insert where, when a span's attributes are a list, an empty one, null or not there. */
function insertion(
  bytes: Buffer,
  span: JsonPlace,
  keyValues: string,
): { at: number; resumeAt: number; inserted: string } {
  const members = objectMembers(bytes, span);
  const existing = members.get('attributes');
  if (existing === undefined) {
    const at = span.end - 1;
    return { at, resumeAt: at, inserted: `${members.size > 0 ? ',' : ''}"attributes":[${keyValues}]` };
  }
  if (bytes[existing.start] !== JSON_BYTE.openBracket) {
    return { at: existing.start, resumeAt: existing.end, inserted: `[${keyValues}]` };
  }
  const at = existing.end - 1;
  return { at, resumeAt: at, inserted: isEmptyArray(bytes, existing) ? keyValues : `,${keyValues}` };
}

function keyValueJson({ key, value }: OtlpAttribute): string {
  return JSON.stringify({ key, value: anyValueJson(value) });
}

/** Integers are written as text, as the JSON encoding of OTLP asks for 64-bit numbers. */
function anyValueJson(value: string | number): object {
  if (typeof value === 'string') return { stringValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
