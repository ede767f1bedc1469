import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { type ForwardDropReason, ForwardQueue } from './forward-queue.ts';
import { TraceForwarder } from './trace-forwarder.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

/** A target that takes what it is sent, or answers as it is told. */
async function startTarget(
  answer: (body: string) => number,
): Promise<{ endpoint: string; taken: string[]; atOnce: () => number }> {
  const taken: string[] = [];
  let sending = 0;
  let atOnceMax = 0;
  const server = createServer((request, response) => {
    sending += 1;
    atOnceMax = Math.max(atOnceMax, sending);
    void buffer(request).then((bytes) => {
      const status = answer(bytes.toString());
      if (status === 200) taken.push(bytes.toString());
      sending -= 1;
      response.writeHead(status).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, taken, atOnce: () => atOnceMax };
}

function openQueue(endpoint: string, bytesMax: number, tryMillisMax = 10_000) {
  const dropped: [number, ForwardDropReason][] = [];
  const forwarder = new TraceForwarder({ endpoint, mode: 'best_effort' }, 1000);
  const observer = {
    onForwarded: vi.fn(),
    onFailure: vi.fn(),
    onDropped: (spanCount: number, reason: ForwardDropReason) => void dropped.push([spanCount, reason]),
  };
  const queue = new ForwardQueue(forwarder, observer, { bytesMax, sendingMax: 4, tryMillisMax });
  return { queue, dropped, observer };
}

test('every request is sent once, a few at a time', async () => {
  const target = await startTarget(() => 200);
  const { queue, dropped } = openQueue(target.endpoint, 1_000_000);
  const bodies = Array.from({ length: 40 }, (_each, index) => `body ${index}`);
  for (const body of bodies) queue.add(Buffer.from(body), 'protobuf', 1);
  await queue.stop(5000);
  expect(target.taken.toSorted()).toEqual(bodies.toSorted());
  expect(target.atOnce()).toBeLessThanOrEqual(4);
  expect([dropped, queue.bytes]).toEqual([[], 0]);
});

test('what does not fit any more is dropped and counted, and there is room again later', async () => {
  const target = await startTarget(() => 200);
  const { queue, dropped } = openQueue(target.endpoint, 4096 + 10);
  queue.add(Buffer.from('12345678'), 'protobuf', 3);
  queue.add(Buffer.from('abcdefgh'), 'protobuf', 5);
  expect(dropped).toEqual([[5, 'queue_full']]);
  await vi.waitFor(() => expect(queue.bytes).toBe(0));
  queue.add(Buffer.from('abcdefgh'), 'protobuf', 5);
  await queue.stop(5000);
  expect(target.taken).toEqual(['12345678', 'abcdefgh']);
});

test('a target that comes back gets what it refused for a time', async () => {
  let tries = 0;
  const target = await startTarget(() => ((tries += 1) < 3 ? 503 : 200));
  const { queue, dropped, observer } = openQueue(target.endpoint, 1_000_000);
  queue.add(Buffer.from('body'), 'protobuf', 2);
  await vi.waitFor(() => expect(target.taken).toEqual(['body']), { timeout: 5000 });
  expect(observer.onFailure).toHaveBeenCalledTimes(2);
  await vi.waitFor(() => expect(observer.onForwarded).toHaveBeenCalledWith(2, expect.any(Number)));
  expect(dropped).toEqual([]);
});

test('a request is not tried for ever', async () => {
  const target = await startTarget((body) => (body === 'bad' ? 503 : 200));
  const { queue, dropped } = openQueue(target.endpoint, 1_000_000, 300);
  queue.add(Buffer.from('bad'), 'protobuf', 7);
  await vi.waitFor(() => expect(dropped).toEqual([[7, 'busy']]), { timeout: 5000 });
  expect(queue.bytes).toBe(0);
});

test('stopping does not wait for a target that is away longer than it is told to', async () => {
  const { queue, dropped } = openQueue('http://127.0.0.1:9', 1_000_000);
  for (let request = 0; request < 20; request++) queue.add(Buffer.from('body'), 'protobuf', 1);
  await queue.stop(0);
  expect(dropped.reduce((sum, [spanCount]) => sum + spanCount, 0)).toBe(20);
});
