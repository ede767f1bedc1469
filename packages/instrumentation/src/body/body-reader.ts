import type { JsonFields } from '@costspan/semconv';
import type { TapFailure } from '../call-tap.ts';
import { AwsFrames } from './aws-frames.ts';
import type { DocumentOptions } from './event-documents.ts';
import type { FieldTree } from './field-tree.ts';
import { type Coding, type Inflater, openInflater } from './inflater.ts';
import { JsonExtractor } from './json-extractor.ts';
import { TextEvents } from './text-events.ts';

export interface BodyReaderOptions {
  /**
   * Decides the framing: server-sent events, lines of JSON, frames of AWS's event stream; JSON in every other case, and
   * where it is missing.
   */
  readonly contentType: string | undefined;
  /** Up to two of `gzip`, `x-gzip`, `deflate`, `br` and `zstd`. */
  readonly contentEncoding: string | undefined;
  readonly fields: FieldTree;
  /** An event after the first is read if it holds one of these keys with a value other than `null`. */
  readonly eventKeys: readonly string[];
  /** One document cut down to the fields. Called within {@link BodyReader.push} and {@link BodyReader.end}. */
  onDocument(document: JsonFields, eventName: string | undefined): void;
  /** Called when something of a stream's first event has come. */
  onFirstEvent?(): void;
  /** Called at most once; everything afterwards is ignored. */
  onFailure(failure: TapFailure): void;
}

/** Reads the wanted fields out of an answer's body as it comes in, and keeps nothing else of it. */
export interface BodyReader {
  /** True where documents come as events, lines or frames; it may take the first byte to tell. */
  readonly isStream: boolean;
  /** The bytes of the wire. They are neither kept nor changed. */
  push(chunk: Uint8Array): void;
  /**
   * Nothing more comes.
   *
   * @param isCut true when the exchange broke off: then an incomplete document is no failure.
   */
  end(isCut?: boolean): void;
  /** Frees what inflating holds. Idempotent. */
  close(): void;
}

const WIRE_BYTES_MAX = 64 * 1024 * 1024;
const CODINGS_MAX = 2;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

const CODINGS_BY_NAME: ReadonlyMap<string, Coding> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);

/** Of `data:`, `event:`, `id:`, `retry:` and a comment. */
const EVENT_STARTS: Buffer = Buffer.from('deir:');

type Framing = 'json' | 'sse' | 'lines' | 'aws-frames';

const FRAMINGS_BY_MEDIA_TYPE: ReadonlyMap<string, Framing> = new Map([
  ['text/event-stream', 'sse'],
  ['application/x-ndjson', 'lines'],
  ['application/ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['application/x-jsonlines', 'lines'],
  ['application/json-seq', 'lines'],
  ['application/stream+json', 'lines'],
  ['application/vnd.amazon.eventstream', 'aws-frames'],
]);

/**
 * Opens a reader for an answer's body; `undefined`, after a failure was told, where its encoding cannot be undone or
 * too many are open.
 */
export function openBodyReader(options: BodyReaderOptions): BodyReader | undefined {
  const codings = codingsOf(options.contentEncoding);
  if (codings === undefined) {
    options.onFailure('unsupported_encoding');
    return undefined;
  }
  const reader = new TappedBody(options, codings);
  return reader.isOpen ? reader : undefined;
}

/** What reads the plain bytes of a body. */
interface FramingReader {
  push(bytes: Buffer): void;
  end(isCut: boolean): void;
  close(): void;
}

class TappedBody implements BodyReader {
  readonly #options: BodyReaderOptions;
  #isStream: boolean;
  #framing: FramingReader;
  /** The outermost coding comes first. */
  readonly #inflaters: Inflater[] = [];
  #isOpen = true;
  #hasEnded = false;
  #wireBytes = 0;
  /** How much of a byte order mark has come; all of it once anything else has. */
  #markBytes = 0;

  constructor(options: BodyReaderOptions, codings: readonly Coding[]) {
    const framing = framingOf(options.contentType);
    this.#options = options;
    if (framing === 'aws-frames') this.#markBytes = BYTE_ORDER_MARK.length;
    this.#isStream = framing !== 'json';
    this.#framing = this.#framingReader(framing);
    for (const coding of codings) if (this.#isOpen) this.#addInflater(coding);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isStream(): boolean {
    return this.#isStream;
  }

  push(chunk: Uint8Array): void {
    if (!this.#isOpen || chunk.length === 0) return;
    this.#wireBytes += chunk.length;
    if (this.#wireBytes > WIRE_BYTES_MAX) {
      this.#fail('body_too_large');
      return;
    }
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const [outermost] = this.#inflaters;
    if (outermost === undefined) this.#readPlain(bytes);
    else outermost.push(bytes);
  }

  end(isCut: boolean = false): void {
    if (!this.#isOpen || this.#hasEnded) return;
    this.#hasEnded = true;
    for (const inflater of this.#inflaters) inflater.end();
    if (this.#isOpen) this.#framing.end(isCut);
    this.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const inflater of this.#inflaters) inflater.close();
    this.#framing.close();
  }

  #addInflater(coding: Coding): void {
    const position = this.#inflaters.length;
    const inflater = openInflater(coding, {
      takeBytes: (bytes) => {
        const next = this.#inflaters[position + 1];
        if (next === undefined) this.#readPlain(bytes);
        else next.push(bytes);
      },
      onFailure: (failure) => this.#fail(failure),
    });
    if (inflater !== undefined) this.#inflaters.push(inflater);
  }

  #readPlain(bytes: Buffer): void {
    if (this.#markBytes === BYTE_ORDER_MARK.length) {
      this.#framing.push(bytes);
      return;
    }
    let at = 0;
    while (this.#markBytes < BYTE_ORDER_MARK.length && bytes[at] === BYTE_ORDER_MARK[this.#markBytes]) {
      this.#markBytes++;
      at++;
    }
    if (at === bytes.length) return;
    this.#markBytes = BYTE_ORDER_MARK.length;
    this.#correctFraming(bytes[at]);
    this.#framing.push(at === 0 ? bytes : bytes.subarray(at));
  }

  /** Some servers send events under another media type; no JSON document begins with a letter that an event's field does. */
  #correctFraming(first: number | undefined): void {
    if (this.#isStream || first === undefined || !EVENT_STARTS.includes(first)) return;
    this.#isStream = true;
    this.#framing = this.#framingReader('sse');
  }

  #framingReader(framing: Framing): FramingReader {
    const options: DocumentOptions = {
      fields: this.#options.fields,
      eventKeys: this.#options.eventKeys,
      onDocument: (document, eventName) => {
        if (this.#isOpen) this.#options.onDocument(document, eventName);
      },
      onFirstEvent: () => this.#options.onFirstEvent?.(),
      onFailure: (failure) => this.#fail(failure),
    };
    switch (framing) {
      case 'json':
        return new JsonBody(options);
      case 'aws-frames':
        return new AwsFrames(options);
      default:
        return new TextEvents(options, framing);
    }
  }

  #fail(failure: TapFailure): void {
    if (!this.#isOpen) return;
    this.close();
    this.#options.onFailure(failure);
  }
}

/** A body that is one JSON document, or an array of them. */
class JsonBody implements FramingReader {
  readonly #options: DocumentOptions;
  readonly #extractor: JsonExtractor;

  constructor(options: DocumentOptions) {
    this.#options = options;
    this.#extractor = new JsonExtractor(options.fields, (document) =>
      options.onDocument(document, undefined),
    );
  }

  push(bytes: Buffer): void {
    if (!this.#extractor.push(bytes)) this.#options.onFailure('malformed_body');
  }

  end(isCut: boolean): void {
    if (!this.#extractor.end() && !isCut) this.#options.onFailure('malformed_body');
  }

  close(): void {
    // It holds nothing but memory of the heap.
  }
}

/** The codings in the order in which they are undone; `undefined` where one is unknown. */
function codingsOf(contentEncoding: string | undefined): Coding[] | undefined {
  if (contentEncoding === undefined) return [];
  const codings: Coding[] = [];
  for (const part of contentEncoding.toLowerCase().split(',')) {
    const name = part.trim();
    if (name === '' || name === 'identity') continue;
    const coding = CODINGS_BY_NAME.get(name);
    if (coding === undefined || codings.length === CODINGS_MAX) return undefined;
    codings.unshift(coding);
  }
  return codings;
}

function framingOf(contentType: string | undefined): Framing {
  const semicolon = contentType?.indexOf(';') ?? -1;
  const mediaType = semicolon === -1 ? contentType : contentType?.slice(0, semicolon);
  return FRAMINGS_BY_MEDIA_TYPE.get(mediaType?.trim().toLowerCase() ?? '') ?? 'json';
}
