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
  const cached = (counts.cacheRead ?? 0) + writeTotal;

  // Cached parts that are larger than their whole were never in it.
  const cacheInside = counts.inputIncludesCache && counts.input !== undefined && cached <= counts.input;
  const uncached = counts.input === undefined ? undefined : counts.input - (cacheInside ? cached : 0);
  const modalities = (counts.inputAudio ?? 0) + (counts.inputImage ?? 0);
  // Audio that does not fit beside the cached part was itself read from the cache: of 1000 tokens, 800 audio
  // and 600 cached, at least 400 are both.
  const overlap = uncached === undefined || !cacheInside ? 0 : Math.max(0, modalities - uncached);
  const cachedAudio = Math.min(overlap, counts.inputAudio ?? 0, counts.cacheRead ?? 0);
  if (uncached !== undefined) {
    const rest = uncached - (modalities - cachedAudio);
    usage.input = rest < 0 ? uncached : rest;
  }
  put(usage, 'inputAudio', less(counts.inputAudio, cachedAudio));
  put(usage, 'inputImage', counts.inputImage);
  put(usage, 'cacheRead', less(counts.cacheRead, cachedAudio));
  put(usage, 'cacheReadAudio', cachedAudio);
  put(usage, 'cacheWrite5m', counts.cacheWrite5m);
  put(usage, 'cacheWrite1h', counts.cacheWrite1h);
  put(usage, 'cacheWrite', writeTotal - writeByLifetime);

  if (counts.output !== undefined) {
    const outputModalities = (counts.outputAudio ?? 0) + (counts.outputImage ?? 0);
    const reasoning = counts.outputIncludesReasoning ? (counts.reasoning ?? 0) : 0;
    usage.output = withoutParts(counts.output, outputModalities, reasoning);
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

function less(count: number | undefined, part: number): number | undefined {
  return count === undefined ? undefined : count - part;
}

function put(
  usage: { [bucket in UsageBucket]?: number },
  bucket: UsageBucket,
  count: number | undefined,
): void {
  if (count !== undefined && count > 0) usage[bucket] = count;
}
