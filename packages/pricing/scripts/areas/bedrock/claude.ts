import type { PeriodData, RegionData } from '../../../src/index.ts';
import { type Correction, earlierPeriod, names, onlyPeriod } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { claudeRates, longerThan, splitAt, during, withHalfPriceBatch } from '../anthropic/claude-rates.ts';

const SHARED = {
  provider: 'aws.bedrock',
  source: 'aws-bedrock-pricing',
  sourceUrl: 'https://aws.amazon.com/bedrock/pricing/',
  checked: '2026-10-08',
};

const named = (model: string, periods: PeriodData[], ...aliases: string[]): EntryDraft => ({
  ...SHARED,
  model,
  aliases: [
    ...aliases,
    ...[model, ...aliases].filter((name) => !name.startsWith('regional.')).map((name) => `${name}-v1`),
  ],
  periods,
});

/** The price of cache reads of Sonnet 5.5 fell with that of Anthropic's own API. */
const sonnet55 = (before: string, since: string): PeriodData[] => [
  { until: '2026-10-07', rates: claudeRates(before) },
  { from: '2026-10-07', rates: claudeRates(since) },
];

const FABLE_5_2: readonly EntryDraft[] = [
  named('global.anthropic.claude-fable-5-2', [{ from: '2026-11-09', rates: claudeRates('8 10 16 0.2 40') }]),
  named(
    'regional.anthropic.claude-fable-5-2',
    [{ from: '2026-11-09', rates: claudeRates('8.8 11 17.6 0.22 44') }],
    'anthropic.claude-fable-5-2',
    'claude-fable-5-2',
  ),
].map((entry) => ({
  ...entry,
  sourceUrl:
    'https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-anthropic-claude-fable-5-2.html',
  checked: '2026-11-12',
  approximate:
    "Anthropic's list price, and a tenth more in a geography, as for all Claude since Sonnet 4.5: AWS's own price was not read.",
}));

const GOVERNMENT_NOTE = 'GovCloud: AWS lists it for some models only, at 1.2 times the global price.';

/** GovCloud's price of models of which AWS, Portkey-AI/models or LiteLLM list it: 1.2 times the global one. */
const GOVERNMENT: readonly (readonly [model: string, row: string])[] = [
  ['claude-haiku-4-5-20251001', '1.2 1.5 2.4 0.12 6'],
  ['claude-sonnet-4-5-20250929', '3.6 4.5 7.2 0.36 18'],
  ['claude-opus-4-8', '6 7.5 12 0.6 30'],
  ['claude-sonnet-5', '2.4 3 4.8 0.24 12'],
];

/** Claude on Bedrock as far as the source does not have it. Profiles of a geography cost 10 % more than global ones. */
export const ADDED_CLAUDE: readonly EntryDraft[] = [
  named('global.anthropic.claude-sonnet-5-5', sonnet55('2 2.5 4 0.2 10', '2 2.5 4 0.1 10')),
  named(
    'regional.anthropic.claude-sonnet-5-5',
    sonnet55('2.2 2.75 4.4 0.22 11', '2.2 2.75 4.4 0.11 11'),
    'anthropic.claude-sonnet-5-5',
    'claude-sonnet-5-5',
  ),
  named('global.anthropic.claude-haiku-5-5', [
    { rates: claudeRates('0.1 0.125 0.2 0.01 0.5'), ...longerThan(100_000, '0.5 0.625 1 0.05 2.5') },
  ]),
  named(
    'regional.anthropic.claude-haiku-5-5',
    [
      {
        rates: claudeRates('0.11 0.1375 0.22 0.011 0.55'),
        ...longerThan(100_000, '0.55 0.6875 1.1 0.055 2.75'),
      },
    ],
    'anthropic.claude-haiku-5-5',
    'claude-haiku-5-5',
  ),
  named(
    'regional.anthropic.claude-mythos-5',
    [{ rates: claudeRates('11 13.75 22 1.1 55') }],
    'anthropic.claude-mythos-5',
    'claude-mythos-5',
  ),
  ...FABLE_5_2,
  {
    ...SHARED,
    model: 'anthropic.claude-mythos-preview',
    checked: '2026-08-20',
    notes: [
      'Input and output are in the price list (27.50 / 137.50); the cache rates follow from the multipliers.',
    ],
    periods: [{ rates: claudeRates('27.5 34.375 55 2.75 137.5') }],
  },
  ...GOVERNMENT.map(([model, row]): EntryDraft => ({
    ...named(`us-gov.anthropic.${model}`, [{ rates: claudeRates(row) }]),
    notes: [GOVERNMENT_NOTE],
  })),
];

const both = (model: string): string[] => [`global.anthropic.${model}`, `regional.anthropic.${model}`];

/** Models whose batch price AWS lists, and those for which only Portkey-AI/models has it. */
const BATCH = [
  'regional.anthropic.claude-3-haiku-20240307-v1:0',
  'regional.anthropic.claude-3-sonnet-20240229-v1:0',
  'regional.anthropic.claude-3-opus-20240229-v1:0',
  'regional.anthropic.claude-3-5-haiku-20241022-v1:0',
  'regional.anthropic.claude-3-5-sonnet-20240620-v1:0',
  'regional.anthropic.claude-3-5-sonnet-20241022-v2:0',
  'regional.anthropic.claude-3-7-sonnet-20250219-v1:0',
  'regional.anthropic.claude-opus-4-20250514-v1:0',
  ...both('claude-sonnet-4-20250514-v1:0'),
  ...both('claude-sonnet-4-5-20250929-v1:0'),
  ...both('claude-haiku-4-5-20251001-v1:0'),
  ...both('claude-opus-4-5-v1:0'),
  ...both('claude-opus-4-6-v1:0'),
  ...both('claude-sonnet-4-6-v1:0'),
  ...both('claude-opus-5'),
];
const BATCH_IN_PORTKEY = [
  ...both('claude-opus-4-7-v1:0'),
  ...both('claude-opus-4-8-v1:0'),
  ...both('claude-sonnet-5-v1:0'),
  ...both('claude-fable-5-v1:0'),
];

const batch = (entry: EntryDraft): void => {
  entry.periods = entry.periods.map(withHalfPriceBatch);
};

const longContext =
  (row: string, from: string | undefined, until: string | undefined) =>
  (entry: EntryDraft): void => {
    splitAt(entry, ...[from, until].flatMap((day) => day ?? []));
    during(entry, from, until, (period) => {
      if (period.longContext !== undefined)
        throw new Error(`${entry.model} has a long-context tier now: review its correction`);
      return { ...period, ...longerThan(200_000, row) };
    });
  };

const LONG_CONTEXT_NOTE =
  'Above 200,000 input tokens while the long context window was in beta: as at Anthropic, and in LiteLLM of that time; the source has no tier.';

const longContexts: readonly Correction[] = [
  ...both('claude-sonnet-4-20250514-v1:0').map(
    (model) => [model, '6 7.5 12 0.6 22.5', '2025-08-12'] as const,
  ),
  ['global.anthropic.claude-sonnet-4-5-20250929-v1:0', '6 7.5 12 0.6 22.5'] as const,
  ['regional.anthropic.claude-sonnet-4-5-20250929-v1:0', '6.6 8.25 13.2 0.66 24.75'] as const,
  ['global.anthropic.claude-sonnet-4-6-v1:0', '6 7.5 12 0.6 22.5', undefined, '2026-03-13'] as const,
  ['regional.anthropic.claude-sonnet-4-6-v1:0', '6.6 8.25 13.2 0.66 24.75', undefined, '2026-03-13'] as const,
  ['global.anthropic.claude-opus-4-6-v1:0', '10 12.5 20 1 37.5', undefined, '2026-03-13'] as const,
  ['regional.anthropic.claude-opus-4-6-v1:0', '11 13.75 22 1.1 41.25', undefined, '2026-03-13'] as const,
].map(([model, row, from, until]): Correction => ({
  entry: `aws.bedrock/${model}`,
  note: LONG_CONTEXT_NOTE,
  apply: longContext(row, from, until),
}));

const inGovernmentRegions =
  (price: Omit<RegionData, 'names'>) =>
  (entry: EntryDraft): void => {
    const region: RegionData = { names: ['us-gov-*'], ...price };
    entry.periods = entry.periods.map((period) => ({ ...period, regions: [region] }));
  };

const government: readonly Correction[] = [
  ...GOVERNMENT.map(([model, row]): Correction => ({
    entry: `aws.bedrock/regional.anthropic.${model}-v1:0`,
    note: GOVERNMENT_NOTE,
    apply: inGovernmentRegions({ card: { rates: claudeRates(row) } }),
  })),
  ...['claude-3-haiku-20240307', 'claude-3-5-sonnet-20240620', 'claude-3-7-sonnet-20250219'].map(
    (model): Correction => ({
      entry: `aws.bedrock/regional.anthropic.${model}-v1:0`,
      note: GOVERNMENT_NOTE,
      apply: inGovernmentRegions({ multiplier: '1.2' }),
    }),
  ),
];

const EXTENDED_ACCESS =
  'Public Extended Access, in some regions from 2025-12-01, costs twice as much (6 / 30) under the same model id: a call does not tell which it was, so this is the price of before.';

export const claudeCorrections: readonly Correction[] = [
  {
    entry: 'aws.bedrock/regional.anthropic.claude-3-5-haiku-20241022-v1:0',
    note: 'Cost 1 / 5 from its launch until 2024-12-03, when Anthropic cut it on all platforms; the source has the later price only.',
    apply: (entry) => {
      onlyPeriod(entry);
      earlierPeriod('2024-12-03', claudeRates('1 1.25 2 0.1 5'))(entry);
      during(entry, '2024-12-03', undefined, (period) => ({
        ...period,
        options: [{ when: { latency: 'optimized' }, rates: claudeRates('1 5') }],
      }));
    },
  },
  {
    entry: 'aws.bedrock/regional.anthropic.claude-3-5-sonnet-20240620-v1:0',
    note: EXTENDED_ACCESS,
  },
  {
    entry: 'aws.bedrock/regional.anthropic.claude-3-5-sonnet-20241022-v2:0',
    note: EXTENDED_ACCESS,
    apply: names('claude-3-5-sonnet-v2', 'anthropic.claude-3-5-sonnet-v2'),
  },
  ...longContexts,
  ...[...BATCH, ...BATCH_IN_PORTKEY].map((model): Correction => ({
    entry: `aws.bedrock/${model}`,
    ...(BATCH_IN_PORTKEY.includes(model) && {
      note: "Batch at half price by Portkey-AI/models; AWS's pricing page of July 2026 has none for this model.",
    }),
    apply: batch,
  })),
  ...government,
];
