import type OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import { setTimeout as delay } from 'node:timers/promises';
import type { Behaviour, BehaviourScene, BehavioursOf } from '../behaviour.ts';
import type { DeliveryName } from '../delivery.ts';
import { describe, describeError, describeResponse, failure, readStream } from '../describe.ts';

const MODEL = 'gpt-5-mini';
const messages = [{ role: 'user' as const, content: 'Where is the order?' }];
const usageWanted = { stream: true, stream_options: { include_usage: true } } as const;
const STREAMS = 8;

const textOf = (chunk: OpenAI.ChatCompletionChunk): unknown => [
  chunk.choices[0]?.delta.content,
  chunk.usage?.total_tokens,
];

/** The `openai` package over connections that go wrong, and with all that a client may set. */
export const openAiTransportBehaviours: BehavioursOf<'openai'> = ({ OpenAI }) => {
  const client = (
    scene: BehaviourScene,
    delivery: DeliveryName = 'plain',
    options: ClientOptions = {},
  ): OpenAI =>
    new OpenAI({ apiKey: 'none', baseURL: `${scene.url(delivery)}/v1`, maxRetries: 0, ...options });
  const create = (scene: BehaviourScene, delivery: DeliveryName, options?: ClientOptions): Promise<unknown> =>
    failure(() => client(scene, delivery, options).chat.completions.create({ model: MODEL, messages }));
  const stream = async (scene: BehaviourScene, delivery: DeliveryName): Promise<unknown> =>
    failure(async () =>
      readStream(
        await client(scene, delivery).chat.completions.create({ model: MODEL, messages, ...usageWanted }),
        textOf,
      ),
    );

  const deliveries: readonly DeliveryName[] = [
    'burst',
    'bytes',
    'gzip',
    'gzip-bytes',
    'br',
    'deflate',
    'zstd',
    'broken',
    'broken-gzip',
    'broken-head',
    'redirected',
    'refused-400',
    'refused-401',
    'refused-404',
    'refused-429',
    'refused-500',
    'wrong-encoding',
    'unknown-encoding',
    'truncated-gzip',
    'truncated-plain',
    'invalid-json',
    'nested-usage',
    'absurd-usage',
    'empty',
    'binary',
    'wrong-type',
  ];
  const byDelivery = deliveries.flatMap((delivery): [string, Behaviour][] => [
    [`create, ${delivery}`, (scene) => create(scene, delivery)],
    [`stream, ${delivery}`, (scene) => stream(scene, delivery)],
  ]);

  return {
    ...Object.fromEntries(byDelivery),
    'create, huge': (scene) => create(scene, 'huge'),
    'stream, huge': (scene) => stream(scene, 'huge'),
    'create, huge-gzip': (scene) => create(scene, 'huge-gzip'),
    'create, refused once, tried again': (scene) => create(scene, 'refused-once', { maxRetries: 2 }),
    'create, failed twice, tried again': (scene) => create(scene, 'failed-twice', { maxRetries: 2 }),
    'create, timed out': (scene) => create(scene, 'late', { timeout: 150 }),
    async 'tool input that looks like usage'(scene) {
      return client(scene, 'misleading-tool-input').chat.completions.create({
        model: MODEL,
        messages,
        tools: [
          {
            type: 'function',
            function: {
              name: 'find_order',
              parameters: { type: 'object', properties: { id: { type: 'string' } } },
            },
          },
        ],
      });
    },
    async 'abort before the call'(scene) {
      const signal = AbortSignal.abort(new Error('not any more'));
      return failure(() => client(scene).chat.completions.create({ model: MODEL, messages }, { signal }));
    },
    async 'abort before the answer'(scene) {
      const controller = new AbortController();
      const called = client(scene, 'late').chat.completions.create(
        { model: MODEL, messages },
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(new Error('too late')), 120);
      return failure(() => called);
    },
    async 'abort in the stream'(scene) {
      const controller = new AbortController();
      const chunks = await client(scene, 'stalled').chat.completions.create(
        { model: MODEL, messages, ...usageWanted },
        { signal: controller.signal },
      );
      const items: unknown[] = [];
      const error = await failure(async () => {
        for await (const chunk of chunks) {
          items.push(textOf(chunk));
          if (items.length === 2) controller.abort(new Error('enough'));
        }
      });
      return { items, error, reason: describeError(controller.signal.reason) };
    },
    ...breakBehaviours('stalled'),
    ...breakBehaviours('stalled-gzip'),
    async 'stream.controller.abort'(scene) {
      const chunks = await client(scene, 'stalled').chat.completions.create({
        model: MODEL,
        messages,
        ...usageWanted,
      });
      let read = 0;
      const seen = await readStream(chunks, (chunk) => {
        read += 1;
        if (read === 2) setImmediate(() => chunks.controller.abort());
        return textOf(chunk);
      });
      return { ...seen, aborted: chunks.controller.signal.aborted };
    },
    async 'stream helper, aborted'(scene) {
      const events: unknown[] = [];
      const helper = client(scene, 'stalled').chat.completions.stream({ model: MODEL, messages });
      helper.on('abort', (error) => events.push(describeError(error)));
      helper.on('end', () => events.push('end'));
      helper.on('content', () => helper.abort());
      return { final: await failure(() => helper.finalContent()), events, aborted: helper.aborted };
    },
    async 'eight streams at once'(scene) {
      const one = client(scene);
      return Promise.all(
        Array.from({ length: STREAMS }, async (_, index) =>
          readStream(
            await one.chat.completions.create({
              model: MODEL,
              messages: [{ role: 'user', content: `Question ${index}` }],
              ...usageWanted,
            }),
            textOf,
          ),
        ),
      );
    },
    async 'a mixture at once'(scene) {
      const results = await Promise.all([
        create(scene, 'gzip'),
        stream(scene, 'broken'),
        create(scene, 'refused-429'),
        stream(scene, 'br'),
        create(scene, 'truncated-gzip'),
        stream(scene, 'bytes'),
      ]);
      return results;
    },
    async 'a slow reader'(scene) {
      const chunks = await client(scene, 'endless').chat.completions.create({
        model: MODEL,
        messages,
        ...usageWanted,
      });
      let read = 0;
      for await (const chunk of chunks) {
        read += chunk.choices.length;
        await delay(40);
        if (read === 8) break;
      }
      return { read };
    },
    async 'an answer that is never read'(scene) {
      const response = await client(scene)
        .chat.completions.create({ model: MODEL, messages, ...usageWanted })
        .asResponse();
      await response.body?.cancel('not needed');
      return describeResponse(response);
    },
    async 'a fetch of the application'(scene) {
      const seen: unknown[] = [];
      const watched: typeof fetch = async (input, init) => {
        const response = await fetch(input, init);
        seen.push(describe(init?.method), describeResponse(response));
        return response;
      };
      return { answer: await create(scene, 'gzip', { fetch: watched }), seen };
    },
  };

  function breakBehaviours(delivery: DeliveryName): Record<string, Behaviour> {
    return {
      async [`break in the loop, ${delivery}`](scene) {
        const chunks = await client(scene, delivery).chat.completions.create({
          model: MODEL,
          messages,
          ...usageWanted,
        });
        const items: unknown[] = [];
        for await (const chunk of chunks) {
          items.push(textOf(chunk));
          if (items.length === 2) break;
        }
        return { items, aborted: chunks.controller.signal.aborted };
      },
      async [`throw in the loop, ${delivery}`](scene) {
        const chunks = await client(scene, delivery).chat.completions.create({
          model: MODEL,
          messages,
          ...usageWanted,
        });
        return failure(async () => {
          for await (const chunk of chunks) throw new Error(`no need of ${chunk.model}`);
        });
      },
    };
  }
};
