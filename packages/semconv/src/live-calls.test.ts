import { afterEach, expect, test, vi } from 'vitest';
import { announceLiveCall, type LiveCall, type LiveCallListener, liveCallListeners } from './live-calls.ts';

const CALL: LiveCall = {
  operationName: 'chat',
  provider: 'vllm',
  serverAddress: 'gpu-1.internal',
  serverPort: 8000,
  requestModel: undefined,
  callerSpan: undefined,
  startMillis: 5,
};

afterEach(() => {
  liveCallListeners().clear();
});

function listener(fields: Partial<LiveCallListener> = {}): LiveCallListener {
  return { running: vi.fn(), ended: vi.fn(), ...fields };
}

test('every listener hears of every call, whatever another one throws', () => {
  const failing = listener({
    running: () => {
      throw new Error('full');
    },
  });
  const other = listener();
  liveCallListeners().add(failing).add(other);
  announceLiveCall('running', CALL);
  announceLiveCall('ended', CALL);
  expect(other.running).toHaveBeenCalledExactlyOnceWith(CALL);
  expect(other.ended).toHaveBeenCalledExactlyOnceWith(CALL);
  liveCallListeners().delete(other);
  announceLiveCall('running', CALL);
  expect(other.running).toHaveBeenCalledOnce();
});

test('another copy of the package has the same listeners', async () => {
  const ours = liveCallListeners();
  vi.resetModules();
  const copy = await import('./live-calls.ts');
  expect(copy.announceLiveCall).not.toBe(announceLiveCall);
  expect(copy.liveCallListeners()).toBe(ours);
});
