import { type Correction, names, onlyPeriod, perMillion, undetermined } from '../../correction.ts';
import { readGenaiSource } from '../../genai-source.ts';
import type { ProviderSelection } from '../../provider-selections.ts';

const all = (): boolean => true;

/** Providers of the source that are not hosts of everybody's models, or bill them at prices of their own. */
export const FIRST_PARTY_SELECTIONS: readonly ProviderSelection[] = [
  { source: 'minimax', provider: 'minimax', takes: all },
  { source: 'zhipuai', provider: 'zhipuai', takes: all },
  { source: 'arcee', provider: 'arcee', takes: all },
  { source: 'cursor', provider: 'cursor', takes: all },
  { source: 'github-copilot', provider: 'github-copilot', takes: all },
  { source: 'typesafe', provider: 'typesafe', takes: all },
];

const ZHIPU_APPROXIMATE =
  'Zhipu bills in yuan: converted by the source at 7.25 for a dollar, at the price of the shortest input.';
const source = await readGenaiSource();

export const SOURCE_CORRECTIONS: readonly Correction[] = [
  ...(source.providers.get('zhipuai')?.models ?? []).map(({ id }): Correction => ({
    entry: `zhipuai/${id.toLowerCase()}`,
    apply: (entry) => {
      entry.approximate = ZHIPU_APPROXIMATE;
    },
  })),
  ...['claude-fable-5', 'claude-fable-5.1'].map((model): Correction => ({
    entry: `github-copilot/${model}`,
    note: 'The page states cached input as a range of 0.25 to 1.00; the highest is taken.',
  })),
  {
    entry: 'moonshot_ai/kimi-k2-turbo-preview',
    note: 'Was announced at 2.40 / 0.60 / 10 in August 2025 and sold below that; the source and three other lists have this price.',
  },
  {
    entry: 'perplexity/sonar-pro-search',
    note: 'A model of OpenRouter, which bills a fee for each request besides its tokens; Perplexity lists no price of it.',
    apply: undetermined('requests'),
  },
  {
    entry: 'minimax/minimax-m3',
    note: 'models.dev and LiteLLM had 0.60 / 2.40 between 2026-06-02 and 2026-06-21.',
    apply: (entry) => {
      onlyPeriod(entry);
      names('minimax-m3-latest')(entry);
    },
  },
  {
    entry: 'typesafe/jev-1.13.0',
    note: 'Output is free of charge.',
    apply: (entry) => {
      const period = onlyPeriod(entry);
      entry.periods = [{ ...period, rates: { ...period.rates, ...perMillion({ output: '0' }) } }];
    },
  },
];
