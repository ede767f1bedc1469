/**
 * Open and partner models that Vertex AI serves, with Google's batch price where it has one. Rates from
 * Portkey-AI/models (2026-08-21), models.dev and LiteLLM (2026-08-06); where the three differ, what two say.
 */
export const VERTEX_OPEN_MODELS = `
llama-3.1-405b-instruct-maas, meta/llama-3.1-405b-instruct-maas, meta/llama3-405b-instruct-maas | | input 5 output 16 | batch: input 2.5 output 8
llama-3.3-70b-instruct-maas, meta/llama-3.3-70b-instruct-maas | | input 0.72 output 0.72 | batch: input 0.36 output 0.36
llama-4-maverick-17b-128e-instruct-maas, meta/llama-4-maverick-17b-128e-instruct-maas, meta/llama-4-maverick-17b-16e-instruct-maas | | input 0.35 output 1.15 | batch: input 0.175 output 0.575
llama-4-scout-17b-16e-instruct-maas, meta/llama-4-scout-17b-16e-instruct-maas, meta/llama-4-scout-17b-128e-instruct-maas | | input 0.25 output 0.7 | batch: input 0.125 output 0.35
deepseek-r1-0528-maas, deepseek-ai/deepseek-r1-0528-maas | | input 1.35 output 5.4 | batch: input 0.675 output 2.7
deepseek-v3.1-maas, deepseek-ai/deepseek-v3.1-maas | | input 0.6 cacheRead 0.06 output 1.7 | batch: input 0.3 cacheRead 0.06 output 0.85 | note: LiteLLM has the price of R1 (1.35 / 5.40) here.
deepseek-v3.2-maas, deepseek-ai/deepseek-v3.2-maas | | input 0.56 cacheRead 0.056 output 1.68 | batch: input 0.28 cacheRead 0.056 output 0.84
gpt-oss-120b-maas, openai/gpt-oss-120b-maas | | input 0.09 output 0.36 | batch: input 0.045 output 0.18 | note: 0.15 / 0.60 at its launch in August 2025 and still in LiteLLM; the day of the cut is not known.
gpt-oss-20b-maas, openai/gpt-oss-20b-maas | | input 0.07 output 0.25 | batch: input 0.035 output 0.125 | note: models.dev; LiteLLM has 0.075 / 0.30.
qwen3-235b-a22b-instruct-2507-maas, qwen/qwen3-235b-a22b-instruct-2507-maas | | input 0.22 output 0.88 | batch: input 0.11 output 0.44 | note: LiteLLM has the launch price, 0.25 / 1.00.
qwen3-coder-480b-a35b-instruct-maas, qwen/qwen3-coder-480b-a35b-instruct-maas | | input 0.22 cacheRead 0.022 output 1.8 | batch: input 0.11 cacheRead 0.022 output 0.9 | note: LiteLLM has the launch price, 1 / 4.
qwen3-next-80b-a3b-instruct-maas, qwen/qwen3-next-80b-a3b-instruct-maas | | input 0.15 output 1.2
qwen3-next-80b-a3b-thinking-maas, qwen/qwen3-next-80b-a3b-thinking-maas | | input 0.15 output 1.2
minimax-m2-maas, minimaxai/minimax-m2-maas | | input 0.3 cacheRead 0.03 output 1.2
kimi-k2-thinking-maas, moonshotai/kimi-k2-thinking-maas | | input 0.6 cacheRead 0.06 output 2.5
glm-4.7-maas, zai-org/glm-4.7-maas | | input 0.6 output 2.2
glm-5-maas, zai-org/glm-5-maas | | input 1 cacheRead 0.1 output 3.2
mistral-medium-3, mistral-medium-3@001, mistralai/mistral-medium-3, mistralai/mistral-medium-3@001 | | input 0.4 output 2
mistral-small-2503, mistral-small-2503@001, mistralai/mistral-small-2503 | | input 0.1 output 0.3 | note: LiteLLM is off by ten (1 / 3).
mistral-large-2411, mistral-large-2411@001, mistral-large@2411-001, mistral-large, mistral-large@latest, mistral-large@2407 | | input 2 output 6 | note: Mistral Large 24.07 cost 3 / 9 at its launch in 2024; the day of the cut is not known.
mistral-nemo, mistral-nemo@2407, mistral-nemo@latest | | input 0.15 output 0.15
codestral-2, codestral-2@001, mistralai/codestral-2, mistralai/codestral-2@001 | | input 0.3 output 0.9
codestral-2501, codestral-2501@001 | | input 0.3 output 0.9 | note: Mistral's own price; LiteLLM has 0.20 / 0.60, that of Codestral 24.05.
codestral, codestral@2405, codestral@latest | | input 0.2 output 0.6
mistral-ocr-2505, mistral-ocr-2505@001, mistralai/mistral-ocr-2505 | | pages 0.0005/1
jamba-1.5-large, jamba-1.5-large@001, ai21/jamba-1.5-large, ai21/jamba-1.5-large@001 | | input 2 output 8
jamba-1.5-mini, jamba-1.5-mini@001, jamba-1.5, ai21/jamba-1.5-mini, ai21/jamba-1.5-mini@001 | | input 0.2 output 0.4
grok-4.1-fast-reasoning, grok-4.1-fast-non-reasoning, xai/grok-4.1-fast-reasoning, xai/grok-4.1-fast-non-reasoning | | input 0.2 cacheRead 0.05 output 0.5
grok-4.20-reasoning, grok-4.20-non-reasoning, xai/grok-4.20-reasoning, xai/grok-4.20-non-reasoning | | input 2 cacheRead 0.2 output 6
grok-4.3, xai/grok-4.3 | | input 1.25 cacheRead 0.2 output 2.5
grok-4.7, xai/grok-4.7 | | input 2 output 6 | note: From LiteLLM's release notes of October 2026, without a cached rate.
`;

/**
 * Embeddings and rankings. Google bills the older text embeddings by the character; a token of four characters
 * is LiteLLM's conversion for calls that only tell tokens.
 */
export const VERTEX_EMBEDDINGS = `
text-embedding-005, text-embedding        | | input 0.1 characters 0.000025/1000 | batch: input 0.08 characters 0.00002/1000
text-embedding-004, text-embedding-preview-0409, text-embedding-preview-0815 | | input 0.1 characters 0.000025/1000 | batch: input 0.08 characters 0.00002/1000
text-embedding-large-exp-03-07            | | input 0.1 characters 0.000025/1000
text-multilingual-embedding-002, text-multilingual-embedding-preview-0409 | | input 0.1 characters 0.000025/1000 | batch: input 0.08 characters 0.00002/1000
textembedding-gecko, textembedding-gecko@001, textembedding-gecko@002, textembedding-gecko@003, textembedding-gecko@latest | | input 0.1 characters 0.000025/1000 | batch: input 0.08 characters 0.00002/1000
textembedding-gecko-multilingual, textembedding-gecko-multilingual@001 | | input 0.1 characters 0.000025/1000 | batch: input 0.08 characters 0.00002/1000
multimodalembedding, multimodalembedding@001 | | input 0.8 characters 0.0002/1000 images 0.0001/1 | note: Videos cost by the length of their intervals, which usage does not tell.
semantic-ranker-default-004, semantic-ranker-default-003, semantic-ranker-default-002, semantic-ranker-default, semantic-ranker-fast-004, semantic-ranker-512@latest, semantic-ranker-512-003, semantic-ranker-512-002 | | rerankSearches 1/1000
`;
