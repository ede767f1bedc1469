import type { TokenUsage } from '@costspan/cost-model';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { disjointUsage, type ReportedCounts } from './disjoint-usage.ts';

const inclusive = { inputIncludesCache: true, outputIncludesReasoning: true };

function sum(usage: TokenUsage | undefined): number {
  return Object.values(usage ?? {}).reduce((total, count) => total + count, 0);
}

test.each<[string, ReportedCounts, TokenUsage | undefined]>([
  ['nothing reported is unknown', { input: undefined, ...inclusive }, undefined],
  ['a reported zero is known', { input: 0, output: 0, ...inclusive }, { input: 0, output: 0 }],
  [
    'inclusive counts lose their parts',
    { input: 1200, cacheRead: 1024, output: 350, reasoning: 128, ...inclusive },
    { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
  ],
  [
    'exclusive input stays whole',
    {
      input: 176,
      cacheRead: 1024,
      cacheWrite: 512,
      output: 350,
      inputIncludesCache: false,
      outputIncludesReasoning: true,
    },
    { input: 176, cacheRead: 1024, cacheWrite: 512, output: 350 },
  ],
  [
    'exclusive input stays whole also when the cache would fit into it',
    { input: 2000, cacheRead: 1024, output: 350, inputIncludesCache: false, outputIncludesReasoning: true },
    { input: 2000, cacheRead: 1024, output: 350 },
  ],
  [
    'a cache larger than its input proves the input exclusive',
    { input: 176, cacheRead: 1024, output: 350, ...inclusive },
    { input: 176, cacheRead: 1024, output: 350 },
  ],
  [
    'cache writes split by lifetime leave only the rest unstated',
    { input: 1712, cacheRead: 1024, cacheWrite: 512, cacheWrite5m: 500, cacheWrite1h: 12, ...inclusive },
    { input: 176, cacheRead: 1024, cacheWrite5m: 500, cacheWrite1h: 12 },
  ],
  [
    'audio that does not fit beside the cache was read from it',
    { input: 1000, inputAudio: 800, cacheRead: 600, output: 5, ...inclusive },
    { input: 0, inputAudio: 400, cacheRead: 200, cacheReadAudio: 400, output: 5 },
  ],
  [
    'audio is a part of its whole',
    { input: 100, inputAudio: 60, output: 50, outputAudio: 20, reasoning: 10, ...inclusive },
    { input: 40, inputAudio: 60, output: 20, outputAudio: 20, reasoning: 10 },
  ],
])('%s', (_name, counts, usage) => {
  expect(disjointUsage(counts).usage).toEqual(usage);
});

test.each<[string, ReportedCounts, boolean, TokenUsage]>([
  [
    'the sum of the provider counts the cache beside the input',
    { input: 2000, cacheRead: 1024, output: 350, total: 3374, ...inclusive },
    true,
    { input: 2000, cacheRead: 1024, output: 350 },
  ],
  [
    'the sum of the provider holds the cache within the input',
    { input: 2000, cacheRead: 1024, output: 350, total: 2350, ...inclusive },
    false,
    { input: 976, cacheRead: 1024, output: 350 },
  ],
  [
    'reasoning that does not fit into the output was never in it',
    { input: 10, output: 5, reasoning: 100, ...inclusive },
    true,
    { input: 10, output: 5, reasoning: 100 },
  ],
  [
    'the sum of the provider counts the reasoning beside the output',
    { input: 1200, output: 222, reasoning: 128, total: 1550, ...inclusive },
    true,
    { input: 1200, output: 222, reasoning: 128 },
  ],
  [
    'reasoning without the output that contains it tells nothing',
    { input: 10, reasoning: 50, ...inclusive },
    false,
    { input: 10 },
  ],
  [
    'cached audio and images are told apart from the rest of the cache',
    {
      input: 1000,
      inputAudio: 300,
      cacheRead: 600,
      cacheReadAudio: 200,
      inputImage: 150,
      cacheReadImage: 100,
      ...inclusive,
    },
    false,
    { input: 250, inputAudio: 100, inputImage: 50, cacheRead: 300, cacheReadAudio: 200, cacheReadImage: 100 },
  ],
])('%s', (_name, counts, usageCorrected, usage) => {
  expect(disjointUsage(counts)).toEqual({ usage, usageCorrected });
});

test('a total that is more than its parts tells that tokens are missing', () => {
  expect(disjointUsage({ input: 176, output: 350, total: 2062, ...inclusive })).toEqual({
    usage: { input: 176, output: 350 },
    usageCorrected: false,
    usageIncomplete: 'lower_bound',
  });
});

const count = fc.option(fc.nat(1_000_000), { nil: undefined });
const counts = fc.record({
  input: count,
  cacheRead: count,
  cacheWrite: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  inputAudio: count,
  output: count,
  reasoning: count,
  outputAudio: count,
  inputIncludesCache: fc.boolean(),
  outputIncludesReasoning: fc.boolean(),
});

test('no bucket is negative, and consistent inclusive counts add up to what was reported', () => {
  fc.assert(
    fc.property(counts, (reported) => {
      const { usage } = disjointUsage(reported);
      for (const value of Object.values(usage ?? {})) expect(value).toBeGreaterThanOrEqual(0);
      const inputParts =
        (reported.cacheRead ?? 0) +
        Math.max(reported.cacheWrite ?? 0, (reported.cacheWrite5m ?? 0) + (reported.cacheWrite1h ?? 0)) +
        (reported.inputAudio ?? 0);
      const outputParts = (reported.reasoning ?? 0) + (reported.outputAudio ?? 0);
      const { input, output, inputIncludesCache, outputIncludesReasoning } = reported;
      if (input === undefined || output === undefined || !inputIncludesCache || !outputIncludesReasoning)
        return;
      if (inputParts <= input && outputParts <= output) expect(sum(usage)).toBe(input + output);
    }),
  );
});
