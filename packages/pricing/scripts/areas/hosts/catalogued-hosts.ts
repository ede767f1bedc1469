import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';

/**
 * Hosts that the source does not list by themselves. A model is here where Portkey-AI/models (2026-08-21)
 * has the same price as models.dev or LiteLLM; an earlier price of theirs holds until the day on which the
 * catalogue took over the later one, which is on or after the day that the host changed it.
 */
const deepinfra = readRateTable(
  `
anthropic/claude-3-7-sonnet-latest                  | | input 3.3 cacheRead 0.33 output 16.5
anthropic/claude-4-opus                             | | input 16.5 output 82.5
anthropic/claude-4-sonnet                           | | input 3.3 output 16.5
deepseek-ai/deepseek-r1-0528                        | | input 0.5 cacheRead 0.4 output 2.15 | note: Cached input 0.35 in models.dev, 0.40 in Portkey-AI/models.
deepseek-ai/deepseek-r1-0528-turbo                  | | input 1 output 3
deepseek-ai/deepseek-v3.2                           | | input 0.26 cacheRead 0.13 output 0.38
deepseek-ai/deepseek-v4-flash                       | | input 0.1 cacheRead 0.028 output 0.2 | note: Cached input 0.02 in models.dev, 0.028 in Portkey-AI/models.
deepseek-ai/deepseek-v4-pro                         | | input 1.3 cacheRead 0.1 output 2.6
google/gemini-1.5-flash                             | | input 0.075 output 0.3
google/gemini-1.5-flash-8b                          | | input 0.0375 output 0.15
google/gemini-2.0-flash-001                         | | input 0.1 output 0.4
google/gemma-4-26b-a4b-it                           | | input 0.07 output 0.34
google/gemma-4-31b-it                               | | input 0.13 output 0.38
lizpreciatior/lzlv_70b_fp16_hf                      | | input 0.35 output 0.4
meta-llama/llama-3.3-70b-instruct-turbo             | | input 0.038 output 0.12
                                                    | 2026-03-14 | input 0.1 output 0.32
meta-llama/llama-4-maverick-17b-128e-instruct-fp8   | | input 0.15 output 0.6
meta-llama/llama-4-scout-17b-16e-instruct           | | input 0.08 output 0.3 | note: Input 0.10 in models.dev since 2026-06-11; Portkey-AI/models still had 0.08 on 2026-08-21.
meta-llama/llama-guard-4-12b                        | | input 0.18 output 0.18
microsoft/phi-4                                     | | input 0.07 output 0.14
microsoft/wizardlm-2-7b                             | | input 0.055 output 0.055
microsoft/wizardlm-2-8x22b                          | | input 0.48 output 0.48
minimaxai/minimax-m2.5                              | | input 0.27 cacheRead 0.03 output 0.95
                                                    | 2026-06-11 | input 0.15 cacheRead 0.03 output 1.15
mistralai/mistral-nemo-instruct-2407                | | input 0.02 output 0.04
mistralai/mistral-small-24b-instruct-2501           | | input 0.05 output 0.08
moonshotai/kimi-k2-instruct-0905                    | | input 0.4 cacheRead 0.15 output 2
moonshotai/kimi-k2-thinking                         | | input 0.47 cacheRead 0.141 output 2
moonshotai/kimi-k2.5                                | | input 0.5 output 2.8
                                                    | 2026-06-11 | input 0.45 cacheRead 0.07 output 2.25
moonshotai/kimi-k2.6                                | | input 0.75 cacheRead 0.15 output 3.5
openai/gpt-oss-120b                                 | | input 0.09 output 0.45
                                                    | 2025-11-09 | input 0.05 output 0.24
                                                    | 2026-06-11 | input 0.039 output 0.19
openai/gpt-oss-20b                                  | | input 0.04 output 0.16
                                                    | 2025-11-09 | input 0.03 output 0.14
openchat/openchat_3.5                               | | input 0.055 output 0.055
qwen/qwen2.5-vl-32b-instruct                        | | input 0.2 output 0.6
qwen/qwen3-coder-480b-a35b-instruct                 | | input 0.4 output 1.6
qwen/qwen3-coder-480b-a35b-instruct-turbo           | | input 0.3 output 1.2
                                                    | 2026-06-11 | input 0.3 cacheRead 0.1 output 1
qwen/qwen3.5-35b-a3b                                | | input 0.2 output 0.95
                                                    | 2026-06-11 | input 0.14 cacheRead 0.05 output 1
qwen/qwen3.6-35b-a3b                                | | input 0.2 output 1
                                                    | 2026-06-11 | input 0.15 output 0.95
xiaomimimo/mimo-v2.5                                | | input 0.4 cacheRead 0.08 output 2
xiaomimimo/mimo-v2.5-pro                            | | input 1 cacheRead 0.2 output 3
zai-org/glm-4.6                                     | | input 0.43 cacheRead 0.08 output 1.74
zai-org/glm-4.6v                                    | | input 0.3 output 0.9
zai-org/glm-4.7                                     | | input 0.43 cacheRead 0.08 output 1.75
                                                    | 2026-06-11 | input 0.4 cacheRead 0.08 output 1.75
zai-org/glm-4.7-flash                               | | input 0.06 cacheRead 0.01 output 0.4
zai-org/glm-5                                       | | input 0.8 cacheRead 0.16 output 2.56
                                                    | 2026-06-11 | input 0.6 cacheRead 0.12 output 2.08
zai-org/glm-5.1                                     | | input 1.4 cacheRead 0.26 output 4.4
                                                    | 2026-06-11 | input 1.05 cacheRead 0.205 output 3.5
`,
  {
    provider: 'deepinfra',
    source: 'portkey-models',
    sourceUrl: 'https://deepinfra.com/pricing',
    checked: '2026-08-21',
  },
);

const nebius = readRateTable(
  `
baai/bge-multilingual-gemma2                        | | input 0.01
deepseek-ai/deepseek-r1-0528                        | | input 0.8 cacheRead 0.08 output 2.4
deepseek-ai/deepseek-r1-0528-fast                   | | input 2 output 6
deepseek-ai/deepseek-v3-0324                        | | input 0.5 cacheRead 0.05 output 1.5
deepseek-ai/deepseek-v3-0324-fast                   | | input 0.75 cacheRead 0.075 output 2.25
deepseek-ai/deepseek-v3.2                           | | input 0.3 cacheRead 0.03 output 0.45
google/gemma-2-2b-it                                | | input 0.02 cacheRead 0.002 output 0.06
google/gemma-2-9b-it-fast                           | | input 0.03 cacheRead 0.003 output 0.09
google/gemma-3-27b-it                               | | input 0.1 cacheRead 0.01 output 0.3
google/gemma-3-27b-it-fast                          | | input 0.2 cacheRead 0.02 output 0.6
intfloat/e5-mistral-7b-instruct                     | | input 0.01
meta-llama/llama-3.3-70b-instruct                   | | input 0.13 cacheRead 0.013 output 0.4
meta-llama/llama-3.3-70b-instruct-fast              | | input 0.25 cacheRead 0.025 output 0.75
meta-llama/meta-llama-3.1-8b-instruct               | | input 0.02 cacheRead 0.002 output 0.06
meta-llama/meta-llama-3.1-8b-instruct-fast          | | input 0.03 cacheRead 0.003 output 0.09
moonshotai/kimi-k2-instruct                         | | input 0.5 cacheRead 0.05 output 2.4
nousresearch/hermes-4-405b                          | | input 1 cacheRead 0.1 output 3
nousresearch/hermes-4-70b                           | | input 0.13 cacheRead 0.013 output 0.4
nvidia/llama-3_1-nemotron-ultra-253b-v1             | | input 0.6 cacheRead 0.06 output 1.8
openai/gpt-oss-120b                                 | | input 0.15 cacheRead 0.015 output 0.6
openai/gpt-oss-20b                                  | | input 0.05 cacheRead 0.005 output 0.2
qwen/qwen2.5-coder-7b-fast                          | | input 0.03 cacheRead 0.003 output 0.09
qwen/qwen3-235b-a22b-instruct-2507                  | | input 0.2 output 0.6
qwen/qwen3-235b-a22b-thinking-2507                  | | input 0.2 output 0.8
qwen/qwen3-30b-a3b-instruct-2507                    | | input 0.1 cacheRead 0.01 output 0.3
qwen/qwen3-30b-a3b-thinking-2507                    | | input 0.1 cacheRead 0.01 output 0.3
qwen/qwen3-32b                                      | | input 0.1 cacheRead 0.01 output 0.3
qwen/qwen3-32b-fast                                 | | input 0.2 cacheRead 0.02 output 0.6
qwen/qwen3-coder-30b-a3b-instruct                   | | input 0.1 cacheRead 0.01 output 0.3
qwen/qwen3-coder-480b-a35b-instruct                 | | input 0.4 output 1.8
zai-org/glm-4.5                                     | | input 0.6 cacheRead 0.06 output 2.2
zai-org/glm-4.5-air                                 | | input 0.2 cacheRead 0.02 output 1.2
`,
  {
    provider: 'nebius',
    source: 'portkey-models',
    sourceUrl: 'https://nebius.com/token-factory/prices',
    checked: '2026-08-21',
  },
);

/** Beside what the source has of Novita, which is of 2025. */
const novita = readRateTable(
  `
baidu/ernie-4.5-21b-a3b-thinking                    | | input 0.07 output 0.28
baidu/ernie-4.5-300b-a47b-paddle                    | | input 0.28 output 1.1
baidu/ernie-4.5-vl-28b-a3b-thinking                 | | input 0.39 output 0.39
deepseek/deepseek-ocr-2                             | | input 0.03 output 0.03
deepseek/deepseek-prover-v2-671b                    | | input 0.7 output 2.5
deepseek/deepseek-r1-turbo                          | | input 0.7 output 2.5
deepseek/deepseek-v3-0324                           | | input 0.27 cacheRead 0.135 output 1.12
deepseek/deepseek-v3-turbo                          | | input 0.4 output 1.3
deepseek/deepseek-v3.1                              | | input 0.27 cacheRead 0.135 output 1
deepseek/deepseek-v3.1-terminus                     | | input 0.27 cacheRead 0.135 output 1
deepseek/deepseek-v3.2                              | | input 0.269 cacheRead 0.1345 output 0.4
deepseek/deepseek-v3.2-exp                          | | input 0.27 output 0.41
deepseek/deepseek-v4-flash                          | | input 0.14 cacheRead 0.028 output 0.28
google/gemma-3-27b-it                               | | input 0.119 output 0.2
kwaipilot/kat-coder-pro                             | | input 0.3 cacheRead 0.06 output 1.2
meta-llama/llama-4-maverick-17b-128e-instruct-fp8   | | input 0.27 output 0.85
meta-llama/llama-4-scout-17b-16e-instruct           | | input 0.18 output 0.59
minimax/minimax-m2.1                                | | input 0.3 cacheRead 0.03 output 1.2
minimaxai/minimax-m1-80k                            | | input 0.55 output 2.2
moonshotai/kimi-k2-0905                             | | input 0.6 output 2.5
moonshotai/kimi-k2-instruct                         | | input 0.57 output 2.3
moonshotai/kimi-k2-thinking                         | | input 0.6 cacheRead 0.15 output 2.5
moonshotai/kimi-k2.5                                | | input 0.6 cacheRead 0.1 output 3
openai/gpt-oss-120b                                 | | input 0.05 output 0.25
qwen/qwen2.5-7b-instruct                            | | input 0.07 output 0.07
qwen/qwen2.5-vl-72b-instruct                        | | input 0.8 output 0.8
qwen/qwen3-235b-a22b-fp8                            | | input 0.2 output 0.8
qwen/qwen3-235b-a22b-instruct-2507                  | | input 0.09 output 0.58
qwen/qwen3-235b-a22b-thinking-2507                  | | input 0.3 output 3
qwen/qwen3-30b-a3b-fp8                              | | input 0.09 output 0.45
qwen/qwen3-32b-fp8                                  | | input 0.1 output 0.45
qwen/qwen3-4b-fp8                                   | | input 0.03 output 0.03
qwen/qwen3-coder-30b-a3b-instruct                   | | input 0.07 output 0.27
qwen/qwen3-coder-480b-a35b-instruct                 | | input 0.3 output 1.3
qwen/qwen3-coder-next                               | | input 0.2 output 1.5
qwen/qwen3-max                                      | | input 2.11 output 8.45
qwen/qwen3-vl-235b-a22b-instruct                    | | input 0.3 output 1.5
qwen/qwen3-vl-235b-a22b-thinking                    | | input 0.98 output 3.95
qwen/qwen3-vl-30b-a3b-instruct                      | | input 0.2 output 0.7
qwen/qwen3-vl-8b-instruct                           | | input 0.08 output 0.5
xiaomimimo/mimo-v2-flash                            | | input 0.1 cacheRead 0.02 output 0.3
zai-org/autoglm-phone-9b-multilingual               | | input 0.035 output 0.138
zai-org/glm-4.7                                     | | input 0.6 cacheRead 0.11 output 2.2
zai-org/glm-5.2                                     | | input 1.4 cacheRead 0.26 output 4.4
`,
  {
    provider: 'novita',
    source: 'portkey-models',
    sourceUrl: 'https://novita.ai/pricing',
    checked: '2026-08-21',
  },
);

/** SambaNova by LiteLLM of 2025-09, which the source's list of Hugging Face's router confirms where it has the model. */
const sambanova = readRateTable(
  `
deepseek-r1, deepseek-r1-0528                       | | input 5 output 7
deepseek-r1-distill-llama-70b                       | | input 0.7 output 1.4
deepseek-v3-0324                                    | | input 3 output 4.5
gpt-oss-120b                                        | | input 0.22 output 0.59
llama-4-maverick-17b-128e-instruct                  | | input 0.63 output 1.8
llama-4-scout-17b-16e-instruct                      | | input 0.4 output 0.7
meta-llama-3.1-8b-instruct                          | | input 0.1 output 0.2
meta-llama-3.1-405b-instruct                        | | input 5 output 10
meta-llama-3.2-1b-instruct                          | | input 0.04 output 0.08
meta-llama-3.2-3b-instruct                          | | input 0.08 output 0.16
meta-llama-3.3-70b-instruct                         | | input 0.6 output 1.2
meta-llama-guard-3-8b                               | | input 0.3 output 0.3
qwen2.5-72b-instruct                                | | input 2 output 4
qwen2.5-coder-32b-instruct                          | | input 1.5 output 3
qwen3-32b                                           | | input 0.4 output 0.8
qwq-32b                                             | | input 0.5 output 1
`,
  {
    provider: 'sambanova',
    source: 'litellm',
    sourceUrl: 'https://cloud.sambanova.ai/plans/pricing',
    checked: '2025-09-01',
  },
);

export const added: readonly EntryDraft[] = [...deepinfra, ...nebius, ...novita, ...sambanova];
