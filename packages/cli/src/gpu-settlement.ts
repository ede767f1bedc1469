import {
  type GpuRequest,
  type PoolPeriod,
  settlePeriod,
  windowAt,
  type WindowShares,
} from '@costspan/allocation';
import {
  assert,
  divideHalfEven,
  type GpuPool,
  type GpuWindowRecord,
  type Money,
  moneyFromPico,
  parseMoney,
  ZERO_MONEY,
} from '@costspan/cost-model';
import { UsageError } from './exit-code.ts';

/** What a request has of all windows of a settlement. */
export interface SettledRequest {
  readonly request: GpuRequest;
  readonly used: Money;
  /** Charged slack: nothing under the basis `slots`. */
  readonly slack: Money;
  readonly idle: Money;
  readonly overhead: Money;
  /** What it is charged: used + slack + idle + overhead. */
  readonly cost: Money;
  /** Slack of its moments that the pool keeps, under the basis `slots`. */
  readonly slackNotCharged: Money;
  /** GPU time, in nanoseconds. */
  readonly gpuNanos: bigint;
  /** Its part of the hardware while it was active, from 0 to 1. */
  readonly share: number;
}

/** The sums of a settlement. Bill = used + slack + idle + unsampled + overhead. */
export interface SettlementTotals {
  readonly bill: Money;
  readonly used: Money;
  readonly slack: Money;
  readonly idle: Money;
  readonly unsampled: Money;
  readonly overhead: Money;
  /** What the requests have of these, added up one by one. */
  readonly requests: {
    readonly used: Money;
    readonly slack: Money;
    readonly idle: Money;
    readonly overhead: Money;
    readonly cost: Money;
    readonly slackNotCharged: Money;
  };
  /** The bill less what requests have: idle time, slack under `slots`, what was not sampled, and the overhead on them. */
  readonly notOfRequests: Money;
  /** Whether all of these agree. */
  readonly addsUp: boolean;
}

const WINDOWS_MAX = 1_000_000;
const REVISION = 1;
const NANOS_PER_SECOND = 1_000_000_000n;
const GPU_SCALE = 1_000_000;

/**
 * Settles the requests of one pool offline, window by window.
 *
 * 1. Each window is settled by itself; windows before the pool's first rate have no bill and are passed over.
 * 2. A request's amounts are the sums of its parts.
 */
export class GpuSettlement {
  readonly pool: GpuPool;
  readonly period: PoolPeriod;
  /** The time in it before the pool's first rate. */
  readonly unrated: PoolPeriod | undefined;
  readonly #currency: string;
  readonly #requests: readonly GpuRequest[];
  readonly #sums: Readonly<Record<ShareLine, Float64Array>>;
  readonly #bills: Record<'bill' | 'used' | 'slack' | 'idle' | 'unsampled' | 'overhead', bigint> = {
    bill: 0n,
    used: 0n,
    slack: 0n,
    idle: 0n,
    unsampled: 0n,
    overhead: 0n,
  };

  constructor(
    pool: GpuPool,
    requests: readonly GpuRequest[],
    { period, currency }: { readonly period: PoolPeriod; readonly currency: string },
  ) {
    expectWindowCount(pool, period);
    this.pool = pool;
    this.period = period;
    this.#currency = currency;
    const ratedFrom = pool.rates[0]?.fromUnixNano ?? period.untilUnixNano;
    this.unrated =
      ratedFrom <= period.fromUnixNano
        ? undefined
        : {
            fromUnixNano: period.fromUnixNano,
            untilUnixNano: ratedFrom < period.untilUnixNano ? ratedFrom : period.untilUnixNano,
          };
    this.#requests = requests;
    const column = (): Float64Array => new Float64Array(requests.length);
    this.#sums = {
      used: column(),
      slack: column(),
      idle: column(),
      overhead: column(),
      replicaNanos: column(),
      activeNanos: column(),
    };
  }

  /** Settles the windows, one after the other. */
  *windows(): Generator<GpuWindowRecord> {
    const options = { revision: REVISION, currency: this.#currency };
    for (const { positions, settled } of settlePeriod(this.pool, this.period, this.#requests, options)) {
      if (settled === undefined) continue;
      this.#add(positions, settled.shares, settled.record);
      yield settled.record;
    }
  }

  /** Every request that lies in the period, in the order of the file, when all windows are settled. */
  *requests(): Generator<SettledRequest> {
    for (const [position, request] of this.#requests.entries()) {
      if (isInside(request, this.period)) yield this.#settled(position, request);
    }
  }

  totals(): SettlementTotals {
    const { bill, used, slack, idle, unsampled, overhead } = this.#bills;
    const slackSum = this.#sumOf('slack');
    const requests = {
      used: this.#sumOf('used'),
      ...this.#slackOf(slackSum),
      idle: this.#sumOf('idle'),
      overhead: this.#sumOf('overhead'),
    };
    const cost = requests.used + requests.slack + requests.idle + requests.overhead;
    return {
      bill: moneyFromPico(bill),
      used: moneyFromPico(used),
      slack: moneyFromPico(slack),
      idle: moneyFromPico(idle),
      unsampled: moneyFromPico(unsampled),
      overhead: moneyFromPico(overhead),
      requests: { ...requests, cost: moneyFromPico(cost) },
      notOfRequests: moneyFromPico(bill - cost),
      addsUp:
        used + slack + idle + unsampled + overhead === bill &&
        requests.used === used &&
        slackSum === slack &&
        requests.idle <= idle &&
        requests.overhead <= overhead,
    };
  }

  #add(positions: Uint32Array, shares: WindowShares, record: GpuWindowRecord): void {
    for (const [index, position] of positions.entries()) {
      for (const line of SHARE_LINES) {
        const sums = this.#sums[line];
        sums[position] = (sums[position] ?? 0) + (shares[line][index] ?? 0);
      }
    }
    for (const line of ['bill', 'used', 'slack', 'idle', 'unsampled', 'overhead'] as const) {
      this.#bills[line] += amountOf(record[line]);
    }
  }

  #settled(position: number, request: GpuRequest): SettledRequest {
    const amount = (line: ShareLine): Money => moneyFromPico(this.#sums[line][position] ?? 0);
    const used = amount('used');
    const { slack, slackNotCharged } = this.#slackOf(amount('slack'));
    const idle = amount('idle');
    const overhead = amount('overhead');
    const replicaNanos = this.#sums.replicaNanos[position] ?? 0;
    const activeNanos = this.#sums.activeNanos[position] ?? 0;
    return {
      request,
      used,
      slack,
      idle,
      overhead,
      cost: moneyFromPico(used + slack + idle + overhead),
      slackNotCharged,
      gpuNanos: gpuNanosOf(this.pool, replicaNanos),
      share: activeNanos === 0 ? 0 : replicaNanos / activeNanos,
    };
  }

  /** Under the basis `slots` the pool keeps the slack. */
  #slackOf(slack: Money): { readonly slack: Money; readonly slackNotCharged: Money } {
    return this.pool.basis === 'slots'
      ? { slack: ZERO_MONEY, slackNotCharged: slack }
      : { slack, slackNotCharged: ZERO_MONEY };
  }

  #sumOf(line: ShareLine): Money {
    let sum = 0n;
    for (const pico of this.#sums[line]) {
      assert(Number.isSafeInteger(pico), "a request's amount is a safe integer", { pico });
      sum += BigInt(pico);
    }
    return moneyFromPico(sum);
  }
}

type ShareLine = keyof WindowShares;
const SHARE_LINES = [
  'used',
  'slack',
  'idle',
  'overhead',
  'replicaNanos',
  'activeNanos',
] as const satisfies readonly ShareLine[];

/** The whole windows in which requests were active. */
export function periodOfRequests(pool: GpuPool, requests: readonly GpuRequest[]): PoolPeriod | undefined {
  let from: bigint | undefined;
  let until = 0n;
  for (const request of requests) {
    const [start, end] = [firstStart(request), lastEnd(request)];
    if (from === undefined || start < from) from = start;
    const last = end > start ? end - 1n : end;
    if (last > until) until = last;
  }
  if (from === undefined) return undefined;
  return {
    fromUnixNano: windowAt(pool, from).startUnixNano,
    untilUnixNano: windowAt(pool, until).endUnixNano,
  };
}

/** Whether a request was active in a period, or is one of its instants. */
export function isInside(request: GpuRequest, { fromUnixNano, untilUnixNano }: PoolPeriod): boolean {
  return firstStart(request) < untilUnixNano && reaches(request, fromUnixNano);
}

function reaches(request: GpuRequest, unixNano: bigint): boolean {
  return lastEnd(request) > unixNano || firstStart(request) >= unixNano;
}

function firstStart({ intervals, startUnixNano }: GpuRequest): bigint {
  return intervals.reduce(
    (least, one) => (one.startUnixNano < least ? one.startUnixNano : least),
    startUnixNano,
  );
}

function lastEnd({ intervals, startUnixNano }: GpuRequest): bigint {
  return intervals.reduce(
    (greatest, one) => (one.endUnixNano > greatest ? one.endUnixNano : greatest),
    startUnixNano,
  );
}

function expectWindowCount(
  { name, windowSeconds }: GpuPool,
  { fromUnixNano, untilUnixNano }: PoolPeriod,
): void {
  const windows = (untilUnixNano - fromUnixNano) / (BigInt(windowSeconds) * NANOS_PER_SECOND);
  if (windows <= BigInt(WINDOWS_MAX)) return;
  throw new UsageError(
    `the period has ${windows} windows of pool ${name}, more than ${WINDOWS_MAX}; name a shorter one with --from and --to`,
  );
}

/** Time of a replica as time of its GPUs, as records have it. */
function gpuNanosOf({ gpus, replicas }: GpuPool, replicaNanos: number): bigint {
  const scaledGpus = BigInt(Math.round(gpus * GPU_SCALE));
  return divideHalfEven(BigInt(Math.round(replicaNanos)) * scaledGpus, BigInt(GPU_SCALE * replicas));
}

function amountOf(decimal: string): Money {
  const amount = parseMoney(decimal);
  assert(amount !== undefined, 'a window record has decimal amounts', { decimal });
  return amount;
}
