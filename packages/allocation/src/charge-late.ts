import type { GpuPool } from '@costspan/cost-model';
import { MEASURED_FULL_WEIGHT, type RequestCharges } from './charge-requests.ts';
import { FreeTime } from './free-time.ts';
import { IdlePot } from './idle-pot.ts';
import type { PoolLanes } from './pool-lanes.ts';
import type { LateRequest, RequestColumns } from './request-columns.ts';
import type { SpreadOverhead } from './spread-overhead.ts';

/**
 * Charges the requests that arrived too late to change what the others are charged. Each has, in the order of arrival, the
 * time in which nothing else ran, with that part of the idle cost which no other request carries.
 */
export function chargeLate(
  pool: GpuPool,
  columns: RequestColumns,
  lanes: PoolLanes,
  books: { readonly charges: RequestCharges; readonly overhead: SpreadOverhead },
): SpreadOverhead {
  if (columns.late.length === 0) return books.overhead;
  const { charges } = books;
  const { overheadPico, rows } = books.overhead;
  let { slackPico: slackOverheadPico } = books.overhead;
  const pot = new IdlePot(rows, charges.idleNanos);
  const carriedByOthers = charges.idlePico > 0 && rows.every((row) => row.idlePico === 0);
  const freeTime = carriedByOthers ? [] : freeTimeOfLanes(columns, lanes, charges);
  for (const [index, late] of columns.late.entries()) {
    const { position } = late;
    const requests = (columns.counts?.[position] ?? 1) / columns.countUnits;
    const lane = lanes.late[index] ?? -1;
    const replicas = lane === lanes.first.length - 2 ? lanes.namelessReplicas : 1;
    const nanos = takeTime(pool, late, freeTime[lane]) * replicas;
    const taken = pot.take(nanos);
    const filled = pool.capacity === undefined ? 1 : Math.min(requests, pool.capacity) / pool.capacity;
    const used = pool.basis === 'measured' ? 1 : filled;
    const charged = pool.basis === 'slots' ? used : 1;
    const usedPico = Math.floor(taken.idlePico * used);
    const chargedOverheadPico = Math.floor(taken.overheadPico * charged);
    charges.usedPico[position] = usedPico;
    charges.slackPico[position] = taken.idlePico - usedPico;
    overheadPico[position] = chargedOverheadPico;
    slackOverheadPico += taken.overheadPico - chargedOverheadPico;
    charges.replicaNanos[position] = nanos * charged;
    charges.slackNanos += nanos * (1 - charged);
    charges.idlePico -= taken.idlePico;
    charges.idleNanos -= nanos;
    charges.busyNanos += nanos;
    charges.filledNanos += nanos * filled;
    const activeNanos = late.intervals.reduce((sum, each) => sum + each.endNanos - each.startNanos, 0);
    charges.activeNanos[position] = activeNanos;
    charges.activeNanosTotal += activeNanos * requests;
  }
  return { overheadPico, slackPico: slackOverheadPico, rows: pot.rowsLeft() };
}

function freeTimeOfLanes(columns: RequestColumns, lanes: PoolLanes, charges: RequestCharges): FreeTime[] {
  const bounds = Array.from({ length: lanes.replicas }, (): number[] => []);
  for (const { lane, startNanos, endNanos } of charges.busy) bounds[lane]?.push(startNanos, endNanos);
  for (const [index, { intervals }] of columns.late.entries()) {
    const laneBounds = bounds[lanes.late[index] ?? -1];
    for (const { startNanos, endNanos } of intervals) laneBounds?.push(startNanos, endNanos);
  }
  const freeTime = bounds.map((laneBounds) => new FreeTime(laneBounds));
  for (const { lane, startNanos, endNanos } of charges.busy) freeTime[lane]?.take(startNanos, endNanos);
  return freeTime;
}

/** Of a profiler's times only that part of a moment counts in which the request had the hardware. */
function takeTime(pool: GpuPool, late: LateRequest, freeTime: FreeTime | undefined): number {
  return late.intervals.reduce((sum, { startNanos, endNanos, weight }) => {
    const part = pool.basis === 'measured' ? Math.min(1, weight / MEASURED_FULL_WEIGHT) : 1;
    return sum + Math.floor((freeTime?.take(startNanos, endNanos) ?? 0) * part);
  }, 0);
}
