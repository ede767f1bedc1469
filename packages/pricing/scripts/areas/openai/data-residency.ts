import type { Correction } from '../../correction.ts';

/** Regions with data residency that processes there: OpenAI's names and their prefixes of `api.openai.com`. */
const RESIDENCY_REGIONS = ['us', 'eu', 'au', 'ca', 'jp', 'in', 'sg', 'kr', 'gb', 'uk', 'ae'];

/** Models released since 2026-03-05 cost 10 % more where their processing stays in a region. */
const WITH_UPLIFT = [
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
  'gpt-6.1-terra',
  'gpt-6.2-astra',
  'gpt-6.2-sol',
];

export const DATA_RESIDENCY: readonly Correction[] = WITH_UPLIFT.map((model) => ({
  entry: `openai/${model}`,
  apply: (entry) => {
    entry.periods = entry.periods.map((period) => ({
      ...period,
      regions: [{ names: RESIDENCY_REGIONS, multiplier: '1.1' }],
    }));
  },
}));
