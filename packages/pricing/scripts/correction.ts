import type { UsageBucket } from '@costspan/cost-model';
import type { PeriodData, RateData, RatesData } from '../src/index.ts';
import type { EntryDraft } from './genai-entries.ts';

/**
 * Reviewed corrections of the source. Each one is either stated by the source itself in its comments, or by
 * the provider's own page, or by several sources of that time; the note says which and goes into the entry.
 */
export interface Correction {
  readonly entry: string;
  readonly note?: string;
  readonly apply?: (entry: EntryDraft) => void;
}

export const perMillion = (rates: Readonly<Partial<Record<UsageBucket, string>>>): RatesData =>
  Object.fromEntries(
    Object.entries(rates).map(([bucket, decimal]) => [bucket, { decimal, per: 1_000_000 } as RateData]),
  );

export const names =
  (...aliases: string[]) =>
  (entry: EntryDraft): void => {
    entry.aliases = [...(entry.aliases ?? []), ...aliases];
  };

export const withoutNames =
  (...dropped: string[]) =>
  (entry: EntryDraft): void => {
    entry.aliases = (entry.aliases ?? []).filter((alias) => !dropped.includes(alias));
  };

export const undetermined =
  (...buckets: UsageBucket[]) =>
  (entry: EntryDraft): void => {
    entry.undetermined = [...(entry.undetermined ?? []), ...buckets];
  };

export function onlyPeriod(entry: EntryDraft): PeriodData {
  const [period, ...others] = entry.periods;
  if (period === undefined || others.length > 0)
    throw new Error(`${entry.provider}/${entry.model} has a history now: review its correction`);
  return period;
}

/** Puts a period before the first one, where the source overwrote what held until then. */
export const earlierPeriod =
  (until: string, rates: RatesData) =>
  (entry: EntryDraft): void => {
    const [first, ...later] = entry.periods;
    if (first === undefined) throw new Error('an entry has a period');
    entry.periods = [{ until, rates }, { ...first, from: until }, ...later];
  };
