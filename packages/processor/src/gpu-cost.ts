import {
  type CostRecordGpu,
  type CostRecordGpuInterval,
  type CostRecordGpuLate,
  type CostRecordGpuWindow,
  formatMoney,
  type GpuFlag,
  type GpuPool,
  type GpuRate,
  moneyFromPico,
  type PricedLine,
  type PriceResult,
} from '@costspan/cost-model';
import { isModelServer } from '@costspan/semconv';
import type { SpanCost } from './span-cost.ts';

/** What a call took of a pool. Amounts are whole pico-units; times are nanoseconds of one replica. */
export interface GpuCost {
  readonly pool: GpuPool;
  readonly replica: string | undefined;
  readonly basis: 'estimated' | 'settled';
  readonly usedPico: number;
  readonly slackPico: number;
  readonly idlePico: number;
  readonly overheadPico: number;
  /** Its part of the time in which it ran; under the basis `slots` without what was not filled. */
  readonly replicaNanos: number;
  readonly activeNanos: number;
  readonly intervals: readonly CostRecordGpuInterval[];
  readonly adjustedCount: number;
  readonly flags: readonly GpuFlag[];
  readonly late: CostRecordGpuLate | undefined;
  readonly windows: readonly CostRecordGpuWindow[];
}

/** A call's part of a replica's time, as far as it is known while others may still be missing. */
export interface GpuShare {
  readonly replicaNanos: number;
  readonly usedNanos: number;
  readonly activeNanos: number;
}

const NANOS_PER_HOUR = 3.6e12;
const NANOS_PER_SECOND = 1e9;
const SECONDS_PER_HOUR = 3600;

/** The rate in force at an instant; `undefined` before the first. */
export function gpuRateAt(pool: GpuPool, unixNano: bigint): GpuRate | undefined {
  return pool.rates.findLast(({ fromUnixNano }) => fromUnixNano <= unixNano);
}

/**
 * What a share of the time costs at the rate of the call's start: an upper bound as long as others may turn out to have
 * run beside it.
 *
 * 1.25 seconds of the only replica of a pool at $4.00 an hour are 4 × 1.25 ÷ 3600 = $0.001388888889.
 */
export function estimatedGpuCost(
  pool: GpuPool,
  rate: GpuRate,
  { replicaNanos, usedNanos, activeNanos }: GpuShare,
): Pick<
  GpuCost,
  'usedPico' | 'slackPico' | 'idlePico' | 'overheadPico' | 'replicaNanos' | 'activeNanos' | 'basis'
> {
  const picoPerNano = Number(rate.perHour) / NANOS_PER_HOUR / pool.replicas;
  const direct = Math.round(replicaNanos * picoPerNano);
  const used = Math.min(direct, Math.round(usedNanos * picoPerNano));
  const charged = pool.basis === 'slots' ? used : direct;
  return {
    basis: 'estimated',
    usedPico: used,
    slackPico: direct - used,
    idlePico: 0,
    overheadPico: Math.round((charged * Number(pool.overhead?.percent ?? 0)) / 100),
    replicaNanos: pool.basis === 'slots' ? usedNanos : replicaNanos,
    activeNanos,
  };
}

/** What the call is charged for running: under the basis `slots` what was not filled stays with the pool. */
export function chargedPico({ pool, usedPico, slackPico }: GpuCost): number {
  return pool.basis === 'slots' ? usedPico : usedPico + slackPico;
}

/** A call's cost by its pool, as lines that add up to it. */
export function gpuPrice(gpu: GpuCost): PriceResult {
  const charged = chargedPico(gpu);
  const direct = charged + gpu.idlePico;
  const totalPico = direct + gpu.overheadPico;
  if (!Number.isSafeInteger(totalPico)) return { status: 'unpriced', reason: 'amount_out_of_range' };
  const lines = [gpuLine(gpu, charged)];
  if (gpu.idlePico > 0) {
    lines.push({ component: 'gpu', bucket: 'gpuIdle', ...asOne(gpu.idlePico) });
  }
  if (gpu.overheadPico > 0) {
    lines.push({
      component: 'overhead',
      bucket: 'overhead',
      quantity: Number(gpu.pool.overhead?.percent ?? 0),
      rate: { decimal: formatMoney(moneyFromPico(direct)), per: 100, unit: 'percent' },
      amountPico: gpu.overheadPico,
    });
  }
  return { status: 'priced', price: { entry: undefined, exactMatch: true }, lines, totalPico };
}

/** GPU-seconds at the pool's rate; by throughput a request is a part of the window, however long it took. */
function gpuLine(gpu: GpuCost, charged: number): PricedLine {
  const { pool } = gpu;
  const rate = gpuRateAt(pool, BigInt(gpu.intervals[0]?.startUnixNano ?? 0));
  if (pool.method === 'throughput' || rate === undefined) {
    return { component: 'gpu', bucket: 'gpu', ...asOne(charged) };
  }
  return {
    component: 'gpu',
    bucket: 'gpu',
    quantity: gpuSeconds(gpu),
    rate: { decimal: formatMoney(rate.perHour), per: SECONDS_PER_HOUR * pool.gpus, unit: 'gpu_second' },
    amountPico: charged,
  };
}

function asOne(amountPico: number): Pick<PricedLine, 'quantity' | 'rate' | 'amountPico'> {
  const rate = { decimal: formatMoney(moneyFromPico(amountPico)), per: 1, unit: 'request' } as const;
  return { quantity: 1, rate, amountPico };
}

/** Its part of the time, in seconds of single GPUs. */
export function gpuSeconds({ pool, replicaNanos }: Pick<GpuCost, 'pool' | 'replicaNanos'>): number {
  return (replicaNanos * pool.gpus) / pool.replicas / NANOS_PER_SECOND;
}

/** Its part of the hardware while it was active, from 0 to 1. */
export function gpuTimeShare({ replicaNanos, activeNanos }: GpuShareTimes): number {
  return activeNanos > 0 ? Math.min(1, replicaNanos / activeNanos) : 0;
}

type GpuShareTimes = Pick<GpuCost, 'replicaNanos' | 'activeNanos'>;

/** What a record keeps of it. */
export function recordedGpu(gpu: GpuCost): CostRecordGpu {
  const amount = (pico: number): string => formatMoney(moneyFromPico(pico));
  return {
    pool: gpu.pool.name,
    replica: gpu.replica ?? null,
    basis: gpu.basis,
    seconds: gpuSeconds(gpu).toFixed(9),
    share: gpuTimeShare(gpu),
    used: amount(gpu.usedPico),
    slack: amount(gpu.slackPico),
    idle: amount(gpu.idlePico),
    overhead: amount(gpu.overheadPico),
    intervals: gpu.intervals,
    adjustedCount: gpu.adjustedCount,
    flags: gpu.flags,
    late: gpu.late ?? null,
    windows: gpu.windows,
  };
}

/** A model server of one's own is paid by the hour: without a pool its price is not missing from a list. */
export function priceWithoutPool(call: SpanCost['call'], price: PriceResult): PriceResult {
  return price.status === 'unpriced' && isModelServer(call)
    ? { status: 'unpriced', reason: 'no_gpu_pool' }
    : price;
}
