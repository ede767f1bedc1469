import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { encodeProtobuf } from './otlp-messages.ts';
import { modelCallRequest, temporaryFolder } from './test-gateway.ts';

const SLOW_CONNECTIONS = 2000;
const HEALTHY_REQUESTS = 300;
/** The headers' time, and the second after which Node looks again, with room for a busy machine. */
const CUT_MILLIS_MAX = 30_000;

/** Three kinds of a client that never comes to an end: nothing, headers byte by byte, a body byte by byte. */
const BEGINNINGS = [
  '',
  'POST /v1/traces HTTP/1.1\r\nHost: x\r\nX-Slow: ',
  'POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\nContent-Length: 100000\r\n\r\n',
] as const;

test('2,000 slow clients do not keep a healthy one from being served, and are cut off', async () => {
  const dataFolder = temporaryFolder();
  const child = fork(new URL('gateway-process.ts', import.meta.url), [dataFolder], {
    execArgv: ['--conditions=@costspan/source'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const [url] = (await once(child, 'message')) as [string];
  const { port } = new URL(url);
  const alone = await serveHealthy(url);
  const slow: Socket[] = [];
  for (let index = 0; index < SLOW_CONNECTIONS; index++) {
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined).resume();
    await once(socket, 'connect');
    socket.write(BEGINNINGS[index % BEGINNINGS.length]!);
    slow.push(socket);
  }
  const dribble = setInterval(() => {
    slow.forEach((socket, index) => {
      if (index % BEGINNINGS.length > 0 && socket.writable) socket.write('a');
    });
  }, 1000);
  const beside = await serveHealthy(url);
  console.log(`a healthy client alone: ${alone}; beside ${SLOW_CONNECTIONS} slow ones: ${beside}`);
  // Those that have not sent their headers by then; the others have the time of a whole request.
  const headless = slow.filter((_socket, index) => index % BEGINNINGS.length < 2);
  const until = performance.now() + CUT_MILLIS_MAX;
  while (headless.some((socket) => !socket.closed) && performance.now() < until) await sleep(100);
  expect(headless.filter((socket) => !socket.closed)).toHaveLength(0);
  clearInterval(dribble);
  for (const socket of slow) socket.destroy();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
  rmSync(dataFolder, { recursive: true });
}, 120_000);

/** All are served; how long it took is told. */
async function serveHealthy(url: string): Promise<string> {
  const millis: number[] = [];
  for (let sent = 0; sent < HEALTHY_REQUESTS; sent++) {
    const start = performance.now();
    const response = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: encodeProtobuf(modelCallRequest()) as Uint8Array<ArrayBuffer>,
    });
    expect(response.status).toBe(200);
    millis.push(performance.now() - start);
  }
  millis.sort((a, b) => a - b);
  const at = (share: number): string => millis[Math.floor(millis.length * share)]!.toFixed(1);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}
