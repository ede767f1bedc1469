import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { TraceReceiver, type TraceReceiverParts } from './trace-receiver.ts';

test('while the store takes no more, a request is refused before anything is made of it', async () => {
  const refused: string[] = [];
  // Whatever else it touched would not be there.
  const parts = {
    store: { health: { problem: 'backlog_full', waitingRecords: 1, waitingBytes: 1 } },
    metrics: { telemetry: { requests: () => undefined, refused: (reason: string) => refused.push(reason) } },
  } as unknown as TraceReceiverParts;
  const receiver = new TraceReceiver(parts);
  const server = createServer((request, response) => void receiver.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"resourceSpans":[]}',
  });
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
  expect(await response.json()).toEqual({ code: 14, message: 'too many cost records wait to be committed' });
  expect(refused).toEqual(['store_unavailable']);
});
