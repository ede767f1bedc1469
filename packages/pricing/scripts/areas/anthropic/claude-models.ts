import type { EntryData, PeriodData, RatesData } from '../../../src/index.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { claudeRates, longerThan } from './claude-rates.ts';

const PRICING_PAGE = 'https://platform.claude.com/docs/en/about-claude/pricing';
/** A web search costs the same in every tier and at every length. */
export const WEB_SEARCH: RatesData = { webSearches: { decimal: '10', per: 1000 } };

type Added = Pick<EntryData, 'model' | 'checked' | 'periods'> &
  Partial<Pick<EntryData, 'aliases' | 'sourceUrl' | 'notes'>>;

const entry = (added: Added): EntryDraft => ({
  provider: 'anthropic',
  source: 'anthropic-pricing',
  sourceUrl: PRICING_PAGE,
  ...added,
});

const card = (row: string, period: Omit<PeriodData, 'rates'> = {}): PeriodData => ({
  ...period,
  rates: { ...claudeRates(row), ...WEB_SEARCH },
});

/** Prices per million tokens before Claude 2.1 came out on 21 November 2023, and since. */
export const REPRICED_ON = '2023-11-21';
const repriced = (before: string, since: string): PeriodData[] => [
  { until: REPRICED_ON, rates: claudeRates(before) },
  { from: REPRICED_ON, rates: claudeRates(since) },
];

/** Models of Anthropic that the source does not list. */
export const ADDED_MODELS: readonly EntryDraft[] = [
  entry({
    model: 'claude-sonnet-5-5',
    aliases: ['claude-sonnet-5.5', 'claude-5-5-sonnet', 'claude-5.5-sonnet'],
    checked: '2026-10-24',
    notes: [
      "Cache reads: 0.20 until the release notes of 2026-10-07 made them 0.10, 0.05 times input. The pricing page's table still had 0.20 on 2026-10-08, its text 0.10.",
    ],
    periods: [
      card('2 2.5 4 0.2 10', { until: '2026-10-07' }),
      card('2 2.5 4 0.1 10', { from: '2026-10-07' }),
    ],
  }),
  entry({
    model: 'claude-haiku-5-5',
    aliases: ['claude-haiku-5.5', 'claude-5-5-haiku', 'claude-5.5-haiku'],
    checked: '2026-10-24',
    notes: [
      'Priced by prompt length: a prompt of over 100,000 tokens, cached ones counted, pays five times as much.',
    ],
    periods: [card('0.1 0.125 0.2 0.01 0.5', longerThan(100_000, '0.5 0.625 1 0.05 2.5', WEB_SEARCH))],
  }),
  entry({
    model: 'claude-fable-5-2',
    aliases: ['claude-fable-5.2'],
    checked: '2026-11-12',
    periods: [card('8 10 16 0.2 40', { from: '2026-11-09' })],
  }),
  entry({
    model: 'claude-mythos-5',
    aliases: ['claude-mythos-5.0'],
    checked: '2026-10-08',
    periods: [card('10 12.5 20 1 50')],
  }),
  entry({
    model: 'claude-mythos-5-1',
    aliases: ['claude-mythos-5.1'],
    checked: '2026-10-08',
    periods: [card('10 12.5 20 0.25 50')],
  }),
  entry({
    model: 'claude-mythos-preview',
    sourceUrl: 'https://www.anthropic.com/glasswing',
    checked: '2026-04-08',
    notes: [
      'Only input and output are published (25 / 125); the cache rates follow from the multipliers that all models had then.',
    ],
    periods: [{ rates: claudeRates('25 31.25 50 2.5 125') }],
  }),
  entry({
    model: 'claude-instant-1.2',
    aliases: [
      'claude-instant-1',
      'claude-instant-1.1',
      'claude-instant-1.0',
      'claude-instant-v1',
      'claude-instant-v1.0',
      'claude-instant-v1.1',
      'claude-instant-1-100k',
      'claude-instant-v1-100k',
      'claude-instant',
      'claude-instant-latest',
    ],
    sourceUrl: 'https://www.anthropic.com/news/claude-2-1',
    checked: '2024-11-06',
    notes: [
      'Cut on 2023-11-21 with all models of that time. Before and since from catalogues of 2023 and 2024 (Langfuse, Lunary, Bedrock at the same price); LiteLLM of January 2024 is off by ten.',
    ],
    periods: repriced('1.63 5.51', '0.8 2.4'),
  }),
];

/** What Claude 1 and 2 cost before the cut of 21 November 2023. */
export const CLAUDE_2_BEFORE_THE_CUT: RatesData = claudeRates('11.02 32.68');
