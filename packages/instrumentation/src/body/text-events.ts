import { type DocumentOptions, EVENT_BYTES_MAX, EventDocuments } from './event-documents.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const COLON = 0x3a;
const LETTER_D = 0x64;
const LETTER_E = 0x65;
const RECORD_SEPARATOR = 0x1e;
const DATA = Buffer.from('data');
const EVENT = Buffer.from('event');
const NEWLINE = Buffer.from('\n');

const NOT_FOUND = -1;
/** `data: `, and no more than it takes to know that a line is something else. */
const FIELD_NAME_BYTES_MAX = 6;
const EVENT_NAME_BYTES_MAX = 64;
const HELD_BYTES_MIN = 1024;
const HELD_BYTES_MAX: number = EVENT_BYTES_MAX + 64;
/** A larger buffer is given back after its event. */
const KEPT_BYTES_MAX = 4096;

/**
 * Reads server-sent events, or lines that are JSON documents each.
 *
 * An event that lies in one chunk is read where it lies. What a chunk ends in is copied: first the data of the
 * event's whole lines, then the line that is not yet whole. What grows beyond 32 KiB is read part by part.
 */
export class TextEvents {
  readonly #documents: EventDocuments;
  readonly #isLines: boolean;
  #chunk: Buffer = NEWLINE;
  #hasData = false;
  /** The data of the event, where it is one line of the current chunk; else -1. */
  #dataStart = -1;
  #dataEnd = -1;
  #held: Buffer | undefined;
  #dataLength = 0;
  #lineLength = 0;
  /** The data of this event has become too long to be held. */
  #isInParts = false;
  /** What becomes of the rest of a line that was begun. */
  #line: 'held' | 'read' | 'dropped' = 'held';
  #skipsLineFeed = false;
  /** The event's name, where it lies in the current chunk; else -1. */
  #nameStart = -1;
  #nameEnd = -1;
  #name: string | undefined;
  #isClosed = false;

  constructor(options: DocumentOptions, framing: 'sse' | 'lines') {
    this.#documents = new EventDocuments(options);
    this.#isLines = framing === 'lines';
  }

  push(chunk: Buffer): void {
    const { length } = chunk;
    if (length === 0) return;
    let at = this.#skipsLineFeed && chunk[0] === LINE_FEED ? 1 : 0;
    let lineFeed = -1;
    let carriageReturn = -1;
    this.#skipsLineFeed = false;
    this.#chunk = chunk;
    while (at < length && !this.#isClosed) {
      if (lineFeed < at) lineFeed = indexOrEnd(chunk, LINE_FEED, at);
      if (carriageReturn < at) carriageReturn = indexOrEnd(chunk, CARRIAGE_RETURN, at);
      const end = Math.min(lineFeed, carriageReturn);
      if (end === length) {
        this.#readLinePart(at, length);
        break;
      }
      this.#readLine(at, end);
      at = end + 1;
      if (end !== carriageReturn) continue;
      if (at === length) this.#skipsLineFeed = true;
      else if (chunk[at] === LINE_FEED) at++;
    }
    this.#holdEvent();
    this.#chunk = NEWLINE;
  }

  /** A last event needs no blank line after it; several providers leave it out. */
  end(): void {
    this.#documents.isEnding = true;
    this.#readLine(0, 0);
    if (this.#hasData) this.#dispatch();
    this.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#held = undefined;
  }

  /** A line of the current chunk, or the rest of one that was begun in an earlier chunk. */
  #readLine(start: number, end: number): void {
    if (this.#lineLength === 0 && this.#line === 'held') {
      if (start < end) this.#readField(this.#chunk, start, end);
      else this.#dispatch();
      return;
    }
    this.#readLinePart(start, end);
    const length = this.#lineLength;
    const line = this.#line;
    this.#lineLength = 0;
    this.#line = 'held';
    if (line === 'held' && this.#held !== undefined) {
      this.#readField(this.#held, this.#dataLength, this.#dataLength + length);
    } else if (this.#isLines) {
      this.#dispatch();
    }
  }

  /** A part of a line whose end has not come. */
  #readLinePart(start: number, end: number): void {
    if (start === end || this.#line === 'dropped') return;
    if (this.#line === 'read') {
      this.#documents.readPart(this.#chunk, start, end, this.#name);
      return;
    }
    this.#holdEvent();
    const lineLength = this.#lineLength + end - start;
    if (this.#dataLength + lineLength <= EVENT_BYTES_MAX + FIELD_NAME_BYTES_MAX) {
      this.#hold(this.#chunk, start, end);
      this.#lineLength = lineLength;
      if (!this.#documents.hasBegun && this.#isEventPart()) this.#documents.begin();
    } else {
      this.#readLongLinePart(start, end);
    }
  }

  /** Whether the line that is not yet whole is one of an event. */
  #isEventPart(): boolean {
    if (this.#isLines || this.#held === undefined) return this.#isLines;
    const start = this.#dataLength;
    const end = start + this.#lineLength;
    const colon = start + (this.#held[start] === LETTER_D ? DATA.length : EVENT.length);
    if (end <= colon) return false;
    const isData = fieldValue(this.#held, start, end, DATA) !== NOT_FOUND;
    return isData || fieldValue(this.#held, start, end, EVENT) !== NOT_FOUND;
  }

  /** The line has become too long to be held. */
  #readLongLinePart(start: number, end: number): void {
    const missing = Math.max(0, Math.min(FIELD_NAME_BYTES_MAX - this.#lineLength, end - start));
    this.#hold(this.#chunk, start, start + missing);
    const lineEnd = this.#dataLength + this.#lineLength + missing;
    const held = this.#held ?? NEWLINE;
    const valueStart = this.#isLines ? textStart(held, 0) : fieldValue(held, this.#dataLength, lineEnd, DATA);
    this.#lineLength = 0;
    if (valueStart === NOT_FOUND) {
      this.#line = 'dropped';
      return;
    }
    this.#line = 'read';
    this.#documents.begin();
    this.#beginPart();
    this.#documents.readPart(held, valueStart, lineEnd, this.#name);
    this.#documents.readPart(this.#chunk, start + missing, end, this.#name);
  }

  #readField(bytes: Buffer, start: number, end: number): void {
    if (this.#isLines) {
      this.#documents.begin();
      this.#readEvent(bytes, textStart(bytes, start), end);
      this.#reset();
      return;
    }
    const first = bytes[start];
    if (first === LETTER_D) {
      const valueStart = fieldValue(bytes, start, end, DATA);
      if (valueStart === NOT_FOUND) return;
      this.#documents.begin();
      this.#addData(bytes, valueStart, end);
    } else if (first === LETTER_E) {
      const valueStart = fieldValue(bytes, start, end, EVENT);
      if (valueStart === NOT_FOUND) return;
      this.#documents.begin();
      this.#setName(bytes, valueStart, end);
    }
  }

  #setName(bytes: Buffer, start: number, end: number): void {
    this.#name = undefined;
    this.#nameStart = NOT_FOUND;
    if (start === end || end - start > EVENT_NAME_BYTES_MAX) return;
    if (bytes === this.#chunk) {
      this.#nameStart = start;
      this.#nameEnd = end;
    } else {
      this.#name = bytes.toString('utf8', start, end);
    }
  }

  #addData(bytes: Buffer, start: number, end: number): void {
    const isFirst = !this.#hasData;
    if (isFirst && bytes === this.#chunk) {
      this.#hasData = true;
      this.#dataStart = start;
      this.#dataEnd = end;
      return;
    }
    this.#holdEvent();
    const length = (isFirst ? 0 : this.#dataLength + 1) + end - start;
    if (this.#isInParts || length > EVENT_BYTES_MAX) {
      this.#beginPart();
      this.#documents.readPart(bytes, start, end, this.#name);
      return;
    }
    this.#hasData = true;
    if (!isFirst) {
      // A held line begins with `data:`, so that its value does not begin at the byte that this writes.
      this.#hold(NEWLINE, 0, 1);
      this.#dataLength++;
    }
    this.#hold(bytes, start, end);
    this.#dataLength += end - start;
  }

  /** What follows is read at once and not held; so is what was held before. */
  #beginPart(): void {
    const documents = this.#documents;
    const dataLength = this.#dataLength;
    this.#dataLength = 0;
    if (!this.#isInParts && this.#held !== undefined)
      documents.readPart(this.#held, 0, dataLength, this.#name);
    if (this.#hasData) documents.readPart(NEWLINE, 0, 1, this.#name);
    this.#hasData = true;
    this.#isInParts = true;
  }

  /** The end of an event. */
  #dispatch(): void {
    if (this.#isInParts) this.#documents.endParts();
    else if (this.#dataStart !== NOT_FOUND) this.#readEvent(this.#chunk, this.#dataStart, this.#dataEnd);
    else if (this.#held !== undefined) this.#readEvent(this.#held, 0, this.#dataLength);
    this.#reset();
  }

  #readEvent(bytes: Buffer, start: number, end: number): void {
    if (!this.#documents.isWanted(bytes, start, end)) return;
    this.#decodeName();
    this.#documents.read(bytes, start, end, this.#name);
  }

  #reset(): void {
    this.#hasData = false;
    this.#isInParts = false;
    this.#dataStart = NOT_FOUND;
    this.#dataLength = 0;
    this.#name = undefined;
    this.#nameStart = NOT_FOUND;
    if (this.#held !== undefined && this.#held.length > KEPT_BYTES_MAX) this.#held = undefined;
  }

  #decodeName(): void {
    if (this.#nameStart === NOT_FOUND) return;
    this.#name = this.#chunk.toString('utf8', this.#nameStart, this.#nameEnd);
    this.#nameStart = NOT_FOUND;
  }

  /** The current chunk is about to be lost, or more data to come. */
  #holdEvent(): void {
    this.#decodeName();
    const start = this.#dataStart;
    if (start === NOT_FOUND) return;
    this.#dataStart = NOT_FOUND;
    const length = this.#dataEnd - start;
    if (length > EVENT_BYTES_MAX) {
      this.#hasData = false;
      this.#beginPart();
      this.#documents.readPart(this.#chunk, start, this.#dataEnd, this.#name);
    } else {
      this.#hold(this.#chunk, start, this.#dataEnd);
      this.#dataLength = length;
    }
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    const used = this.#dataLength + this.#lineLength;
    const length = used + end - start;
    if (this.#held === undefined || this.#held.length < length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(HELD_BYTES_MIN, Math.min(length * 2, HELD_BYTES_MAX)));
      this.#held?.copy(grown, 0, 0, used);
      this.#held = grown;
    }
    bytes.copy(this.#held, used, start, end);
  }
}

function indexOrEnd(chunk: Buffer, byte: number, start: number): number {
  const index = chunk.indexOf(byte, start);
  return index === -1 ? chunk.length : index;
}

/** Where a line's text begins: a JSON text sequence (RFC 7464) has a separator before each. */
function textStart(bytes: Buffer, start: number): number {
  return bytes[start] === RECORD_SEPARATOR ? start + 1 : start;
}

/** Where the value of a field with this name begins. */
function fieldValue(bytes: Buffer, start: number, end: number, name: Buffer): number {
  const nameEnd = start + name.length;
  if (nameEnd > end) return NOT_FOUND;
  for (let index = 0; index < name.length; index++) {
    if (bytes[start + index] !== name[index]) return NOT_FOUND;
  }
  if (nameEnd === end) return end;
  if (bytes[nameEnd] !== COLON) return NOT_FOUND;
  return nameEnd + 1 < end && bytes[nameEnd + 1] === SPACE ? nameEnd + 2 : nameEnd + 1;
}
