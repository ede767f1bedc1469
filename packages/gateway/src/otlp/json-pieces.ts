import { condensedBudget, type CondensedBudget, condenseJson } from './json-condense.ts';
import { isJsonSpace, JSON_BYTE, type JsonPlace, stringAt } from './json-locator.ts';
import { MalformedOtlp } from './malformed-otlp.ts';
import { SPANS_MAX } from './trace-request.ts';

/** A trace request's JSON taken apart, so that it can be parsed piece by piece. */
export interface JsonPieces {
  /** The resources and spans, in the order of the bytes. */
  readonly places: readonly JsonPlace[];
  /** The request with its number in the place of each span, and `{"":n}` in that of a resource with the number n. */
  readonly frame: string;
}

/** Values of one piece: `JSON.parse` takes about 100 ns for each, and cannot be interrupted. */
const VALUES_MAX = 250_000;
/** Values of all pieces together, which are in memory at once: 64 MiB of spans have some two million, of `{}` 22 million. */
const ALL_VALUES_MAX = 4_000_000;
/** Digits of a number: `JSON.parse` needs a second for 50 million of them. The largest double has 309. */
const LITERAL_BYTES_MAX = 1000;
const BYTES_PER_STEP = 128 * 1024;
const PIECES_PER_STEP = 4096;
/** What is longer is condensed before it is parsed. */
const VERBATIM_BYTES_MAX = 2 * 1024 * 1024;

/** The lists around a span by the number of containers around them; between them are the objects of those lists. */
const LIST_NAMES: readonly (string | undefined)[] = [
  undefined,
  'resourceSpans',
  undefined,
  'scopeSpans',
  undefined,
  'spans',
];
/** Containers around a span, and around a resource. */
const SPAN_DEPTH = LIST_NAMES.length;
const RESOURCE_DEPTH = 3;

/**
 * Takes the resources and spans out of a request's JSON. What is left and each of what was taken out are to be parsed:
 * the request is valid JSON if and only if all of them are.
 *
 * @returns After steps of bounded length, so that a large request does not hold up others.
 * @throws MalformedOtlp when there is more of something than is taken.
 */
export function* takeApart(bytes: Buffer): Generator<undefined, JsonPieces> {
  const scanner = new PieceScanner(bytes);
  while (!scanner.advance(BYTES_PER_STEP)) yield;
  return { places: scanner.places, frame: yield* frameOf(bytes, scanner) };
}

/** The text of a piece, or of what is left around them: as it is, or condensed where it is very long. */
export function* textToParse(
  bytes: Buffer,
  place: JsonPlace,
  budget: CondensedBudget = condensedBudget(),
): Generator<undefined, string> {
  if (place.end - place.start <= VERBATIM_BYTES_MAX) return bytes.toString('utf8', place.start, place.end);
  return yield* condenseJson(bytes, place, budget);
}

function* frameOf(bytes: Buffer, { places, isResource }: PieceScanner): Generator<undefined, string> {
  const frame: string[] = [];
  const budget = condensedBudget();
  let start = 0;
  for (let number = 0; number <= places.length; number++) {
    if (number % PIECES_PER_STEP === PIECES_PER_STEP - 1) yield;
    const piece = places[number];
    const end = piece?.start ?? bytes.length;
    // Most of them are a comma.
    if (end - start > 1) frame.push(yield* textToParse(bytes, { start, end }, budget));
    else if (end > start) frame.push(String.fromCharCode(bytes[start] ?? 0));
    if (piece === undefined) break;
    frame.push(isResource.has(number) ? `{"":${number}}` : ` ${number} `);
    start = piece.end;
  }
  return frame.join('');
}

/**
 * 1. Walk the bytes once, passing over strings, and count the containers that are open.
 * 2. Where these are the ones around a span, follow the names of members.
 * 3. Note where the object of a resource or span begins and ends.
 */
class PieceScanner {
  readonly #bytes: Buffer;
  readonly places: JsonPlace[] = [];
  /** Which of them are resources, by number. */
  readonly isResource: Set<number> = new Set();
  #at = 0;
  /** Containers that are open, and how many of them, from the outside, are those around a span. */
  #depth = 0;
  #onPath = 0;
  #stringStart = -1;
  #lastString: JsonPlace = { start: 0, end: 0 };
  /** Name of the member that is being read, as long as all open containers are on the path. */
  #name = '';
  #pieceStart = -1;
  #pieceDepth = 0;
  #allValues = 0;
  #values = 0;
  #valuesOfFrame = 0;
  #literalBytes = 0;
  #spanCount = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Walks some bytes further; true at the end. */
  advance(count: number): boolean {
    const bytes = this.#bytes;
    const end = Math.min(this.#at + count, bytes.length);
    while (this.#at < end) {
      if (this.#stringStart === -1) this.#read(bytes[this.#at] ?? 0);
      else this.#readString(end);
    }
    return this.#at >= bytes.length;
  }

  #read(byte: number): void {
    switch (byte) {
      case JSON_BYTE.quote:
        this.#stringStart = this.#at;
        break;
      case JSON_BYTE.openBrace:
      case JSON_BYTE.openBracket:
        this.#open(byte);
        break;
      case JSON_BYTE.closeBrace:
      case JSON_BYTE.closeBracket:
        this.#close();
        break;
      case JSON_BYTE.comma:
        this.#countValue();
        break;
      case JSON_BYTE.colon:
        if (this.#isOnPath) this.#name = this.#lastName();
        break;
      default:
        if (isJsonSpace(byte)) break;
        if (this.#depth === SPAN_DEPTH && this.#isOnPath)
          throw new MalformedOtlp('spans is not a list of objects');
        this.#literalBytes += 1;
        if (this.#literalBytes > LITERAL_BYTES_MAX)
          throw new MalformedOtlp(`the JSON text has a number of more than ${LITERAL_BYTES_MAX} digits`);
        this.#at += 1;
        return;
    }
    this.#literalBytes = 0;
    this.#at += 1;
  }

  #readString(end: number): void {
    const bytes = this.#bytes;
    let at = Math.max(this.#at, this.#stringStart + 1);
    while (at < end && bytes[at] !== JSON_BYTE.quote) at += bytes[at] === JSON_BYTE.backslash ? 2 : 1;
    if (at < end) {
      at += 1;
      if (this.#isOnPath) this.#lastString = { start: this.#stringStart, end: at };
      this.#stringStart = -1;
    }
    this.#at = at;
  }

  /** All open containers are around spans, and nothing that was taken out is being read. */
  get #isOnPath(): boolean {
    return this.#onPath === this.#depth && this.#pieceStart === -1;
  }

  #open(byte: number): void {
    this.#countValue();
    const depth = this.#depth;
    if (this.#isOnPath) {
      const isObject = byte === JSON_BYTE.openBrace;
      if (isObject && (depth === SPAN_DEPTH || (depth === RESOURCE_DEPTH && this.#name === 'resource')))
        this.#openPiece();
      else if (isObject ? depth % 2 === 0 : this.#name === LIST_NAMES[depth]) this.#onPath = depth + 1;
      this.#name = '';
    }
    this.#depth = depth + 1;
  }

  #openPiece(): void {
    this.#pieceStart = this.#at;
    this.#pieceDepth = this.#depth;
    this.#valuesOfFrame = this.#values;
    this.#values = 0;
  }

  #close(): void {
    this.#depth -= 1;
    if (this.#pieceStart === -1) {
      this.#onPath = Math.min(this.#onPath, this.#depth);
      this.#name = '';
    } else if (this.#depth === this.#pieceDepth) this.#closePiece();
  }

  #closePiece(): void {
    if (this.#pieceDepth === SPAN_DEPTH) {
      this.#spanCount += 1;
      if (this.#spanCount > SPANS_MAX)
        throw new MalformedOtlp(`the request has more than ${SPANS_MAX} spans`);
      // The comma and the brace of a span are no values of the frame.
      this.#valuesOfFrame -= 2;
    }
    if (this.#pieceDepth !== SPAN_DEPTH) this.isResource.add(this.places.length);
    this.places.push({ start: this.#pieceStart, end: this.#at + 1 });
    this.#pieceStart = -1;
    this.#values = this.#valuesOfFrame;
  }

  /** Every value but the first of a container follows a comma. */
  #countValue(): void {
    this.#allValues += 1;
    if (this.#allValues > ALL_VALUES_MAX)
      throw new MalformedOtlp(
        `the JSON text has more than ${ALL_VALUES_MAX} values; send fewer spans at once`,
      );
    this.#values += 1;
    if (this.#values > VALUES_MAX)
      throw new MalformedOtlp(
        `the JSON text has more than ${VALUES_MAX} values in a span or around the spans`,
      );
  }

  #lastName(): string {
    try {
      return stringAt(this.#bytes, this.#lastString.start, this.#lastString.end);
    } catch {
      throw new MalformedOtlp('the body is not valid JSON');
    }
  }
}
