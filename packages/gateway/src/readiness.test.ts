import { expect, test, vi } from 'vitest';
import { Readiness } from './readiness.ts';

const healthy = { problem: undefined, waitingRecords: 0, waitingBytes: 0 };

test('a gateway is ready between its start and its stop', () => {
  const readiness = new Readiness();
  expect(readiness.state).toEqual({ ready: false, problems: ['starting'] });
  readiness.run(() => healthy);
  expect(readiness.state).toEqual({ ready: true });
  readiness.stop();
  expect(readiness.state).toEqual({ ready: false, problems: ['stopping'] });
});

test('it is not ready while the store takes no records, and says why', () => {
  const readiness = new Readiness();
  let problem: 'disk_full' | undefined = 'disk_full';
  readiness.run(() => ({ ...healthy, problem }));
  expect(readiness.state).toEqual({ ready: false, problems: ['store: disk_full'] });
  problem = undefined;
  expect(readiness.state).toEqual({ ready: true });
});

test('a target that was away is tried again after a time, also when nothing came through in between', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const readiness = new Readiness();
  readiness.run(() => healthy);
  readiness.recordForward('unavailable');
  expect(readiness.state).toEqual({ ready: false, problems: ['forward target: unavailable'] });
  vi.advanceTimersByTime(9_999);
  expect(readiness.state.ready).toBe(false);
  vi.advanceTimersByTime(1);
  expect(readiness.state).toEqual({ ready: true });
  readiness.recordForward('unavailable');
  readiness.recordForward('available');
  expect(readiness.state).toEqual({ ready: true });
  vi.useRealTimers();
});
