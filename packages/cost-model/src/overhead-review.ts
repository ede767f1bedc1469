const MONTHS_OF_A_QUARTER = 3;

/**
 * Whether somebody should look at an overhead again: a quarter after the day (`YYYY-MM-DD`) of its last review.
 * 2026-08-31 is due on 2026-12-01, as JavaScript carries a day that November lacks into the next month.
 */
export function isOverheadReviewDue(reviewed: string, nowMillis: number): boolean {
  const due = new Date(reviewed);
  return nowMillis >= due.setUTCMonth(due.getUTCMonth() + MONTHS_OF_A_QUARTER);
}
