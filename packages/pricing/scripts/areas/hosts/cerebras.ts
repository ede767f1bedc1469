import { type Correction, earlierPeriod, perMillion } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';

/** Beyond the source: Portkey-AI/models and models.dev, which agree where both list a model. */
export const added: readonly EntryDraft[] = readRateTable(
  `
llama3.1-70b                             | | input 0.6 output 0.6
llama-4-scout-17b-16e-instruct           | | input 0.65 output 0.85
llama-4-maverick-17b-128e-instruct       | | input 0.2 output 0.6
qwen-3-235b-a22b-instruct-2507           | | input 0.6 output 1.2
qwen-3-coder-480b                        | | input 2 output 2
zai-glm-4.6                              | | input 2.25 output 2.75
`,
  {
    provider: 'cerebras',
    source: 'portkey-models',
    sourceUrl: 'https://www.cerebras.ai/pricing',
    checked: '2026-08-21',
  },
);

export const corrections: readonly Correction[] = [
  {
    entry: 'cerebras/gpt-oss-120b',
    note: 'Until some day between 2025-09-01 and 2025-11-06 it cost 0.25 / 0.69 (LiteLLM and models.dev of that time); the source read the higher price on 2025-11-06.',
    apply: earlierPeriod('2025-11-06', perMillion({ input: '0.25', output: '0.69' })),
  },
  {
    entry: 'cerebras/llama-3.3-70b',
    apply: (entry) => {
      entry.aliases = [...(entry.aliases ?? []), 'llama3.3-70b'];
    },
  },
];
