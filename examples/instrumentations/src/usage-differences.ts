import { type CostRecord, type TokenUsage, USAGE_BUCKET_NAMES } from '@costspan/cost-model';

/** `estimated`, `upper_bound` or `lower_bound`; `undefined` for an exact figure. */
export function boundOf(record: CostRecord): string | undefined {
  if (record.usageSource === 'estimated') return 'estimated';
  return record.usageIncomplete ?? undefined;
}

/**
 * What was recorded of each bucket beyond what was served, for instance `input +1024`. What the record itself leaves
 * open is no difference: see {@link leftOpen}.
 */
export function usageDifferences(served: TokenUsage, billed: TokenUsage): string[] {
  let expected = served;
  if (leftOpen(served, billed).includes(REASONING_OPEN)) expected = withReasoningAsOutput(expected);
  if (leftOpen(served, billed).includes(LIFETIME_OPEN)) expected = withoutLifetime(expected);
  return USAGE_BUCKET_NAMES.flatMap((bucket) => {
    const difference = (billed[bucket] ?? 0) - (expected[bucket] ?? 0);
    return difference === 0 ? [] : [`${bucket} ${difference > 0 ? '+' : ''}${difference}`];
  });
}

const REASONING_OPEN = 'reasoning as output';
const LIFETIME_OPEN = 'cache lifetime not told';

/**
 * What a record does not claim to know. Reasoning costs what other output costs; a cache write without a lifetime
 * has a bucket of its own, billed at the price of the shortest one.
 */
export function leftOpen(served: TokenUsage, billed: TokenUsage): string[] {
  return [
    ...(served.reasoning !== undefined && billed.reasoning === undefined ? [REASONING_OPEN] : []),
    ...(billed.cacheWrite !== undefined && served.cacheWrite === undefined ? [LIFETIME_OPEN] : []),
  ];
}

function withReasoningAsOutput({ reasoning, ...usage }: TokenUsage): TokenUsage {
  return { ...usage, output: (usage.output ?? 0) + (reasoning ?? 0) };
}

function withoutLifetime({ cacheWrite5m, cacheWrite1h, ...usage }: TokenUsage): TokenUsage {
  return { ...usage, cacheWrite: (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0) };
}
