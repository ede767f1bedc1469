import type { PeriodData } from '../../../src/index.ts';
import type { Correction } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { scaledCard, sinceDay } from '../period-edits.ts';
import { readRateTable, readRates } from '../rate-table.ts';

const PAGE = 'https://console.groq.com/docs/models';

/** Beyond the source: models.dev's history of 2025-06 to 2026-07, LiteLLM's of 2024-03 to 2025-09. */
export const added: readonly EntryDraft[] = readRateTable(
  `
openai/gpt-oss-safeguard-20b                   | | input 0.075 cacheRead 0.037 output 0.3 | note: The source has it under gpt-oss-120b, at twice the price; models.dev and Portkey-AI/models list it apart.
qwen/qwen3.6-27b                               | | input 0.6 cacheRead 0.3 output 3
qwen-qwq-32b                                   | | input 0.29 output 0.39
meta-llama/llama-prompt-guard-2-22m            | | input 0.03 output 0.03
meta-llama/llama-prompt-guard-2-86m            | | input 0.04 output 0.04
distil-whisper-large-v3-en                     | | seconds 0.02/3600
playai-tts, playai-tts-arabic                  | | characters 50/1000000
canopylabs/orpheus-arabic-saudi                | | characters 40/1000000
`,
  { provider: 'groq', source: 'models.dev', sourceUrl: PAGE, checked: '2026-07-02' },
);

/** The day on which the source took over the lower price; LiteLLM still had the higher one on 2025-09-01. */
const GPT_OSS_CUT = '2025-11-11';
const GPT_OSS_NOTE =
  'The launch price of 2025-08-05 was cut between 2025-09-01 and 2025-11-11; the day is not known, so calls in between can be priced too high.';
const BATCH_NOTE =
  'Batch is half of the list price, cached or not (the discounts do not stack): https://console.groq.com/docs/batch. Until spring 2025 the discount was 25 %.';
const BATCH_FROM = '2025-05-01';
const OLDER_THAN_BATCH = /^(?:deepseek|llama-3|mistral)/;

/** Groq offers batches of these, by its documentation of 2025 and 2026. */
const BATCH_MODELS = [
  'deepseek-r1-distill-llama-70b',
  'llama-3.1-8b-instant',
  'llama-3.3-70b-versatile',
  'meta-llama/llama-4-maverick-17b-128e-instruct',
  'meta-llama/llama-4-scout-17b-16e-instruct',
  'meta-llama/llama-guard-4-12b',
  'mistral-saba-24b',
  'openai/gpt-oss-120b',
  'openai/gpt-oss-20b',
  'qwen/qwen3-32b',
  'whisper-large-v3',
  'whisper-large-v3-turbo',
] as const;

const HALF_OF_SECONDS: Readonly<Record<string, string>> = { '0.111': '0.0555', '0.04': '0.02' };

function withBatch(period: PeriodData): PeriodData {
  const { cacheRead: _cacheRead, seconds, ...tokens } = period.rates;
  const half = scaledCard({ rates: tokens }, '0.5').rates;
  const halfOfSeconds = seconds === undefined ? undefined : HALF_OF_SECONDS[seconds.decimal];
  const rates =
    seconds !== undefined && halfOfSeconds !== undefined
      ? { seconds: { decimal: halfOfSeconds, per: seconds.per } }
      : half;
  return { ...period, serviceTiers: { ...period.serviceTiers, batch: { rates } } };
}

/** Models of 2024, which Groq no longer served when it introduced service tiers. */
const RETIRED_BEFORE_FLEX =
  /^(?:gemma-7b|mixtral|llama2|llama3-groq|llama-3\.1-(?:405b|70b)|llama-3\.2-(?:1b|3b|11b|90b))/;

/** Flex has the rate of the list; only its capacity is not assured: https://console.groq.com/docs/flex-processing */
function withFlex(period: PeriodData): PeriodData {
  const { rates } = period;
  return { ...period, serviceTiers: { ...period.serviceTiers, flex: { rates } } };
}

const launch =
  (rates: string) =>
  (entry: EntryDraft): void => {
    const [period, ...others] = entry.periods;
    if (period === undefined || others.length > 0 || period.from !== undefined)
      throw new Error(`${entry.model} has another history now: review its launch price`);
    entry.periods = [
      { from: '2025-08-05', until: GPT_OSS_CUT, rates: readRates(rates) },
      { ...period, from: GPT_OSS_CUT },
    ];
  };

/** Every model's flex, and what the source overwrote. */
export const correctionsOf = (models: readonly string[]): readonly Correction[] => [
  {
    entry: 'groq/openai/gpt-oss-20b',
    note: GPT_OSS_NOTE,
    apply: launch('input 0.1 output 0.5'),
  },
  {
    entry: 'groq/openai/gpt-oss-120b',
    note: GPT_OSS_NOTE,
    apply: launch('input 0.15 output 0.75'),
  },
  {
    entry: 'groq/gemma-7b-it',
    note: 'Until some day before 2024-06-30 it cost 0.10 / 0.10 (LiteLLM of that time).',
  },
  {
    entry: 'groq/mixtral-8x7b-32768',
    note: 'Until some day before 2024-06-30 it cost 0.27 / 0.27 (LiteLLM of that time).',
  },
  ...models
    .filter((model) => !RETIRED_BEFORE_FLEX.test(model))
    .map((model): Correction => ({
      entry: `groq/${model}`,
      apply: (entry) => {
        entry.periods = entry.periods.map(withFlex);
      },
    })),
  ...BATCH_MODELS.map((model): Correction => ({
    entry: `groq/${model}`,
    note: BATCH_NOTE,
    apply: (entry) => {
      entry.periods = OLDER_THAN_BATCH.test(model)
        ? sinceDay(entry.periods, BATCH_FROM, withBatch)
        : entry.periods.map(withBatch);
    },
  })),
];
