import type Anthropic from '@anthropic-ai/sdk';
import type { ClientOptions } from '@anthropic-ai/sdk';
import { z } from 'zod';
import type { Behaviour, BehaviourScene, BehavioursOf } from '../behaviour.ts';
import type { DeliveryName } from '../delivery.ts';
import { describeError, describeResponse, failure, readBytes, readStream } from '../describe.ts';

const wanted = {
  model: 'claude-haiku-4-5',
  max_tokens: 1000,
  messages: [{ role: 'user' as const, content: 'What is in the parcel?' }],
};
const citySchema = z.object({ city: z.string(), inhabitants: z.int(), rivers: z.array(z.string()) });
const orderTool = {
  name: 'find_order',
  input_schema: { type: 'object' as const, properties: { id: { type: 'string' } } },
};

/** The `@anthropic-ai/sdk` package. */
export const anthropicBehaviours: BehavioursOf<'anthropic'> = ({
  Anthropic,
  betaZodTool,
  betaZodOutputFormat,
}) => {
  const client = (
    scene: BehaviourScene,
    delivery: DeliveryName = 'plain',
    options: ClientOptions = {},
  ): Anthropic => new Anthropic({ apiKey: 'none', baseURL: scene.url(delivery), maxRetries: 0, ...options });
  const create = (scene: BehaviourScene, delivery: DeliveryName, options?: ClientOptions): Promise<unknown> =>
    failure(() => client(scene, delivery, options).messages.create(wanted));
  const stream = (scene: BehaviourScene, delivery: DeliveryName): Promise<unknown> =>
    failure(async () =>
      readStream(
        await client(scene, delivery).messages.create({ ...wanted, stream: true }),
        (event) => event,
      ),
    );
  const deliveries: readonly DeliveryName[] = [
    'bytes',
    'gzip',
    'br',
    'zstd',
    'broken',
    'broken-gzip',
    'broken-head',
    'redirected',
    'refused-400',
    'refused-401',
    'refused-429',
    'refused-500',
    'wrong-encoding',
    'truncated-gzip',
    'invalid-json',
    'absurd-usage',
    'empty',
    'binary',
  ];
  return {
    'messages create': (scene) => create(scene, 'plain'),
    'messages create, streamed': (scene) => stream(scene, 'plain'),
    ...Object.fromEntries(
      deliveries.flatMap((delivery): [string, Behaviour][] => [
        [`create, ${delivery}`, (scene) => create(scene, delivery)],
        [`stream, ${delivery}`, (scene) => stream(scene, delivery)],
      ]),
    ),
    'create, huge': (scene) => create(scene, 'huge'),
    'stream, huge-gzip': (scene) => stream(scene, 'huge-gzip'),
    'create, refused once, tried again': (scene) => create(scene, 'refused-once', { maxRetries: 2 }),
    'create, timed out': (scene) => create(scene, 'late', { timeout: 150 }),
    async 'stream helper'(scene) {
      const events: unknown[] = [];
      const helper = client(scene).messages.stream(wanted);
      helper
        .on('connect', () => events.push('connect'))
        .on('streamEvent', (event, snapshot) => events.push([event.type, snapshot.usage]))
        .on('text', (delta, snapshot) => events.push(['text', delta, snapshot.length]))
        .on('contentBlock', (block) => events.push(['contentBlock', block]))
        .on('message', (message) => events.push(['message', message.id]))
        .on('finalMessage', (message) => events.push(['finalMessage', message.usage]))
        .on('end', () => events.push('end'));
      const message = await helper.finalMessage();
      return { events, message, text: await helper.finalText(), response: helper.response?.status };
    },
    async 'stream helper, in a loop'(scene) {
      const helper = client(scene).messages.stream({ ...wanted, tools: [orderTool] });
      const inputs: unknown[] = [];
      helper.on('inputJson', (delta, snapshot) => inputs.push([delta, snapshot]));
      const read = await readStream(helper, (event) => event);
      return { read, inputs, final: await helper.finalMessage() };
    },
    async 'stream helper, aborted'(scene) {
      const events: unknown[] = [];
      const helper = client(scene, 'stalled').messages.stream(wanted);
      helper.on('abort', (error) => events.push(describeError(error)));
      helper.on('error', (error) => events.push(describeError(error)));
      helper.on('end', () => events.push('end'));
      helper.on('streamEvent', (event) => {
        events.push(event.type);
        if (event.type === 'content_block_start') helper.abort();
      });
      return { final: await failure(() => helper.finalMessage()), events, aborted: helper.aborted };
    },
    async 'stream helper, broken'(scene) {
      const helper = client(scene, 'broken').messages.stream(wanted);
      return { final: await failure(() => helper.finalMessage()), errored: helper.errored };
    },
    async 'stream helper, toReadableStream'(scene) {
      const helper = client(scene).messages.stream(wanted);
      return String(await readBytes(helper.toReadableStream() as ReadableStream<Uint8Array>));
    },
    async 'stream, tee'(scene) {
      const events = await client(scene).messages.create({ ...wanted, stream: true });
      const [left, right] = events.tee();
      return Promise.all([readStream(left, (event) => event.type), readStream(right, (event) => event)]);
    },
    async 'break in the loop'(scene) {
      const events = await client(scene, 'stalled').messages.create({ ...wanted, stream: true });
      const items: unknown[] = [];
      for await (const event of events) {
        items.push(event);
        if (items.length === 2) break;
      }
      return { items, aborted: events.controller.signal.aborted };
    },
    async 'abort before the answer'(scene) {
      const controller = new AbortController();
      const called = client(scene, 'late').messages.create(wanted, { signal: controller.signal });
      setTimeout(() => controller.abort(new Error('too late')), 120);
      return failure(() => called);
    },
    async 'messages parse'(scene) {
      const message = await client(scene, 'structured').beta.messages.parse({
        ...wanted,
        output_config: { format: betaZodOutputFormat(citySchema) },
      });
      return { parsed: message.parsed_output, message };
    },
    async 'tool use'(scene) {
      return client(scene).messages.create({ ...wanted, tools: [orderTool] });
    },
    async 'tool input that looks like usage'(scene) {
      const one = client(scene, 'misleading-tool-input');
      const helper = one.messages.stream({ ...wanted, tools: [orderTool] });
      return [await one.messages.create({ ...wanted, tools: [orderTool] }), await helper.finalMessage()];
    },
    'tool runner': (scene) => runTools(scene, false),
    'tool runner, streamed': (scene) => runTools(scene, true),
    async withResponse(scene) {
      const called = client(scene).messages.create(wanted);
      const { data, response, request_id } = await called.withResponse();
      return { data, request_id, response: describeResponse(response) };
    },
    async 'withResponse, streamed'(scene) {
      const called = client(scene, 'gzip').messages.create({ ...wanted, stream: true });
      const { data, response } = await called.withResponse();
      return { response: describeResponse(response), read: await readStream(data, (event) => event) };
    },
    async asResponse(scene) {
      const response = await client(scene).messages.create(wanted).asResponse();
      return { response: describeResponse(response), json: await response.json() };
    },
    async 'eight streams at once'(scene) {
      const one = client(scene);
      return Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const content = `Question ${index}`;
          const helper = one.messages.stream({ ...wanted, messages: [{ role: 'user', content }] });
          return helper.finalMessage();
        }),
      );
    },
  };

  async function runTools(scene: BehaviourScene, stream: boolean): Promise<unknown> {
    const called: unknown[] = [];
    const tool = betaZodTool({
      name: 'find_order',
      description: 'Finds an order.',
      inputSchema: z.object({ id: z.string().optional() }),
      run(input) {
        called.push(input);
        return 'in transit';
      },
    });
    const runner = client(scene).beta.messages.toolRunner({ ...wanted, tools: [tool], stream });
    const steps: unknown[] = [];
    for await (const step of runner) {
      steps.push('finalMessage' in step ? await step.finalMessage() : step);
    }
    return { steps, called, final: await runner.done() };
  }
};
