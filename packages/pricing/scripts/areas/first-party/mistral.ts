import type { EntryDraft } from '../../genai-entries.ts';
import { regionsSince, tierAtFactor } from '../period-edits.ts';
import { readRateTable } from '../rate-table.ts';

export const MISTRAL_SOURCE = {
  'mistral-docs': {
    name: "Mistral's documentation: model pages, pricing table and changelog",
    version: '2026-08-21',
    licence: 'Apache-2.0',
    url: 'https://github.com/mistralai/platform-docs-public',
  },
} as const;

const SHARED = {
  provider: 'mistral_ai',
  source: 'mistral-docs',
  sourceUrl: 'https://docs.mistral.ai/inference/pricing',
  checked: '2026-08-21',
};

/**
 * Cached input is a tenth of input (pricing table), on the models that were served when that began. The price
 * cuts of 2024-09-17 and the days on which `-latest` moved are in the changelog and in the history of the model
 * pages. That the first cut of Small and Large was in May 2024 is known from LiteLLM, its day is not.
 */
const CHAT = `
mistral-large-2402         |            | input 8 output 24
                           | 2024-05-29 | input 4 output 12 | note: Cut from 8 / 24 between 2024-04-22 and 2024-05-31 (copies of LiteLLM); the day is not known.
mistral-large-2407         |            | input 3 output 9
                           | 2024-09-17 | input 2 output 6
mistral-large-2411         |            | input 2 cacheRead 0.2 output 6
mistral-large-2512, mistral-large-3 | | input 0.5 cacheRead 0.05 output 1.5
mistral-large-4-0, mistral-large-4 |    | input 0.68 cacheRead 0.068 output 2.09
                           | 2026-10-20 | input 1.36 cacheRead 0.136 output 4.18 | note: Launched on 2026-10-06 at half the list price, until 2026-10-20; read from catalogues (tokenmeter 0.15, Franklin 3.49.15), cached input is a tenth as on all of Mistral's models.
mistral-large-latest       |            | input 8 output 24
                           | 2024-05-29 | input 4 output 12
                           | 2024-07-24 | input 3 output 9
                           | 2024-09-17 | input 2 output 6
                           | 2025-12-02 | input 0.5 cacheRead 0.05 output 1.5 | note: In October and November 2025 Mistral's model page gave this name to Mistral Medium 3.1 (0.40 / 2); from which day on is not known.

mistral-large              |            | input 8 output 24
                           | 2024-05-29 | input 4 output 12
                           | 2024-07-24 | input 3 output 9
                           | 2024-09-17 | input 2 output 6

mistral-medium-2312        |            | input 2.7 output 8.1
mistral-medium-2505; mistral-medium-2508, mistral-medium-3-1, mistral-medium-3-1-2508 | | input 0.4 cacheRead 0.04 output 2
mistral-medium-2604, mistral-medium-3-5, mistral-medium-3.5, mistral-medium-3 | | input 1.5 cacheRead 0.15 output 7.5
mistral-medium-latest      |            | input 2.7 output 8.1
                           | 2025-05-07 | input 0.4 cacheRead 0.04 output 2
                           | 2026-06-16 | input 1.5 cacheRead 0.15 output 7.5
mistral-medium             |            | input 2.7 output 8.1
                           | 2025-05-07 | input 0.4 cacheRead 0.04 output 2

mistral-small-2402         |            | input 2 output 6
                           | 2024-05-29 | input 1 output 3
mistral-small-2409         |            | input 0.2 output 0.6
                           | 2025-01-30 | input 0.1 cacheRead 0.01 output 0.3
mistral-small-2501; mistral-small-2503; mistral-small-2506, mistral-small-3-2-2506 | | input 0.1 cacheRead 0.01 output 0.3
mistral-small-2603         |            | input 0.15 cacheRead 0.015 output 0.6
mistral-small-latest       |            | input 2 output 6
                           | 2024-05-29 | input 1 output 3
                           | 2024-09-17 | input 0.2 output 0.6
                           | 2025-01-30 | input 0.1 cacheRead 0.01 output 0.3
                           | 2026-03-16 | input 0.15 cacheRead 0.015 output 0.6
mistral-small              |            | input 0.7 output 0.7
                           | 2024-06-05 | input 1 output 3
                           | 2024-09-17 | input 0.2 output 0.6
                           | 2025-01-30 | input 0.1 cacheRead 0.01 output 0.3 | note: The name of Mixtral 8x7B until its retirement in 2024, of Mistral Small since.
labs-mistral-small-creative |           | input 0.1 cacheRead 0.01 output 0.3

codestral-2405             |            | input 1 output 3
                           | 2024-09-17 | input 0.2 output 0.6
codestral-2501; codestral-2508 |        | input 0.3 cacheRead 0.03 output 0.9
codestral-latest, codestral |           | input 1 output 3
                           | 2024-09-17 | input 0.2 output 0.6
                           | 2025-01-13 | input 0.3 cacheRead 0.03 output 0.9
open-codestral-mamba, codestral-mamba-latest, codestral-mamba-2407 | | input 0.25 output 0.25

devstral-small-2505; devstral-small-2507, devstral-small | | input 0.1 cacheRead 0.01 output 0.3
devstral-medium-2507       |            | input 0.4 cacheRead 0.04 output 2
devstral-2512, devstral-latest, mistral-vibe-cli-latest |        | input 0 cacheRead 0 output 0
                           | 2026-01-27 | input 0.4 cacheRead 0.04 output 2
devstral-medium-latest     |            | input 0.4 cacheRead 0.04 output 2
                           | 2025-12-09 | input 0 cacheRead 0 output 0
                           | 2026-01-27 | input 0.4 cacheRead 0.04 output 2
labs-devstral-small-2512   |            | input 0 cacheRead 0 output 0
                           | 2026-03-11 | input 0.1 cacheRead 0.01 output 0.3 | note: Free of charge at first; its page says so until 2026-03-11.
devstral-small-latest      |            | input 0.1 cacheRead 0.01 output 0.3
                           | 2025-12-09 | input 0 cacheRead 0 output 0
                           | 2026-03-11 | input 0.1 cacheRead 0.01 output 0.3
labs-leanstral-2603; labs-leanstral-1-5 | | input 0 output 0

magistral-medium-2506; magistral-medium-2507; magistral-medium-2509, magistral-medium-1-2-2509; magistral-medium-latest, magistral-medium | | input 2 cacheRead 0.2 output 5
magistral-small-2506; magistral-small-2507; magistral-small-2509, magistral-small-1-2-2509; magistral-small-latest, magistral-small | | input 0.5 cacheRead 0.05 output 1.5

ministral-3b-2410, ministral-3b |            | input 0.04 output 0.04
ministral-3b-2512, ministral-3-3b-2512 |            | input 0.1 cacheRead 0.01 output 0.1
ministral-3b-latest        |            | input 0.04 output 0.04
                           | 2025-12-02 | input 0.1 cacheRead 0.01 output 0.1
ministral-8b-2410, ministral-8b |            | input 0.1 output 0.1
ministral-8b-2512, ministral-3-8b-2512 |            | input 0.15 cacheRead 0.015 output 0.15
ministral-8b-latest        |            | input 0.1 output 0.1
                           | 2025-12-02 | input 0.15 cacheRead 0.015 output 0.15
ministral-14b-2512, ministral-14b-latest, ministral-3-14b-2512 | | input 0.2 cacheRead 0.02 output 0.2

open-mistral-nemo, open-mistral-nemo-2407, mistral-nemo, mistral-tiny-2407, mistral-tiny-latest | | input 0.3 output 0.3
                           | 2024-09-17 | input 0.15 cacheRead 0.015 output 0.15
open-mistral-7b, mistral-7b, mistral-tiny, mistral-tiny-2312 | | input 0.25 output 0.25
open-mixtral-8x7b, mixtral-8x7b, mixtral-8x7b-instruct, mistral-small-2312 | | input 0.7 output 0.7
open-mixtral-8x22b, open-mixtral-8x22b-2404, mixtral-8x22b | | input 2 output 6
pixtral-12b-2409, pixtral-12b, pixtral-12b-latest | | input 0.15 cacheRead 0.015 output 0.15
pixtral-large-2411, pixtral-large, pixtral-large-latest, mistral-large-pixtral-2411 | | input 2 cacheRead 0.2 output 6
mistral-saba-2502, mistral-saba, mistral-saba-latest | | input 0.2 output 0.6
zai-glm-5-2, glm-5-2 |                  | input 1.4 cacheRead 0.26 output 4.4
                           | 2026-08-12 | input 1.4 cacheRead 0.14 output 4.4
`;

const OTHERS = `
mistral-embed, mistral-embed-2312 |     | input 0.1
codestral-embed, codestral-embed-2505 | | input 0.15
mistral-moderation-2411    |            | input 0.1
mistral-moderation-2603    |            | input 0
mistral-moderation-latest  |            | input 0.1
                           | 2026-03-17 | input 0
mistral-ocr-2503, mistral-ocr-2503-completion | | pages 1/1000 | batch: pages 0.5/1000
mistral-ocr-2505, mistral-ocr-2505-completion | | pages 1/1000 annotatedPages 3/1000 | batch: pages 0.5/1000 annotatedPages 1.5/1000
mistral-ocr-2512, mistral-ocr-2512-completion | | pages 2/1000 annotatedPages 3/1000 | batch: pages 1/1000 annotatedPages 1.5/1000
mistral-ocr-4-0, mistral-ocr-4-0-completion | | pages 4/1000 annotatedPages 5/1000 | batch: pages 2/1000 annotatedPages 2.5/1000
mistral-ocr-4-1, mistral-ocr-4-1-completion, mistral-ocr-4, mistral-ocr-4-completion | | pages 4/1000 annotatedPages 5/1000 | batch: pages 2/1000 annotatedPages 2.5/1000
mistral-ocr-latest, mistral-ocr-latest-completion | | pages 1/1000 | batch: pages 0.5/1000
                           | 2025-05-22 | pages 1/1000 annotatedPages 3/1000 | batch: pages 0.5/1000 annotatedPages 1.5/1000
                           | 2025-12-18 | pages 2/1000 annotatedPages 3/1000 | batch: pages 1/1000 annotatedPages 1.5/1000
                           | 2026-06-23 | pages 4/1000 annotatedPages 5/1000 | batch: pages 2/1000 annotatedPages 2.5/1000
voxtral-small-2507, voxtral-small-24b-2507, voxtral-small-latest | | input 0.1 cacheRead 0.01 output 0.3 seconds 0.004/60
                           | 2026-08-11 | input 0.1 cacheRead 0.01 output 0.4 seconds 0.004/60
voxtral-mini-2507          |            | input 0.04 cacheRead 0.004 output 0.04 seconds 0.002/60 | note: Transcription costs 0.002 a minute and no tokens; in a chat a minute of audio costs 0.001.
voxtral-mini-2602          |            | seconds 0.003/60
voxtral-mini-latest        |            | input 0.04 cacheRead 0.004 output 0.04 seconds 0.002/60
                           | 2026-02-04 | seconds 0.003/60
voxtral-mini-transcribe-realtime-2602, voxtral-mini-transcribe-realtime-latest | | seconds 0.006/60
voxtral-mini-tts-2603, voxtral-mini-tts-latest, voxtral-tts-2603 | | characters 16/1000000
`;

const REGIONAL_SINCE = '2026-07-17';
/** On the pricing table when the priority tier and the regional endpoints began. */
const CURRENT =
  /^(mistral-(large-(2512|4-0|latest)|medium-(2604|latest)|small-(2603|latest))|ministral-\w+-(2512|latest)|codestral-(2508|latest))$/;

/** Batch jobs cost half, the priority tier 1.75 times and regional endpoints 1.1 times the list price. */
function withTiers(entry: EntryDraft): EntryDraft {
  tierAtFactor('batch', '0.5')(entry);
  if (CURRENT.test(entry.model)) {
    tierAtFactor('priority', '1.75')(entry);
    regionsSince(REGIONAL_SINCE, { names: ['eu', 'us'], multiplier: '1.1' })(entry);
  }
  return entry;
}

const others = readRateTable(OTHERS, SHARED);
for (const entry of others) if (/embed|voxtral-small/.test(entry.model)) tierAtFactor('batch', '0.5')(entry);

/** Of the source, the names above are aliases of other entries. */
export const MISTRAL_LEFT_OUT: readonly string[] = [
  'codestral',
  'devstral-small',
  'magistral-medium',
  'magistral-small',
  'ministral-3b',
  'ministral-8b',
  'mistral-7b',
  'mistral-medium-3-1',
  'mistral-medium-3-5',
  'mistral-nemo',
  'mistral-saba',
  'mistral-tiny',
  'mixtral-8x7b',
  'pixtral-12b',
  'pixtral-large',
  'voxtral-small-24b-2507',
];

export const MISTRAL_ENTRIES: readonly EntryDraft[] = [
  ...readRateTable(CHAT, SHARED).map(withTiers),
  ...others,
];
