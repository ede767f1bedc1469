import { expect, test } from 'vitest';
import { type ApplyFailure, applyFailureOf, isDatabaseLost } from './apply-failure.ts';

test.each<[ApplyFailure, string]>([
  ['passing', 'IO Error: Could not write file "records.duckdb": No space left on device'],
  ['passing', 'TransactionContext Error: Failed to commit: Could not truncate file'],
  ['passing', 'Out of Memory Error: could not allocate block of size 256.0 KiB'],
  ['passing', 'FATAL Error: Failed: database has been invalidated because of a previous fatal error'],
  ['passing', 'IO Error: Corrupt database file: computed checksum 1 does not match stored checksum 2'],
  ['data', 'Conversion Error: Could not convert string "x" to UINT64'],
  ['data', 'Constraint Error: NOT NULL constraint failed: cost_records.operation'],
  ['data', 'Invalid Input Error: Malformed JSON'],
  ['data', 'Costspan invariant: an instant is a 64-bit count of nanoseconds'],
  ['unknown', 'Catalog Error: Table with name cost_records does not exist!'],
])('%s: %s', (failure, message) => {
  expect(applyFailureOf(new Error(message))).toBe(failure);
});

test('what is no JSON fails each time', () => {
  expect(applyFailureOf(new SyntaxError('Unexpected end of JSON input'))).toBe('data');
});

test.each<[boolean, string]>([
  [true, 'FATAL Error: Failed: database has been invalidated because of a previous fatal error'],
  [true, 'INTERNAL Error: Attempted to access index 1 within vector of size 1'],
  [true, 'Failed to execute prepared statement: connection disconnected'],
  [false, 'IO Error: Could not write file "records.duckdb": No space left on device'],
  [false, 'Conversion Error: Could not convert string "x" to UINT64'],
])('whether the database is lost is %s: %s', (isLost, message) => {
  expect(isDatabaseLost(new Error(message))).toBe(isLost);
});
