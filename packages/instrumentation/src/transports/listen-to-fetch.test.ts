import { request as httpRequest } from 'node:http';
import { connect } from 'node:http2';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  answerBody,
  answerPath,
  type AnswerPlan,
  type LoopbackServer,
  startLoopbackServer,
} from '../../test/loopback-server.ts';
import { recordTaps, type TapRecorder } from '../../test/recorded-taps.ts';
import { listenToTransports } from './listen-to-transports.ts';

// No copy of undici from npm is loaded here: loading one can put it behind the global `fetch`.

let server: LoopbackServer;
let recorder: TapRecorder;
let stop: () => void;

beforeEach(async () => {
  server = await startLoopbackServer();
  recorder = recordTaps();
  stop = listenToTransports(recorder.start, recorder.onFailure);
});

afterEach(async () => {
  stop();
  await server.close();
});

function ask(plan: AnswerPlan, options: RequestInit = {}): Promise<Response> {
  return fetch(`${server.origin}${answerPath(plan)}`, { method: 'POST', body: plan.id, ...options });
}

test.each<[string, (response: Response) => Promise<string>]>([
  ['text()', (response) => response.text()],
  ['arrayBuffer()', async (response) => Buffer.from(await response.arrayBuffer()).toString()],
  [
    'clone()',
    async (response) => {
      const [one, two] = await Promise.all([response.clone().text(), response.text()]);
      expect(one).toBe(two);
      return one;
    },
  ],
  [
    'for await',
    async (response) => {
      let all = '';
      for await (const chunk of response.body!) {
        all += Buffer.from(chunk).toString();
        expect(recorder.taps[0]!.received().byteLength).toBeGreaterThanOrEqual(all.length);
      }
      return all;
    },
  ],
  [
    'pipeThrough()',
    async (response) => {
      let all = '';
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) all += part.value;
      return all;
    },
  ],
])('a response that is read by %s', async (_, read) => {
  const plan: AnswerPlan = { id: 'a', chunks: 8, chunkBytes: 500, gapMillis: 1 };
  const response = await recorder.asCaller('anna', () => ask(plan));
  expect(response.url).toBe(`${server.origin}${answerPath(plan)}`);
  expect(await read(response)).toBe(answerBody(plan).toString());
  const tap = await recorder.single();
  expect(tap).toMatchObject({ caller: 'anna', origin: server.origin, events: ['head 200', 'end'] });
  expect(tap.received()).toEqual(answerBody(plan));
  expect(tap.sent()).toBe('a');
  expect(recorder.failures).toEqual([]);
});

test('a small response that nobody reads is heard whole', async () => {
  const response = await ask({ id: 'a' });
  const tap = await recorder.single();
  expect(response.bodyUsed).toBe(false);
  expect(tap.received()).toEqual(answerBody({ id: 'a' }));
});

test('what an application gets is the same with and without listening', async () => {
  const outcome = async (plan: AnswerPlan, options: RequestInit = {}): Promise<unknown> => {
    try {
      const response = await ask(plan, options);
      const { status, headers, redirected, type, ok } = response;
      return { status, names: [...headers.keys()], redirected, type, ok, text: await response.text() };
    } catch (error) {
      const { name, message, cause } = error as Error;
      return { name, message, cause: (cause as { code?: string } | undefined)?.code };
    }
  };
  const all = async (): Promise<unknown[]> => [
    await outcome({ id: 'plain', chunks: 20, chunkBytes: 5000 }),
    await outcome({ id: 'moved', redirect: answerPath({ id: 'target' }) }),
    await outcome({ id: 'refused', status: 429 }),
    await outcome({ id: 'broken', chunks: 4, resetAfter: 2, gapMillis: 5 }),
    await outcome({ id: 'aborted' }, { signal: AbortSignal.abort() }),
    await outcome({ id: 'slow', stallAfter: 1 }, { signal: AbortSignal.timeout(50) }),
    await outcome({ id: 'manual', redirect: '/' }, { redirect: 'manual' }),
  ];
  const listening = await all();
  await recorder.settled();
  const taps = recorder.taps.length;
  stop();
  expect(await all()).toEqual(listening);
  expect(recorder.taps).toHaveLength(taps);
  expect(taps).toBe(7);
});

test('400 requests at once over fetch, http and http2: each heard once, in its own context', async () => {
  const plain = await startLoopbackServer('h2c');
  const session = connect(plain.origin);
  const plans = Array.from({ length: 400 }, (_, index): AnswerPlan => ({
    id: `call-${index}`,
    chunks: 1 + (index % 4),
    chunkBytes: 1 + ((index * 37) % 3000),
    ...(index % 3 === 0 && { gapMillis: 1 }),
  }));
  const texts = await Promise.all(
    plans.map((plan, index) =>
      recorder.asCaller(plan.id, async () => {
        if (index % 4 < 2) return (await ask(plan)).text();
        if (index % 4 === 2) {
          const stream = session.request({ ':method': 'POST', ':path': answerPath(plan) });
          stream.end();
          return readText(stream);
        }
        const request = httpRequest(`${server.origin}${answerPath(plan)}`, { method: 'POST' });
        const text = new Promise<string>((resolve, reject) => {
          request.once('response', (response) => resolve(readText(response)));
          request.once('error', reject);
        });
        request.end();
        return text;
      }),
    ),
  );
  await recorder.settled();
  expect(recorder.failures).toEqual([]);
  expect(recorder.taps).toHaveLength(400);
  const taps = new Map(recorder.taps.map((tap) => [tap.caller, tap]));
  for (const [index, plan] of plans.entries()) {
    const tap = taps.get(plan.id)!;
    expect(tap).toMatchObject({ path: answerPath(plan), events: ['head 200', 'end'] });
    expect(tap.received().toString()).toBe(texts[index]);
    expect(texts[index]).toBe(answerBody(plan).toString());
  }
  session.destroy();
  await plain.close();
});

describe('back-pressure', () => {
  test('a body that is not read is not fetched further than without listening', async () => {
    const plan: AnswerPlan = { id: 'a', chunks: 400, chunkBytes: 16_000 };
    const response = await ask(plan);
    const reader = response.body!.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(recorder.taps[0]!.received().byteLength).toBeLessThan(answerBody(plan).byteLength / 2);
    expect(recorder.taps[0]!.events).toEqual(['head 200']);
    await reader.cancel();
    expect((await recorder.single()).events[1]).toMatch(/^fail/);
  });
});
