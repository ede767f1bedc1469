import {
  type CostRecord,
  type CostRecordGpu,
  GPU_WINDOW_SCHEMA,
  type GpuWindowRecord,
} from '@costspan/cost-model';
import { sampleRecords } from './arbitrary-record.ts';

const [SAMPLE] = sampleRecords(1, 1);

export interface GpuRecordGiven {
  readonly pool?: string;
  readonly status?: CostRecord['status'];
  readonly basis?: CostRecordGpu['basis'];
  readonly start?: number;
  /** From and until, in nanoseconds since 1970. */
  readonly intervals?: readonly (readonly [number, number])[];
  readonly total?: string;
}

/** A record that a pool served, priced unless stated otherwise. */
export function gpuRecord(id: number, given: GpuRecordGiven = {}): CostRecord {
  const { status = 'priced', intervals = [[0, 10]], total = '0.5' } = given;
  return {
    ...SAMPLE!,
    traceId: id.toString(16).padStart(32, '0'),
    spanId: id.toString(16).padStart(16, '0'),
    startTimeUnixNano: String(given.start ?? intervals[0]?.[0] ?? 0),
    usageSource: 'server',
    usageIncomplete: null,
    status,
    reason: status === 'priced' ? null : 'gpu_request_dropped',
    cost: status === 'priced' ? { currency: 'USD', total, lines: [] } : null,
    gpu: {
      pool: given.pool ?? 'llama',
      replica: null,
      basis: given.basis ?? 'estimated',
      seconds: '1.000000000',
      share: 1,
      used: total,
      slack: '0.000000000000',
      idle: '0.000000000000',
      overhead: '0.000000000000',
      intervals: intervals.map(([from, until]) => ({
        startUnixNano: String(from),
        endUnixNano: String(until),
        weight: 1,
      })),
      adjustedCount: 1,
      flags: [],
      late: null,
      windows: [],
    },
  };
}

export function gpuWindow(given: Partial<GpuWindowRecord> = {}): GpuWindowRecord {
  return {
    schema: GPU_WINDOW_SCHEMA,
    pool: 'llama',
    startUnixNano: '0',
    endUnixNano: '10',
    revision: 1,
    currency: 'USD',
    bill: '0.066666666667',
    used: '0.030000000000',
    slack: '0.020000000000',
    idle: '0.010000000000',
    unsampled: '0.000000000000',
    overhead: '0.006666666667',
    idleUndistributed: '0.010000000000',
    requestsActive: 3,
    requestsStarted: 2,
    outputTokens: 600,
    replicaSeconds: '60.000000000',
    busySeconds: '45.000000000',
    activeSeconds: '90.000000000',
    filledSeconds: null,
    lateRequests: 0,
    droppedRequests: 0,
    unknownReplicas: 0,
    tenants: [],
    ...given,
  };
}

/** The record as a settlement leaves it. */
export function settledRecord(record: CostRecord, total: string): CostRecord {
  const gpu = { ...record.gpu!, basis: 'settled' as const, used: total };
  return { ...record, cost: { ...record.cost!, total }, gpu };
}

/** A change of a record, as it was read, to its settled form. */
export function settlementOf(record: CostRecord, total: string): { before: string; after: CostRecord } {
  return { before: JSON.stringify(record), after: settledRecord(record, total) };
}

export function period(from: number, until: number): { fromUnixNano: bigint; untilUnixNano: bigint } {
  return { fromUnixNano: BigInt(from), untilUnixNano: BigInt(until) };
}

export function bySpan(left: CostRecord, right: CostRecord): number {
  return left.spanId < right.spanId ? -1 : 1;
}

/** The numbers that records were made with, ascending. */
export function spanNumbers(found: readonly { readonly record: CostRecord }[]): number[] {
  return found
    .map(({ record }) => Number.parseInt(record.spanId, 16))
    .toSorted((left, right) => left - right);
}
