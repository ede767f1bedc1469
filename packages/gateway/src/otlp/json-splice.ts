import { arrayElements, type JsonPlace, objectMembers } from './json-locator.ts';
import type { OtlpAttribute } from './trace-request.ts';

/** The places of all spans in the text of a valid request, in its order. */
export function spanPlaces(text: string): JsonPlace[] {
  const elements = (place: JsonPlace, name: string): JsonPlace[] => {
    const member = objectMembers(text, place).get(name);
    return member === undefined || text[member.start] !== '[' ? [] : arrayElements(text, member);
  };
  return elements({ start: text.indexOf('{'), end: text.length }, 'resourceSpans')
    .flatMap((resource) => elements(resource, 'scopeSpans'))
    .flatMap((scope) => elements(scope, 'spans'));
}

/** Inserts attributes at the end of spans in the text of a valid request; all other text stays as it is. */
export function spliceJsonAttributes(
  text: string,
  spans: readonly JsonPlace[],
  additions: ReadonlyMap<number, readonly OtlpAttribute[]>,
): string {
  const pieces: string[] = [];
  let copied = 0;
  for (const [index, attributes] of additions) {
    const span = spans[index];
    if (span === undefined || attributes.length === 0) continue;
    const { at, resumeAt, inserted } = insertion(text, span, attributes.map(keyValueJson).join(','));
    pieces.push(text.slice(copied, at), inserted);
    copied = resumeAt;
  }
  pieces.push(text.slice(copied));
  return pieces.join('');
}

/** What to insert where, when a span's attributes are a list, an empty one, null or not there. */
function insertion(
  text: string,
  span: JsonPlace,
  keyValues: string,
): { at: number; resumeAt: number; inserted: string } {
  const members = objectMembers(text, span);
  const existing = members.get('attributes');
  if (existing === undefined) {
    const at = span.end - 1;
    return { at, resumeAt: at, inserted: `${members.size > 0 ? ',' : ''}"attributes":[${keyValues}]` };
  }
  if (text[existing.start] !== '[') {
    return { at: existing.start, resumeAt: existing.end, inserted: `[${keyValues}]` };
  }
  const at = existing.end - 1;
  const empty = arrayElements(text, existing).length === 0;
  return { at, resumeAt: at, inserted: empty ? keyValues : `,${keyValues}` };
}

function keyValueJson({ key, value }: OtlpAttribute): string {
  return JSON.stringify({ key, value: anyValueJson(value) });
}

/** Integers are written as text, as the JSON encoding of OTLP asks for 64-bit numbers. */
function anyValueJson(value: string | number): object {
  if (typeof value === 'string') return { stringValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
