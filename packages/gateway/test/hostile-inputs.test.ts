import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProcessFigures } from './hostile-gateway-process.ts';
import { HOSTILE_CANARY, hostileInputs } from './hostile-inputs.ts';
import { encodeProtobuf } from './otlp-messages.ts';
import { modelCallRequest } from './test-gateway.ts';

const showsFigures = process.env['HOSTILE_FIGURES'] === '1';
/**
 * What the event loop may compute in one go, in processor time: 100 ms on a machine that does nothing else, which
 * `HOSTILE_FIGURES=1` asserts and prints. Other tests at the same time take from the caches and from the memory's bandwidth.
 */
const BLOCKED_MILLIS_MAX = showsFigures ? 100 : 400;
/** Four bodies of 64 MiB may be in flight, each twice while its pieces are joined. */
const PEAK_MEBIBYTES_MAX = 1280;

let gateway: ChildProcess;
let url: string;

beforeAll(async () => {
  gateway = fork(new URL('hostile-gateway-process.ts', import.meta.url), {
    execArgv: ['--conditions=@costspan/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  [url] = (await once(gateway, 'message')) as [string];
}, 60_000);

afterAll(async () => {
  if (gateway.exitCode !== null) return;
  gateway.kill('SIGTERM');
  await once(gateway, 'exit');
});

async function figures(): Promise<ProcessFigures> {
  gateway.send('figures');
  const [answer] = (await once(gateway, 'message')) as [ProcessFigures];
  return answer;
}

async function send(body: Uint8Array, type: string, encoding?: string): Promise<Response> {
  return fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': type, ...(encoding !== undefined && { 'content-encoding': encoding }) },
    body: body as Uint8Array<ArrayBuffer>,
  });
}

test('there are more than 60 of them', () => {
  expect(hostileInputs.length).toBeGreaterThan(60);
});

test.each(hostileInputs.map((input) => [`${input.type.slice(12)} ${input.what}`, input] as const))(
  '%s',
  async (what, { body, status, type, encoding }) => {
    const bytes = body();
    await figures();
    const response = await send(bytes, type, encoding);
    const text = await response.text();
    const healthy = await send(encodeProtobuf(modelCallRequest()), 'application/x-protobuf');
    await healthy.arrayBuffer();
    const { blockedMillis, peakMebibytes, logText } = await figures();
    if (showsFigures)
      console.log(
        `${blockedMillis.toFixed(0).padStart(6)} ms ${peakMebibytes.toFixed(0).padStart(6)} MiB  ${what}`,
      );
    expect([response.status, response.headers.get('content-type'), healthy.status]).toEqual([
      status,
      type,
      200,
    ]);
    expect(text.includes(HOSTILE_CANARY) || logText.includes(HOSTILE_CANARY)).toBe(false);
    expect(blockedMillis).toBeLessThan(BLOCKED_MILLIS_MAX);
    expect(peakMebibytes).toBeLessThan(PEAK_MEBIBYTES_MAX);
  },
  60_000,
);
