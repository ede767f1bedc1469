import { USAGE_BUCKETS, type UsageBucket } from '@costspan/cost-model';
import { factorOf, multiplyDecimal } from '../../../src/exact-factor.ts';
import type { PeriodData, RateCardData, RateData, RatesData } from '../../../src/index.ts';
import { perMillion } from '../../correction.ts';
import type { EntryDraft } from '../../genai-entries.ts';

/**
 * A row of Anthropic's price table, in the order of its columns: input, writes kept for five minutes and for
 * one hour, cache read, output. A model without caching has input and output only.
 */
export function claudeRates(row: string): RatesData {
  const cells = row.split(' ');
  const [input, write5m, write1h, read, output] = cells;
  if (cells.length === 2 && input !== undefined && write5m !== undefined)
    return perMillion({ input, output: write5m });
  if (
    cells.length !== 5 ||
    input === undefined ||
    write5m === undefined ||
    write1h === undefined ||
    read === undefined ||
    output === undefined
  )
    throw new Error(`${row} is no row of two or five prices`);
  return perMillion({ input, cacheRead: read, cacheWrite5m: write5m, cacheWrite1h: write1h, output });
}

/** Past the threshold itself, cached tokens counted: Anthropic writes "over 200,000". */
export const longerThan = (
  inputTokens: number,
  row: string,
  fees: RatesData = {},
): Pick<RateCardData, 'longContext'> => ({
  longContext: [{ inputTokens, inclusive: false, rates: { ...claudeRates(row), ...fees } }],
});

/** A card at half of all token prices, those of caching and long context too; fees stay as they are. */
function halfPriceCard({ rates, longContext }: RateCardData): RateCardData {
  return {
    rates: halfRates(rates),
    ...(longContext !== undefined && {
      longContext: longContext.map((tier) => ({ ...tier, rates: halfRates(tier.rates) })),
    }),
  };
}

function halfRates(rates: RatesData): RatesData {
  return Object.fromEntries(
    Object.entries(withBothLifetimes(rates)).map(([bucket, rate]) => [
      bucket,
      USAGE_BUCKETS[bucket as UsageBucket].unit === 'token' ? scaledRate(rate, '0.5') : rate,
    ]),
  );
}

/** A single rate for cache writes is the one for five minutes; an hour costs twice the input. */
function withBothLifetimes({ cacheWrite, ...rates }: RatesData): RatesData {
  const write = rates.cacheWrite5m ?? cacheWrite;
  if (write === undefined || rates.input === undefined) return rates;
  return {
    ...rates,
    cacheWrite5m: write,
    cacheWrite1h: rates.cacheWrite1h ?? scaledRate(rates.input, '2'),
  };
}

function scaledRate({ decimal, per }: RateData, factor: string): RateData {
  return { decimal: multiplyDecimal(decimal, factorOf(factor)), per };
}

/** Divides the periods of an entry at days on which something changes that the source does not know of. */
export function splitAt(entry: EntryDraft, ...days: readonly string[]): void {
  for (const day of days)
    entry.periods = entry.periods.flatMap((period): PeriodData[] =>
      (period.from === undefined || period.from < day) && (period.until === undefined || day < period.until)
        ? [
            { ...period, until: day },
            { ...period, from: day },
          ]
        : [period],
    );
}

/** Changes the periods that lie between two days; they have to be divided there already. */
export function during(
  entry: EntryDraft,
  from: string | undefined,
  until: string | undefined,
  change: (period: PeriodData) => PeriodData,
): void {
  const lies = (period: PeriodData): boolean =>
    (from === undefined || (period.from ?? '') >= from) &&
    (until === undefined || (period.until !== undefined && period.until <= until));
  if (!entry.periods.some(lies)) throw new Error(`${entry.model} has no period in ${from} to ${until}`);
  entry.periods = entry.periods.map((period) => (lies(period) ? change(period) : period));
}

/** Adds the rate card of a service tier to periods. */
export const withTier =
  (tier: string, card: RateCardData | ((period: PeriodData) => RateCardData)) =>
  (period: PeriodData): PeriodData => ({
    ...period,
    serviceTiers: { ...period.serviceTiers, [tier]: typeof card === 'function' ? card(period) : card },
  });

export const withHalfPriceBatch: (period: PeriodData) => PeriodData = withTier('batch', halfPriceCard);
