import type { PeriodData, RateCardData } from '../../../src/index.ts';
import type { Correction } from '../../correction.ts';
import { readRates } from '../rate-table.ts';
import { cardOf, tableRows } from './price-table.ts';

/**
 * Dollars per million tokens from the tables "Batch", "Flex" and "Fast" (until 2026-07-30 "Priority") of
 * https://developers.openai.com/api/docs/pricing, read in copies of autumn 2025, August and September 2026.
 *
 * `from` is the first day of the list price that the row belongs to. Rows of list prices that have changed since
 * are from LiteLLM of July 2026 and Portkey of August 2026. A dash is no rate of its own; `x` a length that is
 * sold, at a price that the page does not state.
 */
const TIER_TABLE = `
# model               | from       | tier      | input  | cached | writes  | output | beyond 272,000
gpt-6.1-sol           |            | batch     | 1      | 0.05   | 1.25    | 5      | 2   | 0.1   | 2.5   | 7.5
gpt-6.1-sol           |            | flex      | 1      | 0.05   | 1.25    | 5      | 2   | 0.1   | 2.5   | 7.5
gpt-6.1-sol           |            | fast      | 4      | 0.2    | 5       | 20     | 8   | 0.4   | 10    | 30
gpt-6.1-sol           |            | ultrafast | 12     | 0.6    | 15      | 60     | 24  | 1.2   | 30    | 90
gpt-6.1-terra         |            | batch     | 0.5    | 0.025  | 0.625   | 2.5    | 1   | 0.05  | 1.25  | 3.75
gpt-6.1-terra         |            | flex      | 0.5    | 0.025  | 0.625   | 2.5    | 1   | 0.05  | 1.25  | 3.75
gpt-6.1-terra         |            | fast      | 2      | 0.1    | 2.5     | 10     | 4   | 0.2   | 5     | 15
gpt-6-astra           |            | batch     | 5      | 0.5    | 6.25    | 25     | 10  | 1     | 12.5  | 37.5
gpt-6-astra           |            | flex      | 5      | 0.5    | 6.25    | 25     | 10  | 1     | 12.5  | 37.5
gpt-6-astra           |            | fast      | 20     | 2      | 25      | 100    | 40  | 4     | 50    | 150
gpt-6-astra           |            | ultrafast | 60     | 6      | 75      | 300    | 120 | 12    | 150   | 450
gpt-6-sol             |            | batch     | 1      | 0.1    | 1.25    | 5      | 2   | 0.2   | 2.5   | 7.5
gpt-6-sol             |            | flex      | 1      | 0.1    | 1.25    | 5      | 2   | 0.2   | 2.5   | 7.5
gpt-6-sol             |            | fast      | 4      | 0.4    | 5       | 20     | 8   | 0.8   | 10    | 30
gpt-6-luna            |            | batch     | 0.05   | 0.005  | 0.0625  | 0.25   | 0.1 | 0.01  | 0.125 | 0.375
gpt-6-luna            |            | flex      | 0.05   | 0.005  | 0.0625  | 0.25   | 0.1 | 0.01  | 0.125 | 0.375
gpt-6-luna            |            | fast      | 0.2    | 0.02   | 0.25    | 1      | 0.4 | 0.04  | 0.5   | 1.5
gpt-5.6-sol           |            | batch     | 2.5    | 0.25   | 3.125   | 15     | 5   | 0.5   | 6.25  | 22.5
gpt-5.6-sol           |            | flex      | 2.5    | 0.25   | 3.125   | 15     | 5   | 0.5   | 6.25  | 22.5
gpt-5.6-sol           |            | fast      | 10     | 1      | 12.5    | 60     | 20  | 2     | 25    | 90
gpt-5.6-sol           | 2026-08-21 | batch     | 2      | 0.2    | 2.5     | 10     | 4   | 0.4   | 5     | 15
gpt-5.6-sol           | 2026-08-21 | flex      | 2      | 0.2    | 2.5     | 10     | 4   | 0.4   | 5     | 15
gpt-5.6-sol           | 2026-08-21 | fast      | 8      | 0.8    | 10      | 40     | 16  | 1.6   | 20    | 60
gpt-5.6-terra         |            | batch     | 1.25   | 0.125  | 1.5625  | 7.5    | 2.5 | 0.25  | 3.125 | 11.25
gpt-5.6-terra         |            | flex      | 1.25   | 0.125  | 1.5625  | 7.5    | 2.5 | 0.25  | 3.125 | 11.25
gpt-5.6-terra         |            | fast      | 5      | 0.5    | 6.25    | 30     | x
gpt-5.6-terra         | 2026-07-30 | batch     | 1      | 0.1    | 1.25    | 6      | 2   | 0.2   | 2.5   | 9
gpt-5.6-terra         | 2026-07-30 | flex      | 1      | 0.1    | 1.25    | 6      | 2   | 0.2   | 2.5   | 9
gpt-5.6-terra         | 2026-07-30 | fast      | 4      | 0.4    | 5       | 24     | 8   | 0.8   | 10    | 36
gpt-5.6-luna          |            | batch     | 0.5    | 0.05   | 0.625   | 3      | 1   | 0.1   | 1.25  | 4.5
gpt-5.6-luna          |            | flex      | 0.5    | 0.05   | 0.625   | 3      | 1   | 0.1   | 1.25  | 4.5
gpt-5.6-luna          |            | fast      | 2      | 0.2    | 2.5     | 12     | x
gpt-5.6-luna          | 2026-07-30 | batch     | 0.1    | 0.01   | 0.125   | 0.6    | 0.2 | 0.02  | 0.25  | 0.9
gpt-5.6-luna          | 2026-07-30 | flex      | 0.1    | 0.01   | 0.125   | 0.6    | 0.2 | 0.02  | 0.25  | 0.9
gpt-5.6-luna          | 2026-07-30 | fast      | 0.4    | 0.04   | 0.5     | 2.4    | 0.8 | 0.08  | 1     | 3.6
gpt-5.5               |            | batch     | 2.5    | 0.25   | -       | 15     | 5   | 0.5   | -     | 22.5
gpt-5.5               |            | flex      | 2.5    | 0.25   | -       | 15     | 5   | 0.5   | -     | 22.5
gpt-5.5               |            | fast      | 12.5   | 1.25   | -       | 75     | x
gpt-5.5-pro           |            | batch     | 15     | -      | -       | 90     | x
gpt-5.5-pro           |            | flex      | 15     | -      | -       | 90     | x
gpt-5.4               |            | batch     | 1.25   | 0.13   | -       | 7.5    | 2.5 | 0.25  | -     | 11.25
gpt-5.4               |            | flex      | 1.25   | 0.13   | -       | 7.5    | 2.5 | 0.25  | -     | 11.25
gpt-5.4               |            | fast      | 5      | 0.5    | -       | 30     | x
gpt-5.4-pro           |            | batch     | 15     | -      | -       | 90     | 30  | -     | -     | 135
gpt-5.4-pro           |            | flex      | 15     | -      | -       | 90     | 30  | -     | -     | 135
gpt-5.4-mini          |            | batch     | 0.375  | 0.0375 | -       | 2.25
gpt-5.4-mini          |            | flex      | 0.375  | 0.0375 | -       | 2.25
gpt-5.4-mini          |            | fast      | 1.5    | 0.15   | -       | 9
gpt-5.4-nano          |            | batch     | 0.1    | 0.01   | -       | 0.625
gpt-5.4-nano          |            | flex      | 0.1    | 0.01   | -       | 0.625
gpt-5.3-codex         |            | fast      | 3.5    | 0.35   | -       | 28
gpt-5.2               |            | batch     | 0.875  | 0.0875 | -       | 7
gpt-5.2               |            | flex      | 0.875  | 0.0875 | -       | 7
gpt-5.2               |            | fast      | 3.5    | 0.35   | -       | 28
gpt-5.2-codex         |            | fast      | 3.5    | 0.35   | -       | 28
gpt-5.2-pro           |            | batch     | 10.5   | -      | -       | 84
gpt-5.1               |            | batch     | 0.625  | 0.0625 | -       | 5
gpt-5.1               |            | flex      | 0.625  | 0.0625 | -       | 5
gpt-5.1               |            | fast      | 2.5    | 0.25   | -       | 20
gpt-5.1-codex         |            | fast      | 2.5    | 0.25   | -       | 20
gpt-5.1-codex-mini    |            | fast      | 0.45   | 0.045  | -       | 3.6
gpt-5                 |            | batch     | 0.625  | 0.0625 | -       | 5
gpt-5                 |            | flex      | 0.625  | 0.0625 | -       | 5
gpt-5                 |            | fast      | 2.5    | 0.25   | -       | 20
gpt-5-codex           |            | fast      | 2.5    | 0.25   | -       | 20
gpt-5-mini            |            | batch     | 0.125  | 0.0125 | -       | 1
gpt-5-mini            |            | flex      | 0.125  | 0.0125 | -       | 1
gpt-5-mini            |            | fast      | 0.45   | 0.045  | -       | 3.6
gpt-5-nano            |            | batch     | 0.025  | 0.0025 | -       | 0.2
gpt-5-nano            |            | flex      | 0.025  | 0.0025 | -       | 0.2
gpt-5-pro             |            | batch     | 7.5    | -      | -       | 60
gpt-4.5-preview       |            | batch     | 37.5   | -      | -       | 75
gpt-4.1               |            | batch     | 1      | -      | -       | 4
gpt-4.1               |            | fast      | 3.5    | 0.875  | -       | 14
gpt-4.1-mini          |            | batch     | 0.2    | -      | -       | 0.8
gpt-4.1-mini          |            | fast      | 0.7    | 0.175  | -       | 2.8
gpt-4.1-nano          |            | batch     | 0.05   | -      | -       | 0.2
gpt-4.1-nano          |            | fast      | 0.2    | 0.05   | -       | 0.8
gpt-4o                |            | batch     | 2.5    | -      | -       | 7.5
gpt-4o                | 2024-10-02 | batch     | 1.25   | -      | -       | 5
gpt-4o                | 2024-10-02 | fast      | 4.25   | 2.125  | -       | 17
gpt-4o-2024-08-06     |            | batch     | 1.25   | -      | -       | 5
gpt-4o-2024-08-06     |            | fast      | 4.25   | 2.125  | -       | 17
gpt-4o-2024-05-13     |            | batch     | 2.5    | -      | -       | 7.5
gpt-4o-2024-05-13     |            | fast      | 8.75   | -      | -       | 26.25
gpt-4o-mini           |            | batch     | 0.075  | -      | -       | 0.3
gpt-4o-mini           |            | fast      | 0.25   | 0.125  | -       | 1
o1                    |            | batch     | 7.5    | -      | -       | 30
o1-preview            |            | batch     | 7.5    | -      | -       | 30
o1-mini               |            | batch     | 1.5    | -      | -       | 6
o1-mini               | 2025-01-31 | batch     | 0.55   | -      | -       | 2.2
o1-pro                |            | batch     | 75     | -      | -       | 300
o3                    |            | batch     | 5      | -      | -       | 20
o3                    |            | flex      | 5      | 1.25   | -       | 20
o3                    | 2025-06-10 | batch     | 1      | -      | -       | 4
o3                    | 2025-06-10 | flex      | 1      | 0.25   | -       | 4
o3                    | 2025-06-10 | fast      | 3.5    | 0.875  | -       | 14
o3-pro                |            | batch     | 10     | -      | -       | 40
o3-mini               |            | batch     | 0.55   | -      | -       | 2.2
o3-deep-research      |            | batch     | 5      | -      | -       | 20
o4-mini               |            | batch     | 0.55   | -      | -       | 2.2
o4-mini               |            | flex      | 0.55   | 0.138  | -       | 2.2
o4-mini               |            | fast      | 2      | 0.5    | -       | 8
o4-mini-deep-research |            | batch     | 1      | -      | -       | 4
computer-use          |            | batch     | 1.5    | -      | -       | 6
gpt-4-turbo           |            | batch     | 5      | -      | -       | 15
gpt-4-vision-preview  |            | batch     | 5      | -      | -       | 15
gpt-4                 |            | batch     | 15     | -      | -       | 30
gpt-4-32k             |            | batch     | 30     | -      | -       | 60
gpt-3.5-turbo         | 2024-02-16 | batch     | 0.25   | -      | -       | 0.75
gpt-3.5-turbo-0125    |            | batch     | 0.25   | -      | -       | 0.75
gpt-3.5-turbo-1106    |            | batch     | 1      | -      | -       | 2
gpt-3.5-turbo-0613    |            | batch     | 1.5    | -      | -       | 2
gpt-3.5-turbo-16k     |            | batch     | 1.5    | -      | -       | 2
gpt-3.5-0301          | 2023-06-13 | batch     | 1.5    | -      | -       | 2
davinci-002           |            | batch     | 1      | -      | -       | 1
babbage-002           |            | batch     | 0.2    | -      | -       | 0.2
text-embedding-3-small |           | batch     | 0.01   | -      | -       | -
text-embedding-3-large |           | batch     | 0.065  | -      | -       | -
text-embedding-ada-002 | 2023-06-13 | batch    | 0.05   | -      | -       | -
gpt-rosalind-research |            | fast      | 10     | 1      | -       | 50
ft:o4-mini            |            | batch     | 2      | 0.5    | -       | 8
ft:gpt-4.1            |            | batch     | 1.5    | 0.5    | -       | 6
ft:gpt-4.1-mini       |            | batch     | 0.4    | 0.1    | -       | 1.6
ft:gpt-4.1-nano       |            | batch     | 0.1    | 0.025  | -       | 0.4
ft:gpt-4o             |            | batch     | 2.225  | 0.9    | -       | 12.5
ft:gpt-4o-mini        |            | batch     | 0.15   | 0.075  | -       | 0.6
ft:gpt-3.5-turbo      | 2023-11-06 | batch     | 1.5    | -      | -       | 3
ft:davinci-002        |            | batch     | 6      | -      | -       | 6
ft:babbage-002        |            | batch     | 0.8    | -      | -       | 0.9
`;

/** Batch prices of image models, whose tokens are of two kinds. All that they put out is images but in 1.5. */
const IMAGE_BATCH: Readonly<Record<string, string>> = {
  'gpt-image-2': 'input 2.5 inputImage 4 cacheRead 0.625 cacheReadImage 1 output 15 outputImage 15',
  'gpt-image-1.5': 'input 2.5 inputImage 4 cacheRead 0.63 cacheReadImage 1 output 5 outputImage 16',
  'chatgpt-image-latest': 'input 2.5 inputImage 4 cacheRead 0.63 cacheReadImage 1 output 5 outputImage 16',
  'gpt-image-1-mini': 'input 1 inputImage 1.25 cacheRead 0.1 cacheReadImage 0.13 output 4 outputImage 4',
  'gpt-image-1': 'input 2.5 inputImage 5 cacheRead 0.63 cacheReadImage 1.25 output 20 outputImage 20',
};

/** Requests name the same tier `priority` or, since 2026-07-30, `fast`. */
const TIER_NAMES: Readonly<Record<string, readonly string[]>> = { fast: ['priority', 'fast'] };

export interface TierRow {
  readonly tier: string;
  /** The first day of the list price that the row belongs to; empty for the earliest. */
  readonly from: string;
  readonly card: RateCardData;
}

/** By model. A row holds until the next one of its model. */
export const TIER_ROWS: ReadonlyMap<string, readonly TierRow[]> = new Map([
  ...Map.groupBy(
    tableRows(TIER_TABLE).map(([model = '', from = '', tier = '', ...cells]) => ({
      model,
      tier,
      from,
      card: cardOf(cells),
    })),
    ({ model }) => model,
  ),
  ...Object.entries(IMAGE_BATCH).map(([model, words]): [string, readonly TierRow[]] => [
    model,
    [{ tier: 'batch', from: '', card: { rates: readRates(words) } }],
  ]),
]);

/** Adds the cards of one model's rows; a row whose list price is gone stops the import. */
export function tierCorrection(entry: string, modelRows: readonly TierRow[]): Correction {
  const starts = [...new Set(modelRows.map(({ from }) => from))].toSorted();
  return {
    entry,
    apply: (draft) => {
      const days = draft.periods.map(({ from = '' }) => from);
      const gone = starts.find((from) => from !== '' && !days.includes(from));
      if (gone !== undefined) throw new Error(`${entry} has no price from ${gone} on: review its tiers`);
      draft.periods = draft.periods.map((period): PeriodData => {
        const start = starts.findLast((from) => from <= (period.from ?? ''));
        const cards = modelRows.filter(({ from }) => from === start).flatMap(namedCards);
        return cards.length === 0
          ? period
          : { ...period, serviceTiers: { ...period.serviceTiers, ...Object.fromEntries(cards) } };
      });
    },
  };
}

function namedCards({ tier, card }: TierRow): [string, RateCardData][] {
  return (TIER_NAMES[tier] ?? [tier]).map((name) => [name, card]);
}

export const SERVICE_TIERS: readonly Correction[] = [...TIER_ROWS].map(([model, modelRows]) =>
  tierCorrection(`openai/${model}`, modelRows),
);
