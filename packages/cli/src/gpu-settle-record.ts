import { type GpuRequest, requestFromRecord, WEIGHT_MAX } from '@costspan/allocation';
import { COST_RECORD_SCHEMA, type CostRecord } from '@costspan/cost-model';

/** What a cost record says for a settlement. */
export type SettleRecord =
  | { readonly kind: 'request'; readonly pool: string; readonly request: GpuRequest }
  /** No pool has to do with it, or another record is billed for it. */
  | { readonly kind: 'other' }
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
const INTERVALS_MAX = 100_000;
const ADJUSTED_COUNT_MAX = 2 ** 20;
const UNIX_NANO = /^\d{1,19}$/;

/**
 * Reads a cost record as far as a settlement needs it: whatever is in the file, the answer is a request whose times
 * and weights can be settled, or an error.
 *
 * @throws SettleRecordError
 */
export function readSettleRecord(value: unknown): SettleRecord {
  if (!isFields(value) || value['schema'] !== COST_RECORD_SCHEMA) {
    throw new SettleRecordError(`it is no ${COST_RECORD_SCHEMA}`);
  }
  expectText(value, 'traceId', /^[0-9a-f]{32}$/);
  expectText(value, 'spanId', /^[0-9a-f]{16}$/);
  expectText(value, 'startTimeUnixNano', UNIX_NANO);
  const { gpu, status, reason, reasonDetail, tenant } = value;
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

function expectText(fields: Readonly<Record<string, unknown>>, key: string, pattern: RegExp): void {
  const value = fields[key];
  if (typeof value !== 'string' || !pattern.test(value)) {
    throw new SettleRecordError(`${key} must be a text of the form ${pattern.source}`);
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
