import { expect, test } from 'vitest';
import { parseCount, parseDate } from './parse-option.ts';

test('reads counts', () => {
  expect(parseCount('0')).toBe(0);
  expect(parseCount('1200')).toBe(1200);
});

test.each(['', '-1', '1.5', '1e3', '1,200', 'many', '99999999999999999999'])(
  'refuses the count %j',
  (text) => {
    expect(() => parseCount(text)).toThrow('Write a whole number');
  },
);

test.each([
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T12:00', '2026-11-20T12:00:00.000Z'],
  ['2026-11-20T12:00:00+02:00', '2026-11-20T10:00:00.000Z'],
])('reads %s as %s', (text, expected) => {
  expect(parseDate(text).toISOString()).toBe(expected);
});

test.each(['', 'yesterday', '2026-13-01', '2026-02-30', '20.11.2026', '1700000000'])(
  'refuses the date %j',
  (text) => {
    expect(() => parseDate(text)).toThrow('Write a date');
  },
);
