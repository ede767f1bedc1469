import type { PeriodData, RatesData } from '../../src/index.ts';
import { type Correction, earlierPeriod, names, onlyPeriod } from '../correction.ts';
import type { EntryDraft } from '../genai-entries.ts';
import { ADDED_MODELS, CLAUDE_2_BEFORE_THE_CUT, REPRICED_ON, WEB_SEARCH } from './anthropic/claude-models.ts';
import {
  claudeRates,
  during,
  longerThan,
  splitAt,
  withHalfPriceBatch,
  withTier,
} from './anthropic/claude-rates.ts';
import type { PriceArea } from './price-area.ts';

/** Models of the Message Batches API, which halves all token prices since 8 October 2024. */
const BATCH_MODELS = [
  'claude-3-haiku',
  'claude-3-opus-latest',
  'claude-3-5-haiku-latest',
  'claude-3-5-sonnet',
  'claude-3-7-sonnet-latest',
  'claude-opus-4-0',
  'claude-sonnet-4-0',
  'claude-opus-4-1',
  'claude-sonnet-4-5',
  'claude-haiku-4-5',
  'claude-opus-4-5',
  'claude-mythos-preview',
];

/** Released after 1 February 2026: these take `inference_geo`, and inference in the US costs 10 % more. */
const GEOGRAPHY_MODELS = [
  'claude-opus-4-6',
  'claude-sonnet-4-6',
  'claude-opus-4-7',
  'claude-opus-4-8',
  'claude-fable-5',
  'claude-mythos-5',
  'claude-sonnet-5',
  'claude-opus-5',
  'claude-fable-5-1',
  'claude-fable-5-2',
  'claude-mythos-5-1',
  'claude-opus-5-5',
  'claude-sonnet-5-5',
  'claude-haiku-5-5',
];

/** Rates of fast mode, with the caching multipliers that apply on top of it. */
const FAST = {
  opus46: claudeRates('30 37.5 60 3 150'),
  opus48: claudeRates('10 12.5 20 1 50'),
  opus55: claudeRates('8 10 16 0.4 40'),
  fable52: claudeRates('16 20 32 0.4 80'),
};

const BATCH_NOTE =
  "Batch: half of all token prices. Anthropic's page lists input and output, and says that the caching multipliers apply on top.";
const FAST_NOTE =
  'Fast mode is a research preview: its rates hold for all lengths, and the caching multipliers apply on top.';

const usInference = (period: PeriodData): PeriodData => ({
  ...period,
  regions: [{ names: ['us'], multiplier: '1.1' }],
});

/**
 * Fast mode of Opus 4.6 came on 7 February 2026, cost twice as much past 200,000 tokens for two weeks, and
 * ended on 29 June: such requests run and are billed as standard ones since.
 */
function opus46Fast(entry: EntryDraft): void {
  splitAt(entry, '2026-02-07', '2026-02-21', '2026-06-29');
  during(
    entry,
    '2026-02-07',
    '2026-02-21',
    withTier('fast', { rates: FAST.opus46, ...longerThan(200_000, '60 75 120 6 225', WEB_SEARCH) }),
  );
  during(entry, '2026-02-21', '2026-06-29', withTier('fast', { rates: FAST.opus46 }));
  during(entry, '2026-06-29', undefined, withTier('fast', { rates: claudeRates('5 6.25 10 0.5 25') }));
}

const fastMode: readonly Correction[] = [
  {
    entry: 'anthropic/claude-opus-4-6',
    note: `${FAST_NOTE} Dearer past 200,000 tokens until a day between 2026-02-18 and 2026-02-21 (copies of the page).`,
    apply: opus46Fast,
  },
  {
    entry: 'anthropic/claude-opus-4-7',
    note: `${FAST_NOTE} On this model from 2026-05-12 until 2026-07-24.`,
    apply: (entry) => {
      splitAt(entry, '2026-05-12', '2026-07-24');
      during(entry, '2026-05-12', '2026-07-24', withTier('fast', { rates: FAST.opus46 }));
    },
  },
  ...Object.entries({
    'claude-opus-4-8': FAST.opus48,
    'claude-opus-5': FAST.opus48,
    'claude-opus-5-5': FAST.opus55,
    'claude-fable-5-2': FAST.fable52,
  }).map(([model, rates]): Correction => ({
    entry: `anthropic/${model}`,
    note: FAST_NOTE,
    apply: (entry) => {
      during(entry, undefined, undefined, withTier('fast', { rates }));
    },
  })),
];

/** Only where the source has a single price: one that knows the history has to be reviewed. */
const firstPeriod =
  (until: string, rates: RatesData) =>
  (entry: EntryDraft): void => {
    onlyPeriod(entry);
    earlierPeriod(until, rates)(entry);
  };

const history: readonly Correction[] = [
  ...['claude-2', 'claude-v1'].map((model): Correction => ({
    entry: `anthropic/${model}`,
    note: 'Cost 11.02 / 32.68 until the cut of 2023-11-21, by catalogues of that time; the source has the later price only.',
    apply: firstPeriod(REPRICED_ON, CLAUDE_2_BEFORE_THE_CUT),
  })),
  {
    entry: 'anthropic/claude-3-5-haiku-latest',
    note: "Cost 1 / 5 from its launch until 2024-12-03 (Anthropic's announcement); the source has the later price only.",
    apply: firstPeriod('2024-12-03', claudeRates('1 1.25 2 0.1 5')),
  },
];

const retiredBeta: Correction = {
  entry: 'anthropic/claude-sonnet-4-5',
  note: 'The long context window was a beta that ended on 2026-04-30: longer requests fail since then.',
};

/** Spellings of real calls that the source's names do not cover; `[1m]` asks for the long context window. */
const spellings: readonly Correction[] = Object.entries({
  'claude-v1':
    'claude-1 claude-1.0 claude-1.2 claude-1.3 claude-v1.0 claude-v1.2 claude-v1.3 claude-1-100k claude-v1-100k claude-v1.3-100k',
  'claude-2': 'claude-2-100k claude-v2.0 claude-v2.1 claude-2-latest',
  'claude-3-haiku': 'claude-3-haiku-latest claude-haiku-3 claude-3.0-haiku',
  'claude-3-sonnet': 'claude-3-sonnet-latest claude-sonnet-3 claude-3.0-sonnet',
  'claude-3-opus-latest': 'claude-opus-3 claude-3.0-opus',
  'claude-3-5-haiku-latest': 'claude-3.5-haiku-latest claude-haiku-3-5 claude-haiku-3.5',
  'claude-3-5-sonnet':
    'claude-3-5-sonnet-latest claude-3.5-sonnet-latest claude-sonnet-3-5 claude-sonnet-3.5 claude-3-5-sonnet-v2 claude-3-5-sonnet-v2@20241022',
  'claude-3-7-sonnet-latest':
    'claude-3.7-sonnet-latest claude-3-7-sonnet:thinking claude-3.7-sonnet:thinking',
  'claude-opus-4-0': 'claude-opus-4.0 claude-4-0-opus claude-4.0-opus',
  'claude-sonnet-4-0':
    'claude-sonnet-4.0 claude-4-0-sonnet claude-4.0-sonnet claude-sonnet-4[1m] claude-sonnet-4-20250514[1m] claude-sonnet-4-0[1m]',
  'claude-opus-4-1': 'claude-4-1-opus claude-4.1-opus',
  'claude-sonnet-4-5':
    'claude-4-5-sonnet claude-4.5-sonnet claude-sonnet-4-5[1m] claude-sonnet-4-5-20250929[1m]',
  'claude-sonnet-4-6': 'claude-4-6-sonnet claude-4.6-sonnet claude-sonnet-4-6[1m]',
  'claude-opus-4-6': 'claude-opus-4-6[1m]',
  'claude-opus-4-7': 'claude-opus-4-7[1m]',
  'claude-opus-4-8': 'claude-opus-4-8[1m]',
  'claude-sonnet-5': 'claude-sonnet-5[1m]',
  'claude-opus-5': 'claude-opus-5[1m]',
  'claude-fable-5': 'claude-fable-5.0 claude-fable-5[1m]',
  'claude-fable-5-1': 'claude-fable-5.1 claude-fable-5-1[1m]',
  'claude-fable-5-2': 'claude-fable-5-2[1m]',
  'claude-opus-5-5': 'claude-opus-5-5[1m]',
  'claude-sonnet-5-5': 'claude-sonnet-5-5[1m]',
  'claude-haiku-5-5': 'claude-haiku-5-5[1m]',
}).map(([model, spelled]) => ({ entry: `anthropic/${model}`, apply: names(...spelled.split(' ')) }));

/** Prices of Anthropic. */
export const anthropic: PriceArea = {
  sources: {
    'anthropic-pricing': {
      name: "Anthropic's pricing page and release notes",
      version: '2026-11-12',
      licence: 'facts',
      url: 'https://platform.claude.com/docs/en/about-claude/pricing',
    },
  },
  added: ADDED_MODELS,
  corrections: [
    ...spellings,
    ...history,
    retiredBeta,
    ...fastMode,
    ...[...BATCH_MODELS, ...GEOGRAPHY_MODELS].map((model): Correction => ({
      entry: `anthropic/${model}`,
      note: BATCH_NOTE,
      apply: (entry) => {
        entry.periods = entry.periods.map(withHalfPriceBatch);
      },
    })),
    ...GEOGRAPHY_MODELS.map((model): Correction => ({
      entry: `anthropic/${model}`,
      apply: (entry) => {
        entry.periods = entry.periods.map(usInference);
      },
    })),
  ],
};
