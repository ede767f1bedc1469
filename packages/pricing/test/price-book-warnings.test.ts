import { expect, test } from 'vitest';
import { PriceBook, priceBookWarnings } from '../src/index.ts';
import { priceBookData } from './price-book-fixture.ts';

function codesAt(day: string, reviewed = '2026-08-31'): string[] {
  const overhead = { percent: '12', reviewed };
  const book = PriceBook.fromData(priceBookData({ checked: '2026-06-01' }, { checked: '2026-09-23' }), {
    overhead,
  });
  return priceBookWarnings(book, Date.parse(day), 90).map(({ code }) => code);
}

test('prices are as old as the middle one of their checks, and warn past the age', () => {
  expect(codesAt('2026-12-22', '2026-12-01')).toEqual([]);
  expect(codesAt('2026-12-23', '2026-12-01')).toEqual(['price_book_old']);
});

test('an overhead warns a quarter after its review', () => {
  expect(codesAt('2026-11-30')).toEqual([]);
  expect(codesAt('2026-12-01')).toEqual(['overhead_review_due']);
});

test('one page that was read yesterday does not make the others younger', () => {
  const checks = ['2026-10-31', '2026-08-21', '2026-09-23'].map((checked) => ({ checked }));
  expect(PriceBook.fromData(priceBookData(...checks)).checked).toBe('2026-09-23');
});

test('a warning says what to do', () => {
  const book = PriceBook.fromData(priceBookData({}));
  expect(priceBookWarnings(book, Date.parse('2027-09-23')).map(({ message }) => message)).toEqual([
    'the prices of price book 2026-09-23 were last checked on 2026-09-23, 365 days ago; update it',
  ]);
  expect(book.ageSeconds(Date.parse('2026-09-24'))).toBe(86_400);
});
