import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as undici8 from 'undici';
import * as undici6 from 'undici-6';
import * as undici7 from 'undici-7';
import { startConnectProxy } from '../../test/connect-proxy.ts';
import {
  answerBody,
  answerPath,
  type AnswerPlan,
  type LoopbackServer,
  startLoopbackServer,
} from '../../test/loopback-server.ts';
import { recordTaps, type TapRecorder } from '../../test/recorded-taps.ts';
import { listenToUndici } from './listen-to-undici.ts';

type Undici = typeof undici8;

const COPIES: readonly { version: number; undici: Undici }[] = [
  { version: 6, undici: undici6 as unknown as Undici },
  { version: 7, undici: undici7 as unknown as Undici },
  { version: 8, undici: undici8 },
];

let server: LoopbackServer;
let recorder: TapRecorder;
let stop: () => void;

beforeEach(async () => {
  server = await startLoopbackServer();
  recorder = recordTaps();
  stop = listenToUndici(recorder.start, recorder.onFailure);
});

afterEach(async () => {
  stop();
  await server.close();
});

describe.each(COPIES)('undici $version', ({ version, undici }) => {
  const dispatchers: { destroy(): Promise<unknown> }[] = [];
  const own = <T extends { destroy(): Promise<unknown> }>(dispatcher: T): T => {
    dispatchers.push(dispatcher);
    return dispatcher;
  };
  afterEach(async () => {
    for (const dispatcher of dispatchers.splice(0)) await dispatcher.destroy();
  });

  async function post(
    plan: AnswerPlan,
    dispatcher: undici8.Dispatcher = own(new undici.Agent()),
  ): Promise<string> {
    const { body } = await undici.request(`${server.origin}${answerPath(plan)}`, {
      method: 'POST',
      body: JSON.stringify({ id: plan.id }),
      dispatcher,
    });
    return body.text();
  }

  test('request: head, bytes, end and the body sent, in the context of the caller', async () => {
    const plan = { id: 'a', chunks: 5, chunkBytes: 999, gapMillis: 2 };
    const text = await recorder.asCaller('anna', () => post(plan));
    const tap = await recorder.single();
    expect(text).toBe(answerBody(plan).toString());
    expect(tap).toMatchObject({
      method: 'POST',
      origin: server.origin,
      path: answerPath(plan),
      caller: 'anna',
      events: ['head 200', 'end'],
    });
    expect(tap.contentType()).toBe('text/event-stream');
    expect(tap.received()).toEqual(answerBody(plan));
    expect(tap.sent()).toBe('{"id":"a"}');
    expect(recorder.failures).toEqual([]);
  });

  test('fetch: what was consumed is what was heard, and it is heard first', async () => {
    const plan = { id: 'a', chunks: 4, gapMillis: 2 };
    const response = await undici.fetch(`${server.origin}${answerPath(plan)}`, {
      method: 'POST',
      body: 'question',
      dispatcher: own(new undici.Agent()),
    });
    let consumed = 0;
    for await (const chunk of response.body!) {
      consumed += chunk.byteLength;
      expect(recorder.taps[0]!.received().byteLength).toBeGreaterThanOrEqual(consumed);
    }
    const tap = await recorder.single();
    expect(tap.events).toEqual(['head 200', 'end']);
    expect(tap.received()).toEqual(answerBody(plan));
    expect(tap.sent()).toBe('question');
  });

  test('a streamed request body is heard whole', async () => {
    async function* parts(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one ');
      await new Promise((resolve) => setImmediate(resolve));
      yield Buffer.from('two');
    }
    const { body } = await undici.request(`${server.origin}${answerPath({ id: 'a' })}`, {
      method: 'POST',
      body: parts() as unknown as string,
      dispatcher: own(new undici.Agent()),
    });
    await body.dump();
    expect((await recorder.single()).sent()).toBe('one two');
    expect(server.bodies.get('a')).toBe('one two');
  });

  test('Client: requests that share a connection keep their own callers', async () => {
    const client = own(new undici.Client(server.origin, { pipelining: 1 }));
    const names = Array.from({ length: 20 }, (_, index) => `caller-${index}`);
    const texts = await Promise.all(
      names.map((name) => recorder.asCaller(name, () => post({ id: name, chunks: 3, gapMillis: 1 }, client))),
    );
    await recorder.settled();
    expect(server.connections).toBe(1);
    expect(recorder.taps).toHaveLength(20);
    for (const tap of recorder.taps) {
      expect(tap.path).toBe(answerPath({ id: tap.caller!, chunks: 3, gapMillis: 1 }));
      expect(tap.received()).toEqual(answerBody({ id: tap.caller! }));
      expect(tap.sent()).toBe(JSON.stringify({ id: tap.caller }));
      expect(tap.events).toEqual(['head 200', 'end']);
    }
    expect(texts).toEqual(names.map((id) => answerBody({ id }).toString()));
  });

  test('RetryAgent: every attempt is an exchange of its own', async () => {
    const agent = own(
      new undici.RetryAgent(new undici.Agent(), { minTimeout: 1, maxTimeout: 2, methods: ['POST'] }),
    );
    const plan = { id: 'a', refusals: 2 };
    const text = await recorder.asCaller('anna', () => post(plan, agent));
    await recorder.settled();
    expect(text).toBe(answerBody(plan).toString());
    const heads = recorder.taps.map(({ events }) => events[0]);
    expect(heads).toEqual(['head 503', 'head 503', 'head 200']);
    for (const { events, caller } of recorder.taps) {
      expect(events).toHaveLength(2);
      expect(caller).toBe('anna');
    }
    expect(recorder.taps[2]!.received()).toEqual(answerBody(plan));
  });

  test('ProxyAgent: the tunnel is not tapped, what goes through it is', async () => {
    const secure = await startLoopbackServer('https');
    const proxy = await startConnectProxy();
    try {
      const agent = own(
        new undici.ProxyAgent({
          uri: proxy.origin,
          requestTls: { rejectUnauthorized: false },
        } as undici8.ProxyAgent.Options),
      );
      const plan = { id: 'a' };
      const { body } = await undici.request(`${secure.origin}${answerPath(plan)}`, {
        method: 'POST',
        body: '{}',
        dispatcher: agent,
      });
      expect(await body.text()).toBe(answerBody(plan).toString());
      const tap = await recorder.single();
      expect(proxy.tunnels).toBe(1);
      expect(recorder.announced).toEqual([`POST ${answerPath(plan)}`]);
      expect(tap.origin).toBe(secure.origin);
      expect(tap.received()).toEqual(answerBody(plan));
    } finally {
      await proxy.close();
      await secure.close();
    }
  });

  test('a redirect is an exchange, and so is where it leads', async () => {
    const plan = { id: 'b' };
    const response = await undici.fetch(
      `${server.origin}${answerPath({ id: 'a', redirect: answerPath(plan) })}`,
      { method: 'POST', body: '{}', dispatcher: own(new undici.Agent()) },
    );
    expect(await response.text()).toBe(answerBody(plan).toString());
    await recorder.settled();
    expect(recorder.taps.map(({ events }) => events)).toEqual([
      ['head 307', 'end'],
      ['head 200', 'end'],
    ]);
  });

  test('early hints are not the head', async () => {
    await post({ id: 'a', hints: 1 });
    expect((await recorder.single()).events).toEqual(['head 200', 'end']);
  });

  test('an abort fails the exchange before the application goes on', async () => {
    const controller = new AbortController();
    const response = await undici.fetch(
      `${server.origin}${answerPath({ id: 'a', chunks: 4, stallAfter: 2, gapMillis: 2 })}`,
      { method: 'POST', body: '{}', signal: controller.signal, dispatcher: own(new undici.Agent()) },
    );
    const reader = response.body!.getReader();
    await reader.read();
    controller.abort();
    await expect(reader.read()).rejects.toThrow(/abort/i);
    const tap = recorder.taps[0]!;
    expect(tap.events).toEqual(['head 200', 'fail AbortError']);
    expect(tap.received().byteLength).toBeGreaterThanOrEqual(64);
  });

  test('a reader that cancels fails the exchange', async () => {
    const response = await undici.fetch(
      `${server.origin}${answerPath({ id: 'a', chunks: 4, stallAfter: 2 })}`,
      { method: 'POST', body: '{}', dispatcher: own(new undici.Agent()) },
    );
    const reader = response.body!.getReader();
    await reader.read();
    await reader.cancel();
    const { events } = await recorder.single();
    expect(events[0]).toBe('head 200');
    expect(events[1]).toMatch(/^fail/);
    expect(events).toHaveLength(2);
  });

  test('a connection that breaks fails the exchange, with what had arrived', async () => {
    await expect(post({ id: 'a', chunks: 4, resetAfter: 2, gapMillis: 5 })).rejects.toThrow();
    const tap = await recorder.single();
    expect(tap.events[0]).toBe('head 200');
    expect(tap.events[1]).toMatch(/^fail/);
    expect(tap.received()).toEqual(answerBody({ id: 'a', chunks: 2 }));
  });

  test('a connection that is refused fails the exchange', async () => {
    const closed = await startLoopbackServer();
    await closed.close();
    await expect(
      undici.request(`${closed.origin}/v1/answers`, {
        method: 'POST',
        body: '{}',
        dispatcher: own(new undici.Agent()),
      }),
    ).rejects.toThrow(/ECONNREFUSED/);
    expect((await recorder.single()).events).toEqual(['fail ECONNREFUSED']);
  });

  test('requests that call no model are announced and no more', async () => {
    const { body } = await undici.request(`${server.origin}/other`, { dispatcher: own(new undici.Agent()) });
    await body.dump();
    expect(recorder.announced).toEqual(['GET /other']);
    expect(recorder.taps).toEqual([]);
  });

  test('300 requests at once, some aborted or broken: each heard once, in its own context', async () => {
    // Before undici 8 a request that waits for a free connection of a pool is announced in another one's context.
    const agent = own(new undici.Agent({ connections: version === 8 ? 7 : null }));
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
          const controller = new AbortController();
          const pending = undici
            .fetch(`${server.origin}${answerPath(plan)}`, {
              method: 'POST',
              body: plan.id,
              signal: controller.signal,
              dispatcher: agent,
            })
            .then((response) => response.text());
          if (index % 11 === 0) setImmediate(() => controller.abort());
          return pending.then(
            (text) => text,
            () => undefined,
          );
        }),
      ),
    );
    await recorder.settled();
    expect(recorder.failures).toEqual([]);
    const taps = new Map(recorder.taps.map((tap) => [tap.caller, tap]));
    expect(taps.size).toBe(recorder.taps.length);
    for (const [index, plan] of plans.entries()) {
      const tap = taps.get(plan.id);
      if (outcomes[index] === undefined) {
        expect(tap?.events.at(-1) ?? 'fail').toMatch(/^fail/);
      } else {
        expect(tap).toMatchObject({ path: answerPath(plan), events: ['head 200', 'end'] });
        expect(tap!.received().toString()).toBe(outcomes[index]);
        expect(tap!.sent()).toBe(plan.id);
      }
    }
  });

  test('a tap that throws is turned off, counted, and changes nothing for the application', async () => {
    stop();
    const failures: string[] = [];
    let calls = 0;
    const broken = (): never => {
      calls += 1;
      throw new Error('broken tap');
    };
    const stopBroken = listenToUndici(
      () => ({
        requestBody: () => {},
        responseHead: () => {},
        responseBody: broken,
        end: broken,
        fail: broken,
      }),
      (failure) => {
        failures.push(failure);
        throw new Error('broken counter');
      },
    );
    try {
      const plan = { id: 'a', chunks: 5, gapMillis: 1 };
      expect(await post(plan)).toBe(answerBody(plan).toString());
    } finally {
      stopBroken();
    }
    expect(calls).toBe(1);
    expect(failures).toEqual(['internal_error']);
  });

  test('a start that throws is counted, and changes nothing for the application', async () => {
    stop();
    const failures: string[] = [];
    const stopBroken = listenToUndici(
      () => {
        throw new Error('broken start');
      },
      (failure) => failures.push(failure),
    );
    try {
      expect(await post({ id: 'a' })).toBe(answerBody({ id: 'a' }).toString());
    } finally {
      stopBroken();
    }
    expect(failures).toEqual(['internal_error']);
  });

  test('after stopping nothing is heard, not even of an exchange under way', async () => {
    const heardFirst = recorder.nextChunk();
    const response = await undici.fetch(
      `${server.origin}${answerPath({ id: 'a', chunks: 6, gapMillis: 30 })}`,
      { method: 'POST', body: '{}', dispatcher: own(new undici.Agent()) },
    );
    await heardFirst;
    stop();
    const heard = recorder.taps[0]!.chunks;
    expect(heard).toBeLessThan(6);
    expect(await response.text()).toBe(answerBody({ id: 'a', chunks: 6 }).toString());
    await post({ id: 'b' });
    expect(recorder.taps).toHaveLength(1);
    expect(recorder.taps[0]!.chunks).toBe(heard);
    expect(recorder.taps[0]!.events).toEqual(['head 200']);
  });

  test('the request class is patched only where it publishes no chunks, and as it was after stopping', async () => {
    let prototype: Record<string, unknown> | undefined;
    const onCreate = (message: unknown): void => {
      prototype = Object.getPrototypeOf((message as { request: object }).request) as Record<string, unknown>;
    };
    subscribe('undici:request:create', onCreate);
    stop();
    await post({ id: 'a' });
    const before = Object.getOwnPropertyDescriptors(prototype);
    stop = listenToUndici(recorder.start, recorder.onFailure);
    const { body } = await undici.request(`${server.origin}/other`, { dispatcher: own(new undici.Agent()) });
    await body.dump();
    expect(Object.getOwnPropertyDescriptors(prototype)).toEqual(before);
    await post({ id: 'b' });
    const during = Object.getOwnPropertyDescriptors(prototype);
    stop();
    unsubscribe('undici:request:create', onCreate);
    const changed = Object.keys(during).filter((name) => during[name]!.value !== before[name]!.value);
    expect(changed).toEqual(version === 6 ? ['onBodySent', 'onData'] : []);
    expect(Object.getOwnPropertyDescriptors(prototype)).toEqual(before);
  });

  test('a second listener hears nothing until the first has stopped', async () => {
    const second = recordTaps();
    const stopSecond = listenToUndici(second.start, second.onFailure);
    await post({ id: 'a' });
    stopSecond();
    await post({ id: 'b' });
    expect(second.taps).toEqual([]);
    expect(recorder.taps).toHaveLength(2);
    stop();
    const third = recordTaps();
    const stopThird = listenToUndici(third.start, third.onFailure);
    await post({ id: 'c' });
    stopThird();
    expect(third.taps).toHaveLength(1);
    expect(recorder.taps).toHaveLength(2);
  });
});

test('chunks that are both published and passed through a wrapped method are heard once', async () => {
  const agent = new undici7.Agent();
  let wrapped: { prototype: Record<string, unknown>; original: unknown } | undefined;
  const wrap = (message: unknown): void => {
    if (wrapped !== undefined) return;
    const prototype = Object.getPrototypeOf((message as { request: object }).request) as Record<
      string,
      unknown
    >;
    const original = prototype['onData'] as (chunk: unknown) => unknown;
    wrapped = { prototype, original };
    prototype['onData'] = function foreignWrapper(this: unknown, chunk: unknown) {
      return original.call(this, chunk);
    };
  };
  stop();
  subscribe('undici:request:create', wrap);
  stop = listenToUndici(recorder.start, recorder.onFailure);
  const plan = { id: 'a', chunks: 4, gapMillis: 1 };
  const { body } = await undici7.request(`${server.origin}${answerPath(plan)}`, {
    method: 'POST',
    body: '{}',
    dispatcher: agent,
  });
  await body.dump();
  unsubscribe('undici:request:create', wrap);
  wrapped!.prototype['onData'] = wrapped!.original;
  expect((await recorder.single()).received()).toEqual(answerBody(plan));
  await agent.destroy();
});

test('a method that somebody wrapped on top of ours is left to them', async () => {
  const agent = new undici6.Agent();
  let prototype: Record<string, unknown> | undefined;
  const onCreate = (message: unknown): void => {
    prototype = Object.getPrototypeOf((message as { request: object }).request) as Record<string, unknown>;
  };
  subscribe('undici:request:create', onCreate);
  const post = async (id: string, plan: Partial<AnswerPlan> = {}): Promise<string> => {
    const { body } = await undici6.request(`${server.origin}${answerPath({ ...plan, id })}`, {
      method: 'POST',
      body: '{}',
      dispatcher: agent,
    });
    return body.text();
  };
  await post('a');
  const ours = prototype!['onData'] as (chunk: unknown) => unknown;
  const theirs = function theirs(this: unknown, chunk: unknown): unknown {
    return ours.call(this, chunk);
  };
  prototype!['onData'] = theirs;
  const heardFirst = recorder.nextChunk();
  const whole = post('under way', { chunks: 6, gapMillis: 30 });
  await heardFirst;
  stop();
  const heard = recorder.taps[1]!.chunks;
  expect(heard).toBeLessThan(6);
  expect(await whole).toBe(answerBody({ id: 'under way', chunks: 6 }).toString());
  expect(recorder.taps[1]!.chunks).toBe(heard);
  expect(prototype!['onData']).toBe(theirs);
  expect(await post('b')).toBe(answerBody({ id: 'b' }).toString());
  expect(recorder.taps).toHaveLength(2);
  stop = listenToUndici(recorder.start, recorder.onFailure);
  expect(await post('c')).toBe(answerBody({ id: 'c' }).toString());
  expect(recorder.taps[2]!.received()).toEqual(answerBody({ id: 'c' }));
  unsubscribe('undici:request:create', onCreate);
  await agent.destroy();
});

describe('messages of other versions', () => {
  class UnheardRequest {
    readonly method = 'POST';
    readonly origin: unknown = new URL('https://models.example');
    readonly path = '/v1/answers';
    /** What an application's API key stands in must not be read. */
    get headers(): never {
      throw new Error('the headers were read');
    }
  }
  const publish = (name: string, message: object): void => channel(`undici:request:${name}`).publish(message);

  test.each([
    ['an array of buffers', [Buffer.from('Content-Type'), Buffer.from('text/plain')]],
    ['an array of strings', ['Content-Type', 'text/plain']],
    ['an object', { 'content-type': 'text/plain' }],
    ['an object of lists', { 'content-type': ['text/plain'] }],
  ])('headers as %s', async (_, headers) => {
    const request = new UnheardRequest();
    publish('create', { request });
    publish('headers', { request, response: { statusCode: 200, headers } });
    publish('bodyChunkReceived', { request, chunk: Buffer.from('{}') });
    publish('trailers', { request });
    const tap = await recorder.single();
    expect(tap.origin).toBe('https://models.example');
    expect(tap.contentType()).toBe('text/plain');
    expect(recorder.failures).toEqual([]);
  });

  test.each([
    ['is counted', { statusCode: 200, headers: ['content-type', 'text/plain'] }, ['no_body_events']],
    ['of an empty body is none', { statusCode: 200, headers: ['content-length', '0'] }, []],
    ['of a refusal is none', { statusCode: 500, headers: [] }, []],
  ])('a body that nothing is heard of %s', (_, response, failures) => {
    const request = new UnheardRequest();
    publish('create', { request });
    publish('headers', { request, response });
    publish('trailers', { request });
    publish('error', { request, error: new Error('after the end') });
    expect(recorder.taps[0]!.events).toEqual([`head ${response.statusCode}`, 'end']);
    expect(recorder.failures).toEqual(failures);
  });

  test('a path that is a whole URL is asked of a proxy', () => {
    publish('create', {
      request: Object.assign(Object.create(UnheardRequest.prototype) as object, {
        method: 'POST',
        origin: 'http://127.0.0.1:3128',
        path: 'http://models.example:8080/v1/answers?x=1',
      }),
    });
    expect(recorder.announced).toEqual(['POST /v1/answers?x=1']);
    expect(recorder.taps[0]!.origin).toBe('http://models.example:8080');
  });

  test('a tunnel through a proxy is not announced', () => {
    publish('create', {
      request: { method: 'CONNECT', origin: 'http://127.0.0.1:3128', path: 'models.example:443' },
    });
    publish('create', { request: { method: 'CONNECT', origin: 'http://127.0.0.1:3128', path: '/' } });
    expect(recorder.announced).toEqual([]);
  });

  test.each([{}, { request: undefined }, { request: {} }, { request: 7 }])('nonsense: %j', (message) => {
    for (const name of ['create', 'headers', 'bodyChunkReceived', 'bodyChunkSent', 'trailers', 'error']) {
      expect(() => publish(name, message)).not.toThrow();
    }
    expect(recorder.taps).toEqual([]);
  });
});
