import type { TokenUsage } from '@costspan/cost-model';
import { UsageError } from './exit-code.ts';

/** Counts as a provider's response reports them: input includes cached tokens, output includes reasoning. */
export interface ReportedCounts {
  readonly inputTokens?: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
  readonly cacheWrite5mTokens?: number;
  readonly cacheWrite1hTokens?: number;
  readonly outputTokens?: number;
  readonly reasoningTokens?: number;
  readonly webSearches?: number;
}

/**
 * Turns inclusive counts into disjoint buckets: input 1200 with 1024 read from the cache is 176 uncached and
 * 1024 cached; output 350 with 128 of reasoning is 222 and 128.
 */
export function usageFromReportedCounts(counts: ReportedCounts): TokenUsage {
  const cached: TokenUsage = {
    ...(counts.cacheReadTokens === undefined ? {} : { cacheRead: counts.cacheReadTokens }),
    ...(counts.cacheWriteTokens === undefined ? {} : { cacheWrite: counts.cacheWriteTokens }),
    ...(counts.cacheWrite5mTokens === undefined ? {} : { cacheWrite5m: counts.cacheWrite5mTokens }),
    ...(counts.cacheWrite1hTokens === undefined ? {} : { cacheWrite1h: counts.cacheWrite1hTokens }),
  };
  const cachedTotal = Object.values(cached).reduce((sum, count) => sum + count, 0);
  const input = subtract(counts.inputTokens, cachedTotal, {
    whole: '--input-tokens',
    part: 'cached tokens (--cache-read-tokens and --cache-write-…)',
  });
  const output = subtract(counts.outputTokens, counts.reasoningTokens ?? 0, {
    whole: '--output-tokens',
    part: '--reasoning-tokens',
  });
  return {
    ...(input === undefined ? {} : { input }),
    ...cached,
    ...(output === undefined ? {} : { output }),
    ...(counts.reasoningTokens === undefined ? {} : { reasoning: counts.reasoningTokens }),
    ...(counts.webSearches === undefined ? {} : { webSearches: counts.webSearches }),
  };
}

function subtract(
  whole: number | undefined,
  part: number,
  names: { readonly whole: string; readonly part: string },
): number | undefined {
  if (part <= (whole ?? 0)) return whole === undefined ? undefined : whole - part;
  throw new UsageError(
    `${names.part} are ${part}, more than ${names.whole} ${whole ?? 0}; ` +
      `${names.whole} includes them, as providers report it: give at least ${names.whole} ${part}`,
  );
}
