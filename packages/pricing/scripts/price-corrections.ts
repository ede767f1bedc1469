import { type Correction, names, onlyPeriod, perMillion, undetermined } from './correction.ts';
import type { EntryDraft } from './genai-entries.ts';

/** Models whose price the source states in a way that would misprice them. */
export const LEFT_OUT_MODELS: ReadonlyMap<string, string> = new Map([
  ['openai/gpt-4o-mini-2024-07-18.ft', 'has no name of its own'],
  ['deepseek/deepseek-v3.1-terminus', "is not a name of the provider's own API"],
  ['deepseek/deepseek-v3.2', "is not a name of the provider's own API"],
  ['deepseek/deepseek-v3.2-exp', "is not a name of the provider's own API"],
]);

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
  {
    entry: 'openai/gpt-4o:extended',
    apply: (entry) => {
      entry.approximate = "OpenRouter's name and price; OpenAI's own API does not list it";
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
