import { type Correction, earlierPeriod, names, onlyPeriod, perMillion } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { readRates } from '../rate-table.ts';
import { longAboveThreshold } from './price-history.ts';
import { TIER_ROWS, tierCorrection } from './service-tiers.ts';

const AZURE = 'azure.ai.openai';

const cachedAt =
  (decimal: string) =>
  (entry: EntryDraft): void => {
    const period = onlyPeriod(entry);
    entry.periods = [{ ...period, rates: { ...period.rates, ...perMillion({ cacheRead: decimal }) } }];
    delete entry.undetermined;
  };

/** Before a cut that Azure made later than OpenAI: what holds now began on its day. */
const launchPrice =
  (until: string, rates: string, longRates: string) =>
  (entry: EntryDraft): void => {
    const { from: _fromOpenAi, ...current } = onlyPeriod(entry);
    const long = { inputTokens: 272_000, inclusive: false, rates: readRates(longRates) };
    entry.periods = [
      { until, rates: readRates(rates), longContext: [long] },
      { ...current, from: until },
    ];
  };

const AUGUST_CUT =
  "Azure made OpenAI's cut of 2026-07-30 on 2026-08-01: the launch post of Microsoft Foundry, and BerriAI/litellm#36192 and #35841 on what it cost before.";

const HISTORY: readonly Correction[] = [
  {
    entry: `${AZURE}/o3-2025-04-16`,
    note: 'Cost 10 / 2.50 / 40 before OpenAI cut the price (LiteLLM of 2025); the day is taken to be the same.',
    apply: earlierPeriod('2025-06-10', perMillion({ input: '10', cacheRead: '2.5', output: '40' })),
  },
  {
    entry: `${AZURE}/o1-mini`,
    note: "Cost 3 / 1.50 / 12 at first (Portkey-AI/models); the day of the cut is taken to be OpenAI's.",
    apply: earlierPeriod('2025-01-31', perMillion({ input: '3', cacheRead: '1.5', output: '12' })),
  },
  {
    entry: `${AZURE}/gpt-4o-realtime-preview`,
    note: 'The name meant the dearer snapshot of 2024-10-01 at first; the day of the change is taken to be 2025-01-01.',
    apply: (entry) => {
      const { rates } = onlyPeriod(entry);
      const audio = readRates('inputAudio 100 cacheReadAudio 20 outputAudio 200');
      earlierPeriod('2025-01-01', { ...rates, ...audio })(entry);
    },
  },
  {
    entry: `${AZURE}/gpt-5.6-sol`,
    note: "Azure followed OpenAI's cut of 2026-08-21 later: its page had the launch price on 2026-09-07 and this one on 2026-10-03, the day that is taken. The launch price is from Portkey-AI/models of 2026-08-21.",
    apply: (entry) => {
      launchPrice(
        '2026-10-03',
        'input 5 cacheRead 0.5 cacheWrite 6.25 output 30',
        'input 10 cacheRead 1 cacheWrite 12.5 output 45',
      )(entry);
      entry.checked = '2026-10-03';
    },
  },
  {
    entry: `${AZURE}/gpt-5.6-terra`,
    note: AUGUST_CUT,
    apply: launchPrice(
      '2026-08-01',
      'input 2.5 cacheRead 0.25 cacheWrite 3.125 output 15',
      'input 5 cacheRead 0.5 cacheWrite 6.25 output 22.5',
    ),
  },
  {
    entry: `${AZURE}/gpt-5.6-luna`,
    note: AUGUST_CUT,
    apply: launchPrice(
      '2026-08-01',
      'input 1 cacheRead 0.1 cacheWrite 1.25 output 6',
      'input 2 cacheRead 0.2 cacheWrite 2.5 output 9',
    ),
  },
  {
    entry: `${AZURE}/o4-mini`,
    note: 'Portkey-AI/models, models.dev and LiteLLM agree on 0.275; the page shows it rounded.',
    apply: cachedAt('0.275'),
  },
  {
    entry: `${AZURE}/gpt-4.1-nano`,
    note: 'models.dev and LiteLLM agree on 0.025 for Azure too; the page shows it rounded.',
    apply: cachedAt('0.025'),
  },
  { entry: `${AZURE}/gpt-3.5-0301`, apply: names('gpt-35-turbo-0301') },
  { entry: `${AZURE}/gpt-3.5-turbo-0613`, apply: names('gpt-35-turbo-0613') },
  { entry: `${AZURE}/gpt-3.5-turbo-1106`, apply: names('gpt-35-turbo-1106') },
  {
    entry: `${AZURE}/gpt-3.5-turbo-instruct`,
    apply: names('gpt-35-turbo-instruct', 'gpt-35-turbo-instruct-0914'),
  },
  {
    entry: `${AZURE}/gpt-4-vision-preview`,
    apply: names('gpt-4-turbo-vision-preview', 'gpt-4-turbo-vision'),
  },
  { entry: `${AZURE}/whisper-1`, apply: names('whisper', 'whisper-001') },
];

const EXACTLY_LONG = [
  'gpt-5.4',
  'gpt-5.4-pro',
  'gpt-5.5',
  'gpt-5.5-pro',
  'gpt-5.6-luna',
  'gpt-5.6-sol',
  'gpt-5.6-terra',
  'gpt-6-astra',
];

/**
 * Models of Global Batch, at half the price as at OpenAI: https://learn.microsoft.com/azure/foundry/openai/how-to/batch,
 * and two that LiteLLM of 2025 has batch prices for.
 */
const BATCH = [
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4.1-nano',
  'gpt-4.5-preview',
  'gpt-4o-2024-05-13',
  'gpt-4o-2024-08-06',
  'gpt-4o-mini',
  'gpt-5',
  'gpt-5.1',
  'gpt-5.4',
  'gpt-5.4-mini',
  'o3-mini',
  'o3-pro',
  'o4-mini',
];

/** Models with priority processing: https://learn.microsoft.com/azure/foundry/openai/concepts/priority-processing */
const PRIORITY = ['gpt-4.1', 'gpt-5.1', 'gpt-5.2', 'gpt-5.4'];

/** The rows that hold for the list price of today, which is the only one that Azure's entry has. */
function tier(model: string, name: string): Correction {
  const all = (TIER_ROWS.get(model) ?? []).filter((row) => row.tier === name);
  const last = all.at(-1);
  if (last === undefined) throw new Error(`${model} has no ${name} price`);
  return tierCorrection(`${AZURE}/${model}`, [{ ...last, from: '' }]);
}

const O3_BATCH = tierCorrection(
  `${AZURE}/o3-2025-04-16`,
  (TIER_ROWS.get('o3') ?? []).filter((row) => row.tier === 'batch'),
);

/** After the uplift, which belongs to later snapshots. */
const GPT_4O: readonly Correction[] = [
  {
    entry: `${AZURE}/gpt-4o`,
    note: 'Until 2024-10-02 the price of gpt-4o-2024-05-13, the only snapshot at first; the day is that of OpenAI.',
    apply: earlierPeriod('2024-10-02', perMillion({ input: '5', output: '15' })),
  },
  tierCorrection(
    `${AZURE}/gpt-4o`,
    (TIER_ROWS.get('gpt-4o') ?? []).filter((row) => row.tier === 'batch'),
  ),
];

/** Names of deployments that keep data in a zone or a region: their types, and LiteLLM's names of the zones. */
const ZONES = ['data_zone', 'datazone', 'data_zone_standard', 'datazonestandard', 'regional', 'us', 'eu'];

/** Models that cost 10 % more in a data zone or a region than in a global deployment. */
const WITH_UPLIFT = [
  'codex-mini',
  'computer-use',
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4.1-nano',
  'gpt-4o',
  'gpt-4o-2024-08-06',
  'gpt-4o-mini',
  'gpt-4o-mini-realtime-preview',
  'gpt-4o-realtime-preview',
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-5-pro',
  'gpt-5.1',
  'gpt-5.1-codex-mini',
  'gpt-5.2',
  'gpt-5.2-pro',
  'gpt-5.3',
  'gpt-5.3-codex',
  'gpt-5.4',
  'gpt-5.4-mini',
  'gpt-5.4-nano',
  'gpt-5.4-pro',
  'gpt-5.5',
  'gpt-5.5-pro',
  'gpt-5.6-luna',
  'gpt-5.6-sol',
  'gpt-5.6-terra',
  'gpt-6-astra',
  'gpt-6-luna',
  'gpt-6-sol',
  'gpt-6.1-sol',
  'grok-3',
  'grok-3-mini',
  'o1',
  'o1-mini',
  'o1-preview',
  'o3-2025-04-16',
  'o3-mini',
  'o3-pro',
  'o4-mini',
];

const uplift = (entry: EntryDraft): void => {
  entry.periods = entry.periods.map((period) => ({
    ...period,
    regions: [{ names: ZONES, multiplier: '1.1' }],
  }));
};

export const AZURE_CORRECTIONS: readonly Correction[] = [
  ...HISTORY,
  ...EXACTLY_LONG.map((model): Correction => ({ entry: `${AZURE}/${model}`, apply: longAboveThreshold })),
  ...BATCH.map((model) => tier(model, 'batch')),
  O3_BATCH,
  ...PRIORITY.map((model) => tier(model, 'fast')),
  ...WITH_UPLIFT.map((model): Correction => ({ entry: `${AZURE}/${model}`, apply: uplift })),
  ...GPT_4O,
];
