import {
  callFromRecord,
  type CostRecord,
  type CostRecordPriceBook,
  recordedStartMillis,
  USAGE_BUCKETS,
} from '@costspan/cost-model';
import { CallRowError } from './call-row-error.ts';
import { type CallRow, isFields } from './call-row.ts';

/** What a record's price was when it was written. */
export interface RecordedPrice {
  readonly status: CostRecord['status'];
  readonly reason: CostRecord['reason'];
  readonly total: string | null;
  readonly currency: string | null;
  readonly priceBook: CostRecordPriceBook;
}

export interface RecordRow extends CallRow {
  readonly spanId: string;
  readonly recorded: RecordedPrice;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isTextOrNull: Check = (value) => value === null || value === undefined || isText(value);

/** What pricing reads of a record; a record of another program may hold anything there. */
const FIELD_CHECKS: readonly (readonly [keyof CostRecord, Check, string])[] = [
  ['spanId', isText, 'a text'],
  [
    'startTimeUnixNano',
    (value) => /^\d{1,19}$/.test(String(value)) && isText(value),
    'nanoseconds in digits',
  ],
  ['status', (value) => ['priced', 'unpriced', 'duplicate'].includes(String(value)), 'a status'],
  ['provider', isTextOrNull, 'a text or null'],
  ['requestModel', isTextOrNull, 'a text or null'],
  ['model', isTextOrNull, 'a text or null'],
  ['serviceTier', isTextOrNull, 'a text or null'],
  ['region', isTextOrNull, 'a text or null'],
  ['reason', isTextOrNull, 'a text or null'],
  ['errorType', isTextOrNull, 'a text or null'],
  ['operation', isText, 'a text'],
  ['usage', isUsageOrNull, `null or quantities of ${Object.keys(USAGE_BUCKETS).join(', ')}`],
  ['conditions', isTextsOrNull, 'null or texts by name'],
  ['cost', isCostOrNull, 'null or a cost with currency and total'],
  ['priceBook', isPriceBook, 'an object with version and digest'],
];

/**
 * Reads a cost record as a call to price again. Its usage is disjoint already.
 *
 * @throws {CallRowError} when it is no such record.
 */
export function readRecordRow(row: Readonly<Record<string, unknown>>): RecordRow {
  for (const [field, check, expected] of FIELD_CHECKS) {
    if (check(row[field])) continue;
    throw new CallRowError('record_malformed', `${field} of the cost record must be ${expected}`);
  }
  const record = row as unknown as CostRecord;
  const { spanId, status, cost } = record;
  const { version, digest, entry, exactMatch } = record.priceBook;
  return {
    call: callFromRecord(record),
    atMillis: recordedStartMillis(record),
    spanId,
    recorded: {
      status,
      reason: record.reason ?? null,
      total: cost?.total ?? null,
      currency: cost?.currency ?? null,
      priceBook: { version, digest, entry: entry ?? null, exactMatch: exactMatch ?? null },
    },
  };
}

function isUsageOrNull(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return (
    isFields(value) &&
    Object.entries(value).every(
      ([bucket, quantity]) => Object.hasOwn(USAGE_BUCKETS, bucket) && typeof quantity === 'number',
    )
  );
}

function isTextsOrNull(value: unknown): boolean {
  return value === null || value === undefined || (isFields(value) && Object.values(value).every(isText));
}

function isCostOrNull(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return isFields(value) && isText(value['currency']) && isText(value['total']);
}

function isPriceBook(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { version, digest, entry, exactMatch } = value;
  const isKnown = exactMatch === null || exactMatch === undefined || typeof exactMatch === 'boolean';
  return isText(version) && isText(digest) && isTextOrNull(entry) && isKnown;
}
