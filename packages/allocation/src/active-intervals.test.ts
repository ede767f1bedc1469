import type { CallPhases, GpuPool, ModelCall, TokenUsage } from '@costspan/cost-model';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activeIntervals, alignWithClient } from './active-intervals.ts';
import { WEIGHT_MAX } from './gpu-request.ts';
import { pool as basePool } from '../test/pool-fixture.ts';

const SECOND = 1_000_000_000n;
const START = 1_800_000_000n * SECOND;
/** Four seconds. */
const SPAN = { startUnixNano: START, endUnixNano: START + 4n * SECOND };
const ONE = 2 ** 20;

function pool(fields: Partial<GpuPool> = {}): GpuPool {
  return basePool({
    name: 'chat',
    match: {},
    replicaKeys: [],
    rates: [],
    capacity: undefined,
    ...fields,
  });
}

function call(phases?: CallPhases, usage?: TokenUsage): ModelCall {
  return {
    dialect: 'vllm',
    provider: 'vllm',
    requestModel: undefined,
    responseModel: undefined,
    operation: 'chat',
    usage,
    usageSource: 'server',
    responseId: undefined,
    serviceTier: undefined,
    serverAddress: undefined,
    phases,
    errorType: undefined,
  };
}

/** Seconds from the span's start to the second place, with the weight. */
function inSeconds(
  pools: GpuPool,
  calls: ModelCall,
  span = SPAN,
): { pieces: [number, number, number][]; flags: readonly string[] } {
  const { intervals, flags } = activeIntervals(pools, calls, span);
  return {
    pieces: intervals.map(({ startUnixNano, endUnixNano, weight }) => [
      Number(startUnixNano - START) / 1e9,
      Number(endUnixNano - START) / 1e9,
      weight,
    ]),
    flags,
  };
}

describe('when a call was worked on', () => {
  test.each<[string, CallPhases | undefined, number, number]>([
    ['the whole span, where nothing is told', undefined, 0, 4],
    ['the whole span, where only a part of the work is told', { decodeNanos: 2e9 }, 0, 4],
    ['after the queue', { queueNanos: 1e9, prefillNanos: 0.5e9, decodeNanos: 2e9 }, 1, 3.5],
    ['after the queue, to the end where the work is not told', { queueNanos: 1e9 }, 1, 4],
    ['after the queue and the loading', { queueNanos: 0.5e9, loadNanos: 1e9, computeNanos: 2e9 }, 1.5, 3.5],
    ['before the end, where the queue is not told', { prefillNanos: 0.5e9, decodeNanos: 2e9 }, 1.5, 4],
    ['before the end, also after loading', { loadNanos: 1e9, computeNanos: 2e9 }, 2, 4],
    ['by both phases rather than the sum', { prefillNanos: 1e9, decodeNanos: 1e9, computeNanos: 3e9 }, 2, 4],
    ['earlier, if it would last beyond the span', { queueNanos: 2e9, computeNanos: 2.1e9 }, 1.9, 4],
    ['all of it, if it is a little longer', { computeNanos: 4.2e9 }, 0, 4],
    ['never, where all was waiting', { queueNanos: 4e9 }, 4, 4],
    ['never, where it was given up before', { queueNanos: 1e9, prefillNanos: 0, decodeNanos: 0 }, 1, 1],
  ])('%s', (_name, phases, from, until) => {
    expect(inSeconds(pool(), call(phases))).toEqual({ pieces: [[from, until, 1]], flags: [] });
    expect(inSeconds(pool({ basis: 'slots', capacity: 8 }), call(phases)).pieces).toEqual([[from, until, 1]]);
  });

  test.each<[string, CallPhases]>([
    ['negative', { queueNanos: -1, prefillNanos: 1e9, decodeNanos: 1e9 }],
    ['not a number', { computeNanos: Number.NaN }],
    ['without end', { loadNanos: Number.POSITIVE_INFINITY }],
    ['longer than the span together', { queueNanos: 2e9, prefillNanos: 1e9, decodeNanos: 1.3e9 }],
    ['an absurd clock', { queueNanos: 1.8e18 }],
    ['longer alone than the span', { exclusiveNanos: 4.3e9 }],
  ])('phases that are %s are not those of the span', (_name, phases) => {
    expect(inSeconds(pool(), call(phases))).toEqual({ pieces: [[0, 4, 1]], flags: ['invalid_phases'] });
  });

  test('5 % and 50 ms are the measure of what is plausible', () => {
    expect(inSeconds(pool(), call({ computeNanos: 4.25e9 })).flags).toEqual([]);
    expect(inSeconds(pool(), call({ computeNanos: 4.25e9 + 1000 })).flags).toEqual(['invalid_phases']);
  });

  test('a span that ends before it begins has no length', () => {
    const turned = { startUnixNano: SPAN.endUnixNano, endUnixNano: SPAN.startUnixNano };
    expect(inSeconds(pool(), call({ computeNanos: 1 }), turned)).toEqual({
      pieces: [[4, 4, 1]],
      flags: ['invalid_interval'],
    });
  });

  test('what is longer than 360 windows is cut at its beginning', () => {
    const long = { startUnixNano: START, endUnixNano: START + 361n * 60n * SECOND };
    expect(inSeconds(pool(), call(), long)).toEqual({
      pieces: [[60, 361 * 60, 1]],
      flags: ['truncated'],
    });
    const longest = { startUnixNano: START, endUnixNano: START + 360n * 60n * SECOND };
    expect(inSeconds(pool(), call(), longest).flags).toEqual([]);
    // A piece that lies before it altogether is left out.
    const phases = { queueNanos: 0, prefillNanos: 30e9, decodeNanos: 360 * 60e9 };
    const span = { startUnixNano: START, endUnixNano: START + 21_630n * SECOND };
    const tokens = pool({ method: 'tokens' });
    expect(inSeconds(tokens, call(phases, { input: 1, output: 1 }), span)).toMatchObject({
      pieces: [[30, 21_630, 1]],
      flags: ['truncated'],
    });
  });
});

describe('how much it counts', () => {
  const tokens = pool({ method: 'tokens' });

  test('by tokens: those of a millisecond of the work', () => {
    // 1,000 × 1 + 250 × 2 = 1,500 in 4,000 ms.
    expect(inSeconds(tokens, call(undefined, { input: 1000, output: 200, reasoning: 50 }))).toEqual({
      pieces: [[0, 4, Math.round((ONE * 1500) / 4000)]],
      flags: [],
    });
    // Cached ones by their own weight, and the queue is no work.
    const weights = pool({ method: 'tokens', tokenWeights: { input: 1, cached: 0.1, output: 2 } });
    const cached = call({ queueNanos: 2e9 }, { input: 100, cacheRead: 900, cacheWrite: 10, output: 200 });
    expect(inSeconds(weights, cached).pieces).toEqual([[2, 4, Math.round((ONE * 600) / 2000)]]);
  });

  test('by tokens: reading and writing apart where both are told', () => {
    const phases = { queueNanos: 1e9, prefillNanos: 0.1e9, decodeNanos: 2e9 };
    expect(inSeconds(tokens, call(phases, { input: 1000, output: 200 }))).toEqual({
      pieces: [
        [1, 1.1, 10 * ONE],
        [1.1, 3.1, Math.round(0.2 * ONE)],
      ],
      flags: [],
    });
    // A single token is all prefill.
    const single = { prefillNanos: 1e9, decodeNanos: 0 };
    expect(inSeconds(tokens, call(single, { input: 998, output: 1 })).pieces).toEqual([[3, 4, ONE]]);
  });

  test.each<[string, TokenUsage | undefined]>([
    ['none', undefined],
    ['no prompt', { output: 100 }],
    ['only requests', { requests: 1 }],
    ['a prompt of nothing', { input: 0, output: 10 }],
  ])('by tokens, and there are %s: as a plain call', (_name, usage) => {
    expect(inSeconds(tokens, call(undefined, usage))).toEqual({
      pieces: [[0, 4, Math.round((ONE * 1500) / 5000)]],
      flags: ['tokens_missing'],
    });
  });

  test('a weight is whole, at least one and at most what sums can bear', () => {
    const instant = { startUnixNano: START, endUnixNano: START + 1n };
    expect(inSeconds(tokens, call(undefined, { input: 1e9 }), instant).pieces[0]?.[2]).toBe(WEIGHT_MAX);
    const years = { startUnixNano: START, endUnixNano: START + 86_400n * SECOND };
    expect(inSeconds(tokens, call(undefined, { input: 1 }), years).pieces[0]?.[2]).toBe(1);
    const free = pool({ method: 'tokens', tokenWeights: { input: 0, cached: 0, output: 0 } });
    expect(inSeconds(free, call(undefined, { input: 10 })).pieces[0]?.[2]).toBe(1);
  });

  test('by measurement: its part of the work, or all where it was not measured', () => {
    const measured = pool({ basis: 'measured' });
    expect(inSeconds(measured, call({ computeNanos: 2e9, exclusiveNanos: 0.5e9 }))).toEqual({
      pieces: [[2, 4, ONE / 4]],
      flags: [],
    });
    expect(inSeconds(measured, call({ computeNanos: 2e9 }))).toEqual({
      pieces: [[2, 4, ONE]],
      flags: ['exclusive_time_missing'],
    });
  });

  test('by throughput every call counts the same', () => {
    const throughput = pool({ method: 'throughput', basis: 'measured' });
    expect(inSeconds(throughput, call(undefined, { input: 5 }))).toEqual({ pieces: [[0, 4, 1]], flags: [] });
  });
});

test('whatever a server tells, the pieces lie in the span, in order, with whole weights', () => {
  const nanos = fc.option(fc.oneof(fc.double(), fc.double({ min: 0, max: 5e9 })), { nil: undefined });
  const phases = fc.record({
    queueNanos: nanos,
    loadNanos: nanos,
    prefillNanos: nanos,
    decodeNanos: nanos,
    computeNanos: nanos,
    exclusiveNanos: nanos,
  });
  const pools = fc
    .record({
      method: fc.constantFrom('time_share', 'tokens', 'throughput'),
      basis: fc.constantFrom('concurrency', 'slots', 'measured'),
    } as const)
    .map(pool);
  const counts = fc.record({ input: fc.nat(1e6), output: fc.nat(1e6), cacheRead: fc.nat(1e6) });
  fc.assert(
    fc.property(pools, phases, counts, fc.nat(8e9), (fields, told, usage, length) => {
      const span = { startUnixNano: START, endUnixNano: START + BigInt(length) };
      const { intervals } = activeIntervals(fields, call(told, usage), span);
      expect(intervals.length).toBeGreaterThan(0);
      let last = span.startUnixNano;
      for (const { startUnixNano, endUnixNano, weight } of intervals) {
        expect(startUnixNano >= last && endUnixNano >= startUnixNano).toBe(true);
        expect(Number.isInteger(weight) && weight >= 1 && weight <= WEIGHT_MAX).toBe(true);
        last = endUnixNano;
      }
      expect(last <= span.endUnixNano).toBe(true);
    }),
  );
});

describe('the client waited while the server worked', () => {
  const client = { startUnixNano: 1000n, endUnixNano: 2000n };

  function aligned(...pieces: [number, number][]): [pieces: number[][], shifted: boolean] {
    const active = {
      intervals: pieces.map(([start, end], index) => ({
        startUnixNano: BigInt(start),
        endUnixNano: BigInt(end),
        weight: index + 1,
      })),
      flags: ['tokens_missing'] as const,
    };
    const { intervals, flags } = alignWithClient(active, client);
    expect(intervals.map(({ weight }) => weight)).toEqual(pieces.map((_each, index) => index + 1));
    expect(flags[0]).toBe('tokens_missing');
    return [
      intervals.map(({ startUnixNano, endUnixNano }) => [Number(startUnixNano), Number(endUnixNano)]),
      flags.includes('clock_shifted'),
    ];
  }

  test.each<[string, [number, number][], number[][], boolean]>([
    [
      'what fits stays',
      [
        [1000, 1500],
        [1500, 2000],
      ],
      [
        [1000, 1500],
        [1500, 2000],
      ],
      false,
    ],
    [
      'too early',
      [
        [900, 1000],
        [1000, 1400],
      ],
      [
        [1000, 1100],
        [1100, 1500],
      ],
      true,
    ],
    ['too late', [[1700, 2100]], [[1600, 2000]], true],
    [
      'by minutes',
      [
        [900_000, 900_500],
        [900_500, 900_900],
      ],
      [
        [1100, 1600],
        [1600, 2000],
      ],
      true,
    ],
    [
      'longer at its end',
      [
        [1000, 1500],
        [1500, 2300],
      ],
      [
        [1000, 1500],
        [1500, 2000],
      ],
      true,
    ],
    ['longer on both sides', [[900, 2300]], [[1000, 2000]], true],
    [
      'longer, and elsewhere',
      [
        [0, 300],
        [300, 1200],
      ],
      [
        [1000, 1100],
        [1100, 2000],
      ],
      true,
    ],
    ['as long, and elsewhere', [[5000, 6000]], [[1000, 2000]], true],
    ['of no length', [[2001, 2001]], [[2000, 2000]], true],
  ])('%s', (_name, pieces, expected, shifted) => {
    expect(aligned(...pieces)).toEqual([expected, shifted]);
  });

  test('a client that ends before it begins tells nothing', () => {
    const active = { intervals: [{ startUnixNano: 1n, endUnixNano: 2n, weight: 1 }], flags: [] };
    expect(alignWithClient(active, { startUnixNano: 9n, endUnixNano: 8n })).toBe(active);
    const none = { intervals: [], flags: [] };
    expect(alignWithClient(none, client)).toBe(none);
  });

  test('it always fits, and keeps its length where that fits', () => {
    const time = fc.bigInt(0n, 5000n);
    fc.assert(
      fc.property(time, time, (start, length) => {
        const active = {
          intervals: [{ startUnixNano: start, endUnixNano: start + length, weight: 1 }],
          flags: [],
        };
        const [moved] = alignWithClient(active, client).intervals;
        expect(moved!.startUnixNano >= 1000n && moved!.endUnixNano <= 2000n).toBe(true);
        const kept = moved!.endUnixNano - moved!.startUnixNano;
        expect(kept).toBe(length < 1000n ? length : 1000n);
      }),
    );
  });
});
