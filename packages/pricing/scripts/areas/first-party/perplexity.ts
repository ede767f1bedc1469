import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';

export const PERPLEXITY_SOURCE = {
  'perplexity-docs': {
    name: "Perplexity's pricing page; models of 2024 from Portkey-AI/models and LiteLLM",
    version: '2026-09',
    licence: 'facts',
    url: 'https://docs.perplexity.ai/docs/getting-started/pricing',
  },
} as const;

const SHARED = {
  provider: 'perplexity',
  source: 'perplexity-docs',
  sourceUrl: 'https://docs.perplexity.ai/docs/getting-started/pricing',
  checked: '2026-09-23',
};

/** Each request pays a fee that depends on its search context size: 5, 8 or 12 dollars for 1,000 with Sonar. */
const FEES = {
  sonar:
    'search_context_size=low: requests 5/1000 | search_context_size=medium: requests 8/1000 | search_context_size=high: requests 12/1000',
  pro: 'search_context_size=low: requests 6/1000 | search_context_size=medium: requests 10/1000 | search_context_size=high: requests 14/1000',
};
const DEFAULT_NOTE = 'note: Without a search context size the fee is that of `low`, the default of the API.';

const SONAR = `
sonar                      | | input 1 output 1 requests 5/1000  | ${FEES.sonar} | ${DEFAULT_NOTE}
sonar-reasoning            | | input 1 output 5 requests 5/1000  | ${FEES.sonar} | ${DEFAULT_NOTE}
sonar-pro                  | | input 3 output 15 requests 6/1000 | ${FEES.pro} | ${DEFAULT_NOTE}
sonar-reasoning-pro        | | input 2 output 8 requests 6/1000  | ${FEES.pro} | ${DEFAULT_NOTE}
sonar-deep-research        | | input 2 output 8 reasoning 3 citations 2 webSearches 5/1000
r1-1776                    | | input 2 output 8
pplx-embed-v1-0.6b         | | input 0.004
pplx-embed-v1-4b           | | input 0.03
pplx-embed-context-v1-0.6b | | input 0.008
pplx-embed-context-v1-4b   | | input 0.05
`;

/** Online models of 2024 paid 5 dollars for 1,000 requests besides their tokens. */
const MODELS_OF_2024 = `
llama-3.1-sonar-small-128k-online | | input 0.2 output 0.2 requests 5/1000
llama-3.1-sonar-large-128k-online | | input 1 output 1 requests 5/1000
llama-3.1-sonar-huge-128k-online  | | input 5 output 5 requests 5/1000
llama-3.1-sonar-small-128k-chat; llama-3.1-8b-instruct  | | input 0.2 output 0.2
llama-3.1-sonar-large-128k-chat; llama-3.1-70b-instruct | | input 1 output 1
llama-3-sonar-small-32k-online    | | input 0.2 output 0.2 requests 5/1000
llama-3-sonar-large-32k-online    | | input 1 output 1 requests 5/1000
llama-3-sonar-small-32k-chat; llama-3-8b-instruct  | | input 0.2 output 0.2
llama-3-sonar-large-32k-chat; llama-3-70b-instruct | | input 1 output 1
pplx-7b-online; sonar-small-online   | | input 0 output 0.28 requests 5/1000
pplx-70b-online                      | | input 0 output 2.8 requests 5/1000
sonar-medium-online                  | | input 0 output 1.8 requests 5/1000
pplx-7b-chat; sonar-small-chat       | | input 0.07 output 0.28
pplx-70b-chat                        | | input 0.7 output 2.8
sonar-medium-chat                    | | input 0.6 output 1.8
`;

export const PERPLEXITY_ENTRIES: readonly EntryDraft[] = readRateTable(`${SONAR}\n${MODELS_OF_2024}`, SHARED);
