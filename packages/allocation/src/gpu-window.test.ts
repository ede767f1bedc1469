import { expect, test } from 'vitest';
import { money, pool, SECOND, START } from '../test/pool-fixture.ts';
import { windowAt, windowsBetween } from './gpu-window.ts';

const cheap = { fromUnixNano: START + 30n * SECOND, perHour: money('1') };
const dear = { fromUnixNano: START + 150n * SECOND, perHour: money('2') };
const from = pool({ rates: [cheap, dear] });

function shown(atSeconds: number): unknown {
  const window = windowAt(from, START + BigInt(atSeconds) * SECOND);
  return [
    Number((window.startUnixNano - START) / SECOND),
    Number((window.endUnixNano - START) / SECOND),
    window.rate,
  ];
}

test('windows are of the grid since the epoch, cut where a rate begins', () => {
  expect(shown(-1)).toEqual([-60, 0, undefined]);
  expect(shown(0)).toEqual([0, 30, undefined]);
  expect(shown(30)).toEqual([30, 60, cheap]);
  expect(shown(60)).toEqual([60, 120, cheap]);
  expect(shown(149)).toEqual([120, 150, cheap]);
  expect(shown(150)).toEqual([150, 180, dear]);
  expect(windowAt(from, -1n)).toMatchObject({ startUnixNano: -60n * SECOND, endUnixNano: 0n });
});

test('a period’s windows adjoin and are cut at its ends', () => {
  const windows = [...windowsBetween(from, START + 45n * SECOND, START + 170n * SECOND)];
  expect(windows.map((each) => Number((each.startUnixNano - START) / SECOND))).toEqual([45, 60, 120, 150]);
  expect(windows.map((each) => Number((each.endUnixNano - START) / SECOND))).toEqual([60, 120, 150, 170]);
  expect([...windowsBetween(from, START, START)]).toEqual([]);
});
