import type { Correction } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';
import { readRateTable } from '../rate-table.ts';

export const DEEPSEEK_SOURCE = {
  'deepseek-docs': {
    name: "DeepSeek's pricing page and change log, compared with LiteLLM and models.dev of each time",
    version: '2026-10',
    licence: 'facts',
    url: 'https://api-docs.deepseek.com/quick_start/pricing',
  },
} as const;

const SHARED = {
  provider: 'deepseek',
  source: 'deepseek-docs',
  sourceUrl: 'https://api-docs.deepseek.com/quick_start/pricing',
  checked: '2026-10-27',
};

/**
 * The names of 2024 and 2025. V3 was sold at V2's price until 2025-02-08 16:00 UTC; off-peak hours began on
 * 2025-02-26 and ended with the list of 2025-09-05, 16:00 UTC. From 2026-04-24 both names meant V4 Flash.
 */
const V3 = `
deepseek-chat              |            | input 0.14 cacheRead 0.014 output 0.28
                           | 2025-02-08T16:00:00Z | input 0.27 cacheRead 0.07 output 1.1
                           | 2025-02-26T16:30:00Z | input 0.27 cacheRead 0.07 output 1.1 | @16:30-00:30 input 0.135 cacheRead 0.035 output 0.55
                           | 2025-09-05T16:00:00Z | input 0.56 cacheRead 0.07 output 1.68
                           | 2025-09-29 | input 0.28 cacheRead 0.028 output 0.42
                           | 2026-04-24 | input 0.14 cacheRead 0.028 output 0.28
                           | 2026-04-26T12:15:00Z | input 0.14 cacheRead 0.0028 output 0.28 | note: Both names of V3 were to end on 2026-07-24; the last price that DeepSeek stated for them goes on.
deepseek-reasoner          |            | input 0.55 cacheRead 0.14 output 2.19
                           | 2025-02-26T16:30:00Z | input 0.55 cacheRead 0.14 output 2.19 | @16:30-00:30 input 0.135 cacheRead 0.035 output 0.55
                           | 2025-09-05T16:00:00Z | input 0.56 cacheRead 0.07 output 1.68
                           | 2025-09-29 | input 0.28 cacheRead 0.028 output 0.42
                           | 2026-04-24 | input 0.14 cacheRead 0.028 output 0.28
                           | 2026-04-26T12:15:00Z | input 0.14 cacheRead 0.0028 output 0.28
`;

/** Public holidays in China since peak hours began: days in Beijing, whose midnight is 16:00 UTC. */
const HOLIDAYS = [
  ['2026-09-24T16:00:00Z', '2026-09-27T16:00:00Z'],
  ['2026-09-30T16:00:00Z', '2026-10-07T16:00:00Z'],
] as const;

/** Holidays are off-peak all day: the periods of a price from the first of them on. */
const aroundHolidays = (offPeak: string, peak: string): string =>
  HOLIDAYS.map(([from, until]) => `| ${from} | ${offPeak}\n| ${until} | ${offPeak} | ${peak}`).join('\n');

const weekdayPeak = (rates: string): string =>
  `@weekdays 01:00-04:00 ${rates} | @weekdays 06:00-10:00 ${rates}`;

const V41_FLASH = 'input 0.15 cacheRead 0.003 output 0.6';
const V41_FLASH_PEAK = weekdayPeak('input 0.3 cacheRead 0.006 output 1.2');
const V4_PRO = 'input 0.66 cacheRead 0.022 output 1.98';
const V4_PRO_PEAK = weekdayPeak('input 1.32 cacheRead 0.044 output 3.96');

/**
 * Peak hours, at twice the rates, since 2026-08-17 in Beijing; on weekdays only since 2026-08-23. The name of V4
 * Flash is answered by V4.1 Flash, at its price, since that came out.
 */
const V4 = `
deepseek-v4-flash          |            | input 0.14 cacheRead 0.028 output 0.28
                           | 2026-04-26T12:15:00Z | input 0.14 cacheRead 0.0028 output 0.28
                           | 2026-08-16T16:00:00Z | input 0.22 cacheRead 0.007 output 0.66 | @01:00-04:00 input 0.44 cacheRead 0.014 output 1.32 | @06:00-10:00 input 0.44 cacheRead 0.014 output 1.32
                           | 2026-08-23 | input 0.22 cacheRead 0.007 output 0.66 | ${weekdayPeak('input 0.44 cacheRead 0.014 output 1.32')}
                           | 2026-09-10T04:00:00Z | ${V41_FLASH} | ${V41_FLASH_PEAK} | note: V4.1 Flash answers this name, and is billed, since 2026-09-10 04:00 UTC: DeepSeek's pricing page and change log of that day (anomalyco/models.dev#6904).
${aroundHolidays(V41_FLASH, V41_FLASH_PEAK)}
deepseek-v4-pro            |            | input 1.74 cacheRead 0.145 output 3.48
                           | 2026-04-26 | input 0.435 cacheRead 0.03625 output 0.87 | note: A quarter of the launch price since 2026-04-26; at 12:15 UTC of that day cached input fell to a tenth of that.
                           | 2026-04-26T12:15:00Z | input 0.435 cacheRead 0.003625 output 0.87
                           | 2026-08-16T16:00:00Z | ${V4_PRO} | @01:00-04:00 input 1.32 cacheRead 0.044 output 3.96 | @06:00-10:00 input 1.32 cacheRead 0.044 output 3.96
                           | 2026-08-23 | ${V4_PRO} | ${V4_PRO_PEAK} | note: That V4.1 Flash would answer from 2026-09-14 04:00 UTC on was announced on 2026-09-10 and cancelled on 2026-09-11, with billing unchanged (anomalyco/models.dev#6904).
${aroundHolidays(V4_PRO, V4_PRO_PEAK)}
`;

const ADDED = `
deepseek-coder             |            | input 0.14 cacheRead 0.014 output 0.28
deepseek-flash, deepseek-v4.1-flash |   | ${V41_FLASH} | ${V41_FLASH_PEAK}
${aroundHolidays(V41_FLASH, V41_FLASH_PEAK)}
deepseek-v3.2-exp, deepseek-v3.2 |      | input 0.28 cacheRead 0.028 output 0.42 | note: DeepSeek serves it as deepseek-chat and deepseek-reasoner; instrumentations also report this name.
deepseek-v3.1, deepseek-v3.1-terminus | | input 0.56 cacheRead 0.07 output 1.68 | note: DeepSeek served it as deepseek-chat and deepseek-reasoner; instrumentations also report this name.
deepseek-v3, deepseek-chat-v3, deepseek-v3-0324, deepseek-chat-v3-0324 | | input 0.27 cacheRead 0.07 output 1.1 | note: The list price of V3 without its off-peak hours, which belong to the name deepseek-chat.
`;

const PEAK_NOTE =
  'Peak hours are those of a working day: Chinese public holidays are off-peak (a footnote of the page in Chinese). Those of September and October 2026 are listed; later ones have to be added.';

/** What the source states for the names that have a history here: another price there needs a look. */
const PREMISES: Readonly<Record<string, string>> = {
  'deepseek-chat': '0.27',
  'deepseek-reasoner': '2.19',
  'deepseek-v4-flash': '0.22',
  'deepseek-v4-pro': '0.66',
};

export const DEEPSEEK_CORRECTIONS: readonly Correction[] = readRateTable(`${V3}\n${V4}`, SHARED).map(
  (ours): Correction => ({
    entry: `deepseek/${ours.model}`,
    apply: (entry) => {
      const premise = PREMISES[ours.model];
      if (!JSON.stringify(entry.periods).includes(`"decimal":"${premise}"`))
        throw new Error(`${ours.model} has another price now: review its history`);
      const notes = [...(ours.notes ?? []), ...(ours.model.includes('v4') ? [PEAK_NOTE] : [])];
      const { notes: _replaced, ...others } = entry;
      delete entry.notes;
      Object.assign(entry, others, { ...ours, aliases: entry.aliases, ...(notes.length > 0 && { notes }) });
      if (entry.aliases === undefined) delete entry.aliases;
    },
  }),
);

export const DEEPSEEK_ENTRIES: readonly EntryDraft[] = readRateTable(ADDED, SHARED).map((entry) =>
  entry.model === 'deepseek-flash' ? { ...entry, notes: [PEAK_NOTE] } : entry,
);
