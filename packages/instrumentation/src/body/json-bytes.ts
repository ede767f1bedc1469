/** Bytes that JSON is made of. */
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** Whitespace, and what numbers and words (`true`, `false`, `null`) are made of and begin with. */
export const SPACE = 1;
export const PRIMITIVE_PART = 2;
export const PRIMITIVE_START = 3;

/** What each byte is in JSON outside strings. */
export const BYTE_KINDS: Uint8Array = byteKinds();

const STRUCTURE = [QUOTE, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT];

/** 1 for quotes and brackets. */
export const IS_STRUCTURE: Uint8Array = Uint8Array.from({ length: 256 }, (_each, byte) =>
  STRUCTURE.includes(byte) ? 1 : 0,
);

/** A native search has a price: it is made where so many bytes were of no interest, and likely many more are. */
export const FAR_BYTES = 64;

/** The string goes on after the bytes that were searched; in the second case their last one escapes the next. */
export const NOT_ENDED = -1;
export const ENDS_ESCAPED = -2;

/** The index after the quote that ends a string, within which `start` lies and is not escaped; else negative. */
export function stringEnd(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const far = Math.min(at + FAR_BYTES, end);
    let byte = 0;
    while (at < far && (byte = bytes[at] ?? 0) !== QUOTE && byte !== BACKSLASH) at++;
    if (at === far) at = at < end ? nextQuote(bytes, at, end) : end;
    else if (byte === QUOTE) return at + 1;
    else at += 2;
  }
  return at > end ? ENDS_ESCAPED : NOT_ENDED;
}

/** The next quote, or the backslash that escapes it, found by a native search. */
function nextQuote(bytes: Buffer, start: number, end: number): number {
  const quote = bytes.indexOf(QUOTE, start);
  const stop = quote === -1 || quote > end ? end : quote;
  let backslashes = 0;
  while (stop - backslashes > start && bytes[stop - backslashes - 1] === BACKSLASH) backslashes++;
  return stop - (backslashes % 2);
}

/**
 * Finds the next quote or bracket by native searches, which pay for long arrays of numbers. What they found counts
 * until it is passed, so that each search goes over the bytes once.
 */
export class StructureSearch {
  #bytes: Buffer | undefined;
  #end = 0;
  readonly #found: number[] = STRUCTURE.map(() => 0);

  /** Where it is, or `end`. */
  next(bytes: Buffer, start: number, end: number): number {
    if (this.#bytes !== bytes || this.#end !== end) {
      this.#bytes = bytes;
      this.#end = end;
      this.#found.fill(-1);
    }
    const searched = end < bytes.length ? bytes.subarray(0, end) : bytes;
    let nearest = end;
    for (const [index, byte] of STRUCTURE.entries()) {
      let next = this.#found[index] ?? -1;
      if (next < start) {
        next = searched.indexOf(byte, start);
        if (next === -1) next = end;
        this.#found[index] = next;
      }
      if (next < nearest) nearest = next;
    }
    return nearest;
  }

  /** What was found is of bytes that are no longer there. */
  forget(): void {
    this.#bytes = undefined;
  }
}

function byteKinds(): Uint8Array {
  const kinds = new Uint8Array(256);
  for (const byte of Buffer.from(' \t\n\r')) kinds[byte] = SPACE;
  for (const byte of Buffer.from('.+abcdefghijklmopqrsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ')) {
    kinds[byte] = PRIMITIVE_PART;
  }
  for (const byte of Buffer.from('-0123456789tfn')) kinds[byte] = PRIMITIVE_START;
  return kinds;
}
