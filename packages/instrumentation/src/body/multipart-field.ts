import type { JsonFields } from '@costspan/semconv';
import type { FieldTree } from './field-tree.ts';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const DASH = 0x2d;
/** RFC 2046 allows a boundary of 70 characters; two dashes stand before it. */
const BOUNDARY_LINE_BYTES_MAX = 80;
const HEADERS_BYTES_MAX = 2048;
const VALUE_BYTES_MAX = 256;
const PARTS_MAX = 1000;
const HEADERS_END = Buffer.from('\r\n\r\n');
const FIELD_NAME = /^content-disposition:[^\r\n]*;\s*name="([^"\r\n]*)"/im;
const FILE_NAME = /^content-disposition:[^\r\n]*;\s*filename\*?=/im;

/**
 * In turn: the line that states the boundary, the rest of a boundary's line (two dashes end the form), a part's
 * headers, and its content, which is kept if it is a wanted field and passed over if not.
 */
type Section = 'boundary' | 'boundary-rest' | 'headers' | 'value' | 'passed' | 'ended';

/**
 * Finds small fields of a form (`multipart/form-data`) as its bytes come in, such as the model of an audio file's
 * transcription. Files are passed over; nothing of them is kept.
 */
export class MultipartReader {
  readonly #fields: FieldTree;
  readonly #onFields: (fields: JsonFields) => void;
  #section: Section = 'boundary';
  /** What stands before each part: a line break, two dashes and the boundary. */
  #delimiter: Buffer = HEADERS_END;
  /** How much of the delimiter the bytes so far end in. */
  #matched = 0;
  #held: Buffer = Buffer.allocUnsafe(BOUNDARY_LINE_BYTES_MAX);
  #heldLength = 0;
  #name = '';
  #parts = 0;

  constructor(fields: FieldTree, onFields: (fields: JsonFields) => void) {
    this.#fields = fields;
    this.#onFields = onFields;
  }

  push(input: Uint8Array): void {
    const bytes = Buffer.isBuffer(input) ? input : Buffer.from(input.buffer, input.byteOffset, input.length);
    let at = 0;
    while (at < bytes.length && this.#section !== 'ended') {
      switch (this.#section) {
        case 'boundary':
          at = this.#readBoundary(bytes, at);
          break;
        case 'boundary-rest':
          at = this.#readBoundaryRest(bytes, at);
          break;
        case 'headers':
          at = this.#readHeaders(bytes, at);
          break;
        default:
          at = this.#readContent(bytes, at);
      }
    }
  }

  /** Nothing more comes. A field that is cut short is left out. */
  end(): void {
    this.#section = 'ended';
  }

  #readBoundary(bytes: Buffer, start: number): number {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    if (!this.#hold(bytes, start, end, BOUNDARY_LINE_BYTES_MAX)) this.#section = 'ended';
    else if (lineFeed !== -1) this.#beginForm();
    return end;
  }

  #beginForm(): void {
    const line = this.#held.toString('latin1', 0, this.#heldLength).trimEnd();
    this.#delimiter = Buffer.from(`\r\n${line}`, 'latin1');
    this.#heldLength = 0;
    this.#section = line.startsWith('--') && line.length > 2 ? 'headers' : 'ended';
  }

  #readBoundaryRest(bytes: Buffer, at: number): number {
    if (bytes[at] === LINE_FEED) this.#section = 'headers';
    else if (bytes[at] === DASH || ++this.#parts > PARTS_MAX) this.#section = 'ended';
    return at + 1;
  }

  /** Byte by byte, as headers are short and end in four bytes that may be split. */
  #readHeaders(bytes: Buffer, start: number): number {
    let at = start;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (!this.#hold(bytes, at, at + 1, HEADERS_BYTES_MAX)) {
        this.#section = 'ended';
        return bytes.length;
      }
      at++;
      if (byte === LINE_FEED && this.#endsHeaders()) {
        this.#beginContent();
        return at;
      }
    }
    return at;
  }

  #endsHeaders(): boolean {
    const length = this.#heldLength;
    const isEmpty = length === 2 && this.#held[0] === CARRIAGE_RETURN;
    return isEmpty || (length >= 4 && this.#held.compare(HEADERS_END, 0, 4, length - 4, length) === 0);
  }

  #beginContent(): void {
    const headers = this.#held.toString('utf8', 0, this.#heldLength);
    const name = FILE_NAME.test(headers) ? undefined : FIELD_NAME.exec(headers)?.[1];
    const isWanted = name !== undefined && this.#fields.fieldsByName.get(name)?.isTaken === true;
    this.#name = name ?? '';
    this.#section = isWanted ? 'value' : 'passed';
    this.#heldLength = 0;
    // An empty part's delimiter begins with the line break that ended its headers.
    this.#matched = 2;
  }

  #readContent(bytes: Buffer, start: number): number {
    const delimiter = this.#delimiter;
    let at = start;
    while (at < bytes.length) {
      if (this.#matched === 0 && this.#section === 'passed') {
        at = bytes.indexOf(CARRIAGE_RETURN, at);
        if (at === -1) return bytes.length;
      }
      const byte = bytes[at];
      const isHeld =
        this.#section === 'value' && this.#hold(bytes, at, at + 1, VALUE_BYTES_MAX + delimiter.length);
      if (!isHeld) this.#section = 'passed';
      at++;
      // Only the delimiter's first byte is a carriage return, so that a match can begin anew there alone.
      if (byte === delimiter[this.#matched]) this.#matched++;
      else this.#matched = byte === CARRIAGE_RETURN ? 1 : 0;
      if (this.#matched === delimiter.length) {
        this.#endContent();
        return at;
      }
    }
    return at;
  }

  #endContent(): void {
    if (this.#section === 'value') {
      const length = Math.max(0, this.#heldLength - this.#delimiter.length);
      this.#onFields({ [this.#name]: this.#held.toString('utf8', 0, length) });
    }
    this.#heldLength = 0;
    this.#section = 'boundary-rest';
  }

  /** False, with nothing held, when it would be too long. */
  #hold(bytes: Buffer, start: number, end: number, lengthMax: number): boolean {
    const length = this.#heldLength + end - start;
    if (length > lengthMax) return false;
    if (length > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.min(lengthMax, length * 2));
      this.#held.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldLength, start, end);
    this.#heldLength = length;
    return true;
  }
}
