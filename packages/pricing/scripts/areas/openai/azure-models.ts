import type { EntryDraft } from '../../genai-entries.ts';
import type { ProviderSelection } from '../../provider-selections.ts';
import { readRateTable } from '../rate-table.ts';

const AZURE_PAGE = 'https://azure.microsoft.com/en-us/pricing/details/cognitive-services/openai-service/';
const FOUNDRY_PAGE = 'https://azure.microsoft.com/en-us/pricing/details/ai-foundry-models/';

/** Models of OpenAI that Azure sells at the list price, beyond those that provider-selections.ts names. */
const OPENAI_SELECTION: ProviderSelection = {
  source: 'openai',
  provider: 'azure.ai.openai',
  page: AZURE_PAGE,
  takes: (id) => AT_LIST_PRICE.has(id),
  fallback: {
    note: "OpenAI's list price, which global deployments have.",
    confirmedOn: '2026-09-23',
  },
};

const AT_LIST_PRICE: ReadonlySet<string> = new Set([
  'gpt-3.5-turbo-instruct',
  'gpt-4o-mini-realtime-preview',
  'gpt-4o-mini-tts',
  'gpt-5.5-pro',
  'gpt-5.6-sol',
  'gpt-6-astra',
  'gpt-6-luna',
  'gpt-6-sol',
  'gpt-image-1',
  'gpt-image-1-mini',
  'gpt-image-1.5',
  'gpt-image-2',
  'gpt-realtime',
  'whisper-1',
]);

const ANTHROPIC_ON_AZURE: ReadonlySet<string> = new Set([
  'claude-haiku-4-5',
  'claude-opus-4-1',
  'claude-opus-4-5',
  'claude-opus-4-6',
  'claude-opus-4-8',
  'claude-sonnet-4-5',
  'claude-sonnet-4-6',
  'claude-sonnet-5',
]);

const CLAUDE_SELECTION: ProviderSelection = {
  source: 'anthropic',
  provider: 'azure.ai.openai',
  page: FOUNDRY_PAGE,
  takes: (id) => ANTHROPIC_ON_AZURE.has(id),
  fallback: {
    note: "Anthropic's list price, which models.dev lists for Microsoft Foundry too.",
    confirmedOn: '2026-07-02',
  },
};

export const AZURE_SELECTIONS: readonly ProviderSelection[] = [OPENAI_SELECTION, CLAUDE_SELECTION];

const AZURE_OPENAI = readRateTable(
  `
gpt-4o-realtime-preview-2024-10-01 | | input 5 inputAudio 100 cacheRead 2.5 cacheReadAudio 20 output 20 outputAudio 200
gpt-4o-2024-08-06, gpt-4o-2024-11-20 | | input 2.5 cacheRead 1.25 output 10
gpt-35-turbo, gpt-3.5-turbo | | input 1.5 output 2 | note: The version of a deployment is not in its name: 0613 is assumed until 2024-02-16, then 0125, as at OpenAI.
                            | 2024-02-16 | input 0.5 output 1.5
gpt-35-turbo-0125, gpt-3.5-turbo-0125 | | input 0.5 output 1.5
gpt-4o-audio-preview-2024-12-17, gpt-4o-audio-preview, gpt-4o-audio-preview-2025-06-03 | | input 2.5 inputAudio 40 output 10 outputAudio 80
gpt-4o-mini-audio-preview, gpt-4o-mini-audio-preview-2024-12-17 | | input 0.15 inputAudio 10 output 0.6 outputAudio 20
codex-mini, codex-mini-latest | | input 1.5 cacheRead 0.375 output 6
gpt-chat-latest, chat-latest | | input 5 cacheRead 0.5 output 30
gpt-6.1-sol, gpt-6-1-sol | 2026-09-29 | input 2 cacheRead 0.1 cacheWrite 2.5 output 10 | >272000: input 4 cacheRead 0.2 cacheWrite 5 output 15 | note: OpenAI's list price, which global deployments have.
text-davinci-003, text-davinci-002, text-davinci-001 | | input 20 output 20
davinci-002 | | input 2 output 2
babbage-002 | | input 0.4 output 0.4
text-curie-001 | | input 2 output 2
text-babbage-001 | | input 0.5 output 0.5
text-ada-001 | | input 0.4 output 0.4
tts, tts-1, tts-001 | | characters 15/1000000
tts-hd, tts-1-hd | | characters 30/1000000
dall-e-3, dalle-3, dalle3 | | images 0.04/1 | quality=hd, size=1024x1792: images 0.12/1 | quality=hd, size=1792x1024: images 0.12/1 | quality=hd: images 0.08/1 | size=1024x1792: images 0.08/1 | size=1792x1024: images 0.08/1
dall-e-2, dalle-2, dalle2 | | images 0.02/1 | size=512x512: images 0.018/1 | size=256x256: images 0.016/1
`,
  { provider: 'azure.ai.openai', source: 'openai-pricing', sourceUrl: AZURE_PAGE, checked: '2026-08-21' },
);

/** What LiteLLM of September 2025 and models.dev of July 2026 agree on, or one of them alone lists. */
const FOUNDRY_TABLE = `
phi-3-mini-4k-instruct | | input 0.13 output 0.52
phi-3-mini-128k-instruct | | input 0.13 output 0.52
phi-3-small-8k-instruct | | input 0.15 output 0.6
phi-3-small-128k-instruct | | input 0.15 output 0.6
phi-3-medium-4k-instruct | | input 0.17 output 0.68
phi-3-medium-128k-instruct | | input 0.17 output 0.68
phi-3.5-mini-instruct, phi-3.5-mini-128k-instruct | | input 0.13 output 0.52
phi-3.5-vision-instruct | | input 0.13 output 0.52
phi-3.5-moe-instruct | | input 0.16 output 0.64
phi-4 | | input 0.125 output 0.5
phi-4-reasoning | | input 0.125 output 0.5
phi-4-reasoning-plus | | input 0.125 output 0.5
phi-4-mini-instruct, phi-4-mini, phi-4-mini-reasoning | | input 0.075 output 0.3
phi-4-multimodal-instruct, phi-4-multimodal | | input 0.08 inputAudio 4 output 0.32
deepseek-r1, deepseek-r1-0528 | | input 1.35 output 5.4
deepseek-v3, deepseek-v3-0324 | | input 1.14 output 4.56
deepseek-v3.1 | | input 0.56 output 1.68
deepseek-v3.2, deepseek-v3.2-speciale | | input 0.58 output 1.68
deepseek-v4-flash | | input 0.19 output 0.51
deepseek-v4-pro | | input 1.74 output 3.48
grok-3 | | input 3 output 15
grok-3-mini | | input 0.25 output 1.27
grok-4 | | input 3 output 15
grok-4-fast-reasoning, grok-4-fast-non-reasoning | | input 0.2 cacheRead 0.05 output 0.5
grok-4-1-fast-reasoning, grok-4-1-fast-non-reasoning | | input 0.2 cacheRead 0.05 output 0.5
grok-4-20-reasoning, grok-4-20-non-reasoning | | input 2 output 6
grok-code-fast-1 | | input 0.2 output 1.5
meta-llama-3-8b-instruct | | input 0.3 output 0.61
meta-llama-3-70b-instruct | | input 2.68 output 3.54
meta-llama-3.1-8b-instruct | | input 0.3 output 0.61
meta-llama-3.1-70b-instruct | | input 2.68 output 3.54
meta-llama-3.1-405b-instruct | | input 5.33 output 16
llama-3.2-11b-vision-instruct | | input 0.37 output 0.37
llama-3.2-90b-vision-instruct | | input 2.04 output 2.04
llama-3.3-70b-instruct | | input 0.71 output 0.71
llama-4-scout-17b-16e-instruct | | input 0.2 output 0.78
llama-4-maverick-17b-128e-instruct-fp8 | | input 0.25 output 1
mistral-large-2411, mistral-large-2407, mistral-large-latest | | input 2 output 6
mistral-large, mistral-large-2402 | | input 4 output 12
mistral-medium-2505 | | input 0.4 output 2
mistral-small | | input 1 output 3
mistral-small-2503 | | input 0.1 output 0.3
mistral-nemo | | input 0.15 output 0.15
ministral-3b | | input 0.04 output 0.04
codestral-2501 | | input 0.3 output 0.9
cohere-command-a | | input 2.5 output 10
cohere-command-r-08-2024 | | input 0.15 output 0.6
cohere-command-r-plus-08-2024 | | input 2.5 output 10
cohere-embed-v3-english, cohere-embed-v3-multilingual | | input 0.1
cohere-embed-v-4-0, embed-v-4-0 | | input 0.12
cohere-rerank-v3.5, cohere-rerank-v3-english, cohere-rerank-v3-multilingual | | rerankSearches 2/1000
jamba-instruct | | input 0.5 output 0.7
kimi-k2-thinking | | input 0.6 cacheRead 0.15 output 2.5
kimi-k2.5 | | input 0.6 output 3
kimi-k2.6 | | input 0.95 output 4
flux-1.1-pro | | images 0.04/1
flux.1-kontext-pro | | images 0.04/1
`;

/** Models of OpenAI as the Azure AI Inference SDK names them, in global deployments. */
const INFERENCE_TABLE = `
gpt-4o, gpt-4o-2024-08-06, gpt-4o-2024-11-20 | | input 2.5 cacheRead 1.25 output 10
gpt-4o-mini | | input 0.15 cacheRead 0.075 output 0.6
gpt-4.1 | | input 2 cacheRead 0.5 output 8
gpt-4.1-mini | | input 0.4 cacheRead 0.1 output 1.6
gpt-4.1-nano | | input 0.1 cacheRead 0.025 output 0.4
gpt-5, gpt-5-chat | | input 1.25 cacheRead 0.125 output 10
gpt-5-mini | | input 0.25 cacheRead 0.025 output 2
gpt-5-nano | | input 0.05 cacheRead 0.005 output 0.4
o1 | | input 15 cacheRead 7.5 output 60
o3-mini | | input 1.1 cacheRead 0.55 output 4.4
o4-mini | | input 1.1 cacheRead 0.275 output 4.4
text-embedding-3-large | | input 0.13
text-embedding-3-small | | input 0.02
`;

const foundry = (provider: string, table: string): EntryDraft[] =>
  readRateTable(table, {
    provider,
    source: 'azure-catalogues',
    sourceUrl: FOUNDRY_PAGE,
    checked: '2026-07-02',
  });

export const AZURE_MODELS: readonly EntryDraft[] = [
  ...AZURE_OPENAI,
  ...foundry('azure.ai.openai', FOUNDRY_TABLE),
  ...foundry('azure.ai.inference', `${FOUNDRY_TABLE}${INFERENCE_TABLE}`),
];
