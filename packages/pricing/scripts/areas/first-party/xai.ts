import type { EntryDraft } from '../../genai-entries.ts';
import { ratesSince, regionsSince, tierAtFactor } from '../period-edits.ts';
import { readRates, readRateTable } from '../rate-table.ts';

export const XAI_SOURCE = {
  'xai-docs': {
    name: "xAI's pricing page and release notes, compared with LiteLLM, models.dev and Portkey-AI/models of each time",
    version: '2026-10',
    licence: 'facts',
    url: 'https://docs.x.ai/developers/pricing',
  },
} as const;

const SHARED = {
  provider: 'x_ai',
  source: 'xai-docs',
  sourceUrl: 'https://docs.x.ai/developers/pricing',
  checked: '2026-10-27',
};

/** Long context is from the threshold on, and all or nothing. Cached input of Grok 4 and 4 Fast has no higher rate. */
const RETIRED = `
grok-beta                  |            | input 5 output 15
grok-vision-beta           |            | input 5 output 15
grok-2-1212, grok-2, grok-2-latest | | input 2 output 10
grok-2-vision-1212, grok-2-vision, grok-2-vision-latest | | input 2 output 10
grok-3, grok-3-latest, grok-3-beta | | input 3 cacheRead 0.75 output 15
grok-3-fast, grok-3-fast-latest, grok-3-fast-beta | | input 5 cacheRead 1.25 output 25
grok-3-mini, grok-3-mini-latest, grok-3-mini-beta | | input 0.3 cacheRead 0.075 output 0.5
grok-3-mini-fast, grok-3-mini-fast-latest, grok-3-mini-fast-beta | | input 0.6 cacheRead 0.15 output 4
grok-4-0709, grok-4, grok-4-latest | | input 3 cacheRead 0.75 output 15 | >=128000: input 6 cacheRead 0.75 output 30
grok-4-fast-reasoning, grok-4-fast, grok-4-fast-reasoning-latest | | input 0.2 cacheRead 0.05 output 0.5 | >=128000: input 0.4 cacheRead 0.05 output 1
grok-4-fast-non-reasoning, grok-4-fast-non-reasoning-latest | | input 0.2 cacheRead 0.05 output 0.5 | >=128000: input 0.4 cacheRead 0.05 output 1
grok-code-fast-1, grok-code-fast, grok-code-fast-1-0825 | | input 0.2 cacheRead 0.02 output 1.5
`;

const AGENTIC = `
grok-4-1-fast-reasoning, grok-4-1-fast, grok-4-1-fast-reasoning-latest, grok-4.1-fast, grok-4.1-fast-reasoning | | input 0.2 cacheRead 0.05 output 0.5 | >=128000: input 0.4 cacheRead 0.05 output 1
grok-4-1-fast-non-reasoning, grok-4-1-fast-non-reasoning-latest, grok-4.1-fast-non-reasoning | | input 0.2 cacheRead 0.05 output 0.5 | >=128000: input 0.4 cacheRead 0.05 output 1
grok-4.20, grok-4.20-0309, grok-4.20-reasoning, grok-4.20-0309-reasoning, grok-4.20-reasoning-latest, grok-4.20-0309-reasoning-latest, grok-4.20-beta, grok-4.20-beta-reasoning, grok-4.20-beta-0309, grok-4.20-beta-0309-reasoning, grok-4.20-beta-latest, grok-4.20-beta-latest-reasoning, grok-4.20-experimental-beta-0304, grok-4.20-experimental-beta-0304-reasoning, grok-4.20-experimental-beta-latest, grok-4.20-experimental-beta-reasoning-latest | | input 2 cacheRead 0.2 output 6 | >=200000: input 4 cacheRead 0.4 output 12
                           | 2026-05-01 | input 1.25 cacheRead 0.2 output 2.5 | >=200000: input 2.5 cacheRead 0.4 output 5 | note: Cut to Grok 4.3's price between 2026-04-19 and 2026-05-06; the day is not known.
grok-4.20-non-reasoning, grok-4.20-0309-non-reasoning, grok-4.20-non-reasoning-latest, grok-4.20-beta-non-reasoning, grok-4.20-beta-0309-non-reasoning, grok-4.20-beta-latest-non-reasoning, grok-4.20-experimental-beta-0304-non-reasoning, grok-4.20-experimental-beta-non-reasoning-latest | | input 2 cacheRead 0.2 output 6 | >=200000: input 4 cacheRead 0.4 output 12
                           | 2026-05-01 | input 1.25 cacheRead 0.2 output 2.5 | >=200000: input 2.5 cacheRead 0.4 output 5 | note: Cut to Grok 4.3's price between 2026-04-19 and 2026-05-06; the day is not known.
grok-4.20-multi-agent, grok-4.20-multi-agent-0309, grok-4.20-multi-agent-latest, grok-4.20-multi-agent-beta-0309, grok-4.20-multi-agent-beta-latest, grok-4.20-multi-agent-experimental-beta-0304, grok-4.20-multi-agent-experimental-beta-latest | | input 2 cacheRead 0.2 output 6 | >=200000: input 4 cacheRead 0.4 output 12
                           | 2026-05-01 | input 1.25 cacheRead 0.2 output 2.5 | >=200000: input 2.5 cacheRead 0.4 output 5 | note: Cut to Grok 4.3's price between 2026-04-19 and 2026-05-06; the day is not known.
`;

const CURRENT = `
grok-4.3, grok-4.3-latest  |            | input 1.25 cacheRead 0.2 output 2.5 | >=200000: input 2.5 cacheRead 0.4 output 5
grok-4.5, grok-4.5-latest, grok-latest | | input 2 cacheRead 0.3 output 6 | >=200000: input 4 cacheRead 0.6 output 12 | note: Cached input is 0.30 on the page since August 2026; readers of July 2026 have 0.50.
grok-4.6, grok-4.6-latest  |            | input 2 cacheRead 0.5 output 6 | >=200000: input 4 cacheRead 1 output 12
grok-4.7, grok-4.7-latest  |            | input 2 cacheRead 0.5 output 6 | >=200000: input 4 cacheRead 1 output 12
grok-build-0.1             |            | input 1 cacheRead 0.2 output 2 | >=200000: input 2 cacheRead 0.4 output 4
`;

const MEDIA = `
grok-2-image-1212, grok-2-image, grok-2-image-latest | | images 0.07/1
grok-imagine-image, grok-imagine-image-2026-03-02 | | images 0.02/1
grok-imagine-image-pro     |            | images 0.07/1
grok-imagine-image-quality |            | images 0.05/1 | resolution=2k: images 0.07/1
grok-imagine-image-2.0     |            | images 0.06/1 | quality=low, resolution=2k: images 0.06/1 | quality=low: images 0.04/1 | quality=auto, resolution=2k: images 0.06/1 | quality=auto: images 0.04/1 | resolution=2k: images 0.08/1
                           | 2026-09-01 | images 0.04/1 | quality=medium, resolution=2k: images 0.08/1 | quality=medium: images 0.06/1 | resolution=2k: images 0.06/1 | note: Images cost by quality and resolution; without a quality they were medium at first, low by August's end (\`auto\`). Read from llmgateway, which compared them with the costs that xAI reports.
grok-imagine-video         |            | seconds 0.05/1
grok-voice-2.0; grok-voice-3.0 |        | seconds 4.8/3600 messages 4/1000
grok-voice-transcribe-1.0; grok-voice-transcribe-2.0; grok-stt-1.0 | | seconds 0.1/3600
`;

/** Live Search cost 25 for 1,000 sources until it ended; web and X search are tools at 5 for 1,000 calls. */
const LIVE_SEARCH_END = '2026-01-12';
const LIVE_SEARCH = readRates('webSearches 25/1000');
const TOOLS = readRates('webSearches 5/1000 fileSearches 2.5/1000');
const REGIONAL_SINCE = '2026-10-01';

/** Image tokens of a prompt are billed at the rate of text. */
function withImageInput(entry: EntryDraft): EntryDraft {
  entry.periods = entry.periods.map((period) => ({
    ...period,
    rates: { ...period.rates, inputImage: period.rates.input ?? { decimal: '0', per: 1 } },
    ...(period.longContext !== undefined && {
      longContext: period.longContext.map((tier) => ({
        ...tier,
        rates: { ...tier.rates, inputImage: tier.rates.input ?? { decimal: '0', per: 1 } },
      })),
    }),
  }));
  return entry;
}

function retired(entry: EntryDraft): EntryDraft {
  withImageInput(entry);
  if (!/^grok-(2|beta|vision)/.test(entry.model)) {
    ratesSince(undefined, LIVE_SEARCH)(entry);
    ratesSince(LIVE_SEARCH_END, TOOLS)(entry);
    tierAtFactor('batch', '0.5')(entry);
    entry.notes = [
      ...(entry.notes ?? []),
      'Retired on 2026-05-15; xAI answers the name with Grok 4.3 and bills that, which its response names.',
    ];
  }
  return entry;
}

function agentic(entry: EntryDraft): EntryDraft {
  withImageInput(entry);
  ratesSince(undefined, TOOLS)(entry);
  tierAtFactor('batch', '0.5')(entry);
  return entry;
}

/** Priority processing costs twice the list price, the regional endpoint of the United States a tenth more. */
function current(entry: EntryDraft): EntryDraft {
  withImageInput(entry);
  ratesSince(undefined, TOOLS)(entry);
  tierAtFactor('priority', '2')(entry);
  regionsSince(REGIONAL_SINCE, { names: ['us'], multiplier: '1.1' })(entry);
  return entry;
}

export const XAI_ENTRIES: readonly EntryDraft[] = [
  ...readRateTable(RETIRED, SHARED).map(retired),
  ...readRateTable(AGENTIC, SHARED)
    .map(agentic)
    .map((entry) => {
      if (entry.model.startsWith('grok-4.20')) {
        tierAtFactor('priority', '2')(entry);
        regionsSince(REGIONAL_SINCE, { names: ['us'], multiplier: '1.1' })(entry);
      }
      return entry;
    }),
  ...readRateTable(CURRENT, SHARED).map(current),
  ...readRateTable(MEDIA, SHARED),
];
