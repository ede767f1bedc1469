import type { EntryDraft } from '../../genai-entries.ts';
import { readRates, readRateTable } from '../rate-table.ts';
import { cardOf } from './price-table.ts';

export const OPENAI_PAGE = 'https://developers.openai.com/api/docs/pricing';

const shared = {
  provider: 'openai',
  source: 'openai-pricing',
  sourceUrl: OPENAI_PAGE,
  checked: '2026-09-23',
} as const;

/** Snapshots and variants that the source has under another model, though their prices or tiers differ. */
const SPLIT = readRateTable(
  `
gpt-4o-realtime-preview-2024-10-01 | | input 5 inputAudio 100 cacheRead 2.5 cacheReadAudio 20 output 20 outputAudio 200
gpt-4o-2024-08-06, gpt-4o-2024-11-20 | | input 2.5 cacheRead 1.25 output 10
gpt-3.5-turbo-0125, gpt-35-turbo-0125 | | input 0.5 output 1.5
gpt-5-codex | | input 1.25 cacheRead 0.125 output 10
gpt-5.1-codex, gpt-5.1-codex-max, gpt-5-1-codex, gpt-5-1-codex-max | | input 1.25 cacheRead 0.125 output 10
gpt-5.2-codex, gpt-5-2-codex | | input 1.75 cacheRead 0.175 output 14
gpt-4o-audio-preview-2024-10-01 | | input 2.5 inputAudio 100 output 10 outputAudio 200
gpt-4o-audio-preview-2024-12-17, gpt-4o-audio-preview-2025-06-03 | | input 2.5 inputAudio 40 output 10 outputAudio 80
gpt-4o-realtime-preview-2024-12-17, gpt-4o-realtime-preview-2025-06-03 | | input 5 inputAudio 40 cacheRead 2.5 cacheReadAudio 2.5 output 20 outputAudio 80
`,
  shared,
);

const NEW = readRateTable(
  `
gpt-6.1-sol, gpt-6-1-sol | | input 2 cacheRead 0.1 cacheWrite 2.5 output 10 webSearches 10/1000 fileSearches 2.5/1000 | >272000: input 4 cacheRead 0.2 cacheWrite 5 output 15 webSearches 10/1000 fileSearches 2.5/1000
gpt-5.6-cyber, gpt-daybreak-red-latest | | input 12.5 cacheRead 1.25 cacheWrite 15.625 output 75
gpt-5.5-cyber | | input 12.5 cacheRead 1.25 output 75
gpt-rosalind-research | 2026-10-05 | input 5 cacheRead 0.5 output 25 | note: Billed from 2026-10-05 on; free to approved research before.
chat-latest | | input 5 cacheRead 0.5 output 30 webSearches 10/1000 fileSearches 2.5/1000
chatgpt-image-latest | | input 5 inputImage 8 cacheRead 1.25 cacheReadImage 2 output 10 outputImage 32
gpt-image-2.5-sunburst | | input 5 inputImage 8 cacheRead 1.25 cacheReadImage 2 output 30 outputImage 30
gpt-image-2.5-flare | | input 5 inputImage 8 cacheRead 1.25 cacheReadImage 2 output 30 outputImage 30
gpt-live-1 | | seconds 0.05/60
gpt-live-transcribe | | seconds 0.017/60
gpt-realtime-whisper | | seconds 0.017/60
gpt-realtime-translate | | seconds 0.034/60
sora-2 | | seconds 0.1/1 | batch: seconds 0.05/1
sora-2-pro | | seconds 0.3/1 | size=1024x1792: seconds 0.5/1 | size=1792x1024: seconds 0.5/1 | size=1080x1920: seconds 0.7/1 | size=1920x1080: seconds 0.7/1
tts-1, tts-1-1106, tts | | characters 15/1000000
tts-1-hd, tts-1-hd-1106, tts-hd | | characters 30/1000000
dall-e-3 | | images 0.04/1 | quality=hd, size=1024x1792: images 0.12/1 | quality=hd, size=1792x1024: images 0.12/1 | quality=hd: images 0.08/1 | size=1024x1792: images 0.08/1 | size=1792x1024: images 0.08/1
dall-e-2 | | images 0.02/1 | size=512x512: images 0.018/1 | size=256x256: images 0.016/1
omni-moderation-latest, omni-moderation, omni-moderation-2024-09-26, text-moderation-latest, text-moderation-stable, text-moderation-007, text-moderation-004, text-moderation-001 | | input 0 inputImage 0 output 0
davinci-002 | | input 2 output 2
babbage-002 | | input 0.4 output 0.4
`,
  shared,
);

const GPT_6_1_TERRA = readRateTable(
  `
gpt-6.1-terra, gpt-6-1-terra | 2026-10-26 | input 1 cacheRead 0.05 cacheWrite 1.25 output 5 webSearches 10/1000 fileSearches 2.5/1000 | >272000: input 2 cacheRead 0.1 cacheWrite 2.5 output 7.5 | note: From OpenAI's page as read in October 2026. Cache writes of batch, flex and fast are at the factor of the tier.
`,
  { ...shared, checked: '2026-10-26' },
);

/**
 * GPT-6.2 as announced. What longer requests and the service tiers cost was not read anywhere: they are left
 * without a price.
 */
const GPT_6_2 = Object.entries({
  'gpt-6.2-astra': ['8', '0.4', '10', '40', 'x'],
  'gpt-6.2-sol': ['2', '0.1', '2.5', '10', 'x'],
}).map(([model, cells]): EntryDraft => {
  const { rates, ...longContext } = cardOf(cells);
  const fees = readRates('webSearches 10/1000 fileSearches 2.5/1000');
  return {
    ...shared,
    model,
    aliases: [model.replace('.', '-')],
    checked: '2026-11-18',
    derived: { cacheWrite: 'openai_cache_write' },
    notes: [
      'Prices of the announcement of 2026-11-17 (LiteLLM and resellers of the next day). Requests beyond 272,000 input tokens and service tiers have prices of their own, which are not listed yet.',
    ],
    periods: [{ from: '2026-11-17', rates: { ...rates, ...fees }, ...longContext }],
  };
});

/**
 * Search models search in every call. Until 2025-06-26 the fee went by the search context size, medium unless
 * the request says otherwise; since then it is one fee. The search content costs nothing more.
 */
const SEARCH = readRateTable(
  `
gpt-4o-search-preview | | input 2.5 output 10 requests 35/1000 webSearches 0/1000 | search_context_size=low: requests 30/1000 | search_context_size=high: requests 50/1000
                      | 2025-06-26 | input 2.5 output 10 requests 25/1000 webSearches 0/1000
gpt-4o-mini-search-preview | | input 0.15 output 0.6 requests 27.5/1000 webSearches 0/1000 | search_context_size=low: requests 25/1000 | search_context_size=high: requests 30/1000
                      | 2025-06-26 | input 0.15 output 0.6 requests 25/1000 webSearches 0/1000
gpt-5-search-api      | | input 1.25 cacheRead 0.125 output 10 requests 10/1000 webSearches 0/1000
`,
  {
    ...shared,
    notes: [
      'Each call is one search: its fee is the one of requests, and a search that is reported is not billed again.',
    ],
  },
);

/** What calls of fine-tuned models cost; training is not a call. */
const FINE_TUNED = readRateTable(
  `
ft:o4-mini       | | input 4 cacheRead 1 output 16
ft:gpt-4.1       | | input 3 cacheRead 0.75 output 12
ft:gpt-4.1-mini  | | input 0.8 cacheRead 0.2 output 3.2
ft:gpt-4.1-nano  | | input 0.2 cacheRead 0.05 output 0.8
ft:gpt-4o        | | input 3.75 cacheRead 1.875 output 15
ft:gpt-4o-mini   | | input 0.3 cacheRead 0.15 output 1.2
ft:davinci-002   | | input 12 output 12
ft:babbage-002   | | input 1.6 output 1.6
ft:gpt-3.5-turbo, ft:gpt-3.5-turbo-0125, ft:gpt-3.5-turbo-1106, ft:gpt-3.5-turbo-0613 | | input 12 output 16
                 | 2023-11-06 | input 3 output 6
`,
  shared,
);

export const ADDED_MODELS: readonly EntryDraft[] = [
  ...SPLIT,
  ...NEW,
  ...GPT_6_1_TERRA,
  ...GPT_6_2,
  ...SEARCH,
  ...FINE_TUNED,
];
