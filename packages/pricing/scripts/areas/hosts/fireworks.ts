import { type Correction, perMillion } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { sinceDay, tierAtFactor } from '../period-edits.ts';
import { readRates, readRateTable } from '../rate-table.ts';

const PAGE = 'https://docs.fireworks.ai/serverless/pricing';
/** Fireworks' own price list, in a copy of after 2026-09-10, and of the months before for what it no longer lists. */
const listed = readRateTable(
  `
deepseek-v4p1-flash                          | | input 0.3 cacheRead 0.006 output 1.2 | priority: input 0.375 cacheRead 0.0075 output 1.5 | note: Launched on 2026-09-10 at 0.22 / 0.007 / 0.66 (models.dev); the day of the change is not known.
deepseek-v4p1-flash-us                       | | input 0.45 cacheRead 0.009 output 1.8 | priority: input 0.5625 cacheRead 0.01125 output 2.25
deepseek-v4-pro-0813                         | | input 1.32 cacheRead 0.044 output 3.96 | priority: input 1.65 cacheRead 0.055 output 4.95
deepseek-v4-flash-0731, accounts/fireworks/models/deepseek-v4-flash-0731 | | input 0.14 cacheRead 0.028 output 0.28 | priority: input 0.21 cacheRead 0.042 output 0.42 | note: The price list changed on or shortly before 2026-08-22, on which day others took it over; the source still has the first price.
                                             | 2026-08-22 | input 0.22 cacheRead 0.007 output 0.66 | priority: input 0.275 cacheRead 0.00875 output 0.825
deepseek-v4-flash-vision-exp                 | | input 0.22 cacheRead 0.007 output 0.66 | priority: input 0.275 cacheRead 0.00875 output 0.825
glm-5p3-flash                                | | input 0.15 cacheRead 0.03 output 0.5 | priority: input 0.1875 cacheRead 0.0375 output 0.625
glm-5p3-flash-us                             | | input 0.225 cacheRead 0.045 output 0.75
glm-5p3                                      | | input 1.4 cacheRead 0.26 output 4.4 | priority: input 1.75 cacheRead 0.325 output 5.5
glm-5p3-us                                   | | input 2.1 cacheRead 0.39 output 6.6
glm-5p3-fast                                 | | input 2.1 cacheRead 0.39 output 6.6
qwen3p8-max                                  | | input 2 cacheRead 0.25 output 6 | priority: input 3 cacheRead 0.375 output 9
muse-glimmer-30b                             | | input 0.35 cacheRead 0.04 output 1.5 | priority: input 0.525 cacheRead 0.06 output 2.25
nemotron-lightning-3p5-30b-a3b               | | input 0.05 cacheRead 0.01 output 0.2
glm-5                                        | | input 1 cacheRead 0.2 output 3.2
minimax-m2p5                                 | | input 0.3 cacheRead 0.03 output 1.2
qwen3-vl-30b-a3b-instruct                    | | input 0.15 cacheRead 0.075 output 0.6
deepseek-v3p1                                | | input 0.56 cacheRead 0.28 output 1.68
qwen3-embedding-8b                           | | input 0.1
`,
  { provider: 'fireworks_ai', source: 'fireworks-pricing', sourceUrl: PAGE, checked: '2026-09-10' },
);

/** Models of 2024 to early 2026, by models.dev, LiteLLM and Portkey-AI/models of those years. */
const earlier = readRateTable(
  `
deepseek-v3                                  | | input 0.9 output 0.9
                                             | 2025-09-05 | input 0.56 output 1.68
deepseek-r1                                  | | input 3 output 8
deepseek-r1-basic                            | | input 0.55 output 2.19
deepseek-coder-v2-instruct                   | | input 1.2 output 1.2
firefunction-v2                              | | input 0.9 output 0.9
glm-4p5                                      | | input 0.55 output 2.19
glm-4p5-air                                  | | input 0.22 output 0.88
glm-4p6                                      | | input 0.55 cacheRead 0.28 output 2.19
kimi-k2-instruct                             | | input 0.6 output 2.5 | note: 1 / 3 in models.dev of 2025-07; 0.60 / 2.50 in LiteLLM of that month and in Portkey-AI/models.
kimi-k2-instruct-0905                        | | input 0.6 output 2.5
kimi-k2-thinking                             | | input 0.6 cacheRead 0.3 output 2.5
kimi-k2p5-turbo                              | | input 0 output 0 | note: A free preview from 2026-04-03 to 2026-05-22 (models.dev).
                                             | 2026-05-22 | -
kimi-k2p6-turbo                              | | input 2 cacheRead 0.3 output 8
llama4-scout-instruct-basic                  | | input 0.15 output 0.6
llama-v3p1-405b-instruct                     | | input 3 output 3
llama-v3p1-70b-instruct, llama-v3p3-70b-instruct | | input 0.9 output 0.9
llama-v3p2-1b-instruct                       | | input 0.1 output 0.1
llama-v3p2-3b-instruct                       | | input 0.1 output 0.1
llama-v3p2-11b-vision-instruct               | | input 0.2 output 0.2
llama-v3p2-90b-vision-instruct               | | input 0.9 output 0.9
minimax-m2                                   | | input 0.3 cacheRead 0.15 output 1.2
mixtral-8x7b-instruct                        | | input 0.5 output 0.5
mixtral-8x22b-instruct, mixtral-8x22b-instruct-hf | | input 1.2 output 1.2
qwen2-72b-instruct                           | | input 0.9 output 0.9
qwen2p5-72b-instruct                         | | input 0.9 output 0.9
qwen2p5-coder-32b-instruct                   | | input 0.9 output 0.9
qwen3-coder-480b-a35b-instruct               | | input 0.45 output 1.8
yi-large                                     | | input 3 output 3
nomic-ai/nomic-embed-text-v1, nomic-ai/nomic-embed-text-v1.5 | | input 0.008
thenlper/gte-base                            | | input 0.008
thenlper/gte-large, whereisai/uae-large-v1   | | input 0.016
flux-kontext-pro                             | | images 0.04/1
flux-kontext-max                             | | images 0.08/1
`,
  { provider: 'fireworks_ai', source: 'models.dev', sourceUrl: PAGE, checked: '2026-07-02' },
);

export const added: readonly EntryDraft[] = [...listed, ...earlier];

/** The Priority column of the price list, where the source has the standard price. */
const PRIORITY: Readonly<Record<string, string>> = {
  'deepseek-v4-flash': 'input 0.21 cacheRead 0.042 output 0.42',
  'deepseek-v4-pro': 'input 2.61 cacheRead 0.218 output 5.22',
  'glm-5p1': 'input 2.1 cacheRead 0.39 output 6.6',
  'glm-5p2': 'input 1.75 cacheRead 0.18 output 5.5',
  'gpt-oss-120b': 'input 0.18 cacheRead 0.018 output 0.72',
  'kimi-k2p6': 'input 1.5 cacheRead 0.22 output 6',
  'kimi-k2p7-code': 'input 1.425 cacheRead 0.285 output 6',
  'kimi-k3': 'input 3.75 cacheRead 0.375 output 18.75',
  'minimax-m2p7': 'input 0.45 cacheRead 0.09 output 1.8',
  'minimax-m3': 'input 0.45 cacheRead 0.09 output 1.8',
};
const PRIORITY_NOTE =
  'Priority by the price list of summer and autumn 2026 (https://docs.fireworks.ai/serverless/pricing); the tier began in spring 2026.';

export const corrections: readonly Correction[] = [
  {
    entry: 'fireworks_ai/gpt-oss-120b',
    note: 'Cached input is 0.015 on the price list of 2026; the source has 0.014.',
    apply: (entry) => {
      entry.periods = entry.periods.map((period) => ({
        ...period,
        rates: { ...period.rates, ...perMillion({ cacheRead: '0.015' }) },
      }));
    },
  },
  {
    entry: 'fireworks_ai/gpt-oss-20b',
    note: '0.05 / 0.20 until some day between 2025-09-19 and 2026-05-22 (models.dev, LiteLLM of 2025).',
    apply: (entry) => {
      const [period] = entry.periods;
      if (period === undefined) throw new Error('gpt-oss-20b has a price');
      entry.periods = [
        { until: '2026-05-22', rates: perMillion({ input: '0.05', output: '0.2' }) },
        { ...period, from: '2026-05-22' },
      ];
    },
  },
  {
    entry: 'fireworks_ai/glm-4p7',
    note: 'Cached input by the price list of 2026; the source has none.',
    apply: cached('0.3'),
  },
  {
    entry: 'fireworks_ai/minimax-m2p1',
    note: 'Cached input: 0.15 until 2026-02-13 and 0.03 since (models.dev); the source has none.',
    apply: (entry) => {
      cached('0.15')(entry);
      entry.periods = sinceDay(entry.periods, '2026-02-13', (period) => ({
        ...period,
        rates: { ...period.rates, ...perMillion({ cacheRead: '0.03' }) },
      }));
    },
  },
  {
    entry: 'fireworks_ai/glm-5p2',
    note: 'Cached input was 0.26 until some day between 2026-06-26 and 2026-08-04 (models.dev, Portkey-AI/models).',
  },
  {
    entry: 'fireworks_ai/kimi-k3-us',
    note: 'US-only models cost 1.5 times the base price since 2026-09-01, 1.1 times before: https://docs.fireworks.ai/serverless/pricing.',
    apply: (entry) => {
      const [period] = entry.periods;
      if (period === undefined || entry.periods.length > 1 || period.rates.input?.decimal !== '3.3')
        throw new Error('kimi-k3-us has another price now: review its correction');
      const until = '2026-09-01';
      entry.periods = [
        {
          until,
          rates: period.rates,
          serviceTiers: { priority: { rates: readRates('input 4.125 cacheRead 0.4125 output 20.625') } },
        },
        {
          from: until,
          rates: readRates('input 4.5 cacheRead 0.45 output 22.5'),
          serviceTiers: { priority: { rates: readRates('input 5.625 cacheRead 0.5625 output 28.125') } },
        },
      ];
    },
  },
  ...Object.entries(PRIORITY).map(([model, rates]): Correction => ({
    entry: `fireworks_ai/${model}`,
    note: PRIORITY_NOTE,
    apply: (entry) => {
      entry.periods = entry.periods.map((period) => ({
        ...period,
        serviceTiers: { ...period.serviceTiers, priority: { rates: readRates(rates) } },
      }));
    },
  })),
];

/** Not for embeddings and images, nor for the routers to fast or US capacity. */
const WITHOUT_BATCH = /^(?:nomic-ai|thenlper|whereisai|flux-|qwen3-embedding)|-(?:fast|us|turbo)$/;
/** Batch inference was announced in March 2025; models that are older had none before. */
const BATCH_FROM = '2025-04-01';
const OLDER_THAN_BATCH =
  /^(?:llama-v3|mixtral|qwen2|yi-|firefunction|deepseek-(?:coder|v3$|v3-0324|r1$|r1-basic)|gemma-3)/;

/** Batch inference costs half of the serverless price on input, cached or not, and output. */
export const batchOf = (models: readonly string[]): readonly Correction[] =>
  models
    .filter((model) => !WITHOUT_BATCH.test(model))
    .map((model) => ({
      entry: `fireworks_ai/${model}`,
      apply: tierAtFactor('batch', '0.5', OLDER_THAN_BATCH.test(model) ? BATCH_FROM : undefined),
    }));

function cached(decimal: string): (entry: EntryDraft) => void {
  return (entry) => {
    entry.periods = entry.periods.map((period) => ({
      ...period,
      rates: { ...period.rates, ...perMillion({ cacheRead: decimal }) },
    }));
  };
}
