import type { EntryDraft } from '../../genai-entries.ts';
import { ratesSince } from '../period-edits.ts';
import { readRates, readRateTable } from '../rate-table.ts';

export const CHINESE_LAB_SOURCES = {
  'kimi-docs': {
    name: "Moonshot AI's pricing pages, compared with LiteLLM and models.dev",
    version: '2026-08-21',
    licence: 'facts',
    url: 'https://platform.kimi.ai/docs/pricing/chat',
  },
  'zai-docs': {
    name: "Z.ai's pricing page, compared with models.dev, Portkey-AI/models and LiteLLM",
    version: '2026-08-21',
    licence: 'facts',
    url: 'https://docs.z.ai/guides/overview/pricing',
  },
  'minimax-docs': {
    name: "MiniMax's pay-as-you-go page, compared with models.dev and LiteLLM",
    version: '2026-08-21',
    licence: 'facts',
    url: 'https://platform.minimax.io/docs/guides/pricing-paygo',
  },
} as const;

/** Names that let the API choose the context length are billed by the length that the request needs. */
const KIMI = `
kimi-latest                | | input 0.2 cacheRead 0.15 output 2 | >8192: input 1 cacheRead 0.15 output 3 | >32768: input 2 cacheRead 0.15 output 5
kimi-latest-8k             | | input 0.2 cacheRead 0.15 output 2
kimi-latest-32k            | | input 1 cacheRead 0.15 output 3
kimi-latest-128k           | | input 2 cacheRead 0.15 output 5
moonshot-v1-auto           | | input 0.2 output 2 | >8192: input 1 output 3 | >32768: input 2 output 5
moonshot-v1-8k-0430        | | input 0.2 output 2
moonshot-v1-32k-0430       | | input 1 output 3
moonshot-v1-128k-0430      | | input 2 output 5
kimi-thinking-preview      | | input 30 output 30
`;

const GLM = `
glm-4.5; glm-4.6; glm-4.7  | | input 0.6 cacheRead 0.11 output 2.2
glm-4.5-air                | | input 0.2 cacheRead 0.03 output 1.1
glm-4.5-x                  | | input 2.2 cacheRead 0.45 output 8.9
glm-4.5-airx               | | input 1.1 cacheRead 0.22 output 4.5
glm-4.5-flash; glm-4.6v-flash; glm-4.7-flash | | input 0 cacheRead 0 output 0
glm-4.5v                   | | input 0.6 cacheRead 0.11 output 1.8
glm-4.6v                   | | input 0.3 cacheRead 0.05 output 0.9
glm-4.7-flashx             | | input 0.07 cacheRead 0.01 output 0.4
glm-5                      | | input 1 cacheRead 0.2 output 3.2
glm-5-code                 | | input 1.2 cacheRead 0.3 output 5
glm-5-turbo                | | input 1.2 cacheRead 0.24 output 4
glm-5.1                    | | input 1.4 cacheRead 0.26 output 4.4
glm-5v-turbo               | | input 1.2 cacheRead 0.24 output 4
glm-4-32b-0414-128k        | | input 0.1 output 0.1
`;

const MINIMAX = `
minimax-m2.1-lightning     | | input 0.3 cacheRead 0.03 cacheWrite 0.375 output 2.4
minimax-m2.5-lightning     | | input 0.3 cacheRead 0.03 cacheWrite 0.375 output 2.4
speech-02-hd; speech-2.6-hd; speech-2.8-hd | | characters 100/1000000
speech-02-turbo; speech-2.6-turbo; speech-2.8-turbo | | characters 60/1000000
`;

const glm = readRateTable(GLM, {
  provider: 'zai',
  source: 'zai-docs',
  sourceUrl: 'https://docs.z.ai/guides/overview/pricing',
  checked: '2026-08-21',
});
/** Web search in a chat costs a cent a use. */
for (const entry of glm) ratesSince(undefined, readRates('webSearches 0.01/1'))(entry);

export const CHINESE_LAB_ENTRIES: readonly EntryDraft[] = [
  ...readRateTable(KIMI, {
    provider: 'moonshot_ai',
    source: 'kimi-docs',
    sourceUrl: 'https://platform.kimi.ai/docs/pricing/chat',
    checked: '2026-08-21',
  }),
  ...glm,
  ...readRateTable(MINIMAX, {
    provider: 'minimax',
    source: 'minimax-docs',
    sourceUrl: 'https://platform.minimax.io/docs/guides/pricing-paygo',
    checked: '2026-08-21',
  }),
];
