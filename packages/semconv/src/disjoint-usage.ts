import type { TokenUsage, UsageBucket } from '@costspan/cost-model';

/** Counts as a span states them. Which of them contain others is said by the two flags. */
export interface ReportedCounts {
  readonly input: number | undefined;
  readonly cacheRead?: number | undefined;
  /** All cache writes, when no lifetime is given. */
  readonly cacheWrite?: number | undefined;
  readonly cacheWrite5m?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
  readonly inputAudio?: number | undefined;
  readonly inputImage?: number | undefined;
  readonly output?: number | undefined;
  readonly reasoning?: number | undefined;
  readonly outputAudio?: number | undefined;
  readonly outputImage?: number | undefined;
  /** True when `input` contains the cached tokens, as OpenTelemetry asks since v1.40. */
  readonly inputIncludesCache: boolean;
  /** True when `output` contains the reasoning tokens. */
  readonly outputIncludesReasoning: boolean;
}

/**
 * Turns reported counts into disjoint buckets, so that no token is charged twice.
 *
 * An inclusive count is reduced by its parts: input 1200 with 1024 read from the cache is 176 uncached and
 * 1024 cached. Parts that are larger than their whole prove the assumption wrong (Anthropic's API reports
 * input 176 beside 1024 cached); the count is then taken as exclusive.
 *
 * @returns `undefined` when nothing was reported.
 */
export function disjointUsage(counts: ReportedCounts): TokenUsage | undefined {
  const usage: { [bucket in UsageBucket]?: number } = {};
  const writeByLifetime = (counts.cacheWrite5m ?? 0) + (counts.cacheWrite1h ?? 0);
  const writeTotal = Math.max(counts.cacheWrite ?? 0, writeByLifetime);
  const inputModalities = (counts.inputAudio ?? 0) + (counts.inputImage ?? 0);

  if (counts.input !== undefined) {
    const cached = (counts.cacheRead ?? 0) + writeTotal;
    usage.input = withoutParts(counts.input, inputModalities, counts.inputIncludesCache ? cached : 0);
  }
  put(usage, 'inputAudio', counts.inputAudio);
  put(usage, 'inputImage', counts.inputImage);
  put(usage, 'cacheRead', counts.cacheRead);
  put(usage, 'cacheWrite5m', counts.cacheWrite5m);
  put(usage, 'cacheWrite1h', counts.cacheWrite1h);
  put(usage, 'cacheWrite', writeTotal - writeByLifetime);

  if (counts.output !== undefined) {
    const modalities = (counts.outputAudio ?? 0) + (counts.outputImage ?? 0);
    const reasoning = counts.outputIncludesReasoning ? (counts.reasoning ?? 0) : 0;
    usage.output = withoutParts(counts.output, modalities, reasoning);
  }
  put(usage, 'outputAudio', counts.outputAudio);
  put(usage, 'outputImage', counts.outputImage);
  put(usage, 'reasoning', counts.reasoning);

  for (const _bucket in usage) return usage;
  return undefined;
}

/** The whole less its parts; parts that do not fit into the whole were never in it. */
function withoutParts(whole: number, modalities: number, otherParts: number): number {
  const rest = whole - modalities;
  const base = rest < 0 ? whole : rest;
  return otherParts > base ? base : base - otherParts;
}

function put(
  usage: { [bucket in UsageBucket]?: number },
  bucket: UsageBucket,
  count: number | undefined,
): void {
  if (count !== undefined && count > 0) usage[bucket] = count;
}
