import { expect, test } from 'vitest';
import { settleWindow, windowAt } from '../src/index.ts';
import { OPTIONS, pool, request, START } from './pool-fixture.ts';

const S = 1_000_000_000;

test('the worked example of the README', () => {
  const from = pool({ perHour: '6', capacity: 4 });
  const requests = [request('a', [[0, 20 * S]]), request('b', [[10 * S, 40 * S]])];
  const { shares, record } = settleWindow(from, windowAt(from, START), requests, OPTIONS);
  expect([...shares.replicaNanos]).toEqual([15 * S, 25 * S]);
  expect([...shares.used]).toEqual([8_333_333_333, 12_500_000_000]);
  expect([...shares.slack]).toEqual([16_666_666_667, 29_166_666_667]);
  expect(record).toMatchObject({ bill: '0.100000000000', idle: '0.033333333333' });
});
