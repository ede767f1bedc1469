import type { CostRecord } from '@costspan/cost-model';
import type { GpuPeriod, GpuSpan } from './gpu-books.ts';
import { unixNanoOf } from './table-column.ts';

const LAST_UNIX_NANO = 2n ** 64n - 1n;

/** From the first to the last instant that books depend on through a record; `undefined` when no pool served it. */
export function gpuSpanOf(record: CostRecord): GpuSpan | undefined {
  if (record.gpu === undefined || record.gpu === null) return undefined;
  let { startUnixNano, endUnixNano } = instant(record.startTimeUnixNano);
  for (const interval of record.gpu.intervals) {
    const active = spanOf(interval);
    if (active.startUnixNano < startUnixNano) startUnixNano = active.startUnixNano;
    if (active.endUnixNano > endUnixNano) endUnixNano = active.endUnixNano;
  }
  return { startUnixNano, endUnixNano: endUnixNano > LAST_UNIX_NANO ? LAST_UNIX_NANO : endUnixNano };
}

/** Whether the books of a period depend on a record: it was worked on then, or started then. */
export function concernsPeriod(record: CostRecord, period: GpuPeriod): boolean {
  const overlaps = ({ startUnixNano, endUnixNano }: GpuSpan): boolean => {
    const from = startUnixNano > period.fromUnixNano ? startUnixNano : period.fromUnixNano;
    const until = endUnixNano < period.untilUnixNano ? endUnixNano : period.untilUnixNano;
    return from < until;
  };
  if (overlaps(instant(record.startTimeUnixNano))) return true;
  return record.gpu?.intervals.some((interval) => overlaps(spanOf(interval))) ?? false;
}

function instant(unixNano: string): GpuSpan {
  return spanOf({ startUnixNano: unixNano, endUnixNano: unixNano });
}

/** An instant takes one nanosecond, so that it lies in exactly one of two periods that touch. */
function spanOf(interval: { readonly startUnixNano: string; readonly endUnixNano: string }): GpuSpan {
  const startUnixNano = unixNanoOf(interval.startUnixNano);
  const endUnixNano = unixNanoOf(interval.endUnixNano);
  return { startUnixNano, endUnixNano: endUnixNano > startUnixNano ? endUnixNano : startUnixNano + 1n };
}
