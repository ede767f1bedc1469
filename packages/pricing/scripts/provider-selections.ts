/** Which of the source's models become entries of which provider, under OpenTelemetry's names. */
export interface ProviderSelection {
  /** The source's id of the provider. */
  readonly source: string;
  readonly provider: string;
  /** The page with the provider's own prices, when the source's first one is another's. */
  readonly page?: string;
  readonly takes: (id: string) => boolean;
  /** Set where the source lists the models for another host only, and names it as this one's fallback. */
  readonly fallback?: { readonly note: string; readonly confirmedOn: string };
}

const VERTEX_PAGE = 'https://cloud.google.com/vertex-ai/generative-ai/pricing';
const AZURE_PAGE = 'https://azure.microsoft.com/en-us/pricing/details/cognitive-services/openai-service/';

/** The day of the copy of Portkey-AI/models (MIT) that fallback prices were compared with. */
const CONFIRMED_ON = '2026-08-21';

/**
 * OpenAI's models whose input, cached and output rates Portkey-AI/models lists for Azure too, with the same
 * numbers. Global deployments only: regional and data-zone ones cost more and have the same name.
 */
const AZURE_AT_LIST_PRICE: ReadonlySet<string> = new Set([
  'computer-use',
  'gpt-3.5-0301',
  'gpt-3.5-turbo-0613',
  'gpt-3.5-turbo-1106',
  'gpt-3.5-turbo-16k',
  'gpt-4',
  'gpt-4-32k',
  'gpt-4-turbo',
  'gpt-4-vision-preview',
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4.1-nano',
  'gpt-4.5-preview',
  'gpt-4o',
  'gpt-4o-2024-05-13',
  'gpt-4o-mini',
  'gpt-4o-mini-transcribe',
  'gpt-4o-realtime-preview',
  'gpt-4o-transcribe',
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-5-pro',
  'gpt-5.1',
  'gpt-5.1-codex-mini',
  'gpt-5.2',
  'gpt-5.2-pro',
  'gpt-5.3',
  'gpt-5.3-codex',
  'gpt-5.4',
  'gpt-5.4-mini',
  'gpt-5.4-nano',
  'gpt-5.4-pro',
  'gpt-5.5',
  'gpt-5.6-luna',
  'gpt-5.6-terra',
  'gpt-audio',
  'gpt-audio-mini',
  'gpt-realtime-2',
  'gpt-realtime-mini',
  'o1-pro',
  'o3-deep-research',
  'o3-pro',
]);

/**
 * Gemini models whose rates Portkey-AI/models lists for Vertex AI too, with the same numbers. Left out, as
 * the two price lists differ there: 1.0, 1.5 Flash, 2.0 Flash, 3.6 and 3.7 Flash, and the cached rates of
 * 2.5 Flash Image and 3 Pro Image.
 */
const VERTEX_AT_LIST_PRICE: ReadonlySet<string> = new Set([
  'gemini-1.5-pro',
  'gemini-2.0-flash-lite',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
  'gemini-2.5-flash-lite-preview-tts',
  'gemini-2.5-flash-preview',
  'gemini-2.5-flash-tts',
  'gemini-2.5-pro',
  'gemini-2.5-pro-tts',
  'gemini-3-flash-preview',
  'gemini-3-pro-preview',
  'gemini-3.1-flash-image-preview',
  'gemini-3.1-flash-lite',
  'gemini-3.1-flash-lite-image',
  'gemini-3.1-pro-preview',
  'gemini-3.5-flash',
  'gemini-3.5-flash-lite',
  'gemini-embedding-001',
  'gemini-embedding-2',
]);

const all = (): boolean => true;

/** In the order of the price book. A name that two selections give to one provider belongs to the first. */
export const PROVIDER_SELECTIONS: readonly ProviderSelection[] = [
  { source: 'openai', provider: 'openai', takes: all },
  { source: 'anthropic', provider: 'anthropic', takes: all },
  {
    source: 'google',
    provider: 'gcp.gemini',
    takes: (id) => /^gem(ini|ma)-/.test(id) && !id.endsWith('-maas'),
  },
  {
    source: 'google',
    provider: 'gcp.vertex_ai',
    page: VERTEX_PAGE,
    takes: (id) => id.startsWith('claude-') || id.endsWith('-maas') || VERTEX_AT_LIST_PRICE.has(id),
  },
  {
    source: 'anthropic',
    provider: 'gcp.vertex_ai',
    page: VERTEX_PAGE,
    takes: (id) => ['claude-haiku-4-5', 'claude-opus-4-5', 'claude-sonnet-5'].includes(id),
    fallback: {
      note: "The source names Anthropic's list price for Vertex AI; Portkey-AI/models lists the same. Global endpoint: regional ones cost 10 % more.",
      confirmedOn: CONFIRMED_ON,
    },
  },
  { source: 'aws', provider: 'aws.bedrock', takes: all },
  { source: 'azure', provider: 'azure.ai.openai', takes: all },
  {
    source: 'openai',
    provider: 'azure.ai.openai',
    page: AZURE_PAGE,
    takes: (id) => AZURE_AT_LIST_PRICE.has(id),
    fallback: {
      note: "The source names OpenAI's list price for Azure; Portkey-AI/models lists the same. Global deployments: regional and data-zone ones cost more.",
      confirmedOn: CONFIRMED_ON,
    },
  },
  { source: 'mistral', provider: 'mistral_ai', takes: all },
  { source: 'x-ai', provider: 'x_ai', takes: all },
  { source: 'deepseek', provider: 'deepseek', takes: all },
  { source: 'cohere', provider: 'cohere', takes: all },
  { source: 'perplexity', provider: 'perplexity', takes: all },
  { source: 'moonshotai', provider: 'moonshot_ai', takes: all },
  { source: 'voyageai', provider: 'voyageai', takes: all },
  { source: 'zai', provider: 'zai', takes: all },
  { source: 'groq', provider: 'groq', takes: all },
  { source: 'cerebras', provider: 'cerebras', takes: all },
  { source: 'together', provider: 'together_ai', takes: all },
  { source: 'fireworks', provider: 'fireworks_ai', takes: all },
];
