/** What is estimated while requests run, against what is settled of the same requests when all are known. */
import { type GpuPool, parseMoney } from '@costspan/cost-model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traffic } from '../bench/traffic.ts';
import { activeIntervals, type GpuRequest, OnlineLane, settleWindow, windowsBetween } from '../src/index.ts';
import { pool as basePool } from './pool-fixture.ts';

const START = 1_800_000_000_000_000_000n;
const OPTIONS = { revision: 1, currency: 'USD' };

function pool(fields: Partial<GpuPool> = {}): GpuPool {
  return basePool({
    name: 'chat',
    match: {},
    replicaKeys: [],
    rates: [{ fromUnixNano: 0n, perHour: parseMoney('4')! }],
    capacity: undefined,
    ...fields,
  });
}

/** Of each request, over all windows. */
interface Settled {
  readonly replicaNanos: number;
  readonly usedPico: number;
  readonly directPico: number;
  /** Amounts that were rounded. */
  readonly windows: number;
}

function settle(of: GpuPool, requests: readonly GpuRequest[], untilUnixNano: bigint): Settled[] {
  const sums = requests.map(() => ({ replicaNanos: 0, usedPico: 0, directPico: 0, windows: 0 }));
  for (const window of windowsBetween(of, START, untilUnixNano)) {
    const { shares } = settleWindow(of, window, requests, OPTIONS);
    for (const [position, sum] of sums.entries()) {
      sum.replicaNanos += shares.replicaNanos[position]!;
      sum.usedPico += shares.used[position]!;
      sum.directPico += shares.used[position]! + shares.slack[position]!;
      sum.windows += 1;
    }
  }
  return sums;
}

function estimate(
  of: GpuPool,
  requests: readonly GpuRequest[],
): { replicaNanos: number; usedNanos: number }[] {
  const lane = new OnlineLane({ capacity: of.capacity });
  const events = requests
    .flatMap(({ intervals }, position) => [
      { at: Number(intervals[0]!.startUnixNano - START), isEnd: false, position },
      { at: Number(intervals[0]!.endUnixNano - START), isEnd: true, position },
    ])
    .sort((a, b) => a.at - b.at || Number(a.isEnd) - Number(b.isEnd));
  const shares: { replicaNanos: number; usedNanos: number }[] = [];
  for (const { at, isEnd, position } of events) {
    if (isEnd) shares[position] = lane.end(requests[position]!, at)!;
    else lane.start(requests[position]!, at);
  }
  return shares;
}

const PICO_PER_NANO = 4e12 / 3.6e12;

function request(id: number, startMillis: number, millis: number): GpuRequest {
  const startUnixNano = START + BigInt(startMillis) * 1_000_000n;
  const endUnixNano = startUnixNano + BigInt(millis) * 1_000_000n;
  return {
    id: String(id).padStart(4, '0'),
    tenant: undefined,
    replica: undefined,
    startUnixNano,
    intervals: [{ startUnixNano, endUnixNano, weight: 1 }],
    adjustedCount: 1,
    outputTokens: 1,
    late: undefined,
  };
}

/** Up to three minutes, so that they lie in several windows. */
const requestLists = fc
  .array(fc.tuple(fc.nat(120_000), fc.nat(60_000)), { minLength: 1, maxLength: 30 })
  .map((all) => all.map(([start, length], index) => request(index, start, length)));
const UNTIL = START + 240_000_000_000n;

describe.each([
  ['concurrency, capacity unknown', pool()],
  ['concurrency, with a capacity', pool({ capacity: 6 })],
  ['slots', pool({ basis: 'slots', capacity: 6 })],
])('%s', (_name, of) => {
  test('when all are seen, the estimate is what is settled', () => {
    fc.assert(
      fc.property(requestLists, (requests) => {
        const settled = settle(of, requests, UNTIL);
        for (const [position, share] of estimate(of, requests).entries()) {
          const { directPico, usedPico, windows } = settled[position]!;
          expect(Math.abs(share.replicaNanos * PICO_PER_NANO - directPico)).toBeLessThan(windows + 0.01);
          expect(Math.abs(share.usedNanos * PICO_PER_NANO - usedPico)).toBeLessThan(windows + 0.01);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('when some are not seen, it is an upper bound of it', () => {
    fc.assert(
      fc.property(requestLists, fc.integer({ min: 1, max: 30 }), (requests, seenMax) => {
        const seen = requests.slice(0, seenMax);
        const settled = settle(of, requests, UNTIL);
        for (const [position, share] of estimate(of, seen).entries()) {
          const { directPico, usedPico, windows } = settled[position]!;
          expect(share.replicaNanos * PICO_PER_NANO).toBeGreaterThan(directPico - windows - 0.01);
          expect(share.usedNanos * PICO_PER_NANO).toBeGreaterThan(usedPico - windows - 0.01);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('one that was written afterwards has what is settled, if it saw all others', () => {
    fc.assert(
      fc.property(requestLists, fc.nat(120_000), fc.nat(60_000), (others, start, millis) => {
        const late = request(9999, start, millis);
        const lane = new OnlineLane({ capacity: of.capacity });
        const events = others
          .flatMap((other) => {
            const [interval] = other.intervals;
            return [
              { at: Number(interval!.startUnixNano - START), isEnd: false, other },
              { at: Number(interval!.endUnixNano - START), isEnd: true, other },
            ];
          })
          .sort((a, b) => a.at - b.at || Number(a.isEnd) - Number(b.isEnd));
        for (const { at, isEnd, other } of events) {
          if (isEnd) lane.end(other, at);
          else lane.start(other, at);
        }
        const share = lane.shadow(start * 1e6, (start + millis) * 1e6);
        const { directPico, usedPico, windows } = settle(of, [...others, late], UNTIL).at(-1)!;
        expect(Math.abs(share.replicaNanos * PICO_PER_NANO - directPico)).toBeLessThan(windows + 0.01);
        expect(Math.abs(share.usedNanos * PICO_PER_NANO - usedPico)).toBeLessThan(windows + 0.01);
      }),
      { numRuns: 60 },
    );
  });
});

test.each(['poisson', 'bursty'] as const)('a long trace end to end: %s', (arrivals) => {
  const of = pool({ capacity: 32, windowSeconds: 600 });
  const requests = traffic({
    seed: 3,
    requests: 5000,
    spanNanos: 600e9,
    arrivals,
    slots: 32,
    startUnixNano: START,
  });
  const until = START + 1_800_000_000_000n;
  const settled = settle(of, requests, until);
  let worstNanos = 0;
  for (const [position, share] of estimate(of, requests).entries()) {
    const { replicaNanos, directPico, windows } = settled[position]!;
    worstNanos = Math.max(worstNanos, Math.abs(share.replicaNanos - replicaNanos));
    expect(Math.abs(share.replicaNanos * PICO_PER_NANO - directPico)).toBeLessThan(windows + 0.01);
  }
  // Both clocks are far finer than a pico-unit.
  expect(worstNanos).toBeLessThan(0.01);
});

test('an aborted request of vLLM, whose phases are of another epoch, is charged for its span', () => {
  const of = pool();
  const span = { startUnixNano: START, endUnixNano: START + 1_000_000_000n };
  const { intervals, flags } = activeIntervals(
    of,
    {
      dialect: 'vllm',
      provider: 'vllm',
      requestModel: undefined,
      responseModel: undefined,
      operation: 'chat',
      usage: undefined,
      usageSource: 'server',
      responseId: undefined,
      serviceTier: undefined,
      serverAddress: undefined,
      errorType: undefined,
      phases: { queueNanos: 1.8e18, prefillNanos: 0, decodeNanos: 0 },
    },
    span,
  );
  const aborted = { ...request(1, 0, 0), intervals };
  expect(flags).toEqual(['invalid_phases']);
  expect(settle(of, [aborted], UNTIL)[0]!.directPico).toBe(1_111_111_111);
});
