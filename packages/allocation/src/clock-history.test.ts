import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClockHistory } from './clock-history.ts';

test('a clock counts what its speeds come to', () => {
  const history = new ClockHistory([1, 2]);
  history.advance(10);
  history.setSpeed(0, 0.5);
  history.advance(30);
  history.setSpeed(0, 4);
  expect(history.elapsed(0, 0, 10)).toBe(10);
  expect(history.elapsed(0, 10, 30)).toBe(10);
  expect(history.elapsed(0, 5, 20)).toBe(5 + 5);
  expect(history.elapsed(0, 20, 32)).toBe(5 + 8);
  expect(history.elapsed(0, -5, 2)).toBe(7);
  expect(history.elapsed(1, 5, 35)).toBe(60);
  expect(history.hasForgotten(-5)).toBe(false);
});

test('what it has no room for counts at the first speed, and is told', () => {
  const history = new ClockHistory([1]);
  history.setSpeed(0, 0.5);
  for (let time = 1; time <= 20_000; time++) history.advance(time);
  const oldest = 20_000 - 16_384 + 1;
  expect(history.hasForgotten(oldest)).toBe(false);
  expect(history.hasForgotten(oldest - 1)).toBe(true);
  expect(history.elapsed(0, oldest, 20_000)).toBe((20_000 - oldest) / 2);
  expect(history.elapsed(0, oldest - 100, oldest)).toBe(100);
});

test('at any instant, for any speeds', () => {
  const steps = fc.array(fc.record({ wait: fc.integer({ min: 1, max: 50 }), speed: fc.nat(9) }), {
    maxLength: 300,
  });
  fc.assert(
    fc.property(steps, fc.nat(5000), fc.nat(5000), (all, one, other) => {
      const history = new ClockHistory([1]);
      const speedIn: number[] = [];
      let speed = 1;
      for (const step of all) {
        for (let unit = 0; unit < step.wait; unit++) speedIn.push(speed);
        history.advance(speedIn.length);
        speed = step.speed;
        history.setSpeed(0, speed);
      }
      const [from, until] = [Math.min(one, other), Math.max(one, other)];
      let counted = 0;
      for (let unit = from; unit < until; unit++) counted += speedIn[unit] ?? speed;
      expect(history.elapsed(0, from, until)).toBeCloseTo(counted, 6);
    }),
  );
});
