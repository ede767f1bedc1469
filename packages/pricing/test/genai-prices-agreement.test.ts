import type { ModelCall, TokenUsage, UsageBucket } from '@costspan/cost-model';
import { calcPrice } from '@pydantic/genai-prices';
import { expect, test } from 'vitest';
import { builtinPriceBook, type EntryData, periodAt } from '../src/index.ts';
import { REVIEWED_DIFFERENCES } from './reviewed-differences.ts';

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
