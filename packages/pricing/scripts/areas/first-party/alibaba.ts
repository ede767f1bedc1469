import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';

/**
 * Alibaba Cloud Model Studio, international prices: numbers that LiteLLM, models.dev and Portkey-AI/models agree
 * on. The whole request costs what its input length costs. Where thinking has a price of its own it is that of
 * the reasoning tokens; Alibaba charges it for the answer of such a request too, which usage does not tell.
 */
const TABLE = `
qwen-max, qwen-max-latest, qwen-max-2025-01-25 | | input 1.6 output 6.4
qwen-plus, qwen-plus-2025-04-28, qwen-plus-2025-07-14 | | input 0.4 output 1.2 reasoning 4
qwen-plus-2025-01-25       | | input 0.4 output 1.2
qwen-plus-latest; qwen-plus-2025-07-28; qwen-plus-2025-09-11; qwen-plus-2025-12-01 | | input 0.4 output 1.2 reasoning 4 | >256000: input 1.2 output 3.6 reasoning 12
qwen-turbo, qwen-turbo-latest, qwen-turbo-2025-04-28 | | input 0.05 output 0.2 reasoning 0.5
qwen-turbo-2024-11-01      | | input 0.05 output 0.2
qwen-flash, qwen-flash-2025-07-28 | | input 0.05 output 0.4 | >256000: input 0.25 output 2
qwen-coder                 | | input 0.3 output 1.5
qwen-plus-character-ja; qwen-plus-character | | input 0.5 output 1.4
qwen-mt-plus               | | input 2.46 output 7.37
qwen-mt-turbo              | | input 0.16 output 0.49
qwq-plus, qwq-plus-latest, qwq-plus-2025-03-05 | | input 0.8 output 2.4
qvq-max, qvq-max-latest, qvq-max-2025-03-25 | | input 1.2 output 4.8
qwen-vl-max, qwen-vl-max-latest, qwen-vl-max-2025-08-13, qwen-vl-max-2025-04-08 | | input 0.8 output 3.2
qwen-vl-plus, qwen-vl-plus-latest, qwen-vl-plus-2025-08-15, qwen-vl-plus-2025-05-07 | | input 0.21 output 0.63
qwen-omni-turbo, qwen-omni-turbo-latest, qwen-omni-turbo-2025-03-26 | | input 0.07 inputAudio 4.44 output 0.27 outputAudio 8.89
qwen-omni-turbo-realtime, qwen-omni-turbo-realtime-latest, qwen-omni-turbo-realtime-2025-05-08 | | input 0.27 inputAudio 4.44 output 1.07 outputAudio 8.89
qwen2.5-7b-instruct, qwen2-5-7b-instruct | | input 0.175 output 0.7
qwen2.5-14b-instruct, qwen2-5-14b-instruct | | input 0.35 output 1.4
qwen2.5-32b-instruct, qwen2-5-32b-instruct | | input 0.7 output 2.8
qwen2.5-72b-instruct, qwen2-5-72b-instruct | | input 1.4 output 5.6
qwen2.5-vl-7b-instruct, qwen2-5-vl-7b-instruct | | input 0.35 output 1.05
qwen2.5-vl-72b-instruct, qwen2-5-vl-72b-instruct | | input 2.8 output 8.4
qwen3-8b                   | | input 0.18 output 0.7 reasoning 2.1
qwen3-14b                  | | input 0.35 output 1.4 reasoning 4.2
qwen3-32b; qwen3-235b-a22b | | input 0.7 output 2.8 reasoning 8.4
qwen3-next-80b-a3b-instruct | | input 0.5 output 2
qwen3-next-80b-a3b-thinking | | input 0.5 output 6
qwen3-max, qwen3-max-2026-01-23; qwen3-max-preview | | input 1.2 output 6 | >32000: input 2.4 output 12 | >128000: input 3 output 15
qwen3-coder-plus, qwen3-coder-plus-2025-07-22, qwen3-coder-plus-2025-09-23 | | input 1 cacheRead 0.1 output 5 | >32000: input 1.8 cacheRead 0.18 output 9 | >128000: input 3 cacheRead 0.3 output 15 | >256000: input 6 cacheRead 0.6 output 60
qwen3-coder-flash, qwen3-coder-flash-2025-07-28 | | input 0.3 cacheRead 0.08 output 1.5 | >32000: input 0.5 cacheRead 0.12 output 2.5 | >128000: input 0.8 cacheRead 0.2 output 4 | >256000: input 1.6 cacheRead 0.4 output 9.6
qwen3-coder-30b-a3b-instruct | | input 0.45 output 2.25
qwen3-coder-480b-a35b-instruct | | input 1.5 output 7.5
qwen3-coder-next           | | input 0.3 output 1.5
qwen3-vl-plus, qwen3-vl-plus-2025-09-23, qwen3-vl-plus-2025-12-19 | | input 0.2 output 1.6 | >32000: input 0.3 output 2.4 | >128000: input 0.6 output 4.8
qwen3-vl-flash             | | input 0.05 output 0.4
qwen3-vl-235b-a22b-instruct | | input 0.4 output 1.6
qwen3-vl-235b-a22b-thinking | | input 0.4 output 4
qwen3-vl-30b-a3b-instruct  | | input 0.2 output 0.8
qwen3-vl-30b-a3b-thinking  | | input 0.2 output 2.4
qwen3-omni-flash, qwen3-omni-flash-2025-09-15, qwen3-omni-flash-2025-12-01 | | input 0.43 inputAudio 3.81 output 1.66 outputAudio 15.11
qwen3-omni-flash-realtime, qwen3-omni-flash-realtime-2025-09-15, qwen3-omni-flash-realtime-2025-12-01 | | input 0.52 inputAudio 4.57 output 1.99 outputAudio 18.13
qwen3.5-plus, qwen3.5-plus-2026-02-15 | | input 0.4 output 2.4 | >256000: input 0.5 output 3
qwen3.5-flash, qwen3.5-flash-2026-02-23 | | input 0.1 output 0.4
qwen3.5-27b                | | input 0.3 output 2.4
qwen3.5-35b-a3b            | | input 0.25 output 2
qwen3.5-122b-a10b          | | input 0.4 output 3.2
qwen3.5-397b-a17b          | | input 0.6 output 3.6
qwen3.6-27b                | | input 0.6 output 3.6
qwen3.6-35b-a3b            | | input 0.248 output 1.485
qwen3.6-plus               | | input 0.5 cacheRead 0.05 cacheWrite 0.625 output 3 | >256000: input 2 cacheRead 0.2 cacheWrite 2.5 output 6
qwen3.6-max-preview        | | input 1.3 cacheRead 0.13 cacheWrite 1.625 output 7.8
qwen3.7-max                | | input 2.5 cacheRead 0.5 cacheWrite 3.125 output 7.5
qwen3.7-plus               | | input 0.4 cacheRead 0.08 output 1.6 | >256000: input 1.2 cacheRead 0.24 output 4.8
qwen3.8-max                | | input 2 cacheRead 0.25 output 6
`;

export const ALIBABA_ENTRIES: readonly EntryDraft[] = readRateTable(TABLE, {
  provider: 'alibaba',
  source: 'litellm',
  sourceUrl: 'https://www.alibabacloud.com/help/en/model-studio/model-pricing',
  checked: '2026-08-21',
});
