import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:http2';
import { PassThrough, pipeline } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { Behaviour, BehaviourScene, Behaviours } from '../behaviour.ts';
import { chatRequest } from '../chat-request.ts';
import type { DeliveryName } from '../delivery.ts';
import { describeError, failure } from '../describe.ts';

interface Call {
  readonly stream?: boolean;
  readonly agent?: Agent;
  readonly content?: string;
}

async function chat(
  scene: BehaviourScene,
  delivery: DeliveryName,
  call: Call = {},
): Promise<IncomingMessage> {
  const { path, headers, body } = chatRequest(call);
  const sent = request(`${scene.url(delivery)}${path}`, {
    method: 'POST',
    headers,
    ...(call.agent && { agent: call.agent }),
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

const described = (response: IncomingMessage): unknown => ({
  status: response.statusCode,
  version: response.httpVersion,
  rawHeaders: response.rawHeaders.filter((_, index, all) => !/^date$/i.test(all[index - (index % 2)] ?? '')),
  keys: Object.keys(response).toSorted(),
  readableFlowing: response.readableFlowing,
});

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response as AsyncIterable<string>) text += part;
  return text;
}

const deliveries: readonly DeliveryName[] = [
  'plain',
  'bytes',
  'gzip',
  'br',
  'refused-500',
  'broken',
  'nested-usage',
];

/** `node:http` and `node:http2` without any library, in all the ways a body can be read. */
export const nodeHttpBehaviours: Behaviours = {
  ...Object.fromEntries(
    deliveries.flatMap((delivery): [string, Behaviour][] =>
      [false, true].map((stream): [string, Behaviour] => [
        `${stream ? 'stream' : 'document'}, ${delivery}`,
        (scene) =>
          failure(async () => {
            const response = await chat(scene, delivery, { stream });
            const before = described(response);
            const text = await failure(() => readText(response));
            return { before, text, complete: response.complete, aborted: response.destroyed };
          }),
      ]),
    ),
  ),
  async 'data events'(scene) {
    const response = await chat(scene, 'plain', { stream: true });
    const events: string[] = [];
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    for (const event of ['end', 'close', 'error', 'aborted']) response.on(event, () => events.push(event));
    await once(response, 'close');
    return { events, text: Buffer.concat(chunks).toString() };
  },
  async 'readable and read()'(scene) {
    const response = await chat(scene, 'plain', { stream: true });
    const chunks: Buffer[] = [];
    response.on('readable', () => {
      for (;;) {
        const chunk = response.read(64) as Buffer | null;
        if (chunk === null) return;
        chunks.push(chunk);
      }
    });
    await once(response, 'end');
    return Buffer.concat(chunks).toString();
  },
  async 'pipe through gunzip'(scene) {
    const response = await chat(scene, 'gzip', { stream: true });
    const out = new PassThrough();
    pipeline(response, createGunzip(), out, () => {});
    const chunks: Buffer[] = [];
    for await (const chunk of out as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  },
  async 'destroyed in the stream'(scene) {
    const response = await chat(scene, 'stalled', { stream: true });
    const events: unknown[] = [];
    response.on('error', (error) => events.push(describeError(error)));
    await once(response, 'data');
    const closed = new Promise((resolve) => response.once('close', resolve));
    response.destroy();
    await closed;
    return { events, complete: response.complete, destroyed: response.destroyed };
  },
  async 'a response that nobody listens for'(scene) {
    const { path, headers, body } = chatRequest();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sent = request(`${scene.url('plain')}${path}`, { method: 'POST', headers, agent });
    sent.end(body);
    await once(sent, 'close');
    // Without a listener Node drops the body, so that the socket is free for the next request.
    const second = await readText(await chat(scene, 'plain', { agent, content: 'second' }));
    agent.destroy();
    return { listeners: sent.listenerCount('response'), second };
  },
  async 'a paused response'(scene) {
    const response = await chat(scene, 'endless', { stream: true });
    await once(response, 'readable');
    await delay(250);
    const { readableLength, readableHighWaterMark } = response;
    response.destroy();
    return { isBounded: readableLength <= 2 * readableHighWaterMark };
  },
  async 'one socket, many requests'(scene) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answers = await Promise.all(
      Array.from({ length: 6 }, async (_, index) =>
        readText(
          await chat(scene, 'plain', { agent, content: `Question ${index}`, stream: index % 2 === 1 }),
        ),
      ),
    );
    agent.destroy();
    return answers;
  },
  async 'request timeout'(scene) {
    const { path, headers, body } = chatRequest();
    const sent = request(`${scene.url('late')}${path}`, { method: 'POST', headers, timeout: 100 });
    sent.on('timeout', () => sent.destroy(new Error('timed out')));
    sent.end(body);
    return failure(() => once(sent, 'response'));
  },
  async 'http2, data events'(scene) {
    return overHttp2(scene, 'plain', true);
  },
  async 'http2, a document'(scene) {
    return overHttp2(scene, 'gzip', false);
  },
  async 'http2, broken'(scene) {
    return failure(() => overHttp2(scene, 'broken', true));
  },
};

async function overHttp2(scene: BehaviourScene, delivery: DeliveryName, stream: boolean): Promise<unknown> {
  const { path, headers, body } = chatRequest({ stream });
  const url = new URL(scene.http2Url(delivery));
  const session = connect(url.origin);
  try {
    const sent = session.request({ ':method': 'POST', ':path': `${url.pathname}${path}`, ...headers });
    sent.end(body);
    const [head] = (await once(sent, 'response')) as [Record<string, unknown>];
    const chunks: Buffer[] = [];
    for await (const chunk of sent as AsyncIterable<Buffer>) chunks.push(chunk);
    return {
      status: head[':status'],
      type: head['content-type'],
      body: Buffer.concat(chunks).toString('latin1'),
    };
  } finally {
    session.destroy();
  }
}
