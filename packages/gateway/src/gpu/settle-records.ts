import {
  type GpuRequest,
  type GpuWindow,
  requestFromRecord,
  settleWindow,
  windowAt,
  type WindowShares,
} from '@costspan/allocation';
import {
  assert,
  callFromRecord,
  type CostRecord,
  type CostRecordGpu,
  type CostRecordGpuWindow,
  formatMoney,
  type GpuPool,
  type GpuWindowRecord,
  moneyFromPico,
  parseMoney,
  recordedCost,
} from '@costspan/cost-model';
import type { CallMeasurement } from '@costspan/exporter';
import { type GpuCost, gpuPrice, recordedGpu } from '@costspan/processor';
import type { StoredGpuRecord } from '@costspan/store';

/** A window's books and the records that have a part of it. */
export interface SettledRecords {
  readonly window: GpuWindowRecord;
  readonly settled: readonly { readonly before: string; readonly after: CostRecord }[];
  /** Calls of which all windows are settled, and whose cost is new. */
  readonly costs: readonly SettledCost[];
}

/** What a call cost by its pool. */
export interface SettledCost {
  readonly traceId: string;
  readonly spanId: string;
  readonly measurement: CallMeasurement;
  /** What an earlier settlement found. */
  readonly before: CallMeasurement | undefined;
}

/** Settles the records of a window; those that no longer belong to the pool have no part in it. */
export function settleRecords(
  pool: GpuPool,
  window: GpuWindow,
  stored: readonly StoredGpuRecord[],
  options: { readonly revision: number; readonly currency: string },
): SettledRecords {
  const active = stored
    .flatMap(({ record, text }) => {
      const request = requestFromRecord(record);
      return request === undefined || !wasThere(request, window) ? [] : [{ record, text, request }];
    })
    // Sums of fractions depend on their order.
    .toSorted((a, b) => (a.request.id < b.request.id ? -1 : 1));
  const requests = active.map(({ request }) => request);
  const { record: books, shares } = settleWindow(pool, window, requests, options);
  const costs: SettledCost[] = [];
  const settled = active.map(({ record, text }, index) => {
    const after = settledRecord(pool, record, { window, shares, index, currency: options.currency });
    if (after.gpu?.basis === 'settled' && after.cost?.total !== settledTotal(record)) {
      const before = settledTotal(record) === undefined ? undefined : measurementOf(pool, record);
      const { traceId, spanId } = record;
      costs.push({ traceId, spanId, measurement: measurementOf(pool, after), before });
    }
    return { before: text, after };
  });
  return { window: books, settled, costs };
}

/** A request that only waited in the window has no part of it. */
function wasThere({ intervals }: GpuRequest, window: GpuWindow): boolean {
  return intervals.some(({ startUnixNano, endUnixNano }) => {
    const end = endUnixNano > startUnixNano ? endUnixNano : startUnixNano + 1n;
    return startUnixNano < window.endUnixNano && end > window.startUnixNano;
  });
}

interface Part {
  readonly window: GpuWindow;
  readonly shares: WindowShares;
  readonly index: number;
  readonly currency: string;
}

/** A record with its part of a window; its cost is what its windows add up to as soon as all of them are settled. */
function settledRecord(pool: GpuPool, record: CostRecord, part: Part): CostRecord {
  const { gpu } = record;
  assert(gpu !== undefined && gpu !== null, 'only calls that a pool served are settled', {});
  const added = windowPart(part);
  const windows = [
    ...gpu.windows.filter(({ startUnixNano }) => startUnixNano !== added.startUnixNano),
    added,
  ].toSorted((a, b) => Number(BigInt(a.startUnixNano) - BigInt(b.startUnixNano)));
  if (!isComplete(pool, gpu, windows)) return { ...record, gpu: { ...gpu, windows } };
  const cost = settledCost(pool, gpu, windows);
  const outcome = gpuPrice(cost);
  if (outcome.status === 'unpriced') {
    return { ...record, status: 'unpriced', reason: outcome.reason, cost: null, gpu: recordedGpu(cost) };
  }
  return { ...record, cost: recordedCost(outcome, part.currency), gpu: recordedGpu(cost) };
}

function windowPart({ window, shares, index }: Part): CostRecordGpuWindow {
  const amount = (picos: Float64Array): string => formatMoney(moneyFromPico(picos[index] ?? 0));
  return {
    startUnixNano: String(window.startUnixNano),
    endUnixNano: String(window.endUnixNano),
    replicaNanos: shares.replicaNanos[index] ?? 0,
    used: amount(shares.used),
    slack: amount(shares.slack),
    idle: amount(shares.idle),
    overhead: amount(shares.overhead),
  };
}

/** Whether all of the time in which it was active, and for which there is a rate, has been settled. */
function isComplete(pool: GpuPool, gpu: CostRecordGpu, windows: readonly CostRecordGpuWindow[]): boolean {
  const settled = windows.map(
    (window) => [BigInt(window.startUnixNano), BigInt(window.endUnixNano)] as const,
  );
  return gpu.intervals.every((interval) => {
    const end = endOf(interval);
    let at = BigInt(interval.startUnixNano);
    for (const [from, until] of settled) {
      if (until <= at) continue;
      if (at >= end || withRateFrom(pool, at, from) < from) break;
      at = until;
    }
    return withRateFrom(pool, at, end) >= end;
  });
}

/** The first instant of a time that has a rate, or its end. */
function withRateFrom(pool: GpuPool, fromUnixNano: bigint, untilUnixNano: bigint): bigint {
  const first = pool.rates[0]?.fromUnixNano ?? untilUnixNano;
  if (fromUnixNano >= first) return fromUnixNano;
  return first < untilUnixNano ? first : untilUnixNano;
}

/** An instant takes a nanosecond. */
function endOf(interval: { readonly startUnixNano: string; readonly endUnixNano: string }): bigint {
  const start = BigInt(interval.startUnixNano);
  const end = BigInt(interval.endUnixNano);
  return end > start ? end : start + 1n;
}

/** The windows that a time touches; an instant is in one. */
export function windowsOf(
  pool: GpuPool,
  interval: { readonly startUnixNano: string; readonly endUnixNano: string },
): Generator<GpuWindow> {
  return wholeWindows(pool, BigInt(interval.startUnixNano), endOf(interval));
}

/** The windows of a time, each as a whole. */
export function* wholeWindows(
  pool: GpuPool,
  fromUnixNano: bigint,
  untilUnixNano: bigint,
): Generator<GpuWindow> {
  let at = fromUnixNano;
  while (at < untilUnixNano) {
    const window = windowAt(pool, at);
    yield window;
    at = window.endUnixNano;
  }
}

function settledCost(pool: GpuPool, gpu: CostRecordGpu, windows: readonly CostRecordGpuWindow[]): GpuCost {
  const sum = (line: 'used' | 'slack' | 'idle' | 'overhead'): number =>
    Number(windows.reduce((total, window) => total + (parseMoney(window[line]) ?? 0n), 0n));
  return {
    pool,
    replica: gpu.replica ?? undefined,
    basis: 'settled',
    usedPico: sum('used'),
    slackPico: sum('slack'),
    idlePico: sum('idle'),
    overheadPico: sum('overhead'),
    replicaNanos: windows.reduce((total, { replicaNanos }) => total + replicaNanos, 0),
    activeNanos: gpu.intervals.reduce((total, { startUnixNano, endUnixNano }) => {
      const nanos = BigInt(endUnixNano) - BigInt(startUnixNano);
      return nanos > 0n ? total + Number(nanos) : total;
    }, 0),
    intervals: gpu.intervals,
    adjustedCount: gpu.adjustedCount,
    flags: gpu.flags,
    late: gpu.late ?? undefined,
    windows,
  };
}

function measurementOf(pool: GpuPool, record: CostRecord): CallMeasurement {
  const { gpu, feature, tenant } = record;
  assert(gpu !== undefined && gpu !== null, 'only calls that a pool served are settled', {});
  return {
    call: callFromRecord(record),
    result: gpuPrice(settledCost(pool, gpu, gpu.windows)),
    feature: feature ?? undefined,
    tenant: tenant ?? undefined,
  };
}

function settledTotal({ gpu, cost }: CostRecord): string | undefined {
  return gpu?.basis === 'settled' ? cost?.total : undefined;
}
