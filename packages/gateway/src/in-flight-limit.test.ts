import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { InFlightLimit } from './in-flight-limit.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

test('a body that does not come makes room for one that does', () => {
  const limit = new InFlightLimit({ requestsMax: 10, bytesMax: 100 });
  const giveUp = vi.fn();
  const stalled = limit.receive(giveUp)!;
  expect(stalled.reserve(80)).toBe(true);
  const next = limit.receive(() => undefined)!;
  expect(next.reserve(30)).toBe(false);
  expect(giveUp).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(next.reserve(30)).toBe(true);
  expect(giveUp).toHaveBeenCalledOnce();
  stalled.release();
  expect(limit.current.bytes).toBe(30);
  next.release();
  expect(limit.current).toEqual({ requests: 0, bytes: 0 });
});

test('what is being worked on, and what goes on coming, keeps its bytes', () => {
  const limit = new InFlightLimit({ requestsMax: 10, bytesMax: 100 });
  const giveUp = vi.fn();
  const begun = limit.receive(giveUp)!;
  begun.reserve(50);
  begun.begin();
  const coming = limit.receive(giveUp)!;
  coming.reserve(20);
  vi.advanceTimersByTime(2000);
  coming.reserve(20);
  const next = limit.receive(() => undefined)!;
  expect(next.reserve(30)).toBe(false);
  expect(giveUp).not.toHaveBeenCalled();
});

test('places are for requests that are worked on', () => {
  const limit = new InFlightLimit({ requestsMax: 1, bytesMax: 100 });
  const [one, two] = [limit.receive(() => undefined)!, limit.receive(() => undefined)!];
  expect([one.begin(), two.begin()]).toEqual([true, false]);
  expect(limit.receive(() => undefined)).toBeUndefined();
  one.release();
  expect(two.begin()).toBe(true);
});
