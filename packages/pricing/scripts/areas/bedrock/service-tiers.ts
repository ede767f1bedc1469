import type { RateCardData } from '../../../src/index.ts';
import { type Correction, perMillion } from '../../correction.ts';
import { scaledCard } from '../period-edits.ts';

/**
 * Models of the flex tier at half and the priority tier at 1.75 times the list price: AWS's user guide lists the
 * models, its pricing page the prices of some of them, Portkey-AI/models the others.
 */
const FLEX_AND_PRIORITY = [
  'amazon.nova-pro-v1:0',
  'amazon.nova-premier-v1:0',
  'regional.amazon.nova-2-lite-v1:0',
  'global.amazon.nova-2-lite-v1:0',
  'regional.amazon.nova-2-pro-preview-20251202-v1:0',
  'global.amazon.nova-2-pro-preview-20251202-v1:0',
  'deepseek.v3-v1:0',
  'google.gemma-3-12b-it',
  'google.gemma-3-27b-it',
  'google.gemma-3-4b-it',
  'minimax.minimax-m2',
  'mistral.devstral-2-123b',
  'mistral.magistral-small-2509',
  'mistral.ministral-3-14b-instruct',
  'mistral.ministral-3-3b-instruct',
  'mistral.ministral-3-8b-instruct',
  'mistral.mistral-large-3-675b-instruct',
  'mistral.voxtral-mini-3b-2507',
  'mistral.voxtral-small-24b-2507',
  'moonshot.kimi-k2-thinking',
  'moonshotai.kimi-k2.5',
  'nvidia.nemotron-nano-12b-v2',
  'nvidia.nemotron-nano-9b-v2:0',
  'openai.gpt-oss-120b-1:0',
  'openai.gpt-oss-20b-1:0',
  'openai.gpt-oss-safeguard-120b',
  'openai.gpt-oss-safeguard-20b',
  'qwen.qwen3-235b-a22b-2507-v1:0',
  'qwen.qwen3-32b-v1:0',
  'qwen.qwen3-coder-30b-a3b-v1:0',
  'qwen.qwen3-coder-480b-a35b-v1:0',
  'qwen.qwen3-coder-next',
  'qwen.qwen3-next-80b-a3b',
  'qwen.qwen3-vl-235b-a22b-v1:0',
  'zai.glm-4.7',
  'zai.glm-4.7-flash',
  'zai.glm-5',
];

/** Further models of batch inference, at half the list price, by AWS's price list. */
const BATCH_ONLY = [
  'amazon.nova-lite-v1:0',
  'amazon.nova-micro-v1:0',
  'amazon.nova-2-multimodal-embeddings-v1:0',
  'amazon.titan-embed-text-v2:0',
  'amazon.titan-embed-image-v1',
  'deepseek.v3.2',
  'google.gemma-4-26b-a4b',
  'google.gemma-4-31b',
  'google.gemma-4-e2b',
  'meta.llama3-1-405b-instruct-v1:0',
  'meta.llama3-1-70b-instruct-v1:0',
  'meta.llama3-1-8b-instruct-v1:0',
  'meta.llama3-2-11b-instruct-v1:0',
  'meta.llama3-2-1b-instruct-v1:0',
  'meta.llama3-2-3b-instruct-v1:0',
  'meta.llama3-2-90b-instruct-v1:0',
  'meta.llama3-3-70b-instruct-v1:0',
  'meta.llama4-maverick-17b-instruct-v1:0',
  'meta.llama4-scout-17b-instruct-v1:0',
  'minimax.minimax-m2.1',
  'minimax.minimax-m2.5',
  'mistral.mistral-large-2407-v1:0',
  'mistral.mistral-small-2402-v1:0',
  'nvidia.nemotron-nano-3-30b:0',
  'nvidia.nemotron-super-3-120b:0',
  'writer.palmyra-vision-7b-v1:0',
  'xai.grok-4.3',
];

/** Batch prices that AWS rounds, so that they are not exactly half: input and output. */
const ROUNDED_BATCH: Readonly<Record<string, readonly [input: string, output: string]>> = {
  'google.gemma-3-12b-it': ['0.05', '0.15'],
  'google.gemma-3-27b-it': ['0.12', '0.19'],
  'mistral.ministral-3-8b-instruct': ['0.07', '0.07'],
  'mistral.mistral-large-2407-v1:0': ['1.5', '4.5'],
  'nvidia.nemotron-nano-9b-v2:0': ['0.03', '0.12'],
  'openai.gpt-oss-safeguard-120b': ['0.07', '0.3'],
  'openai.gpt-oss-safeguard-20b': ['0.03', '0.1'],
  'qwen.qwen3-vl-235b-a22b-v1:0': ['0.26', '1.33'],
};

/** The service tiers of a model, and what they cost as a fraction of the list price. */
export function tierFactors(model: string): [tier: string, factor: string][] {
  if (FLEX_AND_PRIORITY.includes(model))
    return [
      ['batch', '0.5'],
      ['flex', '0.5'],
      ['priority', '1.75'],
    ];
  return BATCH_ONLY.includes(model) ? [['batch', '0.5']] : [];
}

/** Adds the service tiers at the list price of the US regions. */
export const serviceTiers: readonly Correction[] = [...FLEX_AND_PRIORITY, ...BATCH_ONLY].map((model) => ({
  entry: `aws.bedrock/${model}`,
  apply: (entry) => {
    const [input, output] = ROUNDED_BATCH[model] ?? [];
    const rounded: RateCardData | undefined =
      input === undefined || output === undefined ? undefined : { rates: perMillion({ input, output }) };
    entry.periods = entry.periods.map((period) => ({
      ...period,
      serviceTiers: {
        ...period.serviceTiers,
        ...Object.fromEntries(
          tierFactors(model).map(([tier, factor]) => [
            tier,
            tier === 'batch' && rounded !== undefined ? rounded : scaledCard(period, factor),
          ]),
        ),
      },
    }));
  },
}));
