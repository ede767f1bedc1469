import { isUtf8 } from 'node:buffer';
import {
  COST_RECORD_SCHEMA,
  type CostRecordCost,
  type CostRecordPriceBook,
  describeReason,
  type ModelCall,
  pricedModel,
  type PriceResult,
  recordedCost,
  type TokenUsage,
} from '@costspan/cost-model';
import type { PriceBook } from '@costspan/pricing';
import { CallRowError, type CallRowErrorCode } from './call-row-error.ts';
import { isFields, readCallRow } from './call-row.ts';
import type { FileLine } from './read-lines.ts';
import { readRecordRow, type RecordedPrice } from './record-row.ts';

export const LINE_BYTES_MAX: number = 1024 * 1024;
const CLOSEST_MAX = 5;
/** Neighbours are searched for so many unknown models; a file of random names would take hours otherwise. */
const CLOSEST_SEARCHES_MAX = 1000;
const CLOSEST_CHARACTERS_MAX = 256;

/** What a line of a file says, priced or not. */
export type FileRow =
  | {
      readonly line: number;
      readonly id: unknown;
      readonly call: ModelCall;
      readonly atMillis: number;
      /** Present when the line is a cost record. */
      readonly recorded?: RecordedPrice;
      readonly error?: undefined;
    }
  | {
      readonly line: number;
      readonly id: unknown;
      readonly error: { readonly code: CallRowErrorCode; readonly message: string };
    };

/** The line that is printed for a line that was read. */
export interface PricedRow {
  readonly id?: unknown;
  readonly line: number;
  readonly status: 'priced' | 'unpriced' | 'duplicate' | 'error';
  readonly cost?: CostRecordCost;
  readonly reason?: string;
  readonly reasonText?: string;
  readonly reasonDetail?: string | null;
  readonly closest?: readonly string[];
  readonly recorded?: RecordedPrice;
  readonly priceBook?: CostRecordPriceBook;
  readonly usage?: TokenUsage | null;
  readonly error?: { readonly code: CallRowErrorCode; readonly message: string };
}

/** Reads one line; whatever it holds, the answer is a call or an error. */
export function readRow({ number, bytes }: FileLine, nowMillis: number): FileRow {
  let id: unknown;
  try {
    const text = textOf(bytes);
    const value = jsonOf(text, (found) => (id = found));
    if (!isFields(value)) throw new CallRowError('not_an_object', 'the line is no JSON object');
    if (value['schema'] === COST_RECORD_SCHEMA) {
      id = value['spanId'];
      const { call, atMillis, recorded } = readRecordRow(value);
      return { line: number, id, call, atMillis: atMillis ?? nowMillis, recorded };
    }
    id = readId(value['id'], text);
    const { call, atMillis } = readCallRow(value);
    return { line: number, id, call, atMillis: atMillis ?? nowMillis };
  } catch (error) {
    if (!(error instanceof CallRowError)) throw error;
    return { line: number, id, error: { code: error.code, message: error.message } };
  }
}

/** Prices rows with one book; neighbours of an unknown model are searched once. */
export class RowPricer {
  readonly #book: PriceBook;
  readonly #closest = new Map<string, readonly string[]>();

  constructor(book: PriceBook) {
    this.#book = book;
  }

  price(row: FileRow): PricedRow {
    const head = { ...(row.id !== undefined && { id: row.id }), line: row.line };
    if (row.error !== undefined) return { ...head, status: 'error', error: row.error };
    const { version, digest } = this.#book;
    const recorded = row.recorded === undefined ? {} : { recorded: row.recorded };
    const unmatched = { version, digest, entry: null, exactMatch: null };
    if (row.recorded?.status === 'duplicate') {
      return { ...head, status: 'duplicate', ...recorded, priceBook: unmatched };
    }
    const usage = row.call.usage ?? null;
    const result = this.result(row);
    if (result.status === 'priced') {
      const priceBook = {
        version,
        digest,
        entry: result.price.entry ?? null,
        exactMatch: result.price.entry === undefined ? null : result.price.exactMatch,
      };
      const cost = recordedCost(result, this.#book.currency);
      return { ...head, status: 'priced', cost, ...recorded, priceBook, usage };
    }
    const closest = this.#closestOf(result.reason, row.call);
    return {
      ...head,
      status: 'unpriced',
      reason: result.reason,
      reasonText: describeReason(result.reason),
      reasonDetail: result.detail ?? null,
      ...(closest.length > 0 && { closest }),
      ...recorded,
      priceBook: unmatched,
      usage,
    };
  }

  result({ call, atMillis }: Extract<FileRow, { error?: undefined }>): PriceResult {
    return this.#book.price(call, atMillis);
  }

  #closestOf(reason: string, call: ModelCall): readonly string[] {
    const model = pricedModel(call);
    const isUnknown = reason === 'model_not_in_price_book' || reason === 'provider_not_in_price_book';
    if (model === undefined || model.length > CLOSEST_CHARACTERS_MAX || !isUnknown) return [];
    const key = `${call.provider ?? ''} ${model}`;
    const known = this.#closest.get(key);
    if (known !== undefined || this.#closest.size >= CLOSEST_SEARCHES_MAX) return known ?? [];
    const found = this.#book.closest(call.provider, model, CLOSEST_MAX);
    this.#closest.set(key, found);
    return found;
  }
}

function textOf(bytes: Uint8Array | undefined): string {
  if (bytes === undefined) {
    throw new CallRowError('line_too_long', `the line has more than ${LINE_BYTES_MAX} bytes`);
  }
  if (!isUtf8(bytes)) throw new CallRowError('not_utf8', 'the line is no UTF-8 text');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** An id that comes first is found even in a line that breaks off or holds a `NaN`. */
const LEADING_ID = /^\s*\{\s*"id"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+)\s*[,}]/;

function jsonOf(text: string, foundId: (id: unknown) => void): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const id = LEADING_ID.exec(text)?.[1];
    if (id !== undefined) foundId(parsedText(id));
    throw new CallRowError('not_json', `the line is no JSON: ${(error as Error).message}`);
  }
}

function parsedText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** An id is echoed as it came; one beyond 2^53, such as a 64-bit span id, digit by digit. */
function readId(id: unknown, text: string): unknown {
  if (typeof id === 'object' && id !== null) {
    throw new CallRowError('field_malformed', 'id must be a text or a number');
  }
  if (typeof id !== 'number' || Number.isSafeInteger(id)) return id;
  const digits = /"id"\s*:\s*(-?[1-9]\d*)\s*[,}]/.exec(text)?.[1];
  return digits !== undefined && Number(digits) === id ? exactNumber(digits) : id;
}

function exactNumber(digits: string): unknown {
  // TypeScript's library does not have it yet.
  const json = JSON as { readonly rawJSON?: (text: string) => unknown };
  return json.rawJSON?.(digits) ?? digits;
}
