import { crc32 } from 'node:zlib';
import { type DocumentOptions, EVENT_BYTES_MAX, EventDocuments } from './event-documents.ts';

const PRELUDE_BYTES = 12;
const CHECKED_BYTES = 8;
const CHECKSUM_BYTES = 4;
/** The three headers of an event take about 90 bytes. */
const HEADERS_BYTES_MAX = 4096;
/** The protocol's own limit. */
const FRAME_BYTES_MAX = 24 * 1024 * 1024;

const TEXT_TYPE = 7;
const BYTES_TYPE = 6;
/** How many bytes a header's value has, by its type; texts and bytes state their length. */
const VALUE_BYTES = [0, 0, 1, 2, 4, 8, -1, -1, 8, 16];
const NOTHING = Buffer.alloc(0);
const NAME_HEADERS = [':event-type', ':exception-type', ':error-code'];
/** An event that wraps an event of the model's own format. */
const WRAPPED = 'chunk';

type Part = 'prelude' | 'headers' | 'payload' | 'checksum';

/**
 * Reads the frames of AWS's event stream (`application/vnd.amazon.eventstream`): a prelude with the lengths, headers
 * that name the event, a payload of JSON, and a checksum.
 */
export class AwsFrames {
  readonly #options: DocumentOptions;
  readonly #documents: EventDocuments;
  #part: Part = 'prelude';
  /** Bytes of the part that are still to come. */
  #missing = PRELUDE_BYTES;
  #payloadBytes = 0;
  #name: string | undefined;
  #isException = false;
  /** What came of the part in earlier chunks. */
  #held: Buffer | undefined;
  #heldLength = 0;
  #isClosed = false;

  constructor(options: DocumentOptions) {
    this.#options = options;
    this.#documents = new EventDocuments(options);
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.#isClosed) {
      const end = Math.min(at + this.#missing, chunk.length);
      this.#missing -= end - at;
      this.#take(chunk, at, end);
      at = end;
    }
  }

  end(isCut: boolean): void {
    const isWhole = this.#part === 'prelude' && this.#heldLength === 0;
    if (!isWhole && !isCut && !this.#isClosed) this.#fail();
    this.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#held = undefined;
  }

  #take(chunk: Buffer, start: number, end: number): void {
    const isEnded = this.#missing === 0;
    if (this.#part === 'checksum') {
      if (isEnded) this.#begin('prelude', PRELUDE_BYTES);
      return;
    }
    if (this.#part === 'payload' && this.#payloadBytes > EVENT_BYTES_MAX) {
      this.#readLongPayload(chunk, start, end);
      return;
    }
    if (this.#part === 'prelude') this.#documents.begin();
    if (this.#heldLength === 0 && isEnded) {
      this.#readPart(chunk, start, end);
      return;
    }
    this.#hold(chunk, start, end);
    if (isEnded && this.#held !== undefined) this.#readPart(this.#held, 0, this.#heldLength);
  }

  #readPart(bytes: Buffer, start: number, end: number): void {
    this.#heldLength = 0;
    if (this.#part === 'prelude') this.#readPrelude(bytes, start);
    else if (this.#part === 'headers') this.#readHeaders(bytes, start, end);
    else this.#readPayload(bytes, start, end);
  }

  #readPrelude(bytes: Buffer, start: number): void {
    const frameBytes = bytes.readUInt32BE(start);
    const headersBytes = bytes.readUInt32BE(start + 4);
    const payloadBytes = frameBytes - headersBytes - PRELUDE_BYTES - CHECKSUM_BYTES;
    const checksum = crc32(bytes.subarray(start, start + CHECKED_BYTES));
    const isPlausible =
      headersBytes <= HEADERS_BYTES_MAX && payloadBytes >= 0 && frameBytes <= FRAME_BYTES_MAX;
    if (!isPlausible || checksum !== bytes.readUInt32BE(start + CHECKED_BYTES)) {
      this.#fail();
      return;
    }
    this.#payloadBytes = payloadBytes;
    this.#name = undefined;
    this.#isException = false;
    if (headersBytes > 0) this.#begin('headers', headersBytes);
    else this.#beginPayload();
  }

  #readHeaders(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const nameEnd = at + 1 + (bytes[at] ?? 0);
      const type = bytes[nameEnd] ?? 0;
      const isSized = type === TEXT_TYPE || type === BYTES_TYPE;
      const valueStart = nameEnd + (isSized ? 3 : 1);
      if (valueStart > end) return this.#fail();
      const valueBytes = isSized ? bytes.readUInt16BE(nameEnd + 1) : VALUE_BYTES[type];
      if (valueBytes === undefined || valueStart + valueBytes > end) return this.#fail();
      const name = bytes.toString('latin1', at + 1, nameEnd);
      if (type === TEXT_TYPE && NAME_HEADERS.includes(name)) {
        this.#name = bytes.toString('utf8', valueStart, valueStart + valueBytes);
        this.#isException = name !== ':event-type';
      }
      at = valueStart + valueBytes;
    }
    this.#beginPayload();
  }

  #beginPayload(): void {
    if (this.#payloadBytes > 0) this.#begin('payload', this.#payloadBytes);
    else this.#readPayload(NOTHING, 0, 0);
  }

  #readPayload(bytes: Buffer, start: number, end: number): void {
    if (this.#isException) this.#options.onDocument({}, this.#name);
    else if (start === end) this.#endPayload();
    else if (this.#name === WRAPPED) this.#readWrapped(bytes, start, end);
    else this.#readDocument(bytes, start, end);
    this.#endPayload();
  }

  #readDocument(bytes: Buffer, start: number, end: number): void {
    if (this.#documents.isWanted(bytes, start, end)) this.#documents.read(bytes, start, end, this.#name);
  }

  /** `{"bytes":"eyJ0eXBlIjo…","p":"abc"}`: the model's own event in base64, and padding. */
  #readWrapped(bytes: Buffer, start: number, end: number): void {
    let wrapper: unknown;
    try {
      wrapper = JSON.parse(bytes.toString('utf8', start, end));
    } catch {
      return this.#fail();
    }
    const { bytes: base64 } = (wrapper ?? {}) as { readonly bytes?: unknown };
    if (typeof base64 !== 'string') return this.#readDocument(bytes, start, end);
    const event = Buffer.from(base64, 'base64');
    this.#readDocument(event, 0, event.length);
  }

  /** A wrapped event of this length is text of the answer; it is passed over. */
  #readLongPayload(chunk: Buffer, start: number, end: number): void {
    if (this.#name !== WRAPPED && !this.#isException) this.#documents.readPart(chunk, start, end, this.#name);
    if (this.#missing > 0) return;
    if (this.#isException) this.#options.onDocument({}, this.#name);
    else if (this.#name !== WRAPPED) this.#documents.endParts();
    this.#endPayload();
  }

  #endPayload(): void {
    if (!this.#isClosed) this.#begin('checksum', CHECKSUM_BYTES);
    if (this.#held !== undefined && this.#held.length > HEADERS_BYTES_MAX) this.#held = undefined;
  }

  #begin(part: Part, length: number): void {
    this.#part = part;
    this.#missing = length;
  }

  #hold(bytes: Buffer, start: number, end: number): void {
    const length = this.#heldLength + end - start;
    if (this.#held === undefined || this.#held.length < length) {
      // The whole length of the part is known, and is at most 32 KiB.
      const grown = Buffer.allocUnsafeSlow(length + this.#missing);
      this.#held?.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldLength, start, end);
    this.#heldLength = length;
  }

  #fail(): void {
    this.close();
    this.#options.onFailure('malformed_body');
  }
}
