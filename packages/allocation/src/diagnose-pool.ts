import { divideHalfEven, formatMoney, type Money, moneyFromPico } from '@costspan/cost-model';
import type { GpuPoolReport } from './pool-report.ts';

/**
 * Where the thresholds of a diagnosis are. Occupancy is the part of the time in which a replica had anything to do,
 * batch fill the part of its capacity that was filled meanwhile.
 *
 * | verdict             | when                                                                                      |
 * | ------------------- | ----------------------------------------------------------------------------------------- |
 * | `too_little_data`   | less than an hour, or fewer than 20 requests in it                                        |
 * | `no_requests`       | an hour or more without a request                                                         |
 * | `saturated`         | occupancy ≥ 0.8, batch fill ≥ 0.7                                                         |
 * | `shallow_batches`   | occupancy ≥ 0.8, batch fill < 0.5                                                         |
 * | `capacity_unknown`  | occupancy ≥ 0.8, and nobody said how many requests a replica can work on at once          |
 * | `too_much_capacity` | occupancy < 0.8, and fewer replicas would have held the busiest window at 0.8 of their capacity |
 * | `barely_used`       | occupancy < 0.5, one replica is needed, and even in its busiest window it was idle more than half |
 * | `bursts`            | occupancy < 0.5, and the busiest window needs all the replicas                            |
 * | `balanced`          | anything else                                                                             |
 */
export const DIAGNOSIS_LIMITS: DiagnosisLimits = {
  dataNanosMin: 3_600_000_000_000n,
  requestsMin: 20,
  busyOccupancyMin: 0.8,
  idleOccupancyMax: 0.5,
  fullBatchMin: 0.7,
  shallowBatchMax: 0.5,
  /** A replica that is planned fuller than this has requests waiting at its peaks. */
  plannedLoadMax: 0.8,
  /** Device and requests disagree when they are further apart. */
  deviceDifferenceMin: 0.3,
  coverageMin: 0.9,
  coverageMax: 1.1,
};

export interface DiagnosisLimits {
  readonly dataNanosMin: bigint;
  readonly requestsMin: number;
  readonly busyOccupancyMin: number;
  readonly idleOccupancyMax: number;
  readonly fullBatchMin: number;
  readonly shallowBatchMax: number;
  readonly plannedLoadMax: number;
  readonly deviceDifferenceMin: number;
  readonly coverageMin: number;
  readonly coverageMax: number;
}

export type DiagnosisVerdict =
  | 'too_little_data'
  | 'no_requests'
  | 'saturated'
  | 'shallow_batches'
  | 'capacity_unknown'
  | 'too_much_capacity'
  | 'barely_used'
  | 'bursts'
  | 'balanced';

/** What was measured beside the books; it is shown and compared, and never used to allocate. */
export interface PoolMeasurements {
  /** How busy the devices were, from 0 to 1. */
  readonly deviceUtilization?: number | undefined;
  /** Requests in the books as a part of those that the model servers counted. */
  readonly coverage?: number | undefined;
}

export interface PoolDiagnosis {
  readonly verdict: DiagnosisVerdict;
  /** What it is and what to do about it. */
  readonly text: string;
  /** Replicas that would have held the busiest window; `undefined` where too little is known. */
  readonly replicasNeeded: number | undefined;
  /** What a month would cost less with them, without overhead. */
  readonly savedPerMonth: Money | undefined;
  /** Where what was measured beside contradicts the books. */
  readonly contradictions: readonly PoolContradiction[];
}

export interface PoolContradiction {
  readonly code:
    | 'device_busy_without_requests'
    | 'device_idle_while_requests_ran'
    | 'coverage_low'
    | 'coverage_high';
  readonly text: string;
}

const HOURS_PER_MONTH = 730n;

/** Tells whether it is the model, the shape of the traffic or too much capacity that a pool's cost comes from. */
export function diagnosePool(report: GpuPoolReport, measurements: PoolMeasurements = {}): PoolDiagnosis {
  const verdict = verdictOf(report);
  const replicasNeeded =
    verdict === 'too_little_data' || verdict === 'no_requests' ? undefined : neededReplicas(report);
  const savedPerMonth = replicasNeeded === undefined ? undefined : savings(report, replicasNeeded);
  return {
    verdict,
    text: VERDICT_TEXTS[verdict](report, { replicasNeeded, savedPerMonth }),
    replicasNeeded,
    savedPerMonth,
    contradictions: contradictionsOf(report, measurements),
  };
}

function verdictOf(report: GpuPoolReport): DiagnosisVerdict {
  const { occupancy, requests, periodNanos, pool, peak } = report;
  const limits = DIAGNOSIS_LIMITS;
  if (occupancy === undefined || periodNanos < limits.dataNanosMin) return 'too_little_data';
  if (requests === 0 && report.activeNanos === 0n) return 'no_requests';
  if (requests < limits.requestsMin) return 'too_little_data';
  if (occupancy >= limits.busyOccupancyMin) {
    const batchFill = batchFillOf(report);
    if (batchFill === undefined) return 'capacity_unknown';
    if (batchFill >= limits.fullBatchMin) return 'saturated';
    return batchFill < limits.shallowBatchMax ? 'shallow_batches' : 'balanced';
  }
  if (neededReplicas(report) < pool.replicas) return 'too_much_capacity';
  if (occupancy >= limits.idleOccupancyMax) return 'balanced';
  return pool.replicas === 1 && peak.busyReplicas < limits.idleOccupancyMax ? 'barely_used' : 'bursts';
}

/** How full a replica was while it worked. */
function batchFillOf({ filledNanos, busyNanos }: GpuPoolReport): number | undefined {
  return filledNanos === undefined || busyNanos === 0n ? undefined : Number(filledNanos) / Number(busyNanos);
}

/**
 * Replicas that would have held the busiest window at 0.8 of what they can do: of their capacity where it is known, else
 * of their time, because one that is merged with another fills the other's idle moments. 12 requests at a time on
 * average, 8 for each replica, need ⌈12 ÷ (8 × 0.8)⌉ = 2.
 */
function neededReplicas({ pool, peak }: GpuPoolReport): number {
  const load = pool.capacity === undefined ? peak.busyReplicas : peak.concurrency / pool.capacity;
  const needed = Math.ceil(load / DIAGNOSIS_LIMITS.plannedLoadMax - ROUNDING);
  return Math.min(Math.max(needed, 1), pool.replicas);
}

/** A load of exactly 0.8 of a replica needs one, whatever a division of doubles makes of it. */
const ROUNDING = 1e-9;

function savings({ pool, covered }: GpuPoolReport, replicasNeeded: number): Money | undefined {
  const spare = BigInt(pool.replicas - replicasNeeded);
  const rate = pool.rates.findLast(
    (one) => covered !== undefined && one.fromUnixNano < covered.untilUnixNano,
  );
  if (rate === undefined || spare === 0n) return undefined;
  return moneyFromPico(divideHalfEven(rate.perHour * HOURS_PER_MONTH * spare, BigInt(pool.replicas)));
}

interface Savings {
  readonly replicasNeeded: number | undefined;
  readonly savedPerMonth: Money | undefined;
}

const VERDICT_TEXTS: Readonly<Record<DiagnosisVerdict, (report: GpuPoolReport, savings: Savings) => string>> =
  {
    too_little_data: ({ requests, periodNanos }) =>
      `Too little data to tell: ${requests} requests in ${hours(periodNanos)} of closed windows; ` +
      `an hour and ${DIAGNOSIS_LIMITS.requestsMin} requests are the least.`,
    no_requests: ({ periodNanos, pool }) =>
      `No request in ${hours(periodNanos)}: switch the pool off, or check that its match rules ` +
      `(${Object.keys(pool.match).join(', ')}) fit the calls that it serves.`,
    saturated: (report) =>
      `It is the model: the pool is busy ${percent(report.occupancy)} of the time with batches ` +
      `${percent(batchFillOf(report))} full, so a token costs what the hardware costs; a smaller or quantised model, ` +
      'faster hardware or a higher batch limit lowers it.',
    shallow_batches: (report, { replicasNeeded, savedPerMonth }) =>
      `It is the shape of the traffic: busy ${percent(report.occupancy)} of the time, but batches are only ` +
      `${percent(batchFillOf(report))} full; ` +
      (savedPerMonth === undefined
        ? 'send more requests at a time, batch offline work, or merge it with another pool.'
        : `${replicasNeeded} of ${report.pool.replicas} replicas would have held the busiest window with deeper ` +
          `batches${saving(savedPerMonth, report.currency)}.`),
    capacity_unknown: ({ occupancy, batchDepth, pool }) =>
      `Busy ${percent(occupancy)} of the time, ${(batchDepth ?? 0).toFixed(1)} requests at a time: state capacity ` +
      `(the most requests that a replica works on at once, such as vLLM's max_num_seqs) for pool ${pool.name} to tell ` +
      'whether that is full.',
    too_much_capacity: ({ occupancy, pool, currency }, { replicasNeeded, savedPerMonth }) =>
      `Too much capacity is reserved: busy ${percent(occupancy)} of the time; ${replicasNeeded} of ${pool.replicas} ` +
      `replicas would have held the busiest window${savedPerMonth === undefined ? '' : saving(savedPerMonth, currency)}.`,
    barely_used: ({ occupancy, peak }) =>
      `Too much capacity is reserved: busy ${percent(occupancy)} of the time, ${percent(peak.busyReplicas)} in the ` +
      'busiest window; share the hardware with another model, rent a smaller one, or buy this model by the token.',
    bursts: ({ occupancy, pool }) =>
      `It is the shape of the traffic: busy ${percent(occupancy)} of the time, yet the busiest window needs ` +
      `${pool.replicas === 1 ? 'the whole replica' : `all ${pool.replicas} replicas`}; scale with the load, queue what ` +
      'can wait, or move batch work into the gaps.',
    balanced: ({ occupancy }) =>
      `Nothing stands out: busy ${percent(occupancy)} of the time, and the busiest window needs what there is.`,
  };

function contradictionsOf(
  { occupancy, requests }: GpuPoolReport,
  { deviceUtilization: device, coverage }: PoolMeasurements,
): PoolContradiction[] {
  const limits = DIAGNOSIS_LIMITS;
  const found: PoolContradiction[] = [];
  if (device !== undefined && occupancy !== undefined) {
    const both = `the devices were busy ${percent(device)} of the time, requests ran ${percent(occupancy)} of it`;
    if (device - occupancy >= limits.deviceDifferenceMin - ROUNDING) {
      found.push({
        code: 'device_busy_without_requests',
        text: `${both}: something runs there that is not traced; the requests' shares are too high by it.`,
      });
    } else if (occupancy - device >= limits.deviceDifferenceMin - ROUNDING) {
      found.push({
        code: 'device_idle_while_requests_ran',
        text:
          `${both}: requests spend their time outside the GPU (queue, CPU, network); spans of the model server, ` +
          'which tell its queue apart, make the shares sharper.',
      });
    }
  }
  if (coverage !== undefined && coverage < limits.coverageMin) {
    found.push({
      code: 'coverage_low',
      text:
        `${percent(coverage)} of the requests that the servers counted are in the books (${requests}): costs per ` +
        'request are unreliable, because the others took a part of the time too.',
    });
  } else if (coverage !== undefined && coverage > limits.coverageMax) {
    found.push({
      code: 'coverage_high',
      text:
        `the books have ${percent(coverage)} of the requests that the servers counted: the labels in servers leave ` +
        'out a server of this pool, or retries were counted as requests of their own.',
    });
  }
  return found;
}

function saving(amount: Money, currency: string): string {
  const [whole = '', fraction = ''] = formatMoney(amount).split('.');
  return `, which saves ${currency} ${whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')}.${fraction.slice(0, 2)} a month`;
}

function percent(part: number | undefined): string {
  return part === undefined ? 'an unknown part' : `${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`;
}

function hours(nanos: bigint): string {
  return `${(Number(nanos) / 3.6e12).toFixed(1)} hours`;
}
