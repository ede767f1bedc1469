import { type GpuRequest, requestFromRecord, WEIGHT_MAX } from '@costspan/allocation';
import { COST_RECORD_SCHEMA, type CostRecord } from '@costspan/cost-model';

/** What a cost record says for a settlement. */
export type SettleRecord =
  | { readonly kind: 'request'; readonly pool: string; readonly request: GpuRequest }
  /** No pool has to do with it. */
  | { readonly kind: 'other' }
  /** Another span reports the call too, and is billed for it. */
  | { readonly kind: 'again' }
  /** A pool should have served it, and does not. */
  | { readonly kind: 'unpriced'; readonly reason: string; readonly detail: string | undefined };

/** The record cannot be used; the message says why. */
export class SettleRecordError extends Error {}

const POOL_REASONS: ReadonlySet<unknown> = new Set([
  'no_gpu_pool',
  'no_gpu_rate',
  'gpu_time_in_future',
  'gpu_request_dropped',
]);
const NO_SCHEMA = `it is no cost record; a line of records has schema ${COST_RECORD_SCHEMA}`;
const SCHEMA_CHARACTERS_MAX = 80;
const INTERVALS_MAX = 100_000;
const ADJUSTED_COUNT_MAX = 2 ** 20;

/** How a text must look, in a pattern and in words. */
interface TextForm {
  readonly pattern: RegExp;
  readonly words: string;
}

const UNIX_NANO: TextForm = {
  pattern: /^\d{1,19}$/,
  words: 'nanoseconds since 1970 as a text of 1 to 19 digits',
};
const TRACE_ID: TextForm = { pattern: /^[0-9a-f]{32}$/, words: '32 hexadecimal digits in lower case' };
const SPAN_ID: TextForm = { pattern: /^[0-9a-f]{16}$/, words: '16 hexadecimal digits in lower case' };

/**
 * Reads a cost record as far as a settlement needs it: whatever is in the file, the answer is a request whose times
 * and weights can be settled, or an error.
 *
 * @throws SettleRecordError
 */
export function readSettleRecord(value: unknown): SettleRecord {
  if (!isFields(value)) throw new SettleRecordError(NO_SCHEMA);
  expectSchema(value['schema']);
  expectText(value, 'traceId', TRACE_ID);
  expectText(value, 'spanId', SPAN_ID);
  expectText(value, 'startTimeUnixNano', UNIX_NANO);
  const { gpu, status, reason, reasonDetail, tenant } = value;
  if (status === 'duplicate') return { kind: 'again' };
  if (gpu === undefined || gpu === null) {
    if (status !== 'unpriced' || typeof reason !== 'string' || !POOL_REASONS.has(reason))
      return { kind: 'other' };
    return { kind: 'unpriced', reason, detail: typeof reasonDetail === 'string' ? reasonDetail : undefined };
  }
  if (!isFields(gpu)) throw new SettleRecordError('gpu must be an object');
  expectGpu(gpu);
  if (tenant !== null && typeof tenant !== 'string')
    throw new SettleRecordError('tenant must be a text or null');
  const request = requestFromRecord(value as unknown as CostRecord);
  if (request === undefined) return { kind: 'other' };
  if (!Number.isSafeInteger(request.outputTokens) || request.outputTokens < 0) {
    throw new SettleRecordError('usage must have counts of tokens');
  }
  return { kind: 'request', pool: gpu['pool'] as string, request };
}

function expectGpu(gpu: Readonly<Record<string, unknown>>): void {
  const { pool, replica, intervals, adjustedCount, late } = gpu;
  if (typeof pool !== 'string') throw new SettleRecordError('gpu.pool must be a text');
  if (replica !== null && typeof replica !== 'string') {
    throw new SettleRecordError('gpu.replica must be a text or null');
  }
  if (!Array.isArray(intervals) || intervals.length === 0 || intervals.length > INTERVALS_MAX) {
    throw new SettleRecordError(`gpu.intervals must be a list of 1 to ${INTERVALS_MAX} times`);
  }
  for (const interval of intervals) expectInterval(interval);
  const count = Number(adjustedCount);
  if (typeof adjustedCount !== 'number' || !(count >= 1 && count <= ADJUSTED_COUNT_MAX)) {
    throw new SettleRecordError(`gpu.adjustedCount must be a number from 1 to ${ADJUSTED_COUNT_MAX}`);
  }
  if (late === null) return;
  if (!isFields(late) || typeof late['number'] !== 'number') {
    throw new SettleRecordError('gpu.late must be null, or have a number');
  }
  expectText(late, 'closedUntilUnixNano', UNIX_NANO);
}

function expectInterval(interval: unknown): void {
  if (!isFields(interval)) throw new SettleRecordError('gpu.intervals has something else than a time');
  expectText(interval, 'startUnixNano', UNIX_NANO);
  expectText(interval, 'endUnixNano', UNIX_NANO);
  const { startUnixNano, endUnixNano, weight } = interval;
  if (BigInt(endUnixNano as string) < BigInt(startUnixNano as string)) {
    throw new SettleRecordError('an interval of gpu.intervals ends before it begins');
  }
  if (!Number.isInteger(weight) || Number(weight) < 1 || Number(weight) > WEIGHT_MAX) {
    throw new SettleRecordError(`a weight of gpu.intervals is no whole number from 1 to ${WEIGHT_MAX}`);
  }
}

function expectSchema(schema: unknown): void {
  if (schema === COST_RECORD_SCHEMA) return;
  if (typeof schema !== 'string') throw new SettleRecordError(NO_SCHEMA);
  const name = schema.slice(0, SCHEMA_CHARACTERS_MAX);
  throw new SettleRecordError(
    schema.startsWith('costspan.record.')
      ? `its schema is ${name}, and this version reads ${COST_RECORD_SCHEMA}; settle it with the version that wrote it`
      : `its schema is ${name}, which is no record of a request; leave it out, a record has ${COST_RECORD_SCHEMA}`,
  );
}

function expectText(fields: Readonly<Record<string, unknown>>, key: string, form: TextForm): void {
  const value = fields[key];
  if (typeof value === 'string' && form.pattern.test(value)) return;
  throw new SettleRecordError(`${key} must be ${form.words}; write the record as costspan wrote it`);
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
