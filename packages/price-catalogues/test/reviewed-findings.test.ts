import { builtinPriceBookData } from '@costspan/pricing';
import { expect, test } from 'vitest';
import { validatePriceBook, withReviews } from '../src/index.ts';

/** The day of the book, so that the age of its entries does not decide. */
const findings = validatePriceBook(builtinPriceBookData, {
  nowMillis: Date.parse(builtinPriceBookData.version),
  staleAfterDays: 3650,
});

test('whatever stands out in the built-in book has been looked at', () => {
  const open = withReviews(findings).filter(({ severity }) => severity !== 'info');
  expect(open.map(({ entry, code }) => `${entry} ${code}`)).toEqual([]);
});

test('a review says what was looked at, and changes nothing else', () => {
  const reviewed = withReviews(findings);
  expect(reviewed.length).toBe(findings.length);
  for (const [index, finding] of reviewed.entries()) {
    if (finding.severity === findings[index]?.severity) expect(finding).toEqual(findings[index]);
    else expect(finding.message).toMatch(/ \(reviewed: .+\)$/);
  }
});
