import type { Behaviour, BehaviourScene, BehavioursOf } from '../behaviour.ts';
import { chatRequest } from '../chat-request.ts';
import type { DeliveryName } from '../delivery.ts';
import { failure } from '../describe.ts';

const deliveries: readonly DeliveryName[] = [
  'plain',
  'burst',
  'gzip',
  'br',
  'redirected',
  'refused-400',
  'invalid-json',
  'broken',
];

function forEachDelivery(
  name: string,
  run: (scene: BehaviourScene, delivery: DeliveryName) => Promise<unknown>,
  names: readonly DeliveryName[] = deliveries,
): Record<string, Behaviour> {
  return Object.fromEntries(
    names.map((delivery): [string, Behaviour] => [
      `${name}, ${delivery}`,
      (scene) => failure(() => run(scene, delivery)),
    ]),
  );
}

/** `axios` over `node:http`, its default, and over `fetch`. */
export const axiosBehaviours: BehavioursOf<'axios'> = ({ default: axios }) => {
  const post =
    (adapter: 'http' | 'fetch', responseType: 'json' | 'stream') =>
    async (scene: BehaviourScene, delivery: DeliveryName): Promise<unknown> => {
      const { path, headers, body } = chatRequest({ stream: responseType === 'stream' });
      const url = `${scene.url(delivery)}${path}`;
      const answer = await axios.post(url, body, { adapter, headers: { ...headers }, responseType });
      const { date: _, ...answerHeaders } = answer.headers as Record<string, unknown>;
      if (responseType === 'json') return { status: answer.status, answerHeaders, data: answer.data };
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.data as AsyncIterable<Uint8Array>) chunks.push(chunk);
      return { status: answer.status, text: Buffer.concat(chunks).toString() };
    };
  return {
    ...forEachDelivery('http', post('http', 'json')),
    ...forEachDelivery('http, streamed', post('http', 'stream')),
    ...forEachDelivery('fetch', post('fetch', 'json')),
  };
};

/**
 * `got`, over `node:http`. What it sees of a broken answer, and of its first stream when that comes in pieces, differs from
 * run to run with nothing beside it.
 */
export const gotBehaviours: BehavioursOf<'got'> = ({ default: got }) => ({
  ...forEachDelivery(
    'json',
    async (scene, delivery) => {
      const { path, headers, body } = chatRequest();
      const answer = await got.post(`${scene.url(delivery)}${path}`, { headers, body, retry: { limit: 0 } });
      const { date: _, ...answerHeaders } = answer.headers;
      return {
        status: answer.statusCode,
        answerHeaders,
        body: answer.body,
        redirects: answer.redirectUrls.length,
      };
    },
    deliveries.filter((delivery) => delivery !== 'broken'),
  ),
  ...forEachDelivery(
    'stream',
    async (scene, delivery) => {
      const { path, headers, body } = chatRequest({ stream: true });
      const stream = got.stream.post(`${scene.url(delivery)}${path}`, { headers, body, retry: { limit: 0 } });
      const chunks: Buffer[] = [];
      for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
      return { text: Buffer.concat(chunks).toString(), progress: stream.downloadProgress.transferred };
    },
    deliveries.filter((delivery) => delivery !== 'broken' && delivery !== 'plain'),
  ),
});

/** `node-fetch`, over `node:http`. */
export const nodeFetchBehaviours: BehavioursOf<'nodeFetch'> = ({ default: nodeFetch }) =>
  forEachDelivery('text', async (scene, delivery) => {
    const { path, headers, body } = chatRequest({ stream: true });
    const answer = await nodeFetch(`${scene.url(delivery)}${path}`, { method: 'POST', headers, body });
    return { status: answer.status, redirected: answer.redirected, text: await answer.text() };
  });
