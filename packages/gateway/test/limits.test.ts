import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { openDuckDbStore } from '@costspan/store';
import { expect, test } from 'vitest';
import { encodeProtobuf } from './otlp-messages.ts';
import { modelCallRequest, startTestGateway, startTestTarget, temporaryFolder } from './test-gateway.ts';

const MEBIBYTE = 1024 * 1024;

test('requests beyond the bound are answered 503 at once, and taken again when there is room', async () => {
  const target = await startTestTarget();
  const gateway = await startTestGateway(
    { gateway: { forward: { endpoint: target.endpoint, mode: 'required' } } },
    { requestsInFlightMax: 1 },
  );
  const gate = Promise.withResolvers<void>();
  target.gate = gate.promise;
  const arrived = target.arrival();
  const first = gateway.send(encodeProtobuf(modelCallRequest()));
  await arrived;
  const refused = await gateway.send(encodeProtobuf(modelCallRequest()));
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  gate.resolve();
  expect((await first).status).toBe(200);
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  await gateway.stop();
  await target.close();
});

test('bytes beyond the bound are answered 503, also when they only appear on decompression', async () => {
  const gateway = await startTestGateway({}, { bytesInFlightMax: MEBIBYTE });
  const large = Buffer.alloc(2 * MEBIBYTE);
  expect((await gateway.send(large)).status).toBe(503);
  expect((await gateway.send(gzipSync(large), { 'content-encoding': 'gzip' })).status).toBe(503);
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  await gateway.stop();
});

test('decompression bombs in parallel are refused within bounded memory', async () => {
  const child = fork(new URL('gateway-process.ts', import.meta.url), [temporaryFolder()], {
    execArgv: ['--conditions=@costspan/source'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [url] = (await once(child, 'message')) as [string];
  const peakMebibytes = async (): Promise<number> => {
    child.send('memory');
    const [kibibytes] = (await once(child, 'message')) as [number];
    return kibibytes / 1024;
  };
  const before = await peakMebibytes();
  const zeros = Buffer.alloc(300 * MEBIBYTE);
  const bombs = [
    ['gzip', gzipSync(zeros, { level: 9 })],
    ['zstd', zstdCompressSync(zeros)],
  ] as const;
  const answers = await Promise.all(
    Array.from({ length: 40 }, async (_each, index) => {
      const [encoding, bomb] = bombs[index % 2]!;
      const response = await fetch(`${url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf', 'content-encoding': encoding },
        body: bomb,
      });
      return response.status;
    }),
  );
  // Those for which there was no memory left are asked to come again, and are told then that they are too large.
  expect(answers.every((status) => status === 413 || status === 503)).toBe(true);
  expect(answers).toContain(413);
  // 12,000 MiB were sent; 256 MiB may be in flight, and as much again while the last chunks are joined.
  expect((await peakMebibytes()) - before).toBeLessThan(512);
  child.kill('SIGTERM');
  await once(child, 'exit');
}, 60_000);

test('a client that never finishes its request is cut off', async () => {
  const gateway = await startTestGateway({}, { requestTimeoutMillis: 200 });
  const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
  socket.write(
    'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100\r\n\r\nabc',
  );
  socket.resume();
  await once(socket, 'close');
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  await gateway.stop();
});

test('stopping finishes what is in flight and accepts nothing more', async () => {
  const target = await startTestTarget();
  const dataFolder = temporaryFolder();
  const gateway = await startTestGateway(
    { gateway: { forward: { endpoint: target.endpoint, mode: 'required' } } },
    { dataFolder },
  );
  const gate = Promise.withResolvers<void>();
  target.gate = gate.promise;
  const arrived = target.arrival();
  const inFlight = gateway.send(encodeProtobuf(modelCallRequest()));
  await arrived;
  const stopped = gateway.stop();
  await expect(gateway.send(encodeProtobuf(modelCallRequest()))).rejects.toThrow();
  gate.resolve();
  expect((await inFlight).status).toBe(200);
  await stopped;
  const opened = await openDuckDbStore({ path: dataFolder });
  expect(opened.ok && (await opened.store.records({ limit: 10 })).records).toHaveLength(1);
  if (opened.ok) await opened.store.close();
  await target.close();
});
