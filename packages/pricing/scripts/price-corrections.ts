import type { UsageBucket } from '@costspan/cost-model';
import type { WindowData } from '../src/index.ts';
import { type Correction, earlierPeriod, names, onlyPeriod, perMillion, undetermined, withoutNames } from './correction.ts';
import type { EntryDraft } from './genai-entries.ts';

/** Models whose price the source states in a way that would misprice them. */
export const LEFT_OUT_MODELS: ReadonlyMap<string, string> = new Map([
  ['openai/gpt-4o-mini-2024-07-18.ft', 'has no name of its own'],
  ['openai/gpt-4o:extended', "is not a name of the provider's own API"],
  ['deepseek/deepseek-v3.1-terminus', "is not a name of the provider's own API"],
  ['deepseek/deepseek-v3.2', "is not a name of the provider's own API"],
  ['deepseek/deepseek-v3.2-exp', "is not a name of the provider's own API"],
]);

/** From 23 August 2026 the peak hours hold on weekdays only; in Beijing they fall on the same day as in UTC. */
const WEEKDAYS = [1, 2, 3, 4, 5];
const deepseekV4 = (entry: EntryDraft): void => {
  const [before, since] = entry.periods;
  if (before === undefined || since?.windows === undefined || since.from !== '2026-08-17')
    throw new Error(`${entry.model} has other windows now: review its correction`);
  const weekdays: WindowData[] = since.windows.map((window) => ({ days: WEEKDAYS, ...window }));
  entry.periods = [
    before,
    { ...since, until: '2026-08-23' },
    { ...since, from: '2026-08-23', windows: weekdays },
  ];
};
const DEEPSEEK_V4_NOTE =
  'Peak hours since 2026-08-17, on weekdays only since 2026-08-23 (the source says so in words). On Chinese public holidays, which are off-peak, the weekday price is too high.';

const deepseekV3 = (entry: EntryDraft): void => {
  entry.periods = [{ ...onlyPeriod(entry), until: '2025-09-05' }];
};
const DEEPSEEK_V3_NOTE =
  'The off-peak discount ended with the new price list of 2025-09-05, which the source does not have: no price from then on.';

export const CORRECTIONS: readonly Correction[] = [
  {
    entry: 'openai/o3',
    note: 'Cached input before 2025-06-10 is 2.50 (LiteLLM and Langfuse of that time), five times the later rate as the other rates are; the source has the later 0.50.',
    apply: (entry) => {
      const [before, ...since] = entry.periods;
      if (before?.until !== '2025-06-10')
        throw new Error('o3 has another history now: review its correction');
      entry.periods = [
        { ...before, rates: { ...before.rates, ...perMillion({ cacheRead: '2.5' }) } },
        ...since,
      ];
    },
  },
  { entry: 'openai/computer-use', apply: names('computer-use-preview') },
  { entry: 'azure.ai.openai/computer-use', apply: names('computer-use-preview') },
  { entry: 'anthropic/claude-2', apply: names('claude-2.0', 'claude-2.1') },
  {
    entry: 'anthropic/claude-sonnet-4-0',
    note: "Above 200,000 input tokens, possible since 2025-08-12: Anthropic's page of that time; the source has no tier.",
    apply: (entry) => {
      const period = onlyPeriod(entry);
      const { webSearches } = period.rates;
      const long = perMillion({
        input: '6',
        cacheRead: '0.6',
        output: '22.5',
        cacheWrite5m: '7.5',
        cacheWrite1h: '12',
      });
      const tier = { ...long, ...(webSearches !== undefined && { webSearches }) };
      entry.periods = [
        { ...period, until: '2025-08-12' },
        {
          ...period,
          from: '2025-08-12',
          longContext: [{ inputTokens: 200_000, inclusive: false, rates: tier }],
        },
      ];
    },
  },
  { entry: 'gcp.vertex_ai/claude-3-5-sonnet', apply: names('claude-3-5-sonnet-v2') },
  { entry: 'gcp.gemini/gemini-flash-1.5-8b', apply: names('gemini-1.5-flash-8b') },
  ...['gcp.gemini', 'gcp.vertex_ai'].map((provider): Correction => ({
    entry: `${provider}/gemini-2.5-flash-preview`,
    note: 'With thinking on, all output cost more (3.50), which usage does not tell: a call that reports reasoning has no price.',
    apply: undetermined('reasoning'),
  })),
  { entry: 'deepseek/deepseek-chat', note: DEEPSEEK_V3_NOTE, apply: deepseekV3 },
  { entry: 'deepseek/deepseek-reasoner', note: DEEPSEEK_V3_NOTE, apply: deepseekV3 },
  { entry: 'deepseek/deepseek-v4-flash', note: DEEPSEEK_V4_NOTE, apply: deepseekV4 },
  {
    entry: 'deepseek/deepseek-v4-pro',
    note: `${DEEPSEEK_V4_NOTE} From 2026-09-14 an announcement quotes V4.1 Flash's rates; the source and later readers do not.`,
    apply: deepseekV4,
  },
  {
    entry: 'zai/glm-5.3-flash',
    note: 'The launch promotion ended on 2026-09-09 at 24:00 UTC+8 (the source says so in words); list price since.',
    apply: (entry) => {
      const end = '2026-09-09T16:00:00Z';
      entry.periods = [
        { ...onlyPeriod(entry), until: end },
        { from: end, rates: perMillion({ input: '0.15', cacheRead: '0.03', output: '0.5' }) },
      ];
    },
  },
  ...['whisper-large-v3', 'whisper-large-v3-turbo'].map((model): Correction => ({
    entry: `groq/${model}`,
    note: 'Groq bills at least 10 seconds of each request.',
    apply: (entry) => {
      entry.minimum = { seconds: 10 };
    },
  })),
  ...['sonar', 'sonar-pro', 'sonar-reasoning', 'sonar-reasoning-pro'].map((model): Correction => ({
    entry: `perplexity/${model}`,
    note: 'Each request pays a fee that depends on its search context size, which usage does not tell.',
  })),
  // Contradictions between sources that nothing here settles: the price is the source's, the note says so.
  {
    entry: 'gcp.gemini/gemini-2.5-pro',
    note: 'Cached input was 0.31 until some day in autumn 2025; the source has only the later 0.125.',
  },
  {
    entry: 'gcp.gemini/gemini-2.5-flash',
    note: 'Cached input was 0.075 until some day in autumn 2025; the source has only the later 0.03.',
  },
  {
    entry: 'mistral_ai/mistral-large',
    note: 'mistral-large-2407 cost 3 / 9 at its launch in July 2024; the day of the cut is not known.',
  },
  {
    entry: 'x_ai/grok-4-0709',
    note: 'Above 128,000 tokens some listings have 6 / 30; the source has one price.',
  },
  {
    entry: 'groq/openai/gpt-oss-20b',
    note: 'Cost 0.10 / 0.50 at its launch in August 2025; the day of the cut is not known.',
  },
];

/** Applies every correction; one whose entry is gone has to be reviewed. */
export function applyCorrections(entries: readonly EntryDraft[], corrections: readonly Correction[]): void {
  const byName = new Map(entries.map((entry) => [`${entry.provider}/${entry.model}`, entry]));
  for (const { entry: name, note, apply } of corrections) {
    const entry = byName.get(name);
    if (entry === undefined) throw new Error(`${name} is not in the source: remove its correction`);
    apply?.(entry);
    if (note !== undefined) entry.notes = [...(entry.notes ?? []), note];
  }
}
