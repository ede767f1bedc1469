import type { PeriodData, RatesData } from '../../../src/index.ts';
import { type Correction, earlierPeriod, names, onlyPeriod, perMillion } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { ratesSince, sinceDay } from '../period-edits.ts';
import { readRates } from '../rate-table.ts';

const setRates =
  (words: string) =>
  (entry: EntryDraft): void => {
    const period = onlyPeriod(entry);
    entry.periods = [{ ...period, rates: { ...period.rates, ...readRates(words) } }];
  };

const FILE_SEARCH = readRates('fileSearches 2.5/1000');
const TOOLS = readRates('webSearches 10/1000 fileSearches 2.5/1000');

/** The fee of web searches changed twice for models that do not reason; content tokens were free until the second. */
const webSearchHistory =
  (launchFee: string) =>
  (entry: EntryDraft): void => {
    const fee = (perThousand: string): RatesData => readRates(`webSearches ${perThousand}/1000`);
    const [low, medium, high] = launchFee.split(' ');
    if (low === undefined || medium === undefined || high === undefined) throw new Error('three fees');
    const launch = (period: PeriodData): PeriodData => ({
      ...period,
      rates: { ...period.rates, ...fee(medium) },
      options: [
        { when: { search_context_size: 'low' }, rates: fee(low) },
        { when: { search_context_size: 'high' }, rates: fee(high) },
      ],
    });
    const simplified = (period: PeriodData): PeriodData => {
      const { options: _options, ...others } = period;
      return { ...others, rates: { ...period.rates, ...fee('25') } };
    };
    const general = (period: PeriodData): PeriodData => ({
      ...period,
      rates: { ...period.rates, ...fee('10') },
    });
    const asLaunched = entry.periods.map(launch);
    entry.periods = sinceDay(sinceDay(asLaunched, '2025-06-26', simplified), '2025-08-26', general);
  };

const WEB_SEARCH_NOTE =
  'A web search cost 30 to 50 per thousand by context size at first (mini models 25 to 30), 25 since 2025-06-26 and 10 with the generally available tool since 2025-08-26; the preview tool still costs 25.';

const HISTORY: readonly Correction[] = [
  {
    entry: 'openai/gpt-4o',
    note: 'The name meant gpt-4o-2024-05-13 until 2024-10-02, at its price.',
    apply: earlierPeriod('2024-10-02', perMillion({ input: '5', output: '15' })),
  },
  {
    entry: 'openai/o1-mini',
    note: 'Launch price until 2025-01-31, when o3-mini came at a third of it.',
    apply: earlierPeriod('2025-01-31', perMillion({ input: '3', cacheRead: '1.5', output: '12' })),
  },
  {
    entry: 'openai/gpt-3.5-turbo',
    note: 'The name meant 0301 until 2023-06-13, 0613 until 2024-02-16 and 0125 since; each at its price then.',
    apply: (entry) => {
      earlierPeriod('2024-02-16', perMillion({ input: '1.5', output: '2' }))(entry);
      const [before, ...since] = entry.periods;
      if (before === undefined) throw new Error('gpt-3.5-turbo has no period');
      entry.periods = [
        { until: '2023-06-13', rates: perMillion({ input: '2', output: '2' }) },
        { ...before, from: '2023-06-13' },
        ...since,
      ];
    },
  },
  {
    entry: 'openai/gpt-3.5-0301',
    note: 'Cost 2 / 2 until the cut of 2023-06-13 (langfuse of 2024-01; no copy of the page is known).',
    apply: earlierPeriod('2023-06-13', perMillion({ input: '2', output: '2' })),
  },
  {
    entry: 'openai/text-embedding-ada-002',
    note: 'Cost 0.4 until the cut by three quarters of 2023-06-13, which OpenAI announced; catalogues have only the later price.',
    apply: earlierPeriod('2023-06-13', perMillion({ input: '0.4' })),
  },
  {
    entry: 'openai/gpt-4o-audio-preview',
    note: 'The source has no audio rates. The name meant the dearer snapshot of 2024-10-01 at first; the day of the change is taken to be 2025-01-01.',
    apply: (entry) => {
      setRates('inputAudio 40 outputAudio 80')(entry);
      const text = onlyPeriod(entry).rates;
      earlierPeriod('2025-01-01', { ...text, ...readRates('inputAudio 100 outputAudio 200') })(entry);
    },
  },
  {
    entry: 'openai/gpt-4o-mini-audio-preview',
    note: 'The source has no audio rates.',
    apply: setRates('inputAudio 10 outputAudio 20'),
  },
  {
    entry: 'openai/gpt-4o-realtime-preview',
    note: 'The name meant the dearer snapshot of 2024-10-01 at first; the day of the change is taken to be 2025-01-01.',
    apply: (entry) => {
      const { rates } = onlyPeriod(entry);
      const audio = readRates('inputAudio 100 cacheReadAudio 20 outputAudio 200');
      earlierPeriod('2025-01-01', { ...rates, ...audio })(entry);
    },
  },
  ...['gpt-4o', 'gpt-4o-2024-08-06', 'gpt-4o-2024-05-13', 'gpt-4.1'].map((model): Correction => ({
    entry: `openai/${model}`,
    note: WEB_SEARCH_NOTE,
    apply: (entry) => {
      ratesSince(undefined, FILE_SEARCH)(entry);
      webSearchHistory('30 35 50')(entry);
    },
  })),
  ...['gpt-4o-mini', 'gpt-4.1-mini'].map((model): Correction => ({
    entry: `openai/${model}`,
    note: `${WEB_SEARCH_NOTE} With the latter, each search also bills 8,000 input tokens.`,
    apply: webSearchHistory('25 27.5 30'),
  })),
];

/** Tools of the Responses API cost the same with every model that can call them. */
const TOOL_FEES: readonly Correction[] = [
  ...['gpt-4.1-nano', 'o1', 'o1-pro', 'o3-mini'].map((model): Correction => ({
    entry: `openai/${model}`,
    apply: ratesSince(undefined, FILE_SEARCH),
  })),
  ...[
    'gpt-5-codex',
    'gpt-5.1-codex',
    'gpt-5.1-codex-mini',
    'gpt-5.2-codex',
    'gpt-5.3',
    'gpt-5.3-codex',
    'o3-pro',
    'o3-deep-research',
    'o4-mini-deep-research',
  ].map((model): Correction => ({ entry: `openai/${model}`, apply: ratesSince(undefined, TOOLS) })),
];

/** Since 2026-09-23 the page says: short up to 272,000 input tokens, long above; model pages always said so. */
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
export const longAboveThreshold = (entry: EntryDraft): void => {
  entry.periods = entry.periods.map((period) => {
    if (period.longContext === undefined)
      throw new Error(`${entry.model} has no long-context price now: review its correction`);
    return { ...period, longContext: period.longContext.map((tier) => ({ ...tier, inclusive: false })) };
  });
};

export const PRICE_HISTORY: readonly Correction[] = [
  ...HISTORY,
  ...TOOL_FEES,
  ...EXACTLY_LONG.map((model): Correction => ({ entry: `openai/${model}`, apply: longAboveThreshold })),
  { entry: 'openai/babbage', apply: names('text-babbage-001') },
  { entry: 'openai/gpt-5.6-sol', apply: names('gpt-daybreak-blue-latest') },
];
