/**
 * Finds where things are in JSON bytes that are known to be valid, so that they can be changed in place instead of
 * being written anew: numbers keep their digits and unknown fields stay as they are.
 */

/** A value's place in the bytes: from its first byte to the one after its last. */
export interface JsonPlace {
  readonly start: number;
  readonly end: number;
}

export const JSON_BYTE = {
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  openBracket: 0x5b,
  backslash: 0x5c,
  closeBracket: 0x5d,
  openBrace: 0x7b,
  closeBrace: 0x7d,
} as const;

const { quote, comma, openBracket, backslash, closeBracket, openBrace, closeBrace } = JSON_BYTE;

/** The members of the object at a place; of a name that occurs twice the last, as `JSON.parse` has it. */
export function objectMembers(bytes: Buffer, place: JsonPlace): Map<string, JsonPlace> {
  const members = new Map<string, JsonPlace>();
  let at = skipSpace(bytes, place.start + 1);
  while (bytes[at] === quote) {
    const nameEnd = skipString(bytes, at);
    const valueStart = skipSpace(bytes, skipSpace(bytes, nameEnd) + 1);
    const valueEnd = skipValue(bytes, valueStart);
    members.set(stringAt(bytes, at, nameEnd), { start: valueStart, end: valueEnd });
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] === comma) at = skipSpace(bytes, at + 1);
  }
  return members;
}

/** Whether the array at a place has no element. */
export function isEmptyArray(bytes: Buffer, place: JsonPlace): boolean {
  return bytes[skipSpace(bytes, place.start + 1)] === closeBracket;
}

/**
 * The text of a string with its quotes at a place.
 *
 * @throws SyntaxError when it has an escape that is none.
 */
export function stringAt(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('utf8', start + 1, end - 1);
  return raw.includes('\\') ? (JSON.parse(bytes.toString('utf8', start, end)) as string) : raw;
}

/** Space, tab, line feed and carriage return. */
export function isJsonSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function skipValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === quote) return skipString(bytes, start);
  if (first === openBrace || first === openBracket) return skipContainer(bytes, start);
  let at = start;
  while (at < bytes.length && !isDelimiter(bytes[at])) at += 1;
  return at;
}

/** Without recursion, so that no depth can exhaust the stack. */
function skipContainer(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) at = skipString(bytes, at) - 1;
    else if (byte === openBrace || byte === openBracket) depth += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return bytes.length;
}

/** The place after the closing quote. */
function skipString(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at += 1;
  }
  return bytes.length;
}

function skipSpace(bytes: Buffer, start: number): number {
  let at = start;
  while (isJsonSpace(bytes[at])) at += 1;
  return at;
}

function isDelimiter(byte: number | undefined): boolean {
  return byte === comma || byte === closeBrace || byte === closeBracket || isJsonSpace(byte);
}
