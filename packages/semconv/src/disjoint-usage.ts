import {
  inputTokenTotal,
  outputTokenTotal,
  type TokenUsage,
  type UsageBound,
  type UsageBucket,
} from '@costspan/cost-model';

/** Counts as a span states them. Which of them contain others is said by the two flags. */
export interface ReportedCounts {
  readonly input?: number | undefined;
  readonly cacheRead?: number | undefined;
  /** All cache writes, when no lifetime is given. */
  readonly cacheWrite?: number | undefined;
  readonly cacheWrite5m?: number | undefined;
  readonly cacheWrite1h?: number | undefined;
  readonly inputAudio?: number | undefined;
  readonly inputImage?: number | undefined;
  readonly inputVideo?: number | undefined;
  /** The part of `cacheRead` that is audio. */
  readonly cacheReadAudio?: number | undefined;
  /** The part of `cacheRead` that is images. */
  readonly cacheReadImage?: number | undefined;
  readonly output?: number | undefined;
  readonly reasoning?: number | undefined;
  readonly outputAudio?: number | undefined;
  readonly outputImage?: number | undefined;
  readonly outputVideo?: number | undefined;
  /** All tokens, where the provider states their sum itself; an instrumentation's own sum proves nothing. */
  readonly total?: number | undefined;
  /** True when `input` contains the cached tokens, as OpenTelemetry asks since v1.40. */
  readonly inputIncludesCache: boolean;
  /** True when `output` contains the reasoning tokens. */
  readonly outputIncludesReasoning: boolean;
}

/** The usage part of a `ModelCall`. */
export interface DisjointUsage {
  /** `undefined` when nothing was reported. */
  readonly usage: TokenUsage | undefined;
  /** True when the counts disprove what the two flags of {@link ReportedCounts} say. */
  readonly usageCorrected: boolean;
  /** `lower_bound` when the total has more tokens than the parts. */
  readonly usageIncomplete?: UsageBound | undefined;
}

type MutableUsage = { [bucket in UsageBucket]?: number };

/**
 * Turns reported counts into disjoint buckets, so that no token is charged twice.
 *
 * An inclusive count is reduced by its parts: input 1200 with 1024 read from the cache is 176 uncached and
 * 1024 cached. Self-checks find a wrong assumption, and the count is then taken the other way round:
 * parts that are larger than their whole were never in it (Anthropic's API reports input 176 beside 1024 cached),
 * and the provider's total tells whether it counts the cache beside the input (2062 for input 176, cached 1536 and
 * output 350) or within it (2062 for input 1712), and the reasoning beside the output (1550 for input 1200, output 222
 * and reasoning 128).
 */
export function disjointUsage(counts: ReportedCounts): DisjointUsage {
  const usage: MutableUsage = {};
  const inputCorrected = putInput(usage, counts);
  const outputCorrected = putOutput(usage, counts);
  for (const _bucket in usage) {
    const usageCorrected = inputCorrected || outputCorrected;
    return isShort(usage, counts.total)
      ? { usage, usageCorrected, usageIncomplete: 'lower_bound' }
      : { usage, usageCorrected };
  }
  return NOTHING_REPORTED;
}

/** Whether tokens are missing: the total has more than input and output, both of which are stated. */
function isShort(usage: MutableUsage, total: number | undefined): boolean {
  if (total === undefined || usage.input === undefined || usage.output === undefined) return false;
  return total > inputTokenTotal(usage) + outputTokenTotal(usage);
}

const NOTHING_REPORTED: DisjointUsage = { usage: undefined, usageCorrected: false };

/** Returns whether the assumption about the cache was wrong. */
function putInput(usage: MutableUsage, counts: ReportedCounts): boolean {
  const writeByLifetime = (counts.cacheWrite5m ?? 0) + (counts.cacheWrite1h ?? 0);
  const writeTotal = Math.max(counts.cacheWrite ?? 0, writeByLifetime);
  const cached = (counts.cacheRead ?? 0) + writeTotal;
  const cacheInside = isCacheInside(counts, cached);
  const uncached = counts.input === undefined ? undefined : counts.input - (cacheInside ? cached : 0);

  const modalities = (counts.inputAudio ?? 0) + (counts.inputImage ?? 0) + (counts.inputVideo ?? 0);
  const cachedImage = Math.min(counts.cacheReadImage ?? 0, counts.cacheRead ?? 0);
  // Audio that does not fit beside the cached part was itself read from the cache: of 1000 tokens, 800 audio
  // and 600 cached, at least 400 are both.
  const overlap = uncached === undefined || !cacheInside ? 0 : Math.max(0, modalities - uncached);
  const cachedAudio = Math.min(
    counts.cacheReadAudio ?? Math.min(overlap, counts.inputAudio ?? 0),
    (counts.cacheRead ?? 0) - cachedImage,
  );
  const audio = less(counts.inputAudio, counts.cacheReadAudio === undefined || cacheInside ? cachedAudio : 0);
  const image = less(counts.inputImage, cacheInside ? cachedImage : 0);
  if (uncached !== undefined) {
    const rest = uncached - (audio ?? 0) - (image ?? 0) - (counts.inputVideo ?? 0);
    usage.input = rest < 0 ? uncached : rest;
  }
  put(usage, 'inputAudio', audio);
  put(usage, 'inputImage', image);
  put(usage, 'inputVideo', counts.inputVideo);
  put(usage, 'cacheRead', less(counts.cacheRead, cachedAudio + cachedImage));
  put(usage, 'cacheReadAudio', cachedAudio);
  put(usage, 'cacheReadImage', cachedImage);
  put(usage, 'cacheWrite5m', counts.cacheWrite5m);
  put(usage, 'cacheWrite1h', counts.cacheWrite1h);
  put(usage, 'cacheWrite', writeTotal - writeByLifetime);
  return counts.input !== undefined && cached > 0 && cacheInside !== counts.inputIncludesCache;
}

function isCacheInside(counts: ReportedCounts, cached: number): boolean {
  const { input, total, output = 0, reasoning = 0 } = counts;
  // Cached parts that are larger than their whole were never in it.
  if (input === undefined || cached > input) return false;
  if (total === undefined || cached === 0) return counts.inputIncludesCache;
  const inputAndOutput = input + (counts.outputIncludesReasoning ? output : output + reasoning);
  return counts.inputIncludesCache ? total !== inputAndOutput + cached : total === inputAndOutput;
}

/** Returns whether the assumption about reasoning was wrong. */
function putOutput(usage: MutableUsage, counts: ReportedCounts): boolean {
  const { output, reasoning = 0 } = counts;
  let corrected = false;
  if (output !== undefined) {
    const modalities = (counts.outputAudio ?? 0) + (counts.outputImage ?? 0) + (counts.outputVideo ?? 0);
    const text = output < modalities ? output : output - modalities;
    const inside = counts.outputIncludesReasoning && reasoning <= text && !isReasoningBeside(counts);
    usage.output = inside ? text - reasoning : text;
    corrected = inside !== counts.outputIncludesReasoning;
  }
  put(usage, 'outputAudio', counts.outputAudio);
  put(usage, 'outputImage', counts.outputImage);
  put(usage, 'outputVideo', counts.outputVideo);
  // Without the whole it is not known what else came out.
  if (output !== undefined || !counts.outputIncludesReasoning) put(usage, 'reasoning', counts.reasoning);
  return corrected;
}

function isReasoningBeside({ input, output, reasoning = 0, total }: ReportedCounts): boolean {
  if (reasoning === 0 || input === undefined || output === undefined) return false;
  return total === input + output + reasoning;
}

function less(count: number | undefined, part: number): number | undefined {
  return count === undefined ? undefined : Math.max(0, count - part);
}

function put(usage: MutableUsage, bucket: UsageBucket, count: number | undefined): void {
  if (count !== undefined && count > 0) usage[bucket] = count;
}
