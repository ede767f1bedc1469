import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { constants, createZstdCompress, deflateRawSync, gzipSync } from 'node:zlib';
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
  const bombs = await gibibyteBombs();
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_each, index) => {
      const [encoding, bomb] = bombs[index % bombs.length]!;
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
  // 200 GiB were sent; 256 MiB may be in flight, and as much again while the last chunks are joined.
  const grownMebibytes = (await peakMebibytes()) - before;
  console.log(`200 bombs of 1 GiB: ${grownMebibytes.toFixed(0)} MiB more at the peak`);
  expect(grownMebibytes).toBeLessThan(512);
  const healthy = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: encodeProtobuf(modelCallRequest()) as Uint8Array<ArrayBuffer>,
  });
  expect(healthy.status).toBe(200);
  child.kill('SIGTERM');
  await once(child, 'exit');
}, 120_000);

/** Zeros of 1 GiB in at most 1 MiB: flushed deflate blocks can be repeated, so that they are not made one by one. */
async function gibibyteBombs(): Promise<(readonly [encoding: string, body: Uint8Array<ArrayBuffer>])[]> {
  const zeros = Buffer.alloc(MEBIBYTE);
  const block = deflateRawSync(zeros, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const blocks = Buffer.concat(Array.from({ length: 1024 }, () => block));
  const zstd = createZstdCompress();
  Readable.from(Array.from({ length: 1024 }, () => zeros)).pipe(zstd);
  return [
    ['gzip', Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), blocks])],
    ['deflate', Buffer.concat([Buffer.from('789c', 'hex'), blocks])],
    ['zstd', Buffer.from(await buffer(zstd))],
  ];
}

test('clients that are slow with their bodies take nobody else’s place', async () => {
  const gateway = await startTestGateway({}, { requestsInFlightMax: 2 });
  const { port } = new URL(gateway.url);
  const slow = Array.from({ length: 8 }, () => connect(Number(port), '127.0.0.1'));
  const head = 'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n';
  for (const socket of slow) socket.write(`${head}Content-Length: 100\r\n\r\nabc`);
  for (let sent = 0; sent < 20; sent++) {
    expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  }
  for (const socket of slow) socket.destroy();
  await gateway.stop();
});

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

test('a small body that inflates to millions of values is refused before they fill the memory', async () => {
  const gateway = await startTestGateway();
  const span = `{"x":[${'{},'.repeat(119_999)}{}]}`;
  const spans = Array.from({ length: 100 }, () => span).join(',');
  const body = gzipSync(`{"resourceSpans":[{"scopeSpans":[{"spans":[${spans}]}]}]}`);
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const response = await gateway.send(body, headers);
  expect([response.status, await response.json()]).toEqual([
    400,
    { code: 3, message: 'the JSON text has more than 4000000 values; send fewer spans at once' },
  ]);
  expect((await gateway.send(encodeProtobuf(modelCallRequest()))).status).toBe(200);
  await gateway.stop();
});
