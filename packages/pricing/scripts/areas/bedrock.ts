import type { Correction } from '../correction.ts';
import { names, perMillion } from '../correction.ts';
import { ADDED_MODELS } from './bedrock/added-models.ts';
import { ADDED_CLAUDE, claudeCorrections } from './bedrock/claude.ts';
import { regionalRates } from './bedrock/regional-rates.ts';
import { serviceTiers } from './bedrock/service-tiers.ts';
import type { PriceArea } from './price-area.ts';

/** Names of the same models on Bedrock's Mantle endpoint, and those that AWS documents. */
const spellings: readonly Correction[] = Object.entries({
  'openai.gpt-oss-120b-1:0': 'openai.gpt-oss-120b',
  'openai.gpt-oss-20b-1:0': 'openai.gpt-oss-20b',
  'qwen.qwen3-coder-480b-a35b-v1:0': 'qwen.qwen3-coder-480b-a35b-instruct',
  'qwen.qwen3-coder-30b-a3b-v1:0': 'qwen.qwen3-coder-30b-a3b-instruct',
  'qwen.qwen3-vl-235b-a22b-v1:0': 'qwen.qwen3-vl-235b-a22b-instruct',
  'regional.amazon.nova-2-lite-v1:0': 'amazon.nova-2-lite amazon.nova-2-lite-v1',
  'regional.anthropic.claude-haiku-4-5-20251001-v1:0': 'anthropic.claude-haiku-4-5@20251001',
}).map(([model, spelled]) => ({ entry: `aws.bedrock/${model}`, apply: names(...spelled.split(' ')) }));

/** Rates of the latency-optimized mode, where AWS offers it. */
const latencyOptimized: readonly Correction[] = Object.entries({
  'amazon.nova-pro-v1:0': ['1', '4'],
  'meta.llama3-1-70b-instruct-v1:0': ['0.9', '0.9'],
}).map(([model, [input = '', output = '']]) => ({
  entry: `aws.bedrock/${model}`,
  apply: (entry) => {
    entry.periods = entry.periods.map((period) => ({
      ...period,
      options: [{ when: { latency: 'optimized' }, rates: perMillion({ input, output }) }],
    }));
  },
}));

const contradictions: readonly Correction[] = [
  ...['micro', 'lite', 'pro'].map((size) => ({
    entry: `aws.bedrock/amazon.nova-${size}-v1:0`,
    note: 'Cached input is a quarter of input on the pricing page; Portkey-AI/models has half of it, and a price for cache writes. A profile of a geography (eu., apac.) costs what the region it is called from does: without the region, the list price of the US regions.',
  })),
  {
    entry: 'aws.bedrock/mistral.mistral-large-2402-v1:0',
    note: 'Cost 8 / 24 at its launch in April 2024 (LiteLLM has it still); the day of the cut is not known.',
  },
  {
    entry: 'aws.bedrock/meta.llama3-8b-instruct-v1:0',
    note: "0.40 / 0.60 in Portkey-AI/models; AWS's page and price list have 0.30 / 0.60.",
  },
  {
    entry: 'aws.bedrock/amazon.titan-embed-text-v2:0',
    note: "0.02 on AWS's page and in its price list; the source's clause for the first version covers it at 0.10, LiteLLM's GovCloud has 0.20.",
  },
];

/** Prices of Amazon Bedrock. */
export const bedrock: PriceArea = {
  sources: {
    'aws-bedrock-pricing': {
      name: 'Amazon Bedrock pricing page, price list and user guide',
      version: '2026-08-20',
      licence: 'facts',
      url: 'https://aws.amazon.com/bedrock/pricing/',
    },
  },
  added: [...ADDED_CLAUDE, ...ADDED_MODELS],
  corrections: [
    ...spellings,
    ...claudeCorrections,
    ...serviceTiers,
    ...regionalRates(),
    ...latencyOptimized,
    ...contradictions,
    {
      entry: 'aws.bedrock/openai.gpt-5.4',
      apply: (entry) => {
        const rates = perMillion({ input: '3.3', cacheRead: '0.33', output: '19.8' });
        entry.periods = entry.periods.map((period) => ({
          ...period,
          regions: [{ names: ['us-gov-*'], card: { rates } }],
        }));
      },
    },
  ],
};
