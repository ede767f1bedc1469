import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Behaviour, BehaviourScene, BehavioursOf } from '../behaviour.ts';
import { chatRequest } from '../chat-request.ts';
import type { DeliveryName } from '../delivery.ts';
import { describeResponse, failure } from '../describe.ts';

const deliveries: readonly DeliveryName[] = ['plain', 'bytes', 'gzip', 'br', 'zstd', 'refused-429', 'broken'];

/** npm's `undici`: its own `fetch` and its own requests. */
export const undiciBehaviours: BehavioursOf<'undici'> = (undici) => {
  const chat = (
    scene: BehaviourScene,
    delivery: DeliveryName,
    stream: boolean,
  ): { url: string; options: { method: 'POST'; headers: Record<string, string>; body: string } } => {
    const { path, headers, body } = chatRequest({ stream });
    return {
      url: `${scene.url(delivery)}${path}`,
      options: { method: 'POST', headers: { ...headers }, body },
    };
  };
  return {
    ...Object.fromEntries(
      deliveries.flatMap((delivery): [string, Behaviour][] => [
        [
          `fetch, ${delivery}`,
          (scene) =>
            failure(async () => {
              const { url, options } = chat(scene, delivery, true);
              const response = (await undici.fetch(url, options)) as unknown as Response;
              return { response: describeResponse(response), text: await response.text() };
            }),
        ],
        [
          `request, ${delivery}`,
          (scene) =>
            failure(async () => {
              const { url, options } = chat(scene, delivery, true);
              const { statusCode, headers, body } = await undici.request(url, options);
              return { statusCode, headers, bytes: Buffer.from(await body.bytes()).toString('latin1') };
            }),
        ],
      ]),
    ),
    async 'built-in fetch beside it'(scene) {
      const { url, options } = chat(scene, 'gzip', true);
      return (await fetch(url, options)).text();
    },
    async 'stream into a writable'(scene) {
      const { url, options } = chat(scene, 'plain', true);
      const out = new PassThrough();
      const chunks: Buffer[] = [];
      out.on('data', (chunk: Buffer) => chunks.push(chunk));
      await Promise.all([undici.stream(url, options, () => out), once(out, 'end')]);
      return Buffer.concat(chunks).toString();
    },
    async 'a client with pipelining'(scene) {
      const url = new URL(scene.url('plain'));
      const client = new undici.Client(url.origin, { pipelining: 4 });
      const answers = await Promise.all(
        Array.from({ length: 4 }, async (_, index) => {
          const { path, headers, body } = chatRequest({ content: `Question ${index}` });
          const answer = await client.request({
            path: `${url.pathname}${path}`,
            method: 'POST',
            headers: { ...headers },
            body,
          });
          return answer.body.json();
        }),
      );
      await client.close();
      return answers;
    },
    async 'a retry agent'(scene) {
      const agent = new undici.RetryAgent(new undici.Agent(), {
        maxRetries: 2,
        minTimeout: 5,
        methods: ['POST'],
        retryAfter: false,
      });
      const { url, options } = chat(scene, 'failed-twice', false);
      const { statusCode, body } = await undici.request(url, { ...options, dispatcher: agent });
      const text = await body.text();
      await agent.close();
      return { statusCode, text };
    },
    async 'the decompress interceptor'(scene) {
      const agent = new undici.Agent().compose(undici.interceptors.decompress());
      const { url, options } = chat(scene, 'gzip', false);
      const { body } = await undici.request(url, { ...options, dispatcher: agent });
      const text = await body.text();
      await agent.close();
      return text;
    },
    async 'a mock agent'(scene) {
      const agent = new undici.MockAgent();
      agent.disableNetConnect();
      const { url, options } = chat(scene, 'plain', false);
      const { origin, pathname } = new URL(url);
      agent.get(origin).intercept({ path: pathname, method: 'POST' }).reply(200, { mocked: true });
      const { body } = await undici.request(url, { ...options, dispatcher: agent });
      const json = await body.json();
      await agent.close();
      return json;
    },
    async 'bodies that are zeroed by the application'(scene) {
      const { url, options } = chat(scene, 'plain', true);
      const { body } = await undici.request(url, options);
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        chunk.fill(0);
      }
      return bytes;
    },
    async 'a dumped body'(scene) {
      const { url, options } = chat(scene, 'plain', true);
      const { body } = await undici.request(url, options);
      await body.dump();
      return body.bodyUsed;
    },
  };
};
