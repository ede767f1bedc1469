import type { ModelCall, TokenUsage, UsageBucket } from '@costspan/cost-model';
import { calcPrice } from '@pydantic/genai-prices';
import { expect, test } from 'vitest';
import { builtinPriceBook, type EntryData, periodAt } from '../src/index.ts';
import { FIRST_PARTY_DIFFERENCES } from './first-party-differences.ts';

/** The source's names of our providers; one of it can be two of ours. */
const SOURCE_PROVIDERS: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  'gcp.gemini': 'google',
  'gcp.vertex_ai': 'google',
  'aws.bedrock': 'aws',
  'azure.ai.openai': 'azure',
  mistral_ai: 'mistral',
  x_ai: 'x-ai',
  deepseek: 'deepseek',
  cohere: 'cohere',
  perplexity: 'perplexity',
  moonshot_ai: 'moonshotai',
  voyageai: 'voyageai',
  zai: 'zai',
  minimax: 'minimax',
  zhipuai: 'zhipuai',
  arcee: 'arcee',
  cursor: 'cursor',
  'github-copilot': 'github-copilot',
  typesafe: 'typesafe',
  groq: 'groq',
  cerebras: 'cerebras',
  together_ai: 'together',
  fireworks_ai: 'fireworks',
  openrouter: 'openrouter',
  avian: 'avian',
  baseten: 'baseten',
  cloudflare: 'cloudflare',
  doubleword: 'doubleword',
  huggingface_cerebras: 'huggingface_cerebras',
  'huggingface_fireworks-ai': 'huggingface_fireworks-ai',
  huggingface_groq: 'huggingface_groq',
  huggingface_hyperbolic: 'huggingface_hyperbolic',
  huggingface_nebius: 'huggingface_nebius',
  huggingface_novita: 'huggingface_novita',
  huggingface_nscale: 'huggingface_nscale',
  huggingface_ovhcloud: 'huggingface_ovhcloud',
  huggingface_publicai: 'huggingface_publicai',
  huggingface_sambanova: 'huggingface_sambanova',
  huggingface_together: 'huggingface_together',
  modal: 'modal',
  novita: 'novita',
  ovhcloud: 'ovhcloud',
  quicksilverpro: 'quicksilverpro',
};

/** Closed models that OpenRouter passes through: the source has its copy of the price, often in part. */
const OPENROUTER_PASSES_THROUGH = [
  'anthropic/claude-3-haiku',
  'anthropic/claude-3-opus',
  'anthropic/claude-3-sonnet',
  'anthropic/claude-3.5-haiku',
  'anthropic/claude-3.5-sonnet',
  'anthropic/claude-3.7-sonnet',
  'anthropic/claude-fable-5',
  'anthropic/claude-fable-5.1',
  'anthropic/claude-haiku-4.5',
  'anthropic/claude-opus-4',
  'anthropic/claude-opus-4.5',
  'anthropic/claude-opus-4.6',
  'anthropic/claude-opus-4.7',
  'anthropic/claude-opus-4.8',
  'anthropic/claude-opus-5',
  'anthropic/claude-opus-5.5',
  'anthropic/claude-sonnet-4',
  'anthropic/claude-sonnet-4.5',
  'anthropic/claude-sonnet-4.6',
  'anthropic/claude-sonnet-5',
  'google/gemini-2.5-flash',
  'google/gemini-2.5-flash-image',
  'google/gemini-2.5-flash-lite',
  'google/gemini-2.5-flash-preview-09-2025',
  'google/gemini-2.5-pro',
  'google/gemini-3-flash-preview',
  'google/gemini-3-pro-image-preview',
  'google/gemini-3.1-flash-image-preview',
  'google/gemini-3.1-flash-lite',
  'google/gemini-3.1-pro-preview',
  'google/gemini-flash-1.5',
  'google/gemini-flash-1.5-8b',
  'google/gemini-pro-1.5',
  'openai/gpt-4.5-preview',
  'openai/gpt-4o',
  'openai/gpt-5-nano',
  'openai/gpt-5.1',
  'openai/gpt-5.6-luna',
  'openai/gpt-5.6-terra',
  'openai/gpt-audio',
  'openai/gpt-audio-mini',
  'openai/o1-mini',
  'openai/o3',
  'x-ai/grok-3-beta',
  'x-ai/grok-3-mini-beta',
  'x-ai/grok-4-fast',
  'x-ai/grok-4.20',
  'x-ai/grok-4.3',
  'x-ai/grok-build-0.1',
] as const;

/** Where our price is meant to differ. Each must differ for at least one sample, or it has to go. */
const REVIEWED_DIFFERENCES: Readonly<Record<string, string>> = {
  'openai/o3': 'cached input before the cut of 2025-06-10 was 2.50',
  'openai/gpt-4.1': 'web searches cost 35, then 25 per thousand until 2025-08-26',
  'openai/gpt-4.1-mini': 'web searches cost 27.50, then 25 per thousand until 2025-08-26',
  'openai/gpt-4.1-nano': 'the source has no fee for file searches with it',
  'openai/gpt-4o': 'web searches cost 35, then 25 per thousand until 2025-08-26',
  'openai/gpt-4o-2024-05-13': 'web searches cost 35, then 25 per thousand until 2025-08-26',
  'openai/gpt-4o-mini': 'web searches cost 27.50, then 25 per thousand until 2025-08-26',
  'openai/gpt-4o-audio-preview': 'the source has no audio rates',
  'openai/gpt-4o-mini-audio-preview': 'the source has no audio rates',
  'openai/gpt-5.1-codex-mini': 'the source has no fee for searches with it',
  'openai/gpt-5.3': 'the source has no fee for searches with it',
  'openai/gpt-5.3-codex': 'the source has no fee for searches with it',
  'openai/o1': 'the source has no fee for file searches with it',
  'openai/o1-pro': 'the source has no fee for file searches with it',
  'openai/o3-deep-research': 'the source has no fee for searches with it',
  'openai/o3-mini': 'the source has no fee for file searches with it',
  'openai/o3-pro': 'the source has no fee for searches with it',
  'openai/o4-mini-deep-research': 'the source has no fee for searches with it',
  'azure.ai.openai/o3-2025-04-16': 'cost five times as much before 2025-06-10',
  'azure.ai.openai/o4-mini': 'cached input is 0.275, which the source has rounded',
  'openai/ft:gpt-4o': 'the source has no cached rate',
  'openai/ft:gpt-4o-mini': 'the source has no cached rate',
  'openai/gpt-4o-2024-08-06': 'web searches cost 35, then 25 per thousand until 2025-08-26',
  'openai/gpt-4o-audio-preview-2024-10-01': 'the source has no audio rates',
  'openai/gpt-4o-audio-preview-2024-12-17': 'the source has no audio rates',
  'azure.ai.openai/gpt-4o-audio-preview-2024-12-17': 'the source has no audio rates',
  'azure.ai.openai/gpt-4o-mini-audio-preview': 'the source has no audio rates',
  'openai/gpt-4o-search-preview': 'each call is a search, which the source does not bill',
  'openai/gpt-4o-mini-search-preview': 'each call is a search, which the source does not bill',
  'azure.ai.openai/babbage-002': 'the source has no output rate',
  'azure.ai.openai/davinci-002': 'the source has no output rate',
  'azure.ai.openai/text-curie-001': 'the source has no output rate',
  'azure.ai.openai/grok-3-mini': "the source has xAI's price, Azure's is another",
  'azure.ai.openai/deepseek-r1': "the source has DeepSeek's price, Azure's is another",
  'azure.ai.openai/deepseek-v3.2': "the source has DeepSeek's price, Azure's is another",
  'azure.ai.openai/deepseek-v4-flash': "the source has DeepSeek's price, Azure's is another",
  'azure.ai.openai/deepseek-v4-pro': "the source has DeepSeek's price, Azure's is another",
  'azure.ai.openai/phi-3-medium-128k-instruct': "the source has another host's price",
  'azure.ai.openai/phi-3-mini-128k-instruct': "the source has another host's price",
  'azure.ai.openai/phi-4': "the source has another host's price",
  'azure.ai.openai/phi-4-mini-instruct': "the source has another host's price",
  'azure.ai.openai/phi-4-multimodal-instruct': "the source has another host's price",
  'azure.ai.openai/phi-4-reasoning-plus': "the source has another host's price",
  'anthropic/claude-sonnet-4-0': 'had a long-context tier since 2025-08-12',
  'anthropic/claude-sonnet-5-5': 'the source takes it for Sonnet 5, whose cache reads did not get cheaper',
  'aws.bedrock/amazon.titan-embed-text-v2:0': 'the source takes it for the first version',
  'aws.bedrock/global.amazon.nova-2-lite-omni-v1:0': 'the source takes it for Nova 2 Lite',
  'aws.bedrock/us-gov.anthropic.claude-haiku-4-5-20251001': 'the source has no price of GovCloud',
  'aws.bedrock/us-gov.anthropic.claude-sonnet-4-5-20250929': 'the source has no price of GovCloud',
  'aws.bedrock/us-gov.anthropic.claude-sonnet-5': 'the source has no price of GovCloud',
  'aws.bedrock/global.anthropic.claude-sonnet-4-20250514-v1:0': 'had a long-context tier since 2025-08-12',
  'aws.bedrock/regional.anthropic.claude-sonnet-4-20250514-v1:0': 'had a long-context tier since 2025-08-12',
  'aws.bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0': 'the source has no long-context tier',
  'aws.bedrock/regional.anthropic.claude-sonnet-4-5-20250929-v1:0': 'the source has no long-context tier',
  'aws.bedrock/global.anthropic.claude-sonnet-4-6-v1:0': 'had a long-context tier until 2026-03-13',
  'aws.bedrock/regional.anthropic.claude-sonnet-4-6-v1:0': 'had a long-context tier until 2026-03-13',
  'aws.bedrock/global.anthropic.claude-opus-4-6-v1:0': 'had a long-context tier until 2026-03-13',
  'aws.bedrock/regional.anthropic.claude-opus-4-6-v1:0': 'had a long-context tier until 2026-03-13',
  'aws.bedrock/global.anthropic.claude-sonnet-5-5':
    'the source takes it for Sonnet 5, whose cache reads did not get cheaper',
  'aws.bedrock/regional.anthropic.claude-sonnet-5-5':
    'the source takes it for Sonnet 5, whose cache reads did not get cheaper',
  'gcp.gemini/gemini-1.5-flash': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-1.5-pro': 'the source has no cached rate, and searches have a fee',
  'gcp.gemini/gemini-2.0-flash': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-2.0-flash-lite': 'searches have a fee, and Vertex AI a cached rate',
  'gcp.gemini/gemini-2.5-flash': 'cached input cost 0.075 until autumn 2025, and searches have a fee',
  'gcp.gemini/gemini-2.5-flash-image': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-2.5-flash-lite':
    'audio cost 0.50 and cached input 0.025 in 2025, and searches have a fee',
  'gcp.gemini/gemini-2.5-flash-preview': 'the source has no audio and no cached rates',
  'gcp.gemini/gemini-2.5-pro': 'cached input cost 0.31 until autumn 2025, and searches have a fee',
  'gcp.gemini/gemini-3-flash-preview': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3-pro-image-preview': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3-pro-preview': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.1-flash-image-preview': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.1-flash-lite': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.1-flash-lite-image': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.1-flash-live-preview': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.1-pro-preview': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.5-flash': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.5-flash-lite': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.7-flash': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.8-flash': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-flash-1.5-8b': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-live-2.5-flash': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-4-opus': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-4-sonnet': 'had a long-context tier since 2025-08-12, and searches have a fee',
  'gcp.vertex_ai/claude-fable-5': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-fable-5-1': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-opus-4-6': 'has one price for all lengths since 2026-03-13, and searches have a fee',
  'gcp.vertex_ai/claude-opus-4-7': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-opus-4-8': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-opus-5': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-opus-5-5': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-sonnet-4-5': 'the source has no fee for searches with it',
  'gcp.vertex_ai/claude-sonnet-4-6': 'had a long-context tier until 2026-03-13, and searches have a fee',
  'gcp.vertex_ai/gemini-1.5-pro': 'the source has no cached rate, and searches have a fee',
  'gcp.vertex_ai/gemini-2.0-flash-lite': 'searches have a fee, and Vertex AI a cached rate',
  'gcp.vertex_ai/gemini-2.5-flash': 'cached input cost 0.075 until autumn 2025, and searches have a fee',
  'gcp.vertex_ai/gemini-2.5-flash-image': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-2.5-flash-lite':
    'audio cost 0.50 and cached input 0.025 in 2025, and searches have a fee',
  'gcp.vertex_ai/gemini-2.5-flash-preview': 'the source has no audio and no cached rates',
  'gcp.vertex_ai/gemini-2.5-pro': 'cached input cost 0.31 until autumn 2025, and searches have a fee',
  'gcp.vertex_ai/gemini-3-flash-preview': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3-pro-image-preview': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3-pro-preview': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.1-flash-image-preview': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.1-flash-lite': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.1-flash-lite-image': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.1-pro-preview': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.5-flash': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.5-flash-lite': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.6-flash': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.7-flash': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-3.8-flash': 'the source has no fee for searches with it',
  'gcp.vertex_ai/gemini-live-2.5-flash': 'the source has no fee for searches with it',
  'gcp.gemini/gemini-3.6-flash': 'cost twice as much in its first weeks',
  ...FIRST_PARTY_DIFFERENCES,
  'deepseek/deepseek-v4-flash': 'the source lets the peak hours hold before 2026-08-17 and at weekends',
  'deepseek/deepseek-v4-pro': 'the source lets the peak hours hold before 2026-08-17 and at weekends',
  'zai/glm-5.3-flash': 'the promotion ended on 2026-09-09',
  'cerebras/gpt-oss-120b': 'cost 0.25 / 0.69 in its first months',
  'together_ai/meta-llama/meta-llama-3-8b-instruct-lite': 'costs 0.14 since June 2026',
  'together_ai/mistralai/mixtral-8x7b-instruct-v0.1':
    'a mixture of experts, which the source prices as a dense model',
  'together_ai/mistralai/mixtral-8x7b-v0.1': 'a mixture of experts, which the source prices as a dense model',
  'together_ai/nousresearch/nous-hermes-2-mixtral-8x7b-dpo':
    'a mixture of experts, which the source prices as a dense model',
  'together_ai/nousresearch/nous-hermes-2-mixtral-8x7b-sft':
    'a mixture of experts, which the source prices as a dense model',
  'fireworks_ai/glm-4p7': 'the source has no cached rate',
  'fireworks_ai/gpt-oss-120b': 'cached input is 0.015 on the price list',
  'fireworks_ai/gpt-oss-20b': 'cost 0.05 / 0.20 until 2026',
  'fireworks_ai/kimi-k3-us': 'costs 1.5 times the base price since 2026-09-01',
  'fireworks_ai/minimax-m2p1': 'the source has no cached rate',
  ...Object.fromEntries(
    OPENROUTER_PASSES_THROUGH.map((model) => [`openrouter/${model}`, "the vendor's price with its history"]),
  ),
};

/** A Wednesday at a peak hour, a Saturday at the same, and the history around them. */
const TIMES = [
  '2025-03-05T12:00:00Z',
  '2025-05-01T12:00:00Z',
  '2026-01-15T12:00:00Z',
  '2026-07-25T12:00:00Z',
  '2026-08-12T02:00:00Z',
  '2026-09-16T02:00:00Z',
  '2026-09-19T02:00:00Z',
  '2026-10-01T12:00:00Z',
  '2027-02-01T12:00:00Z',
];

const SAMPLE: Required<
  Omit<TokenUsage, 'cacheWrite' | 'requests' | 'images' | 'characters' | 'rerankSearches'>
> = {
  input: 1013,
  inputAudio: 107,
  inputImage: 211,
  inputVideo: 223,
  cacheRead: 409,
  cacheReadAudio: 53,
  cacheReadImage: 59,
  cacheWrite5m: 307,
  cacheWrite1h: 311,
  output: 503,
  outputAudio: 61,
  outputImage: 67,
  outputVideo: 73,
  citations: 79,
  reasoning: 71,
  seconds: 37.5,
  pages: 7,
  annotatedPages: 5,
  messages: 9,
  webSearches: 3,
  fileSearches: 2,
};

/** What the model has a rate of its own for, as the source states it. */
function sampleUsage(entry: EntryData, atMillis: number, factor: number): TokenUsage | undefined {
  const rates = periodAt(entry, atMillis)?.rates;
  if (rates === undefined) return undefined;
  const usage: { [bucket in UsageBucket]?: number } = {};
  for (const bucket of Object.keys(rates) as UsageBucket[]) {
    if (entry.derived?.[bucket] !== undefined || entry.undetermined?.includes(bucket) === true) continue;
    const named = bucket === 'cacheWrite' ? 'cacheWrite5m' : bucket;
    const quantity: number | undefined = SAMPLE[named as keyof typeof SAMPLE];
    if (quantity === undefined) continue;
    usage[bucket] = named === 'seconds' ? quantity : quantity * factor;
  }
  return usage;
}

/** Our disjoint buckets as the source wants them: wholes that contain their parts. */
function sourceUsage(usage: TokenUsage): Record<string, number> {
  const of = (...buckets: UsageBucket[]): number =>
    buckets.reduce((sum, bucket) => sum + (usage[bucket] ?? 0), 0);
  const input = of('input', 'inputAudio', 'inputImage', 'inputVideo');
  const cacheRead = of('cacheRead', 'cacheReadAudio', 'cacheReadImage');
  const cacheWrite = of('cacheWrite', 'cacheWrite5m', 'cacheWrite1h');
  const all = {
    input_tokens: input + cacheRead + cacheWrite,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
    cache_write_1h_tokens: of('cacheWrite1h'),
    input_audio_tokens: of('inputAudio', 'cacheReadAudio'),
    cache_audio_read_tokens: of('cacheReadAudio'),
    input_image_tokens: of('inputImage', 'cacheReadImage'),
    cache_image_read_tokens: of('cacheReadImage'),
    output_tokens: of('output', 'outputAudio', 'outputImage', 'outputVideo', 'citations', 'reasoning'),
    output_audio_tokens: of('outputAudio'),
    output_image_tokens: of('outputImage'),
    output_reasoning_tokens: of('reasoning'),
    input_video_tokens: of('inputVideo'),
    output_video_tokens: of('outputVideo'),
    output_citation_tokens: of('citations'),
    input_document_pages: of('pages', 'annotatedPages'),
    input_annotated_document_pages: of('annotatedPages'),
    input_text_messages: of('messages'),
    audio_seconds: of('seconds'),
    input_audio_seconds: of('seconds'),
    web_searches: of('webSearches'),
    storage_searches: of('fileSearches'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

const book = builtinPriceBook();

/** A name of the model that the source's own clauses match; some of its ids are not. */
function nameInSource(entry: EntryData): string {
  const names = [entry.model, ...(entry.aliases ?? []), `${entry.model}-2024-08-06`];
  const providerId = SOURCE_PROVIDERS[entry.provider] ?? '';
  return names.find((name) => calcPrice({}, name, { providerId }) !== null) ?? entry.model;
}

/** Entries of other catalogues and of providers' own pages are not all in the source. */
function isInSource(entry: EntryData): boolean {
  const providerId = SOURCE_PROVIDERS[entry.provider];
  return providerId !== undefined && calcPrice({}, nameInSource(entry), { providerId }) !== null;
}

/** The samples for which the two disagree by more than a billionth, in words. */
function disagreements(entry: EntryData): string[] {
  const name = nameInSource(entry);
  return TIMES.flatMap((time) =>
    [1, 300].flatMap((factor) => {
      const usage = sampleUsage(entry, Date.parse(time), factor);
      if (usage === undefined) return [];
      const call: ModelCall = {
        dialect: 'test',
        provider: entry.provider,
        requestModel: name,
        responseModel: undefined,
        operation: 'other',
        usage,
        usageSource: 'span',
        responseId: undefined,
        serviceTier: undefined,
        serverAddress: undefined,
        errorType: undefined,
      };
      const ours = book.price(call, Date.parse(time));
      const theirs = calcPrice(sourceUsage(usage), name, {
        providerId: SOURCE_PROVIDERS[entry.provider] ?? '',
        timestamp: new Date(time),
      });
      if (ours.status !== 'priced' || theirs === null) return [`${time}: ${ours.status}, ${theirs === null}`];
      const difference = Math.abs(ours.totalPico / 1e12 - theirs.total_price);
      return difference <= 1e-9 * theirs.total_price
        ? []
        : [`${time} ×${factor}: ${ours.totalPico / 1e12} here, ${theirs.total_price} there`];
    }),
  );
}

const entries = [...book.entries()].map((entry) => ({ entry, name: `${entry.provider}/${entry.model}` }));
/** Prices per request are known to the source only as the highest of several: nothing to compare. */
const compared = entries
  .filter(({ entry }) => isInSource(entry))
  .filter(({ entry }) => entry.undetermined?.includes('requests') !== true);

test.each(compared.filter(({ name }) => REVIEWED_DIFFERENCES[name] === undefined))(
  '$name costs what genai-prices says',
  ({ entry }) => {
    expect(disagreements(entry)).toEqual([]);
  },
);

test.each(compared.filter(({ name }) => REVIEWED_DIFFERENCES[name] !== undefined))(
  '$name differs, and the difference is reviewed',
  ({ entry }) => {
    expect(disagreements(entry)).not.toEqual([]);
  },
);

test('every reviewed difference is of an entry', () => {
  const names = new Set(entries.map(({ name }) => name));
  expect(Object.keys(REVIEWED_DIFFERENCES).filter((name) => !names.has(name))).toEqual([]);
});
