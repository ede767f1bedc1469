import fc from 'fast-check';
import { inputTokenTotal, outputTokenTotal } from '@costspan/cost-model';
import { expect, test } from 'vitest';
import { UsageError } from './exit-code.ts';
import { usageFromReportedCounts } from './reported-usage.ts';

test('inclusive counts become disjoint buckets', () => {
  const usage = usageFromReportedCounts({
    inputTokens: 1200,
    cacheReadTokens: 1024,
    outputTokens: 350,
    reasoningTokens: 128,
  });
  expect(usage).toEqual({ input: 176, cacheRead: 1024, output: 222, reasoning: 128 });
});

test('what was not given stays absent', () => {
  expect(usageFromReportedCounts({ inputTokens: 10 })).toEqual({ input: 10 });
  expect(usageFromReportedCounts({ webSearches: 3 })).toEqual({ webSearches: 3 });
});

test('the buckets add up to what was reported', () => {
  const count = fc.nat({ max: 1_000_000 });
  fc.assert(
    fc.property(fc.tuple(count, count, count, count, count), ([uncached, read, write, output, reasoning]) => {
      const usage = usageFromReportedCounts({
        inputTokens: uncached + read + write,
        cacheReadTokens: read,
        cacheWrite1hTokens: write,
        outputTokens: output + reasoning,
        reasoningTokens: reasoning,
      });
      expect(usage).toEqual({ input: uncached, cacheRead: read, cacheWrite1h: write, output, reasoning });
      expect(inputTokenTotal(usage)).toBe(uncached + read + write);
      expect(outputTokenTotal(usage)).toBe(output + reasoning);
    }),
  );
});

test.each([
  [{ inputTokens: 1000, cacheReadTokens: 1024 }, /more than --input-tokens 1000/],
  [
    { inputTokens: 1000, cacheReadTokens: 600, cacheWrite5mTokens: 600 },
    /1200, more than --input-tokens 1000/,
  ],
  [{ cacheReadTokens: 1 }, /more than --input-tokens 0/],
  [{ outputTokens: 5, reasoningTokens: 6 }, /more than --output-tokens 5/],
])('refuses the inconsistent %j', (counts, message) => {
  expect(() => usageFromReportedCounts(counts)).toThrow(UsageError);
  expect(() => usageFromReportedCounts(counts)).toThrow(message);
});
