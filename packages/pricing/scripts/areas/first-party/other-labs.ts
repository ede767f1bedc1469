import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';
import { ALIBABA_ENTRIES } from './alibaba.ts';

export const OTHER_LAB_SOURCES = {
  'models.dev': {
    name: 'models.dev',
    version: '2026-07-02',
    licence: 'MIT',
    url: 'https://github.com/anomalyco/models.dev',
  },
  litellm: {
    name: 'LiteLLM model_prices_and_context_window.json',
    version: '2026-08-21',
    licence: 'MIT',
    url: 'https://github.com/BerriAI/litellm',
  },
} as const;

const AI21 = `
jamba-1.5-large, jamba-1.5-large@001, jamba-large-1.5-2024-08; jamba-large-1.6, jamba-large-1.6-2025-03; jamba-large-1.7, jamba-large-1.7-2025-07, jamba-large | | input 2 output 8
jamba-1.5-mini, jamba-1.5-mini@001, jamba-1.5, jamba-mini-1.5-2024-08; jamba-mini-1.6, jamba-mini-1.6-2025-03; jamba-mini-1.7, jamba-mini-1.7-2025-08, jamba-mini; jamba-mini-2, jamba-mini-2-2026-01 | | input 0.2 output 0.4
j2-light                   | | input 3 output 3
j2-mid                     | | input 10 output 10
j2-ultra                   | | input 15 output 15
`;

const INCEPTION = `
mercury-2; mercury-edit-2; mercury-edit | | input 0.25 cacheRead 0.025 output 0.75
mercury; mercury-coder     | | input 0.25 cacheRead 0.25 output 1
`;

const DEEPGRAM = `
nova-3, nova-3-general; nova-2, nova-2-general, nova-2-atc, nova-2-automotive, nova-2-conversationalai, nova-2-drivethru, nova-2-finance, nova-2-meeting, nova-2-phonecall, nova-2-video, nova-2-voicemail; nova, nova-general, nova-phonecall | | seconds 0.0043/60
nova-3-medical             | | seconds 0.0052/60
enhanced, enhanced-general, enhanced-finance, enhanced-meeting, enhanced-phonecall | | seconds 0.0145/60
base, base-general, base-conversationalai, base-finance, base-meeting, base-phonecall, base-video, base-voicemail | | seconds 0.0125/60
aura-2, aura-2-thalia-en, aura-2-andromeda-en, aura-2-apollo-en | | characters 0.03/1000
aura, aura-asteria-en, aura-luna-en | | characters 0.015/1000
`;

const ELEVENLABS = `
eleven_multilingual_v2; eleven_v3 | | characters 0.18/1000
scribe_v1                  | | seconds 0.22/3600
`;

const from = (
  provider: string,
  source: keyof typeof OTHER_LAB_SOURCES,
  sourceUrl: string,
  checked: string,
): Pick<EntryDraft, 'provider' | 'source' | 'sourceUrl' | 'checked'> => ({
  provider,
  source,
  sourceUrl,
  checked,
});

export const OTHER_LAB_ENTRIES: readonly EntryDraft[] = [
  ...ALIBABA_ENTRIES,
  ...readRateTable(AI21, from('ai21', 'litellm', 'https://www.ai21.com/pricing/', '2026-08-21')),
  ...readRateTable(
    INCEPTION,
    from('inception', 'models.dev', 'https://docs.inceptionlabs.ai/get-started/models', '2026-07-02'),
  ),
  ...readRateTable(DEEPGRAM, from('deepgram', 'litellm', 'https://deepgram.com/pricing', '2026-08-21')),
  ...readRateTable(ELEVENLABS, {
    ...from('elevenlabs', 'litellm', 'https://elevenlabs.io/pricing/api', '2026-08-21'),
    approximate: 'The price of a character depends on the plan.',
  }),
];
