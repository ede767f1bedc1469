import { type GpuPool, type GpuWindowRecord, parseMoney } from '@costspan/cost-model';
import type { GpuWindowAmounts, GpuWindowMeasurement } from '@costspan/exporter';

const NANOS_PER_SECOND = 1e9;

/** What metrics count of a window's books. */
export function measureWindow(pool: GpuPool, books: GpuWindowRecord): GpuWindowMeasurement {
  const replicaNanos = nanos(books.replicaSeconds);
  const busyNanos = nanos(books.busySeconds);
  const filledNanos = books.filledSeconds === null ? undefined : nanos(books.filledSeconds);
  const gpuNanos = (replica: number): bigint => BigInt(Math.round((replica * pool.gpus) / pool.replicas));
  const all = gpuNanos(replicaNanos);
  const busy = gpuNanos(busyNanos);
  const used = filledNanos === undefined ? busy : gpuNanos(filledNanos);
  return {
    pool: pool.name,
    direct: pico(books.used) + pico(books.slack) + pico(books.unsampled),
    idle: pico(books.idle),
    overhead: pico(books.overhead),
    usedNanos: used,
    slackNanos: busy - used,
    idleNanos: all - busy,
    occupancy: replicaNanos === 0 ? 0 : busyNanos / replicaNanos,
    fill: filledNanos === undefined || replicaNanos === 0 ? undefined : filledNanos / replicaNanos,
  };
}

/** By how much books differ from those before them. */
export function measureDifference(
  pool: GpuPool,
  books: GpuWindowRecord,
  before: GpuWindowRecord,
): GpuWindowAmounts {
  const now = measureWindow(pool, books);
  const was = measureWindow(pool, before);
  return {
    pool: pool.name,
    direct: now.direct - was.direct,
    idle: now.idle - was.idle,
    overhead: now.overhead - was.overhead,
    usedNanos: now.usedNanos - was.usedNanos,
    slackNanos: now.slackNanos - was.slackNanos,
    idleNanos: now.idleNanos - was.idleNanos,
  };
}

function pico(decimal: string): bigint {
  return parseMoney(decimal) ?? 0n;
}

function nanos(seconds: string): number {
  return Math.round(Number(seconds) * NANOS_PER_SECOND);
}
