import { isOverheadReviewDue } from '@costspan/cost-model';
import type { PriceBook } from './price-book.ts';

/** Something about a price book that somebody should look at. */
export interface PriceBookWarning {
  readonly code: 'price_book_old' | 'overhead_review_due';
  readonly message: string;
}

/** Days after which a price book counts as old, unless a configuration says otherwise. */
export const PRICE_BOOK_AGE_DAYS_MAX = 120;

const DAY_MILLIS = 86_400_000;

/** What is out of date at a time: prices that nobody checked for long, an overhead that is due for review. */
export function priceBookWarnings(
  book: PriceBook,
  nowMillis: number,
  ageDaysMax: number = PRICE_BOOK_AGE_DAYS_MAX,
): PriceBookWarning[] {
  const warnings: PriceBookWarning[] = [];
  const ageDays = Math.floor((nowMillis - Date.parse(book.checked)) / DAY_MILLIS);
  if (ageDays > ageDaysMax) {
    warnings.push({
      code: 'price_book_old',
      message: `the prices of price book ${book.version} were last checked on ${book.checked}, ${ageDays} days ago; update it`,
    });
  }
  if (book.overhead !== undefined && isOverheadReviewDue(book.overhead.reviewed, nowMillis)) {
    const { percent, reviewed } = book.overhead;
    warnings.push({
      code: 'overhead_review_due',
      message: `the overhead of ${percent} % was last reviewed on ${reviewed}, more than a quarter ago; review it and set the new day`,
    });
  }
  return warnings;
}
