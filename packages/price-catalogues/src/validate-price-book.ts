import type { PriceBookData } from '@costspan/pricing';
import { checkAge, checkNames, checkReferences, checkTimes } from './book-structure.ts';
import { checkChanges, checkFree, checkSiblings, type PlacedEntry } from './entry-plausibility.ts';
import { checkPeriod } from './period-plausibility.ts';
import { Findings, type PriceBookFinding } from './price-book-finding.ts';

export interface ValidateOptions {
  readonly nowMillis: number;
  /** After how many days a price that nobody has checked again is stale. */
  readonly staleAfterDays: number;
}

/**
 * Looks for what a well-formed price book may still have wrong: prices in another unit, swapped fields,
 * forgotten rates, periods with gaps, names that lead nowhere. What it finds is improbable, not impossible.
 *
 * @returns at most 1000 findings, in the order of the book.
 */
export function validatePriceBook(
  data: PriceBookData,
  { nowMillis, staleAfterDays }: ValidateOptions,
): PriceBookFinding[] {
  const findings = new Findings();
  const entries = data.entries.map((entry, index): PlacedEntry => ({
    data: entry,
    name: `${entry.provider}/${entry.model}`,
    path: `entries[${index}]`,
  }));
  const inDollars = entries.filter(
    ({ data: { currency } }) => worthOf(currency ?? data.currency, data) === 1,
  );
  for (const placed of entries) {
    checkTimes(placed, findings);
    checkFree(placed, findings);
    checkChanges(placed, findings);
    const worth = worthOf(placed.data.currency ?? data.currency, data);
    for (const [index, period] of placed.data.periods.entries())
      checkPeriod(period, { entry: placed.name, path: `${placed.path}.periods[${index}]`, worth }, findings);
  }
  checkSiblings(inDollars, findings);
  checkNames(entries, findings);
  checkReferences(data, findings);
  checkAge(entries, nowMillis, staleAfterDays, findings);
  return findings.list;
}

/** Roughly: what is looked for is off by a hundred. A currency without a rate is taken for the dollar. */
function worthOf(currency: string, { exchangeRates = [] }: PriceBookData): number {
  if (currency === 'USD') return 1;
  return Number(exchangeRates.findLast((each) => each.currency === currency)?.rate ?? 1);
}
