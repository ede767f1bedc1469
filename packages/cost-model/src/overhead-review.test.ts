import { expect, test } from 'vitest';
import { isOverheadReviewDue } from './overhead-review.ts';

test.each([
  ['2026-07-01', '2026-09-30T23:59:59.999Z', false],
  ['2026-07-01', '2026-10-01T00:00:00Z', true],
  ['2026-08-31', '2026-11-30T00:00:00Z', false],
  ['2026-08-31', '2026-12-01T00:00:00Z', true],
])('reviewed on %s, at %s: %s', (reviewed, now, due) => {
  expect(isOverheadReviewDue(reviewed, Date.parse(now))).toBe(due);
});
