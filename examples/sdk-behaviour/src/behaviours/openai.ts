import type OpenAI from 'openai';
import type { RunnableToolFunctionWithParse } from 'openai/lib/RunnableFunction';
import { z } from 'zod';
import type { BehaviourScene, BehavioursOf } from '../behaviour.ts';
import type { DeliveryName } from '../delivery.ts';
import { describe, describeResponse, failure, readBytes, readStream } from '../describe.ts';

const MODEL = 'gpt-5-mini';
const messages = [{ role: 'user' as const, content: 'What is in the parcel?' }];
const usageWanted = { stream: true, stream_options: { include_usage: true } } as const;
const citySchema = z.object({ city: z.string(), inhabitants: z.int(), rivers: z.array(z.string()) });
const orderTool = {
  type: 'function' as const,
  function: {
    name: 'find_order',
    description: 'Finds an order.',
    parameters: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
  },
};

const deltaOf = (chunk: OpenAI.ChatCompletionChunk): unknown => [
  chunk.id,
  chunk.choices[0]?.delta,
  chunk.choices[0]?.finish_reason,
  chunk.usage,
];

/** The `openai` package where all goes well. */
export const openAiBehaviours: BehavioursOf<'openai'> = ({ OpenAI, zodResponseFormat, zodTextFormat }) => {
  const client = (scene: BehaviourScene, delivery: DeliveryName = 'plain'): OpenAI =>
    new OpenAI({ apiKey: 'none', baseURL: `${scene.url(delivery)}/v1`, maxRetries: 0 });
  return {
    async 'chat create'(scene) {
      return client(scene).chat.completions.create({ model: MODEL, messages });
    },
    async 'chat create, streamed'(scene) {
      const stream = await client(scene).chat.completions.create({ model: MODEL, messages, ...usageWanted });
      return { ...(await readStream(stream, deltaOf)), aborted: stream.controller.signal.aborted };
    },
    async 'chat create, streamed without usage'(scene) {
      const stream = await client(scene).chat.completions.create({ model: MODEL, messages, stream: true });
      return readStream(stream, deltaOf);
    },
    async 'chat stream helper'(scene) {
      const events: unknown[] = [];
      const stream = client(scene).chat.completions.stream({ model: MODEL, messages, ...usageWanted });
      stream
        .on('connect', () => events.push('connect'))
        .on('chunk', (chunk) => events.push(['chunk', deltaOf(chunk)]))
        .on('content', (delta, snapshot) => events.push(['content', delta, snapshot.length]))
        .on('content.done', (done) => events.push(['content.done', done.content]))
        .on('message', (message) => events.push(['message', message]))
        .on('finalContent', (content) => events.push(['finalContent', content]))
        .on('finalChatCompletion', (completion) => events.push(['finalChatCompletion', completion.usage]))
        .on('totalUsage', (usage) => events.push(['totalUsage', usage]))
        .on('end', () => events.push('end'));
      const [content, completion, usage] = await Promise.all([
        stream.finalContent(),
        stream.finalChatCompletion(),
        stream.totalUsage(),
      ]);
      return { events, content, completion, usage };
    },
    async 'chat parse'(scene) {
      const completion = await client(scene, 'structured').chat.completions.parse({
        model: MODEL,
        messages,
        response_format: zodResponseFormat(citySchema, 'city'),
      });
      return { completion, parsed: completion.choices[0]?.message.parsed };
    },
    async 'chat parse of what is no JSON'(scene) {
      return failure(() =>
        client(scene).chat.completions.parse({
          model: MODEL,
          messages,
          response_format: zodResponseFormat(citySchema, 'city'),
        }),
      );
    },
    async 'chat stream helper, parsed'(scene) {
      const stream = client(scene, 'structured').chat.completions.stream({
        model: MODEL,
        messages,
        response_format: zodResponseFormat(citySchema, 'city'),
      });
      const parsed: unknown[] = [];
      stream.on('content.delta', (delta) => parsed.push(delta.parsed));
      const completion = await stream.finalChatCompletion();
      return { parsed, final: completion.choices[0]?.message.parsed };
    },
    async 'chat withResponse'(scene) {
      const called = client(scene).chat.completions.create({ model: MODEL, messages });
      const { data, response, request_id } = await called.withResponse();
      return { data, request_id, response: describeResponse(response) };
    },
    async 'chat withResponse, streamed'(scene) {
      const called = client(scene).chat.completions.create({ model: MODEL, messages, ...usageWanted });
      const { data, response } = await called.withResponse();
      const before = describeResponse(response);
      const read = await readStream(data, deltaOf);
      return { before, read, bodyUsed: response.bodyUsed };
    },
    async 'chat asResponse, text'(scene) {
      const response = await client(scene).chat.completions.create({ model: MODEL, messages }).asResponse();
      const before = describeResponse(response);
      const text = await response.text();
      return { before, text, bodyUsed: response.bodyUsed, again: await failure(() => response.text()) };
    },
    async 'chat asResponse, json'(scene) {
      const response = await client(scene).chat.completions.create({ model: MODEL, messages }).asResponse();
      return { json: await response.json(), bodyUsed: response.bodyUsed };
    },
    async 'chat asResponse, streamed, read by hand'(scene) {
      const response = await client(scene)
        .chat.completions.create({ model: MODEL, messages, ...usageWanted })
        .asResponse();
      return { response: describeResponse(response), text: String(await readBytes(response.body)) };
    },
    async 'chat asResponse, cloned'(scene) {
      const response = await client(scene)
        .chat.completions.create({ model: MODEL, messages, ...usageWanted })
        .asResponse();
      const clone = response.clone();
      const described = describeResponse(clone);
      const [text, cloned] = await Promise.all([response.text(), clone.text()]);
      return { described, text, isSame: text === cloned };
    },
    async 'chat stream, tee'(scene) {
      const stream = await client(scene).chat.completions.create({ model: MODEL, messages, ...usageWanted });
      const [left, right] = stream.tee();
      const first = await readStream(left, deltaOf);
      return { first, second: await readStream(right, deltaOf) };
    },
    async 'chat stream, toReadableStream'(scene) {
      const stream = await client(scene).chat.completions.create({ model: MODEL, messages, ...usageWanted });
      return String(await readBytes(stream.toReadableStream() as ReadableStream<Uint8Array>));
    },
    async 'chat create with tools'(scene) {
      return client(scene).chat.completions.create({ model: MODEL, messages, tools: [orderTool] });
    },
    async 'chat runTools'(scene) {
      const events: unknown[] = [];
      const called: unknown[] = [];
      const runner = client(scene).chat.completions.runTools({
        model: MODEL,
        messages,
        tools: [runnableTool(called)],
      });
      runner
        .on('message', (message) => events.push(message))
        .on('functionToolCall', (call) => events.push(['call', call]))
        .on('functionToolCallResult', (result) => events.push(['result', result]));
      const content = await runner.finalContent();
      return { content, called, events, usage: await runner.totalUsage() };
    },
    async 'chat runTools, streamed'(scene) {
      const called: unknown[] = [];
      const runner = client(scene).chat.completions.runTools({
        model: MODEL,
        messages,
        stream: true,
        stream_options: { include_usage: true },
        tools: [runnableTool(called)],
      });
      const { items } = await readStream(runner, deltaOf);
      return { items, called, content: await runner.finalContent(), usage: await runner.totalUsage() };
    },
    async 'responses create'(scene) {
      const response = await client(scene).responses.create({ model: MODEL, input: 'Where is it?' });
      return { response, text: response.output_text };
    },
    async 'responses create, streamed'(scene) {
      const stream = await client(scene).responses.create({
        model: MODEL,
        input: 'Where is it?',
        stream: true,
      });
      return readStream(stream, (event) => event);
    },
    async 'responses stream helper'(scene) {
      const events: string[] = [];
      const stream = client(scene).responses.stream({ model: MODEL, input: 'Where is it?' });
      stream.on('event', (event) => events.push(event.type));
      stream.on('response.output_text.delta', (event) => events.push(event.delta));
      return { final: await stream.finalResponse(), events };
    },
    async 'responses parse'(scene) {
      const response = await client(scene, 'structured').responses.parse({
        model: MODEL,
        input: 'Which city?',
        text: { format: zodTextFormat(citySchema, 'city') },
      });
      return { parsed: response.output_parsed, output: response.output, usage: response.usage };
    },
    async 'responses stream helper, parsed'(scene) {
      const stream = client(scene, 'structured').responses.stream({
        model: MODEL,
        input: 'Which city?',
        text: { format: zodTextFormat(citySchema, 'city') },
      });
      return (await stream.finalResponse()).output_parsed;
    },
    async embeddings(scene) {
      const input = ['one', 'two'];
      const api = client(scene).embeddings;
      return [
        await api.create({ model: 'text-embedding-3-small', input }),
        await api.create({ model: 'text-embedding-3-small', input, encoding_format: 'base64' }),
        await api.create({ model: 'text-embedding-3-small', input, encoding_format: 'float' }),
      ];
    },
    async 'models list, which is no call of a model'(scene) {
      return failure(() => client(scene).models.list());
    },
  };

  function runnableTool(called: unknown[]): RunnableToolFunctionWithParse<{ id: string }> {
    return {
      type: 'function',
      function: {
        ...orderTool.function,
        parse: (input: string) => JSON.parse(input) as { id: string },
        function(input: { id: string }) {
          called.push(describe(input));
          return 'in transit';
        },
      },
    };
  }
};
