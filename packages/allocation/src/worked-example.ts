import {
  assert,
  divideHalfEven,
  type GpuMethod,
  type GpuPool,
  type Money,
  moneyFromPico,
  parseMoney,
} from '@costspan/cost-model';
import type { GpuRequest } from './gpu-request.ts';
import { windowAt } from './gpu-window.ts';
import { settleWindow, type SettledWindow } from './settle-window.ts';

/** One instance for one hour, at several loads. */
export interface WorkedExampleOptions {
  readonly perHour: Money;
  readonly currency: string;
  /** Loads: requests that start in the hour, evenly. At most {@link WORKED_EXAMPLE_REQUESTS_MAX} each. */
  readonly requestsPerHour: readonly number[];
  /** How long each of them takes, in whole nanoseconds; at most an hour. */
  readonly requestNanos: bigint;
  /** Requests that the instance can work on at once, where that is to be shown. */
  readonly capacity: number | undefined;
  readonly overheadPercent: string;
}

/** The hour at one load. */
export interface WorkedExampleRow {
  readonly requests: number;
  /** The hour divided by its requests. */
  readonly throughput: MethodResult;
  /** Each moment divided among the requests that ran in it. */
  readonly timeShare: MethodResult;
  /** The part of the hour in which anything ran, from 0 to 1. */
  readonly occupancy: number;
  /** Requests at a time, on average over the hour. */
  readonly meanConcurrency: number;
  /** Time share with overhead and idle time divided evenly: what throughput gives when all requests are alike. */
  readonly loadedPerRequest: Money;
}

/** What a method makes of the hour: the requests' amounts, slack included, idle time and overhead are its bill. */
export interface MethodResult {
  readonly bill: Money;
  readonly direct: Money;
  readonly used: Money;
  readonly slack: Money;
  readonly idle: Money;
  readonly overhead: Money;
  /** How many requests have which amount, without idle time and overhead; the most frequent first. */
  readonly split: readonly { readonly requests: number; readonly amount: Money }[];
  /** The mean of these, and of the same with overhead on them, rounded to the pico-unit. */
  readonly perRequest: Money;
  readonly perRequestWithOverhead: Money;
}

/** So that an hour at one load settles at once. */
export const WORKED_EXAMPLE_REQUESTS_MAX = 1_000_000;
const HOUR_SECONDS = 3600;
const HOUR_NANOS = 3_600_000_000_000n;
/** A whole hour since the epoch: 2026-01-01T00:00:00Z. */
const START_UNIX_NANO = 1_767_225_600_000_000_000n;
const REVISION = 1;

/**
 * Settles an hour at each load, as a window of a real pool is settled.
 *
 * At $4.00 an hour and 1,200 requests of 2 seconds, throughput gives $0.003333333333… each (400 requests have a pico-unit
 * more than the other 800), time share $0.002222222222…, and $1.333333333333… is idle.
 */
export function workedExample(options: WorkedExampleOptions): WorkedExampleRow[] {
  return options.requestsPerHour.map((count) => {
    assert(
      Number.isSafeInteger(count) && count >= 1 && count <= WORKED_EXAMPLE_REQUESTS_MAX,
      'a load is a whole number of requests',
      { count },
    );
    const requests = evenRequests(count, options.requestNanos);
    const timeShare = settleHour(examplePool(options, 'time_share'), requests, options.currency);
    const throughput = settleHour(examplePool(options, 'throughput'), requests, options.currency);
    const { record } = timeShare;
    return {
      requests: count,
      throughput: methodResult(throughput, count),
      timeShare: methodResult(timeShare, count),
      occupancy: Number(record.busySeconds) / Number(record.replicaSeconds),
      meanConcurrency: Number(record.activeSeconds) / Number(record.replicaSeconds),
      loadedPerRequest: mean(amountOf(record.bill), count),
    };
  });
}

/** The i-th of n starts at i/n of the hour; what reaches beyond the hour belongs to the next one. */
function evenRequests(count: number, requestNanos: bigint): GpuRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const startUnixNano = START_UNIX_NANO + (HOUR_NANOS * BigInt(index)) / BigInt(count);
    return {
      id: String(index).padStart(String(WORKED_EXAMPLE_REQUESTS_MAX).length, '0'),
      tenant: undefined,
      replica: undefined,
      startUnixNano,
      intervals: [{ startUnixNano, endUnixNano: startUnixNano + requestNanos, weight: 1 }],
      adjustedCount: 1,
      outputTokens: 0,
      late: undefined,
    };
  });
}

function settleHour(pool: GpuPool, requests: readonly GpuRequest[], currency: string): SettledWindow {
  const window = windowAt(pool, START_UNIX_NANO);
  return settleWindow(pool, window, requests, { revision: REVISION, currency });
}

function methodResult({ record, shares }: SettledWindow, count: number): MethodResult {
  const amounts = new Map<number, number>();
  for (let index = 0; index < count; index++) {
    const amount = (shares.used[index] ?? 0) + (shares.slack[index] ?? 0);
    amounts.set(amount, (amounts.get(amount) ?? 0) + 1);
  }
  const used = amountOf(record.used);
  const slack = amountOf(record.slack);
  const direct = moneyFromPico(used + slack);
  const overheadOfRequests = shares.overhead.reduce((sum, amount) => sum + BigInt(amount), 0n);
  return {
    bill: amountOf(record.bill),
    direct,
    used,
    slack,
    idle: amountOf(record.idle),
    overhead: amountOf(record.overhead),
    split: [...amounts]
      .map(([amount, requests]) => ({ requests, amount: moneyFromPico(amount) }))
      .sort((a, b) => b.requests - a.requests || (a.amount < b.amount ? -1 : 1)),
    perRequest: mean(direct, count),
    perRequestWithOverhead: mean(moneyFromPico(direct + overheadOfRequests), count),
  };
}

function mean(amount: Money, count: number): Money {
  return moneyFromPico(divideHalfEven(amount, BigInt(count)));
}

function examplePool(options: WorkedExampleOptions, method: GpuMethod): GpuPool {
  return {
    name: 'example',
    owner: undefined,
    match: { 'service.name': ['example'] },
    instance: undefined,
    gpus: 1,
    replicas: 1,
    replicaKeys: [],
    rates: [{ fromUnixNano: START_UNIX_NANO, perHour: options.perHour }],
    method,
    basis: 'concurrency',
    capacity: options.capacity,
    idle: 'separate',
    reserved: [],
    overhead: { percent: options.overheadPercent, reviewed: '2026-01-01' },
    windowSeconds: HOUR_SECONDS,
    latenessSeconds: 0,
    late: 'drop',
    finalAfterHours: 24,
    tokenWeights: { input: 1, cached: 0, output: 2 },
    devices: {},
    servers: {},
  };
}

function amountOf(decimal: string): Money {
  const amount = parseMoney(decimal);
  assert(amount !== undefined, 'a window record has decimal amounts', { decimal });
  return amount;
}
