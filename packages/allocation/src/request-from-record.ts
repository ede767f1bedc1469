import { type CostRecord, outputTokenTotal } from '@costspan/cost-model';
import type { GpuRequest } from './gpu-request.ts';

/** The request that a record tells of, or `undefined` when no pool served it or another record is billed for it. */
export function requestFromRecord(record: CostRecord): GpuRequest | undefined {
  const { gpu } = record;
  if (gpu === undefined || gpu === null || record.status !== 'priced') return undefined;
  return {
    id: `${record.traceId} ${record.spanId}`,
    tenant: record.tenant ?? undefined,
    replica: gpu.replica ?? undefined,
    startUnixNano: BigInt(gpu.intervals[0]?.startUnixNano ?? record.startTimeUnixNano),
    intervals: gpu.intervals.map(({ startUnixNano, endUnixNano, weight }) => ({
      startUnixNano: BigInt(startUnixNano),
      endUnixNano: BigInt(endUnixNano),
      weight,
    })),
    adjustedCount: gpu.adjustedCount,
    outputTokens: outputTokenTotal(record.usage ?? {}),
    late: gpu.late === null ? undefined : lateOf(gpu.late),
  };
}

function lateOf({
  closedUntilUnixNano,
  number,
}: {
  readonly closedUntilUnixNano: string;
  readonly number: number;
}): GpuRequest['late'] {
  return { closedUntilUnixNano: BigInt(closedUntilUnixNano), number };
}
