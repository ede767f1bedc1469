import type { GpuPoolReport, GpuTenantCost, UnitCost } from '@costspan/allocation';
import { formatMoney, type GpuWindowRecord, type Money, moneyFromPico } from '@costspan/cost-model';
import type { DiagnosedPool, GpuQuestion } from './gpu-reports.ts';
import { isoInstant } from './iso-instant.ts';

/** What `--json` prints; amounts are decimal strings with 12 places, seconds with 9, unknown is `null`. */
export interface GpuReportsJson {
  readonly schema: 'costspan.gpu.v1';
  readonly currency: string;
  /** As asked for; `null` is the last day that is closed. */
  readonly from: string | null;
  readonly until: string | null;
  readonly pools: readonly GpuPoolJson[];
}

/** Bill = used + slack + idle + unsampled + overhead, and the tenants add up to it too. */
interface GpuPoolJson {
  readonly pool: string;
  /** What is in the books; `null` when nothing of the period is. */
  readonly from: string | null;
  readonly until: string | null;
  readonly leftOut: readonly { readonly from: string; readonly until: string; readonly reason: string }[];
  readonly bill: string;
  readonly direct: string;
  readonly used: string;
  readonly slack: string;
  readonly idle: string;
  readonly unsampled: string;
  readonly overhead: string;
  readonly requests: number;
  readonly outputTokens: number;
  readonly perRequest: UnitCostJson;
  readonly per1kOutputTokens: UnitCostJson;
  /** False where a part of the pool's requests is known to be missing; `null` without requests. */
  readonly perRequestReliable: boolean | null;
  readonly replicas: number;
  readonly gpus: number;
  readonly replicaSeconds: string;
  readonly busySeconds: string;
  readonly activeSeconds: string;
  readonly filledSeconds: string | null;
  readonly occupancy: number | null;
  readonly fill: number | null;
  readonly meanConcurrency: number | null;
  readonly batchDepth: number | null;
  readonly peak: {
    readonly concurrency: number;
    readonly busyReplicas: number;
    readonly start: string | null;
  };
  readonly lateRequests: number;
  readonly droppedRequests: number;
  readonly unknownReplicas: number;
  readonly coverage: number | null;
  readonly device: {
    readonly source: string;
    readonly metric: string | null;
    readonly over: 'period' | 'instant';
    readonly utilization: number | null;
    readonly serverRequests: number | null;
  } | null;
  readonly diagnosis: {
    readonly verdict: string;
    readonly text: string;
    readonly replicasNeeded: number | null;
    readonly savedPerMonth: string | null;
    readonly contradictions: readonly { readonly code: string; readonly text: string }[];
  };
  readonly tenants: readonly GpuTenantJson[];
  /** The settled windows, with `--windows`. */
  readonly windows?: readonly GpuWindowRecord[];
}

interface UnitCostJson {
  readonly used: string | null;
  readonly direct: string | null;
  readonly loaded: string | null;
}

interface GpuTenantJson {
  readonly tenant: string | null;
  readonly requestsActive: number;
  readonly used: string;
  readonly slack: string;
  readonly idle: string;
  readonly overhead: string;
  readonly seconds: string;
}

export function gpuReportsJson(
  diagnosed: readonly DiagnosedPool[],
  { config, period }: Pick<GpuQuestion, 'config' | 'period'>,
): GpuReportsJson {
  const { fromUnixNano, untilUnixNano } = period;
  return {
    schema: 'costspan.gpu.v1',
    currency: config.currency,
    from: fromUnixNano === undefined ? null : isoInstant(fromUnixNano),
    until: untilUnixNano === undefined ? null : isoInstant(untilUnixNano),
    pools: diagnosed.map(poolJson),
  };
}

function poolJson({ report, diagnosis, device, coverage, windows }: DiagnosedPool): GpuPoolJson {
  const { pool, covered, peak } = report;
  return {
    pool: pool.name,
    from: covered === undefined ? null : isoInstant(covered.fromUnixNano),
    until: covered === undefined ? null : isoInstant(covered.untilUnixNano),
    leftOut: report.leftOut.map(({ fromUnixNano, untilUnixNano, reason }) => ({
      from: isoInstant(fromUnixNano),
      until: isoInstant(untilUnixNano),
      reason,
    })),
    ...amountsJson(report),
    perRequestReliable:
      report.requests === 0 ? null : !diagnosis.contradictions.some(({ code }) => code === 'coverage_low'),
    replicas: pool.replicas,
    gpus: pool.gpus,
    replicaSeconds: seconds(report.replicaNanos),
    busySeconds: seconds(report.busyNanos),
    activeSeconds: seconds(report.activeNanos),
    filledSeconds: report.filledNanos === undefined ? null : seconds(report.filledNanos),
    occupancy: report.occupancy ?? null,
    fill: report.fill ?? null,
    meanConcurrency: report.meanConcurrency ?? null,
    batchDepth: report.batchDepth ?? null,
    peak: {
      concurrency: peak.concurrency,
      busyReplicas: peak.busyReplicas,
      start: peak.startUnixNano === undefined ? null : isoInstant(peak.startUnixNano),
    },
    lateRequests: report.lateRequests,
    droppedRequests: report.droppedRequests,
    unknownReplicas: report.unknownReplicas,
    coverage: coverage ?? null,
    device:
      device === undefined
        ? null
        : {
            source: device.source,
            metric: device.metric ?? null,
            over: device.over,
            utilization: device.utilization ?? null,
            serverRequests: device.serverRequests ?? null,
          },
    diagnosis: {
      verdict: diagnosis.verdict,
      text: diagnosis.text,
      replicasNeeded: diagnosis.replicasNeeded ?? null,
      savedPerMonth: amountOrNull(diagnosis.savedPerMonth),
      contradictions: diagnosis.contradictions,
    },
    tenants: report.tenants.map(tenantJson),
    ...(windows === undefined ? {} : { windows }),
  };
}

type AmountKey =
  | 'bill'
  | 'direct'
  | 'used'
  | 'slack'
  | 'idle'
  | 'unsampled'
  | 'overhead'
  | 'requests'
  | 'outputTokens'
  | 'perRequest'
  | 'per1kOutputTokens';

function amountsJson(report: GpuPoolReport): Pick<GpuPoolJson, AmountKey> {
  return {
    bill: formatMoney(report.bill),
    direct: formatMoney(report.direct),
    used: formatMoney(report.used),
    slack: formatMoney(report.slack),
    idle: formatMoney(report.idle),
    unsampled: formatMoney(report.unsampled),
    overhead: formatMoney(report.overhead),
    requests: report.requests,
    outputTokens: report.outputTokens,
    perRequest: unitCostJson(report.perRequest),
    per1kOutputTokens: unitCostJson(report.per1kOutputTokens),
  };
}

function unitCostJson({ used, direct, loaded }: UnitCost): UnitCostJson {
  return { used: amountOrNull(used), direct: amountOrNull(direct), loaded: amountOrNull(loaded) };
}

function tenantJson(cost: GpuTenantCost): GpuTenantJson {
  return {
    tenant: cost.tenant,
    requestsActive: cost.requestsActive,
    used: formatMoney(cost.used),
    slack: formatMoney(cost.slack),
    idle: formatMoney(cost.idle),
    overhead: formatMoney(cost.overhead),
    seconds: seconds(cost.nanos),
  };
}

function amountOrNull(amount: Money | undefined): string | null {
  return amount === undefined ? null : formatMoney(amount);
}

const PICO_PER_NANO = 1000n;

/** Nine places are written as an amount's twelve are, less the last three. */
function seconds(nanos: bigint): string {
  return formatMoney(moneyFromPico(nanos * PICO_PER_NANO)).slice(0, -3);
}
