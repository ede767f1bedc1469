import type { RatesData } from '../../../src/index.ts';
import { type Correction, names, perMillion } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { ratesSince, sinceDay, tierAtFactor } from '../period-edits.ts';
import { addRegionalUplift, timesRate } from './gemini-tiers.ts';

/** Claude that costs a tenth more at regional and multi-region endpoints, as all do since Sonnet 4.5. */
const WITH_REGIONAL_UPLIFT: readonly string[] = [
  'claude-sonnet-4-5',
  'claude-haiku-4-5',
  'claude-opus-4-5',
  'claude-opus-4-6',
  'claude-opus-4-7',
  'claude-opus-4-8',
  'claude-opus-5',
  'claude-opus-5-5',
  'claude-sonnet-4-6',
  'claude-sonnet-5',
  'claude-fable-5',
  'claude-fable-5-1',
];
const WITHOUT: readonly string[] = [
  'claude-3-haiku',
  'claude-3-opus',
  'claude-3-5-haiku',
  'claude-3-5-sonnet',
  'claude-3-7-sonnet',
  'claude-4-opus',
  'claude-4-sonnet',
];
const WITH_WEB_SEARCH = /^claude-(?:4-|[a-z]+-[45])/;
/** Since that day a request of up to a million tokens has one price: Claude Opus 4.6 and Sonnet 4.6. */
const FLAT_LENGTH_SINCE = '2026-03-13';

/** Cache writes by lifetime: five minutes as listed, an hour at twice the input. */
function withLifetimes({ cacheWrite, ...rates }: RatesData): RatesData {
  const { input } = rates;
  if (cacheWrite === undefined || input === undefined) return rates;
  return { ...rates, cacheWrite5m: cacheWrite, cacheWrite1h: timesRate(input, '2') };
}

function completeClaude(entry: EntryDraft): void {
  entry.periods = entry.periods.map((period) => ({
    ...period,
    rates: withLifetimes(period.rates),
    ...(period.longContext !== undefined && {
      longContext: period.longContext.map((tier) => ({ ...tier, rates: withLifetimes(tier.rates) })),
    }),
  }));
  if (entry.periods.some(({ rates }) => rates.cacheWrite1h !== undefined))
    entry.derived = { ...entry.derived, cacheWrite1h: 'anthropic_cache_write_1h' };
  if (WITH_WEB_SEARCH.test(entry.model))
    ratesSince(undefined, { webSearches: { decimal: '10', per: 1000 } })(entry);
  tierAtFactor('batch', '0.5')(entry);
}

const longSonnet = {
  inputTokens: 200_000,
  inclusive: false,
  rates: perMillion({ input: '6', cacheRead: '0.6', cacheWrite: '7.5', output: '22.5' }),
};

const HISTORY: Readonly<Record<string, (entry: EntryDraft) => void>> = {
  'claude-3-5-haiku': (entry) => {
    const launch = perMillion({ input: '1', cacheRead: '0.1', cacheWrite: '1.25', output: '5' });
    entry.periods = [
      { until: '2024-12-03', rates: launch },
      ...entry.periods.map((period) => ({ ...period, from: '2024-12-03' })),
    ];
  },
  'claude-4-sonnet': (entry) => {
    entry.periods = sinceDay(entry.periods, '2025-08-12', (period) => ({
      ...period,
      longContext: [longSonnet],
    }));
  },
  'claude-sonnet-4-6': (entry) => {
    entry.periods = entry.periods.flatMap((period) => [
      { ...period, until: FLAT_LENGTH_SINCE, longContext: [longSonnet] },
      { ...period, from: FLAT_LENGTH_SINCE },
    ]);
  },
  'claude-opus-4-6': (entry) => {
    if (entry.periods.some(({ longContext }) => longContext === undefined))
      throw new Error('the source has no long context of Opus 4.6 on Vertex AI any more: review its history');
    entry.periods = sinceDay(
      entry.periods,
      FLAT_LENGTH_SINCE,
      ({ longContext: _dropped, ...period }) => period,
    );
  },
};

const NOTES: Readonly<Record<string, string>> = {
  'claude-3-5-haiku': 'Cut from 1 / 5 on 2024-12-03.',
  'claude-4-opus': 'Opus 4 and Opus 4.1 cost the same.',
  'claude-4-sonnet':
    'Above 200,000 input tokens since 2025-08-12, as at Anthropic; LiteLLM lists it for Vertex AI.',
  'claude-sonnet-4-5':
    'Above 200,000 tokens cached ones cost twice as much too; Portkey-AI/models has the rates of short requests.',
  'claude-sonnet-4-6': `Above 200,000 tokens 6 / 22.50 until ${FLAT_LENGTH_SINCE}, as at Anthropic.`,
  'claude-opus-4-6': `Above 200,000 tokens 10 / 37.50 until ${FLAT_LENGTH_SINCE}, as at Anthropic; the source still has it.`,
};

const correction =
  (uplifted: boolean) =>
  (model: string): Correction => ({
    entry: `gcp.vertex_ai/${model}`,
    ...(NOTES[model] !== undefined && { note: NOTES[model] }),
    apply: (entry) => {
      if (model === 'claude-3-7-sonnet') names('claude-3-7-sonnet-v2')(entry);
      HISTORY[model]?.(entry);
      completeClaude(entry);
      if (uplifted) addRegionalUplift(entry);
    },
  });

/** Claude on Vertex AI: history, batches at half price, and what an endpoint's place adds. */
export const CLAUDE_CORRECTIONS: readonly Correction[] = [
  ...WITHOUT.map(correction(false)),
  ...WITH_REGIONAL_UPLIFT.map(correction(true)),
];

/** Claude on Vertex AI that the source does not list. */
export const ADDED_CLAUDE = `
claude-3-sonnet    |            | input 3 output 15
claude-sonnet-5-5, claude-sonnet-5.5  |            | input 2 cacheRead 0.2 cacheWrite 2.5 output 10 | note: Anthropic's list price, which LiteLLM has for Vertex AI.
                   | 2026-10-07 | input 2 cacheRead 0.1 cacheWrite 2.5 output 10
claude-haiku-5-5, claude-haiku-5.5   |            | input 0.1 cacheRead 0.01 cacheWrite 0.125 output 0.5 | >100000: input 0.5 cacheRead 0.05 cacheWrite 0.625 output 2.5 | note: Anthropic's list price, which LiteLLM has for Vertex AI.
`;

export const FABLE_5_2 = `
claude-fable-5-2, claude-fable-5.2   | 2026-11-09 | input 8 cacheRead 0.2 cacheWrite 10 output 40 | fast: input 16 cacheRead 0.4 cacheWrite5m 20 cacheWrite1h 32 output 80 | note: Anthropic's list price. Fast mode costs twice as much for all kinds of tokens, by Google's page of the model.
`;

export function completeAddedClaude(entry: EntryDraft): EntryDraft {
  completeClaude(entry);
  if (entry.model !== 'claude-3-sonnet') addRegionalUplift(entry);
  return entry;
}
