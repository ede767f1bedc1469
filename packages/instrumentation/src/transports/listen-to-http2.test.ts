import { channel } from 'node:diagnostics_channel';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type ClientSessionRequestOptions,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as undici8 from 'undici';
import * as undici6 from 'undici-6';
import * as undici7 from 'undici-7';
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
import { listenToHttp2 } from './listen-to-http2.ts';
import { listenToTransports } from './listen-to-transports.ts';

let server: LoopbackServer;
let session: ClientHttp2Session;
let recorder: TapRecorder;
let stop: () => void;

beforeEach(async () => {
  server = await startLoopbackServer('h2c');
  session = connect(server.origin);
  session.on('error', () => {});
  recorder = recordTaps();
  stop = listenToHttp2(recorder.start, recorder.onFailure);
});

afterEach(async () => {
  stop();
  session.destroy();
  await server.close();
});

function open(plan: AnswerPlan, options: ClientSessionRequestOptions = {}): ClientHttp2Stream {
  return session.request({ ':method': 'POST', ':path': answerPath(plan), authorization: 'secret' }, options);
}

function ask(plan: AnswerPlan): ClientHttp2Stream {
  const stream = open(plan);
  stream.end(plan.id);
  return stream;
}

describe.each(WAYS_TO_READ)('a stream that is read by %s', (_, read) => {
  test.each<AnswerPlan>([
    { id: 'paced', chunks: 6, chunkBytes: 100, gapMillis: 2 },
    { id: 'burst', chunks: 50, chunkBytes: 4000 },
    { id: 'empty', chunks: 0 },
    { id: 'hints', hints: 1 },
  ])('$id', async (plan) => {
    expect(await read(recorder.asCaller('anna', () => ask(plan)))).toBe(answerBody(plan).toString());
    const tap = await recorder.single();
    expect(tap).toMatchObject({
      method: 'POST',
      origin: server.origin,
      path: answerPath(plan),
      caller: 'anna',
      events: ['head 200', 'end'],
    });
    expect(tap.received()).toEqual(answerBody(plan));
    expect(tap.sent()).toBe(plan.id);
    expect(tap.contentType()).toBe('text/event-stream');
    expect(recorder.failures).toEqual([]);
  });
});

test('a body that is written in parts, as bytes and in other encodings', async () => {
  const stream = open({ id: 'a' });
  stream.cork();
  stream.write('one ');
  stream.write(Buffer.from('two '));
  stream.write('dGhyZWUg', 'base64');
  stream.uncork();
  stream.write('four ');
  stream.end(Buffer.from('five'));
  await readText(stream);
  expect((await recorder.single()).sent()).toBe('one two three four five');
  expect(server.bodies.get('a')).toBe('one two three four five');
});

test('TLS, with the host in place of the authority', async () => {
  const secure = await startLoopbackServer('h2');
  const secureSession = connect(secure.origin, { ca: loopbackCertificate });
  const plan: AnswerPlan = { id: 'a' };
  const stream = secureSession.request({
    ':method': 'POST',
    ':path': answerPath(plan),
    host: 'models.example',
  });
  stream.end();
  expect(await readText(stream)).toBe(answerBody(plan).toString());
  expect((await recorder.single()).origin).toBe('https://models.example');
  secureSession.destroy();
  await secure.close();
});

test('requests that share a session keep their own callers', async () => {
  const names = Array.from({ length: 50 }, (_, index) => `caller-${index}`);
  await Promise.all(
    names.map((id) =>
      recorder.asCaller(id, async () => {
        const plan = { id, chunks: 3, gapMillis: 1 };
        expect(await readText(ask(plan))).toBe(answerBody(plan).toString());
      }),
    ),
  );
  await recorder.settled();
  expect(server.connections).toBe(1);
  expect(recorder.taps.map(({ caller }) => caller)).toEqual(names);
  for (const { caller, path, events, received } of recorder.taps) {
    expect(path).toContain(`id=${caller}&`);
    expect(events).toEqual(['head 200', 'end']);
    expect(received()).toEqual(answerBody({ id: caller! }));
  }
});

test.each<[string, (stream: ClientHttp2Stream, controller: AbortController) => void, string]>([
  ['a signal', (_, controller) => controller.abort(), 'fail ABORT_ERR'],
  ['destroy()', (stream) => void stream.destroy(), 'fail ABORT_ERR'],
  [
    'destroy(error)',
    (stream) => void stream.destroy(Object.assign(new Error(), { code: 'ENOUGH' })),
    'fail ENOUGH',
  ],
  ['close()', (stream) => stream.close(), 'fail ABORT_ERR'],
  ['close(CANCEL)', (stream) => stream.close(8), 'fail ABORT_ERR'],
  ['close(INTERNAL_ERROR)', (stream) => stream.close(2), 'fail ERR_HTTP2_STREAM_ERROR'],
  ['the end of its session', () => session.destroy(), 'fail ABORT_ERR'],
])('a stream that is ended by %s', async (_, end, event) => {
  const controller = new AbortController();
  const stream = open({ id: 'a', chunks: 4, stallAfter: 2 }, { signal: controller.signal });
  stream.on('error', () => {});
  stream.end();
  await new Promise((resolve) => stream.once('data', resolve));
  end(stream, controller);
  expect((await recorder.single()).events).toEqual(['head 200', event]);
});

test('a stream left after a part of it', async () => {
  for await (const chunk of ask({ id: 'a', chunks: 4, stallAfter: 2 })) {
    expect(chunk).toBeInstanceOf(Buffer);
    break;
  }
  const { events } = await recorder.single();
  expect(events).toHaveLength(2);
  expect(events[1]).toMatch(/^fail/);
});

test('a stream that the server resets', async () => {
  const stream = ask({ id: 'a', chunks: 4, resetAfter: 2, gapMillis: 5 });
  await expect(readText(stream)).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
  const tap = await recorder.single();
  expect(tap.events).toEqual(['head 200', 'fail ERR_HTTP2_STREAM_ERROR']);
  expect(tap.received()).toEqual(answerBody({ id: 'a', chunks: 2 }));
});

test('a stream given up before it was sent', async () => {
  const controller = new AbortController();
  controller.abort();
  const stream = open({ id: 'a' }, { signal: controller.signal });
  await expect(readText(stream)).rejects.toMatchObject({ code: 'ABORT_ERR' });
  expect((await recorder.single()).events).toEqual(['fail ABORT_ERR']);
});

test('a connection that is refused', async () => {
  await server.close();
  const refused = connect(server.origin);
  refused.on('error', () => {});
  const stream = refused.request({ ':method': 'POST', ':path': '/v1/answers' });
  await expect(readText(stream)).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_CANCEL' });
  expect((await recorder.single()).events).toEqual(['fail ERR_HTTP2_STREAM_CANCEL']);
  server = await startLoopbackServer('h2c');
});

test('streams that call no model are announced and left as they are', async () => {
  const stream = session.request({ ':path': '/other' });
  await new Promise((resolve) => stream.once('response', resolve));
  expect(Object.hasOwn(stream, 'push')).toBe(false);
  await readText(stream);
  expect(recorder.announced).toEqual(['GET /other']);
});

test('a stream that a server pushes is no call of anybody', async () => {
  const pushing = createServer();
  pushing.on('stream', (stream) => {
    stream.pushStream({ ':method': 'POST', ':path': '/v1/answers' }, (_error, pushed) => {
      pushed.respond({ ':status': 200 });
      pushed.end('pushed');
    });
    stream.respond({ ':status': 200 });
    stream.end();
  });
  await new Promise<void>((resolve) => pushing.listen(0, '127.0.0.1', resolve));
  const client = connect(`http://127.0.0.1:${(pushing.address() as AddressInfo).port}`);
  const pushed = new Promise<ClientHttp2Stream>((resolve) => client.once('stream', resolve));
  await readText(client.request({ ':path': '/other' }));
  expect(await readText(await pushed)).toBe('pushed');
  expect(recorder.announced).toEqual(['GET /other']);
  client.destroy();
  pushing.close();
});

test('a head without a body ends the exchange', async () => {
  const bare = createServer();
  bare.on('stream', (stream) => stream.respond({ ':status': 200 }, { endStream: true }));
  await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
  const client = connect(`http://127.0.0.1:${(bare.address() as AddressInfo).port}`);
  const stream = client.request({ ':method': 'POST', ':path': '/v1/answers' });
  stream.end();
  expect(await readText(stream)).toBe('');
  expect((await recorder.single()).events).toEqual(['head 200', 'end']);
  client.destroy();
  bare.close();
});

test('300 streams at once, some cancelled or reset: each heard once, in its own context', async () => {
  const plans = Array.from({ length: 300 }, (_, index): AnswerPlan => ({
    id: `call-${index}`,
    chunks: 1 + (index % 5),
    chunkBytes: 1 + ((index * 37) % 3000),
    ...(index % 3 === 0 && { gapMillis: 1 }),
    ...(index % 17 === 0 && { resetAfter: 1 }),
  }));
  const outcomes = await Promise.all(
    plans.map((plan, index) =>
      recorder.asCaller(plan.id, async () => {
        const stream = ask(plan);
        if (index % 11 === 0) setImmediate(() => stream.destroy(new Error('enough')));
        return readText(stream).catch(() => undefined);
      }),
    ),
  );
  await recorder.settled();
  expect(recorder.failures).toEqual([]);
  expect(recorder.taps).toHaveLength(300);
  const taps = new Map(recorder.taps.map((tap) => [tap.caller, tap]));
  for (const [index, plan] of plans.entries()) {
    const tap = taps.get(plan.id)!;
    const outcome = outcomes[index];
    expect(tap.path).toBe(answerPath(plan));
    if (outcome === undefined) expect(tap.events.at(-1)).toMatch(/^fail/);
    else {
      expect(tap.events).toEqual(['head 200', 'end']);
      expect(tap.received().toString()).toBe(outcome);
      expect(tap.sent()).toBe(plan.id);
    }
  }
});

describe.each([
  { version: 6, undici: undici6 as unknown as typeof undici8 },
  { version: 7, undici: undici7 as unknown as typeof undici8 },
  { version: 8, undici: undici8 },
])('undici $version over HTTP/2', ({ version, undici }) => {
  let secure: LoopbackServer;
  let client: undici8.Client;

  beforeEach(async () => {
    secure = await startLoopbackServer('h2');
    client = new undici.Client(secure.origin, {
      allowH2: true,
      // undici 6 breaks down under several streams at once, whether anybody listens or not.
      pipelining: version === 6 ? 1 : 100,
      connect: { ca: loopbackCertificate },
    });
  });
  afterEach(async () => {
    await client.destroy();
    await secure.close();
  });

  async function post(plan: AnswerPlan, signal?: AbortSignal): Promise<string> {
    const { body } = await undici.request(`${secure.origin}${answerPath(plan)}`, {
      method: 'POST',
      body: plan.id,
      dispatcher: client,
      ...(signal !== undefined && { signal }),
    });
    return body.text();
  }

  test('is left to undici', async () => {
    await post({ id: 'a' });
    expect(recorder.announced).toEqual([]);
  });

  test('is heard once, in the context of each caller, sharing one connection', async () => {
    stop();
    stop = listenToTransports(recorder.start, recorder.onFailure);
    await post({ id: 'first' });
    const names = Array.from({ length: 40 }, (_, index) => `caller-${index}`);
    await Promise.all(names.map((id) => recorder.asCaller(id, () => post({ id, gapMillis: 1 }))));
    await recorder.settled();
    expect(secure.connections).toBe(1);
    expect(recorder.taps.map(({ caller }) => caller)).toEqual([undefined, ...names]);
    for (const { caller, events, received, sent } of recorder.taps) {
      expect(events).toEqual(['head 200', 'end']);
      expect(received()).toEqual(answerBody({ id: caller ?? 'first' }));
      expect(sent()).toBe(caller ?? 'first');
    }
    expect(recorder.failures).toEqual([]);
  });

  test('is heard to fail once', async () => {
    stop();
    stop = listenToTransports(recorder.start, recorder.onFailure);
    await expect(post({ id: 'a', chunks: 4, resetAfter: 2, gapMillis: 5 })).rejects.toThrow();
    const tap = await recorder.single();
    expect(tap.events[0]).toBe('head 200');
    expect(tap.events[1]).toMatch(/^fail/);
    expect(tap.received()).toEqual(answerBody({ id: 'a', chunks: 2 }));
  });
});

test('a tap that throws is turned off, counted, and changes nothing for the application', async () => {
  stop();
  const failures: string[] = [];
  const broken = (): never => {
    throw new Error('broken tap');
  };
  stop = listenToHttp2(
    () => ({ requestBody: broken, responseHead: broken, responseBody: broken, end: broken, fail: broken }),
    (failure) => failures.push(failure),
  );
  const plan: AnswerPlan = { id: 'a', chunks: 5, gapMillis: 1 };
  expect(await readText(ask(plan))).toBe(answerBody(plan).toString());
  expect(failures).toEqual(['internal_error']);
});

test('after stopping nothing is heard, not even of a stream under way', async () => {
  const heardFirst = recorder.nextChunk();
  const stream = ask({ id: 'a', chunks: 6, gapMillis: 30 });
  const whole = readText(stream);
  await heardFirst;
  stop();
  const heard = recorder.taps[0]!.chunks;
  expect(heard).toBeLessThan(6);
  expect(await whole).toBe(answerBody({ id: 'a', chunks: 6 }).toString());
  await readText(ask({ id: 'b' }));
  expect(recorder.taps).toHaveLength(1);
  expect(recorder.taps[0]!.chunks).toBe(heard);
  expect(recorder.taps[0]!.events).toEqual(['head 200']);
});

test.each([{}, { stream: undefined }, { stream: {} }, { stream: 7 }])('nonsense: %j', (message) => {
  for (const name of ['created', 'finish', 'close', 'bodyChunkSent']) {
    expect(() => channel(`http2.client.stream.${name}`).publish(message)).not.toThrow();
  }
  expect(recorder.taps).toEqual([]);
});
