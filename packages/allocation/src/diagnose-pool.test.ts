import { formatMoney, type GpuPool } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { DAY, HOUR, money, pool } from '../test/gpu-pool-fixture.ts';
import { diagnosePool } from './diagnose-pool.ts';
import { gpuPoolReport } from './pool-ledger.ts';
import type { GpuPoolReport } from './pool-report.ts';

interface Use {
  readonly requests?: number;
  /** Parts of the replicas' time, and of their capacity while they were busy. */
  readonly occupancy?: number;
  readonly batchFill?: number;
  readonly peakConcurrency?: number;
  readonly peakBusyReplicas?: number;
  readonly hours?: bigint;
}

/** A report with the use that a test is about; its costs do not matter to a diagnosis. */
function reportOf(fields: Partial<GpuPool>, use: Use): GpuPoolReport {
  const { requests = 1000, occupancy = 0.6, batchFill = 0.6, hours = 24n } = use;
  const diagnosed = pool(fields);
  const nothing = gpuPoolReport(
    diagnosed,
    { fromUnixNano: DAY, untilUnixNano: DAY + hours * HOUR },
    {
      windows: [],
      mark: { observedFromUnixNano: String(DAY), closedUntilUnixNano: String(DAY + hours * HOUR) },
      currency: 'USD',
    },
  );
  const nanos = (part: number): bigint => BigInt(Math.round(Number(nothing.replicaNanos) * part));
  const { capacity, replicas } = diagnosed;
  const meanConcurrency = occupancy * batchFill * (capacity ?? 8);
  return {
    ...nothing,
    requests,
    busyNanos: nanos(occupancy),
    activeNanos: requests === 0 ? 0n : nanos(meanConcurrency),
    filledNanos: capacity === undefined ? undefined : nanos(occupancy * batchFill),
    occupancy,
    meanConcurrency,
    batchDepth: meanConcurrency / occupancy,
    peak: {
      concurrency: use.peakConcurrency ?? meanConcurrency * replicas,
      busyReplicas: use.peakBusyReplicas ?? replicas,
      startUnixNano: DAY,
    },
  };
}

const FOUR: Partial<GpuPool> = {
  replicas: 4,
  gpus: 4,
  rates: [{ fromUnixNano: 0n, perHour: money('16.00') }],
};

test.each<readonly [string, Partial<GpuPool>, Use, string]>([
  ['59 minutes', {}, { hours: 0n }, 'too_little_data'],
  ['19 requests', {}, { requests: 19 }, 'too_little_data'],
  ['20 requests', {}, { requests: 20 }, 'balanced'],
  ['no request in a day', {}, { requests: 0, occupancy: 0 }, 'no_requests'],
  ['busy and full at the edge', {}, { occupancy: 0.8, batchFill: 0.7 }, 'saturated'],
  ['busy, not quite full', {}, { occupancy: 0.8, batchFill: 0.69 }, 'balanced'],
  ['busy, half full', {}, { occupancy: 0.8, batchFill: 0.5 }, 'balanced'],
  ['busy, less than half full', {}, { occupancy: 0.8, batchFill: 0.49 }, 'shallow_batches'],
  ['busy, capacity not known', { capacity: undefined }, { occupancy: 0.8 }, 'capacity_unknown'],
  ['not quite busy', {}, { occupancy: 0.79, batchFill: 0.9, peakConcurrency: 8 }, 'balanced'],
  ['half idle, peaks need all', {}, { occupancy: 0.49, peakConcurrency: 8 }, 'bursts'],
  ['half busy', {}, { occupancy: 0.5, peakConcurrency: 8 }, 'balanced'],
  ['idle even at the peak', {}, { occupancy: 0.1, peakBusyReplicas: 0.49 }, 'barely_used'],
  ['idle, but not at the peak', {}, { occupancy: 0.1, peakBusyReplicas: 0.5 }, 'bursts'],
  ['three of four would do', FOUR, { occupancy: 0.7, peakConcurrency: 19.2 }, 'too_much_capacity'],
  ['four are needed', FOUR, { occupancy: 0.7, peakConcurrency: 19.3 }, 'balanced'],
  ['four are needed at the peak', FOUR, { occupancy: 0.3, peakConcurrency: 30 }, 'bursts'],
])('%s: %s', (_, fields, use, verdict) => {
  expect(diagnosePool(reportOf(fields, use)).verdict).toBe(verdict);
});

test('says how many replicas would have sufficed, and what that saves a month', () => {
  // 15 at a time need ⌈15 ÷ (8 × 0.8)⌉ = 3 of 4; a quarter of $16.00 × 730 hours is $2,920.
  const diagnosis = diagnosePool(reportOf(FOUR, { occupancy: 0.4, peakConcurrency: 15 }));
  expect(diagnosis).toMatchObject({ verdict: 'too_much_capacity', replicasNeeded: 3 });
  expect(formatMoney(diagnosis.savedPerMonth ?? money('0'))).toBe('2920.000000000000');
  expect(diagnosis.text).toContain('3 of 4 replicas would have held the busiest window');
  expect(diagnosis.text).toContain('USD 2,920.00 a month');
});

test('without a capacity the busy time at the peak tells how many replicas are needed', () => {
  // 1.6 replicas busy on average in the busiest window fit two at 0.8.
  const fields = { ...FOUR, capacity: undefined };
  expect(diagnosePool(reportOf(fields, { occupancy: 0.4, peakBusyReplicas: 1.6 })).replicasNeeded).toBe(2);
  expect(diagnosePool(reportOf(fields, { occupancy: 0.4, peakBusyReplicas: 1.7 })).replicasNeeded).toBe(3);
});

test.each<readonly [string, Use, number, string | undefined]>([
  ['busier than its requests', { occupancy: 0.2 }, 0.5, 'device_busy_without_requests'],
  ['about as busy', { occupancy: 0.2 }, 0.49, undefined],
  ['idle while requests ran', { occupancy: 0.8 }, 0.5, 'device_idle_while_requests_ran'],
  ['nearly as busy', { occupancy: 0.8 }, 0.51, undefined],
])('a device that is %s', (_, use, deviceUtilization, code) => {
  const { contradictions } = diagnosePool(reportOf({}, use), { deviceUtilization });
  expect(contradictions.map((one) => one.code)).toEqual(code === undefined ? [] : [code]);
});

test.each<readonly [number, string | undefined]>([
  [0.89, 'coverage_low'],
  [0.9, undefined],
  [1.1, undefined],
  [1.11, 'coverage_high'],
])('a coverage of %d', (coverage, code) => {
  const { contradictions } = diagnosePool(reportOf({}, {}), { coverage });
  expect(contradictions.map((one) => one.code)).toEqual(code === undefined ? [] : [code]);
});
