import { expect, test } from 'vitest';
import { PendingCalls } from './pending-calls.ts';

test('a call that was seen unfinished is billed once', () => {
  const pending = new PendingCalls();
  pending.add('resp_1');
  pending.add('resp_1');
  expect(pending.take('resp_1')).toBe(true);
  expect(pending.take('resp_1')).toBe(false);
});

test('a call that was never seen unfinished is somebody else’s', () => {
  expect(new PendingCalls().take('resp_1')).toBe(false);
});

test('the oldest is forgotten first', () => {
  const pending = new PendingCalls();
  for (let index = 0; index <= 10_000; index++) pending.add(`resp_${index}`);
  expect(pending.take('resp_0')).toBe(false);
  expect(pending.take('resp_1')).toBe(true);
  expect(pending.take('resp_10000')).toBe(true);
});
