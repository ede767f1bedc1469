import { setTimeout as delay } from 'node:timers/promises';
import type { Behaviour, BehaviourScene, Behaviours } from '../behaviour.ts';
import { chatRequest } from '../chat-request.ts';
import type { DeliveryName } from '../delivery.ts';
import { describeError, describeResponse, failure, readBytes } from '../describe.ts';

const chat = (
  scene: BehaviourScene,
  delivery: DeliveryName,
  options: { readonly stream?: boolean; readonly init?: RequestInit } = {},
): Promise<Response> => {
  const { path, headers, body } = chatRequest(options);
  return fetch(`${scene.url(delivery)}${path}`, { method: 'POST', headers, body, ...options.init });
};

const deliveries: readonly DeliveryName[] = [
  'plain',
  'burst',
  'bytes',
  'gzip',
  'br',
  'deflate',
  'zstd',
  'redirected',
  'refused-500',
  'broken',
  'truncated-gzip',
  'truncated-plain',
  'wrong-encoding',
  'unknown-encoding',
  'nested-usage',
  'huge-gzip',
];

/** The built-in `fetch`, with all that its answers let an application see. */
export const fetchBehaviours: Behaviours = {
  ...Object.fromEntries(
    deliveries.flatMap((delivery): [string, Behaviour][] =>
      [false, true].map((stream): [string, Behaviour] => [
        `${stream ? 'stream' : 'document'}, ${delivery}`,
        (scene) =>
          failure(async () => {
            const response = await chat(scene, delivery, { stream });
            const described = describeResponse(response);
            return {
              described,
              text: await failure(() => response.text()),
              bodyUsed: response.bodyUsed,
              after: describeResponse(response),
            };
          }),
      ]),
    ),
  ),
  async 'all ways to read a body'(scene) {
    const read = async (use: (response: Response) => Promise<unknown>): Promise<unknown> =>
      use(await chat(scene, 'gzip'));
    return [
      await read((response) => response.json()),
      await read((response) => response.text()),
      await read(async (response) => (await response.arrayBuffer()).byteLength),
      await read(async (response) => (await response.bytes()).length),
      await read(async (response) => {
        const blob = await response.blob();
        return [blob.size, blob.type];
      }),
      await read(async (response) => Response.prototype.text.call(response)),
      await read(async (response) => (await readBytes(response.body)).length),
    ];
  },
  async 'prototype getters'(scene) {
    const response = await chat(scene, 'plain');
    const getters = Object.entries(Object.getOwnPropertyDescriptors(Response.prototype)).flatMap(
      ([name, { get }]) => (get === undefined ? [] : [[name, typeof get.call(response)]]),
    );
    return { getters, text: await response.text() };
  },
  async 'clone and cancel one of them'(scene) {
    const response = await chat(scene, 'plain', { stream: true });
    const clone = response.clone();
    // It is settled once both copies are done with.
    const cancelled = clone.body?.cancel('not needed');
    const text = await response.text();
    await cancelled;
    return { text, clone: describeResponse(clone) };
  },
  async 'pipe through a transform'(scene) {
    const response = await chat(scene, 'gzip', { stream: true });
    const upper = new TransformStream<string, string>({
      transform: (text, controller) => {
        controller.enqueue(text.toUpperCase());
      },
    });
    let text = '';
    const stream = response.body
      ?.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .pipeThrough(upper);
    for await (const part of stream ?? []) text += part;
    return text;
  },
  async 'an aborted body'(scene) {
    const controller = new AbortController();
    const response = await chat(scene, 'stalled', { stream: true, init: { signal: controller.signal } });
    setTimeout(() => controller.abort(new Error('enough')), 60);
    return { text: await failure(() => response.text()), response: describeResponse(response) };
  },
  async 'a cancelled reader'(scene) {
    const response = await chat(scene, 'stalled', { stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel('enough');
    return { closed: await failure(() => reader?.closed), response: describeResponse(response) };
  },
  async 'a slow reader'(scene) {
    const response = await chat(scene, 'endless', { stream: true });
    const reader = response.body?.getReader();
    for (let reads = 0; reads < 4; reads += 1) {
      await reader?.read();
      await delay(80);
    }
    await reader?.cancel();
  },
  async 'a request whose body is a stream'(scene) {
    const { path, headers, body } = chatRequest();
    const response = await fetch(`${scene.url('plain')}${path}`, {
      method: 'POST',
      headers,
      body: ReadableStream.from([Buffer.from(body.slice(0, 20)), Buffer.from(body.slice(20))]),
      duplex: 'half',
    } as RequestInit);
    return response.json();
  },
  async 'a Request object'(scene) {
    const { path, headers, body } = chatRequest();
    const request = new Request(`${scene.url('plain')}${path}`, { method: 'POST', headers, body });
    const response = await fetch(request);
    return { bodyUsed: request.bodyUsed, json: await response.json() };
  },
  async 'a port where nobody listens'() {
    return failure(() => fetch('http://127.0.0.1:1/v1/chat/completions', { method: 'POST', body: '{}' }));
  },
  async 'twenty at once'(scene) {
    return Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const { path, headers, body } = chatRequest({
          stream: index % 2 === 0,
          content: `Question ${index}`,
        });
        const delivery = (['plain', 'gzip', 'broken', 'br'] as const)[index % 4] ?? 'plain';
        try {
          const response = await fetch(`${scene.url(delivery)}${path}`, { method: 'POST', headers, body });
          return await response.text();
        } catch (error) {
          return describeError(error);
        }
      }),
    );
  },
};
