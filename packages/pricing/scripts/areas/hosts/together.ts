import type { Correction } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { sinceDay, tierAtFactor } from '../period-edits.ts';
import { readRates, readRateTable } from '../rate-table.ts';

const PAGE = 'https://www.together.ai/pricing';

/**
 * Beyond the source, whose list is of 2025: Portkey-AI/models of 2026-08, models.dev of 2025-07 to 2026-07.
 * A price changed on or before the day that its period begins.
 */
const current = readRateTable(
  `
deepseek-ai/deepseek-r1                       | | input 3 output 7
deepseek-ai/deepseek-r1-0528-tput             | | input 0.55 output 2.19
deepseek-ai/deepseek-r1-distill-llama-70b     | | input 2 output 2
deepseek-ai/deepseek-r1-distill-qwen-14b      | | input 0.18 output 0.18
deepseek-ai/deepseek-v3                       | | input 1.25 output 1.25
deepseek-ai/deepseek-v3.1, deepseek-ai/deepseek-v3-1 | | input 0.6 output 1.7
deepseek-ai/deepseek-v4-pro                   | | input 2.1 cacheRead 0.2 output 4.4 | note: Cut on or before 2026-06-11 (models.dev); Portkey-AI/models still had 2.10 / 4.40 on 2026-08-21.
                                              | 2026-06-11 | input 1.74 cacheRead 0.2 output 3.48
deepcogito/cogito-v2-preview-llama-70b        | | input 0.88 output 0.88
deepcogito/cogito-v2-preview-llama-109b-moe   | | input 0.18 output 0.59
deepcogito/cogito-v2-preview-llama-405b       | | input 3.5 output 3.5
deepcogito/cogito-v2-preview-deepseek-671b, deepcogito/cogito-v2-1-671b | | input 1.25 output 1.25
essentialai/rnj-1-instruct                    | | input 0.15 output 0.15
google/gemma-3n-e4b-it                        | | input 0.02 output 0.04
                                              | 2026-06-11 | input 0.06 output 0.12
google/gemma-4-31b-it                         | | input 0.2 output 0.5
                                              | 2026-06-11 | input 0.39 output 0.97
liquidai/lfm2-24b-a2b                         | | input 0.03 output 0.12
meta-llama/llama-3.2-3b-instruct-turbo        | | input 0.06 output 0.06
meta-llama/llama-3.2-11b-vision-instruct-turbo | | input 0.18 output 0.18
meta-llama/llama-3.2-90b-vision-instruct-turbo | | input 1.2 output 1.2
meta-llama/llama-3.3-70b-instruct-turbo-free  | | input 0 output 0
minimaxai/minimax-m2.5                        | | input 0.3 output 1.2
                                              | 2026-03-11 | input 0.3 cacheRead 0.06 output 1.2
minimaxai/minimax-m2.7                        | | input 0.3 cacheRead 0.06 output 1.2
minimaxai/minimax-m3                          | | input 0.3 cacheRead 0.06 output 1.2
mistralai/mistral-small-24b-instruct-2501     | | input 0.8 output 0.8
moonshotai/kimi-k2-instruct, moonshotai/kimi-k2-instruct-0905 | | input 1 output 3
moonshotai/kimi-k2-thinking                   | | input 1.2 output 4
moonshotai/kimi-k2.5                          | | input 0.5 output 2.8
moonshotai/kimi-k2.6                          | | input 1.2 cacheRead 0.2 output 4.5
moonshotai/kimi-k3                            | | input 3 cacheRead 0.3 output 15
moonshotai/kimi-k2.7-code                     | | input 0.95 cacheRead 0.19 output 4 | note: 0.95 / 0.19 / 4.00 in models.dev; Portkey-AI/models repeats the price of Kimi K2.6.
nvidia/nemotron-3-ultra-550b-a55b             | | input 0.6 cacheRead 0.2 output 3.6
openai/gpt-oss-120b                           | | input 0.15 output 0.6
openai/gpt-oss-20b                            | | input 0.05 output 0.2
qwen/qwen2.5-7b-instruct-turbo                | | input 0.3 output 0.3
qwen/qwen2.5-72b-instruct-turbo               | | input 1.2 output 1.2
qwen/qwen2.5-coder-32b-instruct               | | input 0.8 output 0.8
qwen/qwen2.5-vl-72b-instruct                  | | input 1.95 output 8
qwen/qwen3-235b-a22b-fp8-tput, qwen/qwen3-235b-a22b-instruct-2507-tput | | input 0.2 output 0.6
qwen/qwen3-235b-a22b-thinking-2507            | | input 0.65 output 3
qwen/qwen3-coder-480b-a35b-instruct-fp8       | | input 2 output 2
qwen/qwen3-coder-next-fp8                     | | input 0.5 output 1.2
qwen/qwen3-next-80b-a3b-instruct              | | input 0.15 output 1.5
qwen/qwen3.5-397b-a17b                        | | input 0.6 output 3.6
                                              | 2026-06-09 | input 0.6 cacheRead 0.35 output 3.6
qwen/qwen3.5-9b                               | | input 0.1 output 0.15
                                              | 2026-06-11 | input 0.17 output 0.25
qwen/qwen3.6-plus                             | | input 0.5 output 3
qwen/qwen3.7-max                              | | input 2.5 output 7.5
                                              | 2026-06-16 | input 1.25 cacheRead 0.13 output 3.75
qwen/qwen3.8-2.4t-a95b                        | | input 2 cacheRead 0.25 output 6
                                              | 2026-08-29 | input 2.5 cacheRead 0.5 output 6.25
qwen/qwq-32b                                  | | input 1.2 output 1.2
arcee-ai/coder-large                          | | input 0.5 output 0.8
arcee-ai/virtuoso-large                       | | input 0.75 output 1.2
arcee-ai/maestro-reasoning                    | | input 0.9 output 3.3
marin-community/marin-8b-instruct             | | input 0.18 output 0.18
zai-org/glm-4.5-air-fp8                       | | input 0.2 output 1.1
zai-org/glm-4.6                               | | input 0.6 output 2.2
zai-org/glm-4.7                               | | input 0.45 output 2
zai-org/glm-5                                 | | input 1 output 3.2
zai-org/glm-5.1                               | | input 1.4 output 4.4
                                              | 2026-06-09 | input 1.4 cacheRead 0.26 output 4.4
zai-org/glm-5.2                               | | input 1.4 cacheRead 0.26 output 4.4
databricks/dbrx-instruct                      | | input 1.2 output 1.2
togethercomputer/m2-bert-80m-2k-retrieval, togethercomputer/m2-bert-80m-8k-retrieval, togethercomputer/m2-bert-80m-32k-retrieval | | input 0.008
baai/bge-base-en-v1.5                         | | input 0.008
baai/bge-large-en-v1.5, whereisai/uae-large-v1 | | input 0.016
black-forest-labs/flux.1.1-pro                | | images 0.04/1
google/imagen-4.0-preview                     | | images 0.04/1
google/imagen-4.0-fast                        | | images 0.02/1
google/imagen-4.0-ultra                       | | images 0.06/1
`,
  { provider: 'together_ai', source: 'portkey-models', sourceUrl: PAGE, checked: '2026-08-21' },
);

export const added: readonly EntryDraft[] = current;

const MIXTRAL_NOTE =
  "Mixture-of-experts models of up to 56 billion parameters cost 0.60 at Together, as LiteLLM and Portkey-AI/models list; the source has a dense model's 0.90.";

/** Half price in batches, by the list of the documentation of 2026; other models run at standard rates or not at all. */
const BATCH_MODELS = [
  'meta-llama/llama-3.3-70b-instruct-turbo',
  'meta-llama/llama-3-70b-chat-hf',
  'qwen/qwen2.5-7b-instruct-turbo',
  'mistralai/mixtral-8x7b-instruct-v0.1',
  'zai-org/glm-4.5-air-fp8',
] as const;
const BATCH_NOTE =
  'Batch is half of the list price since 2025-06-11: https://docs.together.ai/docs/inference/batch/overview.';

export const corrections: readonly Correction[] = [
  ...[
    'mistralai/mixtral-8x7b-instruct-v0.1',
    'mistralai/mixtral-8x7b-v0.1',
    'nousresearch/nous-hermes-2-mixtral-8x7b-dpo',
    'nousresearch/nous-hermes-2-mixtral-8x7b-sft',
  ].map((model): Correction => ({
    entry: `together_ai/${model}`,
    note: MIXTRAL_NOTE,
    apply: (entry) => {
      entry.periods = entry.periods.map((period) => ({
        ...period,
        rates: readRates('input 0.6 output 0.6'),
      }));
    },
  })),
  {
    entry: 'together_ai/meta-llama/meta-llama-3-8b-instruct-lite',
    note: '0.14 since some day before 2026-06-11 (models.dev); Portkey-AI/models still had 0.10 on 2026-08-21.',
    apply: (entry) => {
      entry.periods = sinceDay(entry.periods, '2026-06-11', (period) => ({
        ...period,
        rates: readRates('input 0.14 output 0.14'),
      }));
    },
  },
  ...BATCH_MODELS.map((model): Correction => ({
    entry: `together_ai/${model}`,
    note: BATCH_NOTE,
    apply: tierAtFactor('batch', '0.5', '2025-06-11'),
  })),
];
