import type { TokenUsage, UsageBucket } from '@costspan/cost-model';

/** Counts as a provider's response reports them: wholes include their parts. */
export type ReportedCounts = { readonly [count in CountName]?: number };

/** Names of the counts as the options of `costspan price` and the lines of a file of calls have them. */
export const COUNT_NAMES = [
  'input_tokens',
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'audio_cache_read_tokens',
  'image_input_tokens',
  'image_cache_read_tokens',
  'video_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'audio_output_tokens',
  'image_output_tokens',
  'video_output_tokens',
  'citation_tokens',
  'requests',
  'images',
  'seconds',
  'characters',
  'pages',
  'annotated_pages',
  'messages',
  'web_searches',
  'file_searches',
  'rerank_searches',
] as const;

export type CountName = (typeof COUNT_NAMES)[number];

/** Counts that stand beside the rest and are a bucket of their own. */
const SEPARATE_COUNTS: readonly (readonly [CountName, UsageBucket])[] = [
  ['citation_tokens', 'citations'],
  ['requests', 'requests'],
  ['images', 'images'],
  ['seconds', 'seconds'],
  ['characters', 'characters'],
  ['pages', 'pages'],
  ['annotated_pages', 'annotatedPages'],
  ['messages', 'messages'],
  ['web_searches', 'webSearches'],
  ['file_searches', 'fileSearches'],
  ['rerank_searches', 'rerankSearches'],
];

export interface ReportedUsageOptions {
  /** What a count is called where the user wrote it, for messages: `--input-tokens`. */
  readonly nameOf: (count: CountName) => string;
  /** Perplexity states reasoning beside the output of its deep research, not inside it. */
  readonly reasoningMayStandBeside: boolean;
}

/** Counts that contradict each other; the message names them and says how to mend it. */
export class CountConflict extends Error {}

type Buckets = { [bucket in UsageBucket]?: number };

/**
 * Turns inclusive counts into disjoint buckets: input 1200 with 1024 read from the cache is 176 uncached and
 * 1024 cached; output 350 with 128 of reasoning is 222 and 128. What was not reported stays absent.
 *
 * @throws {CountConflict} when parts are larger than their whole.
 */
export function usageFromReportedCounts(counts: ReportedCounts, options: ReportedUsageOptions): TokenUsage {
  const usage: Buckets = {};
  putInput(usage, counts, options);
  putOutput(usage, counts, options);
  for (const [count, bucket] of SEPARATE_COUNTS) put(usage, bucket, counts[count]);
  return usage;
}

/**
 * The input holds the cached tokens and those of other modalities, and a modality its own cached ones: of
 * 1000 tokens with 600 read from the cache, 300 of audio and 100 of audio from the cache, 500 are cached
 * text, 100 cached audio, 200 audio and 200 uncached text.
 */
function putInput(usage: Buckets, counts: ReportedCounts, options: ReportedUsageOptions): void {
  const inside = (whole: CountName, part: CountName): number | undefined => {
    if ((counts[part] ?? 0) > (counts[whole] ?? Infinity)) refuse(counts, whole, [part], options);
    return subtract(counts[whole], counts[part]);
  };
  const audio = inside('audio_input_tokens', 'audio_cache_read_tokens');
  const image = inside('image_input_tokens', 'image_cache_read_tokens');
  const cachedModalities = sum(counts, ['audio_cache_read_tokens', 'image_cache_read_tokens']);
  if (cachedModalities > (counts.cache_read_tokens ?? Infinity)) {
    refuse(counts, 'cache_read_tokens', ['audio_cache_read_tokens', 'image_cache_read_tokens'], options);
  }
  const writesByLifetime = sum(counts, ['cache_write_5m_tokens', 'cache_write_1h_tokens']);
  if (writesByLifetime > (counts.cache_write_tokens ?? Infinity)) {
    refuse(counts, 'cache_write_tokens', ['cache_write_5m_tokens', 'cache_write_1h_tokens'], options);
  }
  const cached =
    Math.max(counts.cache_read_tokens ?? 0, cachedModalities) +
    Math.max(counts.cache_write_tokens ?? 0, writesByLifetime);
  const others = (audio ?? 0) + (image ?? 0) + (counts.video_input_tokens ?? 0);
  // A modality without a whole is the whole of a model that takes nothing else; a cached part is none.
  const wholeIsMissing = counts.input_tokens === undefined && cached > 0;
  if (wholeIsMissing || cached + others > (counts.input_tokens ?? Infinity)) {
    refuse(counts, 'input_tokens', INPUT_PARTS, options);
  }
  put(usage, 'input', subtract(counts.input_tokens, cached + others));
  put(usage, 'inputAudio', audio);
  put(usage, 'inputImage', image);
  put(usage, 'inputVideo', counts.video_input_tokens);
  put(usage, 'cacheRead', subtract(counts.cache_read_tokens, cachedModalities));
  put(usage, 'cacheReadAudio', counts.audio_cache_read_tokens);
  put(usage, 'cacheReadImage', counts.image_cache_read_tokens);
  const writesOfUnknownLifetime = subtract(counts.cache_write_tokens, writesByLifetime);
  if (writesByLifetime === 0 || writesOfUnknownLifetime !== 0) {
    put(usage, 'cacheWrite', writesOfUnknownLifetime);
  }
  put(usage, 'cacheWrite5m', counts.cache_write_5m_tokens);
  put(usage, 'cacheWrite1h', counts.cache_write_1h_tokens);
}

const INPUT_PARTS: readonly CountName[] = [
  'cache_read_tokens',
  'cache_write_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'audio_input_tokens',
  'audio_cache_read_tokens',
  'image_input_tokens',
  'image_cache_read_tokens',
  'video_input_tokens',
];
const OUTPUT_MODALITIES: readonly CountName[] = [
  'audio_output_tokens',
  'image_output_tokens',
  'video_output_tokens',
];

function putOutput(usage: Buckets, counts: ReportedCounts, options: ReportedUsageOptions): void {
  const { output_tokens: output, reasoning_tokens: reasoning } = counts;
  const modalities = sum(counts, OUTPUT_MODALITIES);
  const standsBeside = options.reasoningMayStandBeside && (reasoning ?? 0) > (output ?? Infinity);
  const inside = modalities + (standsBeside ? 0 : (reasoning ?? 0));
  const wholeIsMissing = output === undefined && (reasoning ?? 0) > 0;
  if (wholeIsMissing || inside > (output ?? Infinity)) {
    refuse(counts, 'output_tokens', [...OUTPUT_MODALITIES, 'reasoning_tokens'], options);
  }
  put(usage, 'output', subtract(output, inside));
  put(usage, 'outputAudio', counts.audio_output_tokens);
  put(usage, 'outputImage', counts.image_output_tokens);
  put(usage, 'outputVideo', counts.video_output_tokens);
  put(usage, 'reasoning', reasoning);
}

function put(usage: Buckets, bucket: UsageBucket, count: number | undefined): void {
  if (count !== undefined) usage[bucket] = count;
}

function subtract(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined ? undefined : whole - (part ?? 0);
}

function sum(counts: ReportedCounts, names: readonly CountName[]): number {
  return names.reduce((total, name) => total + (counts[name] ?? 0), 0);
}

function refuse(
  counts: ReportedCounts,
  whole: CountName,
  parts: readonly CountName[],
  { nameOf }: ReportedUsageOptions,
): never {
  const stated = parts.filter((part) => (counts[part] ?? 0) > 0);
  const names = stated.map((part) => `${nameOf(part)} ${counts[part]}`).join(' and ');
  const total = counts[whole];
  throw new CountConflict(
    total === undefined
      ? `${names} ${stated.length === 1 ? 'is' : 'are'} given without ${nameOf(whole)}, which includes ` +
          `${stated.length === 1 ? 'it' : 'them'} as providers report it; give ${nameOf(whole)} too`
      : `${names} ${stated.length === 1 ? 'is' : 'together are'} more than ${nameOf(whole)} ${total}; ` +
          `${nameOf(whole)} includes ${stated.length === 1 ? 'it' : 'them'}, as providers report it`,
  );
}
