/**
 * The disjoint buckets of one model call's usage: their sum is what was processed, so nothing can be
 * charged twice. `component` is the cost component that a bucket's money belongs to.
 */
export const USAGE_BUCKETS: Readonly<Record<UsageBucket, UsageBucketFacts>> = {
  input: { unit: 'token', component: 'input', label: 'uncached input' },
  inputAudio: { unit: 'token', component: 'input', label: 'audio input' },
  inputImage: { unit: 'token', component: 'input', label: 'image input' },
  inputVideo: { unit: 'token', component: 'input', label: 'video input' },
  cacheRead: { unit: 'token', component: 'cache_read', label: 'cache read' },
  cacheReadAudio: { unit: 'token', component: 'cache_read', label: 'audio cache read' },
  cacheReadImage: { unit: 'token', component: 'cache_read', label: 'image cache read' },
  cacheWrite: { unit: 'token', component: 'cache_write', label: 'cache write, lifetime not stated' },
  cacheWrite5m: { unit: 'token', component: 'cache_write', label: 'cache write, 5 minutes' },
  cacheWrite1h: { unit: 'token', component: 'cache_write', label: 'cache write, 1 hour' },
  output: { unit: 'token', component: 'output', label: 'output' },
  outputAudio: { unit: 'token', component: 'output', label: 'audio output' },
  outputImage: { unit: 'token', component: 'output', label: 'image output' },
  outputVideo: { unit: 'token', component: 'output', label: 'video output' },
  citations: { unit: 'token', component: 'output', label: 'citations' },
  reasoning: { unit: 'token', component: 'reasoning', label: 'reasoning' },
  requests: { unit: 'request', component: 'request', label: 'requests' },
  images: { unit: 'image', component: 'request', label: 'images' },
  seconds: { unit: 'second', component: 'request', label: 'seconds' },
  characters: { unit: 'character', component: 'request', label: 'characters' },
  pages: { unit: 'page', component: 'request', label: 'pages' },
  annotatedPages: { unit: 'page', component: 'request', label: 'annotated pages' },
  messages: { unit: 'message', component: 'request', label: 'text messages' },
  webSearches: { unit: 'search', component: 'tool', label: 'web searches' },
  fileSearches: { unit: 'search', component: 'tool', label: 'file searches' },
  rerankSearches: { unit: 'search', component: 'request', label: 'rerank searches' },
};

export interface UsageBucketFacts {
  readonly unit: UsageUnit;
  readonly component: CostComponent;
  readonly label: string;
}

/** What a quantity counts. */
export type UsageUnit =
  | 'token'
  | 'request'
  | 'image'
  | 'second'
  | 'character'
  | 'page'
  | 'message'
  | 'search';

/** The parts that a cost is broken down into, on spans and in metrics. */
export type CostComponent =
  | 'input'
  | 'cache_read'
  | 'cache_write'
  | 'output'
  | 'reasoning'
  | 'request'
  | 'tool'
  | 'gpu'
  | 'overhead';

export type UsageBucket =
  | 'input'
  | 'inputAudio'
  | 'inputImage'
  | 'inputVideo'
  | 'cacheRead'
  | 'cacheReadAudio'
  | 'cacheReadImage'
  | 'cacheWrite'
  | 'cacheWrite5m'
  | 'cacheWrite1h'
  | 'output'
  | 'outputAudio'
  | 'outputImage'
  | 'outputVideo'
  | 'citations'
  | 'reasoning'
  | 'requests'
  | 'images'
  | 'seconds'
  | 'characters'
  | 'pages'
  | 'annotatedPages'
  | 'messages'
  | 'webSearches'
  | 'fileSearches'
  | 'rerankSearches';

export const USAGE_BUCKET_NAMES: readonly UsageBucket[] = Object.keys(USAGE_BUCKETS) as UsageBucket[];

/** Buckets of one call. An absent bucket was not reported, which is not the same as zero. */
export type TokenUsage = { readonly [bucket in UsageBucket]?: number };

/** Where the counts were read: the span, the HTTP response, the model server, or a stated estimate. */
export type UsageSource = 'span' | 'wire' | 'server' | 'estimated';

/**
 * Tokens that count towards a long-context threshold: everything that was sent to the model, cached or not.
 */
export function inputTokenTotal(usage: TokenUsage): number {
  return (
    (usage.input ?? 0) +
    (usage.inputAudio ?? 0) +
    (usage.inputImage ?? 0) +
    (usage.inputVideo ?? 0) +
    (usage.cacheRead ?? 0) +
    (usage.cacheReadAudio ?? 0) +
    (usage.cacheReadImage ?? 0) +
    (usage.cacheWrite ?? 0) +
    (usage.cacheWrite5m ?? 0) +
    (usage.cacheWrite1h ?? 0)
  );
}

export function outputTokenTotal(usage: TokenUsage): number {
  return (
    (usage.output ?? 0) +
    (usage.outputAudio ?? 0) +
    (usage.outputImage ?? 0) +
    (usage.outputVideo ?? 0) +
    (usage.citations ?? 0) +
    (usage.reasoning ?? 0)
  );
}
