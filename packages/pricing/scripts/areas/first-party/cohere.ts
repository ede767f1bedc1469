import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';

export const COHERE_SOURCE = {
  'cohere-pricing': {
    name: "Cohere's pricing page, compared with LiteLLM, models.dev and Portkey-AI/models of each time",
    version: '2026-08-21',
    licence: 'facts',
    url: 'https://cohere.com/pricing',
  },
} as const;

const SHARED = {
  provider: 'cohere',
  source: 'cohere-pricing',
  sourceUrl: 'https://cohere.com/pricing',
  checked: '2026-08-21',
};

/** The names without a date mean the models of August 2024 since their release on 2024-08-30. */
const TABLE = `
command-r-03-2024          |            | input 0.5 output 1.5
command-r-08-2024          |            | input 0.15 output 0.6
command-r                  |            | input 0.5 output 1.5
                           | 2024-08-30 | input 0.15 output 0.6
command-r-plus-04-2024     |            | input 3 output 15
command-r-plus-08-2024     |            | input 2.5 output 10
command-r-plus             |            | input 3 output 15
                           | 2024-08-30 | input 2.5 output 10
command-r7b-12-2024, command-r7b | |    input 0.0375 output 0.15
command-r7b-arabic-02-2025 |            | input 0.0375 output 0.15
command-a-03-2025, command-a | |        input 2.5 output 10
command-a-reasoning-08-2025, command-a-reasoning | | input 2.5 output 10
command-a-vision-07-2025, command-a-vision | | input 2.5 output 10
command-a-translate-08-2025, command-a-translate | | input 2.5 output 10
command-a-plus-05-2026, command-a-plus | | input 2.5 output 10
command, command-nightly   |            | input 1 output 2
north-mini-code-1-0        |            | input 0 output 0
command-light, command-light-nightly | | input 0.3 output 0.6
embed-v4.0                 |            | input 0.12 inputImage 0.47
embed-english-v3.0; embed-multilingual-v3.0 | | input 0.1 images 0.0001/1
embed-english-light-v3.0; embed-multilingual-light-v3.0 | | input 0.1 images 0.0001/1
embed-english-v2.0; embed-english-light-v2.0; embed-multilingual-v2.0 | | input 0.1
rerank-v4.0-pro            |            | rerankSearches 2.5/1000
rerank-v4.0-fast           |            | rerankSearches 2/1000
rerank-v3.5; rerank-english-v3.0; rerank-multilingual-v3.0 | | rerankSearches 2/1000
rerank-english-v2.0; rerank-multilingual-v2.0 | | rerankSearches 1/1000 | note: 1 for 1,000 searches in Portkey-AI/models; LiteLLM has version 3's price for it.
`;

export const COHERE_ENTRIES: readonly EntryDraft[] = readRateTable(TABLE, SHARED);

/** Of the source, the names above are aliases of other entries. */
export const COHERE_LEFT_OUT: readonly string[] = ['command-a', 'command-r7b'];
