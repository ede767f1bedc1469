import { channel } from 'node:diagnostics_channel';
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  answerBody,
  answerPath,
  type AnswerPlan,
  loopbackCertificate,
  type LoopbackServer,
  startLoopbackServer,
} from '../../test/loopback-server.ts';
import { WAYS_TO_READ } from '../../test/ways-to-read.ts';
import { recordTaps, type TapRecorder } from '../../test/recorded-taps.ts';
import { listenToHttp } from './listen-to-http.ts';

let server: LoopbackServer;
let recorder: TapRecorder;
let stop: () => void;

beforeEach(async () => {
  server = await startLoopbackServer();
  recorder = recordTaps();
  stop = listenToHttp(recorder.start, recorder.onFailure);
});

afterEach(async () => {
  stop();
  await server.close();
});

function open(plan: AnswerPlan, options: object = {}): ClientRequest {
  return httpRequest(`${server.origin}${answerPath(plan)}`, { method: 'POST', ...options });
}

function responseOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
    request.end('{}');
  });
}

describe.each(WAYS_TO_READ)('a response that is read by %s', (_, read) => {
  test.each<AnswerPlan>([
    { id: 'paced', chunks: 6, chunkBytes: 100, gapMillis: 2 },
    { id: 'burst', chunks: 50, chunkBytes: 4000 },
    { id: 'empty', chunks: 0 },
    { id: 'sized', chunks: 4, contentLength: 1 },
    { id: 'hints', hints: 1 },
  ])('$id', async (plan) => {
    const response = await responseOf(open(plan));
    expect(await read(response)).toBe(answerBody(plan).toString());
    const tap = await recorder.single();
    expect(tap.events).toEqual(['head 200', 'end']);
    expect(tap.received()).toEqual(answerBody(plan));
    expect(tap.contentType()).toBe('text/event-stream');
    expect(tap.origin).toBe(server.origin);
    expect(tap.path).toBe(answerPath(plan));
    expect(recorder.failures).toEqual([]);
  });
});

test('bytes are heard before the application has them', async () => {
  const response = await responseOf(open({ id: 'a', chunks: 5, gapMillis: 2 }));
  let consumed = 0;
  const lengths: [heard: number, consumed: number][] = [];
  response.on('data', (chunk: Buffer) => {
    consumed += chunk.byteLength;
    lengths.push([recorder.taps[0]!.received().byteLength, consumed]);
  });
  await new Promise((resolve) => response.once('end', resolve));
  expect(consumed).toBe(5 * 64);
  for (const [heard, had] of lengths) expect(heard).toBeGreaterThanOrEqual(had);
});

test('back-pressure is the same with and without listening', async () => {
  const plan: AnswerPlan = { id: 'a', chunks: 200, chunkBytes: 8000 };
  const pausedLength = async (): Promise<{ length: number; whole: string }> => {
    const response = await responseOf(open(plan));
    response.read(0);
    await expect.poll(() => response.readableLength).toBeGreaterThanOrEqual(response.readableHighWaterMark);
    const length = response.readableLength;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(response.readableLength).toBe(length);
    return { length, whole: await readText(response) };
  };
  const listening = await pausedLength();
  stop();
  const silent = await pausedLength();
  expect(listening.whole).toBe(silent.whole);
  expect(listening.length).toBeLessThan(answerBody(plan).byteLength / 2);
  expect(recorder.taps[0]!.received()).toEqual(answerBody(plan));
});

test('https, told by its protocol and host', async () => {
  const secure = await startLoopbackServer('https');
  const agent = new SecureAgent({ ca: loopbackCertificate });
  const plan: AnswerPlan = { id: 'a' };
  const request = httpsRequest({
    host: 'localhost',
    port: secure.port,
    path: answerPath(plan),
    method: 'POST',
    agent,
    lookup: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  expect(await readText(await responseOf(request))).toBe(answerBody(plan).toString());
  const tap = await recorder.single();
  expect(tap.origin).toBe(`https://localhost:${secure.port}`);
  expect(tap.received()).toEqual(answerBody(plan));
  agent.destroy();
  await secure.close();
});

test.each([
  ['headers as a list', { headers: ['Accept', '*/*'] }, 'http://127.0.0.1'],
  ['no Host header', { setHost: false }, 'http://127.0.0.1'],
  ['a Host header of its own', { headers: { host: 'models.example' } }, 'http://models.example'],
  [
    'an IPv6 address',
    { host: '::1', hostname: undefined, port: 9, headers: ['Accept', '*/*'] },
    'http://[::1]',
  ],
])('the origin with %s', (_, options, origin) => {
  const request = open({ id: 'a' }, options);
  request.on('error', () => {});
  request.destroy();
  expect(recorder.taps[0]!.origin).toBe(origin);
});

test('a path that is a whole URL is asked of a proxy', async () => {
  const request = httpRequest({
    host: '127.0.0.1',
    port: server.port,
    method: 'POST',
    path: `http://models.example:8080${answerPath({ id: 'a' })}`,
  });
  (await responseOf(request)).resume();
  expect((await recorder.single()).origin).toBe('http://models.example:8080');
});

test('keep-alive with one socket: every request keeps its own caller', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const names = Array.from({ length: 30 }, (_, index) => `caller-${index}`);
  await Promise.all(
    names.map((id) =>
      recorder.asCaller(id, async () => {
        const plan = { id, chunks: 2, gapMillis: 1 };
        expect(await readText(await responseOf(open(plan, { agent })))).toBe(answerBody(plan).toString());
      }),
    ),
  );
  await recorder.settled();
  expect(server.connections).toBe(1);
  expect(recorder.taps.map(({ caller }) => caller)).toEqual(names);
  for (const { path, caller, events, received } of recorder.taps) {
    expect(path).toContain(`id=${caller}&`);
    expect(events).toEqual(['head 200', 'end']);
    expect(received()).toEqual(answerBody({ id: caller!, chunks: 2 }));
  }
  agent.destroy();
});

test('a response that nobody wants is still discarded: its head and end are heard, its bytes are not', async () => {
  const request = open({ id: 'a', chunks: 40, chunkBytes: 8000 });
  const closed = new Promise((resolve) => request.once('close', resolve));
  request.end();
  await closed;
  const tap = await recorder.single();
  expect(tap.events).toEqual(['head 200', 'end']);
  expect(tap.chunks).toBe(0);
});

test('a response that fits its buffer is heard whole though nobody reads it', async () => {
  await responseOf(open({ id: 'a' }));
  const tap = await recorder.single();
  expect(tap.events).toEqual(['head 200', 'end']);
  expect(tap.received()).toEqual(answerBody({ id: 'a' }));
});

test('a response that the application destroys', async () => {
  const response = await responseOf(open({ id: 'a', chunks: 4, stallAfter: 2 }));
  response.once('data', () => response.destroy());
  const tap = await recorder.single();
  expect(tap.events).toEqual(['head 200', 'fail ABORT_ERR']);
});

test('a response destroyed with an error', async () => {
  const response = await responseOf(open({ id: 'a', chunks: 4, stallAfter: 2 }));
  const error = Object.assign(new Error('enough'), { code: 'ENOUGH' });
  response.on('error', () => {});
  response.once('data', () => response.destroy(error));
  expect((await recorder.single()).error).toBe(error);
});

test('a response left after a part of it', async () => {
  const response = await responseOf(open({ id: 'a', chunks: 4, stallAfter: 2 }));
  for await (const chunk of response) {
    expect(chunk).toBeInstanceOf(Buffer);
    break;
  }
  expect((await recorder.single()).events).toEqual(['head 200', 'fail ECONNRESET']);
});

test('a connection that breaks', async () => {
  const response = await responseOf(open({ id: 'a', chunks: 4, resetAfter: 2, gapMillis: 5 }));
  await expect(readText(response)).rejects.toMatchObject({ code: 'ECONNRESET' });
  const tap = await recorder.single();
  expect(tap.events).toEqual(['head 200', 'fail ECONNRESET']);
  expect(tap.received()).toEqual(answerBody({ id: 'a', chunks: 2 }));
});

test.each<[string, (request: ClientRequest, controller: AbortController) => void, string]>([
  ['destroy()', (request) => void request.destroy(), 'fail ECONNRESET'],
  ['abort()', (request) => request.abort(), 'fail ECONNRESET'],
  ['a signal', (_, controller) => controller.abort(), 'fail ABORT_ERR'],
])('a request ended by %s before its response', async (_, end, event) => {
  const controller = new AbortController();
  const request = open({ id: 'a', stallAfter: 0 }, { signal: controller.signal });
  request.on('error', () => {});
  request.end('{}');
  await expect.poll(() => server.bodies.has('a')).toBe(true);
  end(request, controller);
  const { events } = await recorder.single();
  expect(events.filter((each) => each !== 'head 200')).toEqual([event]);
});

test('requests given up while they wait for a socket', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const first = await responseOf(open({ id: 'a', chunks: 2, stallAfter: 1 }, { agent }));
  const destroyed = open({ id: 'b' }, { agent }).on('error', () => {});
  const aborted = open({ id: 'c' }, { agent }).on('error', () => {});
  const controller = new AbortController();
  controller.abort();
  open({ id: 'd' }, { agent, signal: controller.signal }).on('error', () => {});
  destroyed.destroy();
  aborted.abort();
  first.destroy();
  await recorder.settled();
  expect(recorder.taps).toHaveLength(4);
  for (const { events } of recorder.taps) expect(events.at(-1)).toMatch(/^fail (ECONNRESET|ABORT_ERR)$/);
  agent.destroy();
});

test('a connection that is refused', async () => {
  await server.close();
  await expect(responseOf(open({ id: 'a' }))).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  expect((await recorder.single()).events).toEqual(['fail ECONNREFUSED']);
  server = await startLoopbackServer();
});

test('no listener is added for responses, and none of the stream is left changed for others', async () => {
  const other = httpRequest(`${server.origin}/other`);
  const tapped = open({ id: 'a' });
  expect(tapped.listenerCount('response')).toBe(0);
  expect(other.listenerCount('close')).toBe(0);
  const response = await responseOf(other);
  expect(Object.hasOwn(response, 'push')).toBe(false);
  response.resume();
  (await responseOf(tapped)).resume();
  await recorder.settled();
  expect(recorder.announced).toEqual(['GET /other', `POST ${answerPath({ id: 'a' })}`]);
});

test('300 requests at once, some destroyed or broken: each heard once, in its own context', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 7 });
  const plans = Array.from({ length: 300 }, (_, index): AnswerPlan => ({
    id: `call-${index}`,
    chunks: 1 + (index % 5),
    chunkBytes: 1 + ((index * 37) % 3000),
    ...(index % 3 === 0 && { gapMillis: 1 }),
    ...(index % 17 === 0 && { resetAfter: 0 }),
  }));
  const outcomes = await Promise.all(
    plans.map((plan, index) =>
      recorder.asCaller(plan.id, async () => {
        const request = open(plan, { agent });
        if (index % 11 === 0) setImmediate(() => request.destroy());
        try {
          return await readText(await responseOf(request));
        } catch {
          return undefined;
        }
      }),
    ),
  );
  await recorder.settled();
  expect(recorder.failures).toEqual([]);
  expect(recorder.taps).toHaveLength(300);
  const taps = new Map(recorder.taps.map((tap) => [tap.caller, tap]));
  for (const [index, plan] of plans.entries()) {
    const tap = taps.get(plan.id)!;
    expect(tap.path).toBe(answerPath(plan));
    const outcome = outcomes[index];
    if (outcome === undefined) expect(tap.events.at(-1)).toMatch(/^fail/);
    else {
      expect(tap.events).toEqual(['head 200', 'end']);
      expect(tap.received().toString()).toBe(outcome);
    }
  }
  agent.destroy();
});

test('a tap that throws is turned off, counted, and changes nothing for the application', async () => {
  stop();
  const failures: string[] = [];
  const broken = (): never => {
    throw new Error('broken tap');
  };
  stop = listenToHttp(
    () => ({ requestBody: broken, responseHead: broken, responseBody: broken, end: broken, fail: broken }),
    (failure) => {
      failures.push(failure);
      throw new Error('broken counter');
    },
  );
  const plan: AnswerPlan = { id: 'a', chunks: 5, gapMillis: 1 };
  expect(await readText(await responseOf(open(plan)))).toBe(answerBody(plan).toString());
  expect(failures).toEqual(['internal_error']);
});

test('after stopping nothing is heard, not even of an exchange under way', async () => {
  const heardFirst = recorder.nextChunk();
  const response = await responseOf(open({ id: 'a', chunks: 6, gapMillis: 30 }));
  const whole = readText(response);
  await heardFirst;
  stop();
  const heard = recorder.taps[0]!.chunks;
  expect(heard).toBeLessThan(6);
  expect(await whole).toBe(answerBody({ id: 'a', chunks: 6 }).toString());
  (await responseOf(open({ id: 'b' }))).resume();
  expect(recorder.taps).toHaveLength(1);
  expect(recorder.taps[0]!.chunks).toBe(heard);
  expect(recorder.taps[0]!.events).toEqual(['head 200']);
});

test('a second listener hears nothing until the first has stopped', async () => {
  const second = recordTaps();
  listenToHttp(second.start, second.onFailure)();
  const stopSecond = listenToHttp(second.start, second.onFailure);
  (await responseOf(open({ id: 'a' }))).resume();
  await recorder.settled();
  stopSecond();
  (await responseOf(open({ id: 'b' }))).resume();
  await recorder.settled();
  expect(second.taps).toEqual([]);
  expect(recorder.taps).toHaveLength(2);
});

test.each([{}, { request: undefined }, { request: {} }, { request: 7 }])('nonsense: %j', (message) => {
  for (const name of ['request.created', 'request.error', 'response.finish']) {
    expect(() => channel(`http.client.${name}`).publish(message)).not.toThrow();
  }
  expect(recorder.taps).toEqual([]);
});
