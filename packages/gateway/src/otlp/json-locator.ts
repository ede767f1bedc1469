/**
 * Finds where things are in JSON text that is known to be valid, so that it can be changed in place instead of
 * being written anew: numbers keep their digits and unknown fields stay as they are.
 */

/** A value's place in the text: from its first character to the one after its last. */
export interface JsonPlace {
  readonly start: number;
  readonly end: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** The members of the object at a place; of a name that occurs twice the last, as `JSON.parse` has it. */
export function objectMembers(text: string, place: JsonPlace): Map<string, JsonPlace> {
  const members = new Map<string, JsonPlace>();
  let at = skipSpace(text, place.start + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const nameEnd = skipString(text, at);
    const valueStart = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const valueEnd = skipValue(text, valueStart);
    members.set(memberName(text, at, nameEnd), { start: valueStart, end: valueEnd });
    at = skipSpace(text, valueEnd);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return members;
}

/** The elements of the array at a place. */
export function arrayElements(text: string, place: JsonPlace): JsonPlace[] {
  const elements: JsonPlace[] = [];
  let at = skipSpace(text, place.start + 1);
  while (at < place.end && text.charCodeAt(at) !== CLOSE_BRACKET) {
    const end = skipValue(text, at);
    elements.push({ start: at, end });
    at = skipSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return elements;
}

/** Number of arrays and objects in the text, or more than `max` as soon as that is certain. */
export function countContainers(text: string, max: number): number {
  let count = 0;
  for (let at = 0; at < text.length && count <= max; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = skipString(text, at) - 1;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) count += 1;
  }
  return count;
}

function memberName(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(text.slice(start, end)) as string) : raw;
}

function skipValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return skipString(text, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipContainer(text, start);
  let at = start;
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at += 1;
  return at;
}

/** Without recursion, so that no depth can exhaust the stack. */
function skipContainer(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = skipString(text, at) - 1;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) depth += 1;
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** The place after the closing quote: the first quote with an even number of backslashes before it. */
function skipString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

function isSpace(character: number): boolean {
  return character === 0x20 || character === 0x0a || character === 0x0d || character === 0x09;
}

function isDelimiter(character: number): boolean {
  return (
    character === COMMA || character === CLOSE_BRACE || character === CLOSE_BRACKET || isSpace(character)
  );
}
