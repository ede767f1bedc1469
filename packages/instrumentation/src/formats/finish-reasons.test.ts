import { expect, test } from 'vitest';
import { FinishReasons } from './finish-reasons.ts';

test('each reason is kept once, in the order in which they came', () => {
  const reasons = new FinishReasons();
  for (const reason of ['STOP', 'SAFETY', 'STOP']) reasons.add(reason);
  expect(reasons.list()).toEqual(['STOP', 'SAFETY']);
});

test('there is no list until there is a reason', () => {
  const reasons = new FinishReasons();
  for (const value of [null, undefined, '', 7, {}, ['stop']]) reasons.add(value);
  expect(reasons.list()).toBeUndefined();
});

test('a text that is no reason is not kept, nor more reasons than eight', () => {
  const reasons = new FinishReasons();
  reasons.add('The answer ended because '.repeat(10));
  for (let index = 0; index < 20; index++) reasons.add(`reason-${index}`);
  expect(reasons.list()).toHaveLength(8);
  expect(reasons.list()?.[0]).toBe('reason-0');
});
