import { isJsonSpace, JSON_BYTE, type JsonPlace } from './json-locator.ts';
import { MalformedOtlp } from './malformed-otlp.ts';

/** Of longer texts in a span of some mebibytes only the ends are read. */
const TEXT_BYTES_MAX = 16 * 1024;
/** What is kept of either end of such a text. */
const EDGE_BYTES = 2560;
/** `JSON.parse` takes some 10 ns for each byte, and cannot be interrupted. */
const CONDENSED_BYTES_MAX = 6 * 1024 * 1024;
const BYTES_PER_STEP = 256 * 1024;

const FIRST_PRINTABLE = 0x20;
const LOWER_U = 0x75;
const HEX_DIGITS = 4;
/** What may follow a backslash, besides `u`. */
const ESCAPED = new Set(Buffer.from('"\\/bfnrt'));

/** What may still be left of a text when it is condensed. */
export interface CondensedBudget {
  bytesLeft: number;
}

export function condensedBudget(): CondensedBudget {
  return { bytesLeft: CONDENSED_BYTES_MAX };
}

/** Space that is left as it is. */
const SPACE_BYTES_MAX = 64;

/**
 * The JSON in a place without long space and with short texts, so that it can be parsed in one go when it was too much for
 * that. In the place of a long text stands `{"head":"…","tail":"…"}` with its ends, and in the
 * place of a long name an empty one. What it leaves out is checked: it is valid JSON if and only if the whole is.
 *
 * @throws MalformedOtlp when a text is none, or when too much is left.
 */
export function* condenseJson(
  bytes: Buffer,
  { start: first, end: last }: JsonPlace,
  budget: CondensedBudget,
): Generator<undefined, string> {
  const kept: string[] = [];
  let walked = 0;
  const keep = (start: number, end: number): void => {
    budget.bytesLeft -= end - start;
    if (budget.bytesLeft < 0)
      throw new MalformedOtlp(`the JSON text has more than ${CONDENSED_BYTES_MAX} bytes in one span`);
    if (end > start) kept.push(bytes.toString('utf8', start, end));
  };
  let copied = first;
  let at = first;
  while (at < last) {
    const start = at;
    if (bytes[at] === JSON_BYTE.quote) {
      at = yield* checkText(bytes, at + 1, last);
      if (at - start > TEXT_BYTES_MAX) {
        keep(copied, start);
        copied = at;
        const next = yield* skipSpace(bytes, at, last);
        const isName = bytes[next] === JSON_BYTE.colon;
        kept.push(isName ? '""' : edgesOf(bytes, start, at));
        if (!isName) budget.bytesLeft -= 2 * EDGE_BYTES;
      }
    } else if (isJsonSpace(bytes[at])) {
      at = yield* skipSpace(bytes, at, last);
      if (at - start > SPACE_BYTES_MAX) {
        keep(copied, start + 1);
        copied = at;
      }
    } else {
      at += 1;
    }
    walked += at - start;
    if (walked < BYTES_PER_STEP) continue;
    walked = 0;
    yield;
  }
  keep(copied, last);
  return kept.join('');
}

/** The place after the closing quote of a text that begins before a place. */
function* checkText(bytes: Buffer, start: number, end: number): Generator<undefined, number> {
  let pauseAt = start + BYTES_PER_STEP;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === JSON_BYTE.quote) return at + 1;
    if (byte < FIRST_PRINTABLE) break;
    if (byte === JSON_BYTE.backslash) {
      at += 1;
      const escaped = bytes[at] ?? 0;
      if (escaped === LOWER_U) {
        if (!areHexDigits(bytes, at + 1)) break;
        at += HEX_DIGITS;
      } else if (!ESCAPED.has(escaped)) break;
    }
    if (at < pauseAt) continue;
    pauseAt = at + BYTES_PER_STEP;
    yield;
  }
  throw new MalformedOtlp('the body is not valid JSON');
}

function areHexDigits(bytes: Buffer, start: number): boolean {
  for (let at = start; at < start + HEX_DIGITS; at++) {
    const byte = bytes[at] ?? 0;
    const letter = byte | 0x20;
    if (!((byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66))) return false;
  }
  return true;
}

function* skipSpace(bytes: Buffer, start: number, end: number): Generator<undefined, number> {
  let at = start;
  while (at < end && isJsonSpace(bytes[at])) {
    at += 1;
    if ((at - start) % BYTES_PER_STEP === 0) yield;
  }
  return at;
}

/** The ends of a valid text, its quotes not among them. */
function edgesOf(bytes: Buffer, start: number, end: number): string {
  const headEnd = cutBefore(bytes, start + 1, start + 1 + EDGE_BYTES);
  const tailStart = cutBefore(bytes, start + 1, end - 1 - EDGE_BYTES);
  const head = bytes.toString('utf8', start + 1, headEnd);
  return `{"head":"${head}","tail":"${bytes.toString('utf8', tailStart, end - 1)}"}`;
}

/** A place between two characters of a text that begins at `from`: another place, or a few bytes before it. */
function cutBefore(bytes: Buffer, from: number, place: number): number {
  let at = place;
  while ((bytes[at] ?? 0) >> 6 === 0b10) at -= 1;
  // An escape is six bytes at most; of a row of backslashes every second one is escaped.
  for (let back = at - 1; back >= Math.max(from, at - 6); back--) {
    if (bytes[back] !== JSON_BYTE.backslash) continue;
    let first = back;
    while (first > from && bytes[first - 1] === JSON_BYTE.backslash) first -= 1;
    const isEscape = (back - first) % 2 === 0;
    const length = bytes[back + 1] === LOWER_U ? 6 : 2;
    return isEscape && back + length > at ? back : at;
  }
  return at;
}
