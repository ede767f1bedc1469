import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';

const PRICE_LIST = {
  provider: 'aws.bedrock',
  source: 'aws-bedrock-pricing',
  sourceUrl: 'https://aws.amazon.com/bedrock/pricing/',
  checked: '2026-08-20',
};

/** Text models at the list price of the US regions, per million tokens. */
const TEXT = `
ai21.jamba-1-5-large-v1:0, ai21.jamba-1-5-large-v1, ai21.jamba-1-5-large       | | input 2 output 8
ai21.jamba-1-5-mini-v1:0, ai21.jamba-1-5-mini-v1, ai21.jamba-1-5-mini          | | input 0.2 output 0.4
ai21.jamba-instruct-v1:0, ai21.jamba-instruct-v1, ai21.jamba-instruct          | | input 0.5 output 0.7
ai21.j2-mid-v1, ai21.j2-mid, ai21.j2-grande-instruct                                             | | input 12.5 output 12.5
ai21.j2-ultra-v1, ai21.j2-ultra, ai21.j2-jumbo-instruct                                         | | input 18.8 output 18.8
amazon.titan-text-premier-v1:0, amazon.titan-text-premier-v1                   | | input 0.5 output 1.5
regional.amazon.nova-2-pro-preview-20251202-v1:0, amazon.nova-2-pro-preview-20251202-v1, amazon.nova-2-pro-preview, amazon.nova-2-pro | | input 1.375 inputAudio 1.375 inputImage 1.375 inputVideo 1.375 output 11 | note: In preview.
global.amazon.nova-2-pro-preview-20251202-v1:0, global.amazon.nova-2-pro-preview-20251202-v1, global.amazon.nova-2-pro-preview | | input 1.25 inputAudio 1.25 inputImage 1.25 inputVideo 1.25 output 10 | note: In preview.
global.amazon.nova-2-lite-omni-v1:0, global.amazon.nova-2-lite-omni-v1, global.amazon.nova-2-omni-v1 | | input 0.3 inputAudio 1 inputImage 0.3 inputVideo 0.3 output 2.5 outputImage 40 | note: In preview.
regional.amazon.nova-2-lite-omni-v1:0, amazon.nova-2-lite-omni-v1, amazon.nova-2-omni-v1 | | input 0.3 inputAudio 1.1 inputImage 0.3 inputVideo 0.3 output 2.8 outputImage 44 | note: In preview.
anthropic.claude-v2, anthropic.claude-v2:1, anthropic.claude-v2:0              | | input 8 output 24
anthropic.claude-v1                                                            | | input 8 output 24
anthropic.claude-instant-v1                                                    | | input 0.8 output 2.4
cohere.command-text-v14, cohere.command-text                                   | | input 1.5 output 2 | note: 1.50 / 2.00 on AWS's pricing page, in LiteLLM and in Portkey-AI/models; AWS's price list has 1.00 / 2.00.
cohere.command-light-text-v14, cohere.command-light-text                       | | input 0.3 output 0.6
cohere.command-r-v1:0, cohere.command-r-v1, cohere.command-r                   | | input 0.5 output 1.5
cohere.command-r-plus-v1:0, cohere.command-r-plus-v1, cohere.command-r-plus    | | input 3 output 15
deepseek.v3-v1:0, deepseek.v3-v1, deepseek.v3, deepseek.v3.1                   | | input 0.58 output 1.68
deepseek.v3.2                                                                  | | input 0.62 output 1.85
google.gemma-4-26b-a4b                                                         | | input 0.13 output 0.4
google.gemma-4-31b                                                             | | input 0.14 output 0.4
google.gemma-4-e2b                                                             | | input 0.04 output 0.08
meta.llama2-13b-chat-v1, meta.llama2-13b-chat                                  | | input 0.75 output 1
meta.llama2-70b-chat-v1, meta.llama2-70b-chat                                  | | input 1.95 output 2.56
meta.llama3-1-405b-instruct-v1:0, meta.llama3-1-405b-instruct-v1, meta.llama3-1-405b-instruct | | input 2.4 output 2.4 | latency=optimized: input 3 output 3 | note: Cost 5.32 / 16.00 at its launch in July 2024 (LiteLLM has it still); the day of the cut is not known.
minimax.minimax-m2                                                             | | input 0.3 output 1.2
minimax.minimax-m2.1                                                           | | input 0.3 output 1.2
minimax.minimax-m2.5                                                           | | input 0.3 output 1.2
mistral.mistral-large-2407-v1:0, mistral.mistral-large-2407-v1, mistral.mistral-large-2407 | | input 2 output 6 | note: 3.00 / 9.00 in LiteLLM, the price at its launch in July 2024; the day of the cut is not known.
moonshot.kimi-k2-thinking, moonshotai.kimi-k2-thinking                         | | input 0.6 output 2.5
moonshotai.kimi-k2.5                                                           | | input 0.6 output 3
nvidia.nemotron-nano-12b-v2, nvidia.nemotron-nano-12b-v2:0                     | | input 0.2 output 0.6
openai.gpt-oss-safeguard-120b                                                  | | input 0.15 output 0.6
openai.gpt-oss-safeguard-20b                                                   | | input 0.07 output 0.2
qwen.qwen3-235b-a22b-2507-v1:0, qwen.qwen3-235b-a22b-2507-v1, qwen.qwen3-235b-a22b-2507 | | input 0.22 output 0.88
qwen.qwen3-coder-next                                                          | | input 0.5 output 1.2
qwen.qwen3-next-80b-a3b, qwen.qwen3-next-80b-a3b-instruct                      | | input 0.15 output 1.2 | note: Input is 0.15 on AWS's pricing page and 0.14 in its price list.
writer.palmyra-vision-7b-v1:0, writer.palmyra-vision-7b-v1, writer.palmyra-vision-7b | | input 0.15 output 0.6
xai.grok-4.3                                                                   | | input 1.25 cacheRead 0.2 output 2.5
global.xai.grok-4.6                                                            | | input 2 cacheRead 0.5 output 6
regional.xai.grok-4.6, us.xai.grok-4.6, xai.grok-4.6                           | | input 2.2 cacheRead 0.55 output 6.6 | note: The name without a geography is at the regional price on Bedrock's Mantle endpoint and at the global one in another list of Portkey-AI/models.
zai.glm-4.7                                                                    | | input 0.6 output 2.2
zai.glm-4.7-flash                                                              | | input 0.07 output 0.4
zai.glm-5                                                                      | | input 1 output 3.2
`;

/** OpenAI's models cost 10 % more in a region or geography than at OpenAI, and the same in global profiles. */
const OPENAI = `
regional.openai.gpt-6-sol, openai.gpt-6-sol, us.openai.gpt-6-sol     | | input 2.2 cacheRead 0.22 cacheWrite 2.75 output 11       | >272000: input 4.4 cacheRead 0.44 cacheWrite 5.5 output 16.5
global.openai.gpt-6-sol                                              | | input 2 cacheRead 0.2 cacheWrite 2.5 output 10           | >272000: input 4 cacheRead 0.4 cacheWrite 5 output 15
regional.openai.gpt-6-luna, openai.gpt-6-luna, us.openai.gpt-6-luna  | | input 0.11 cacheRead 0.011 cacheWrite 0.1375 output 0.55 | >272000: input 0.22 cacheRead 0.022 cacheWrite 0.275 output 0.825
global.openai.gpt-6-luna                                             | | input 0.1 cacheRead 0.01 cacheWrite 0.125 output 0.5     | >272000: input 0.2 cacheRead 0.02 cacheWrite 0.25 output 0.75
regional.openai.gpt-6-astra, openai.gpt-6-astra, us.openai.gpt-6-astra | | input 11 cacheRead 1.1 cacheWrite 13.75 output 55      | >=272000: input 22 cacheRead 2.2 cacheWrite 27.5 output 82.5
global.openai.gpt-6-astra                                            | | input 10 cacheRead 1 cacheWrite 12.5 output 50           | >=272000: input 20 cacheRead 2 cacheWrite 25 output 75
`;

/** Embeddings, rerankers, and what is billed by image, second or search. */
const OTHER_UNITS = `
amazon.titan-embed-text-v2:0, amazon.titan-embed-text-v2 | | input 0.02
amazon.titan-embed-g1-text-02                            | | input 0.1
amazon.titan-embed-image-v1, amazon.titan-embed-image-v1:0 | | input 0.8 images 0.00006/1
amazon.nova-2-multimodal-embeddings-v1:0, amazon.nova-2-multimodal-embeddings-v1 | | input 0.135 images 0.00006/1
cohere.embed-english-v3                                  | | input 0.1
cohere.embed-multilingual-v3                             | | input 0.1
cohere.embed-v4:0, cohere.embed-v4                       | | input 0.12
cohere.rerank-v3-5:0, cohere.rerank-v3-5                 | | rerankSearches 2/1000
amazon.rerank-v1:0, amazon.rerank-v1                     | | rerankSearches 1/1000
amazon.nova-canvas-v1:0, amazon.nova-canvas-v1           | | images 0.04/1 | quality=premium, size=2048x2048: images 0.08/1 | quality=premium: images 0.06/1 | size=2048x2048: images 0.06/1 | note: Without quality and size, the price of the API's defaults: standard quality, 1024 x 1024. LiteLLM has 0.06 for all.
amazon.titan-image-generator-v1, amazon.titan-image-generator-v1:0 | | images 0.01/1 | quality=premium, size=512x512: images 0.01/1 | quality=premium: images 0.012/1 | size=512x512: images 0.008/1 | note: Without quality and size, the price of the API's defaults: standard quality, 1024 x 1024. LiteLLM has 0.008.
amazon.titan-image-generator-v2:0, amazon.titan-image-generator-v2 | | images 0.01/1 | quality=premium, size=512x512: images 0.01/1 | quality=premium: images 0.012/1 | size=512x512: images 0.008/1 | note: Without quality and size, the price of the API's defaults: standard quality, 1024 x 1024. LiteLLM has 0.008.
amazon.nova-reel-v1:1, amazon.nova-reel-v1:0, amazon.nova-reel-v1 | | seconds 0.08/1
luma.ray-v2:0, luma.ray-v2                               | | seconds 1.5/1 | resolution=540p: seconds 0.75/1
twelvelabs.pegasus-1-2-v1:0, twelvelabs.pegasus-1-2-v1, global.twelvelabs.pegasus-1-2-v1:0, global.twelvelabs.pegasus-1-2-v1 | | seconds 0.00049/1 output 7.5
stability.stable-diffusion-xl-v1, stability.stable-diffusion-xl-v1:0 | | images 0.04/1 | quality=premium: images 0.08/1
stability.sd3-large-v1:0, stability.sd3-large-v1         | | images 0.08/1
stability.sd3-5-large-v1:0, stability.sd3-5-large-v1     | | images 0.08/1
stability.stable-image-core-v1:1, stability.stable-image-core-v1:0, stability.stable-image-core-v1 | | images 0.04/1
stability.stable-image-ultra-v1:1, stability.stable-image-ultra-v1:0, stability.stable-image-ultra-v1 | | images 0.14/1
stability.stable-conservative-upscale-v1:0, stability.stable-conservative-upscale-v1 | | images 0.4/1
stability.stable-creative-upscale-v1:0, stability.stable-creative-upscale-v1 | | images 0.6/1
stability.stable-fast-upscale-v1:0, stability.stable-fast-upscale-v1 | | images 0.03/1
stability.stable-outpaint-v1:0, stability.stable-outpaint-v1 | | images 0.06/1
stability.stable-style-transfer-v1:0, stability.stable-style-transfer-v1 | | images 0.08/1
stability.stable-image-control-sketch-v1:0, stability.stable-image-control-sketch-v1 | | images 0.07/1
stability.stable-image-control-structure-v1:0, stability.stable-image-control-structure-v1 | | images 0.07/1
stability.stable-image-erase-object-v1:0, stability.stable-image-erase-object-v1 | | images 0.07/1
stability.stable-image-inpaint-v1:0, stability.stable-image-inpaint-v1 | | images 0.07/1
stability.stable-image-remove-background-v1:0, stability.stable-image-remove-background-v1 | | images 0.07/1
stability.stable-image-search-recolor-v1:0, stability.stable-image-search-recolor-v1 | | images 0.07/1
stability.stable-image-search-replace-v1:0, stability.stable-image-search-replace-v1 | | images 0.07/1
stability.stable-image-style-guide-v1:0, stability.stable-image-style-guide-v1 | | images 0.07/1
`;

/** Models of Bedrock that the source does not list, other than Claude. */
export const ADDED_MODELS: readonly EntryDraft[] = [
  ...readRateTable(TEXT, PRICE_LIST),
  ...readRateTable(OPENAI, {
    ...PRICE_LIST,
    sourceUrl: 'https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-openai-gpt-6-astra.html',
    checked: '2026-09-23',
  }),
  ...readRateTable(OTHER_UNITS, PRICE_LIST),
];
