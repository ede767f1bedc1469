import type { UsageBucket } from '@costspan/cost-model';
import type { RateCardData, RatesData } from '../../../src/index.ts';
import { perMillion } from '../../correction.ts';

const LONG_CONTEXT_TOKENS = 272_000;
const NO_RATE = '-';
/** Requests beyond the length are sold, but the page states no price for them. */
const NOT_PUBLISHED = 'x';

/** The cells of a table with `|` between them; empty lines and those that start with `#` are no rows. */
export function tableRows(table: string): readonly (readonly string[])[] {
  return table
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.split('|').map((cell) => cell.trim()));
}

/**
 * A card from the columns of OpenAI's tables: input, cached input, cache writes, output, and the same four
 * for requests of more than 272,000 input tokens.
 */
export function cardOf(cells: readonly string[]): RateCardData {
  const [longInput = NO_RATE] = cells.slice(4);
  const rates = tokenRates(cells.slice(0, 4));
  if (longInput === NO_RATE) return { rates };
  const long = longInput === NOT_PUBLISHED ? {} : tokenRates(cells.slice(4, 8));
  return { rates, longContext: [{ inputTokens: LONG_CONTEXT_TOKENS, inclusive: false, rates: long }] };
}

function tokenRates(cells: readonly string[]): RatesData {
  const buckets: readonly UsageBucket[] = ['input', 'cacheRead', 'cacheWrite', 'output'];
  return perMillion(
    Object.fromEntries(
      buckets.flatMap((bucket, at) => {
        const decimal = cells[at] ?? NO_RATE;
        return decimal === NO_RATE ? [] : [[bucket, decimal]];
      }),
    ),
  );
}
