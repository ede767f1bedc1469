import { createRequire } from 'node:module';
import { scenario } from '../../src/scenario.ts';
import { breakOff, longPrompt, readAll } from '../../src/scenarios/prompts.ts';
import { startOpenLit, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

const SETUPS = { native: withOwnSpans, openlit: () => startOpenLit(require) };

/** The SDK writes spans to the global provider when it is told to. */
function withOwnSpans() {
  process.env.MISTRAL_SDK_TELEMETRY = 'global';
  return startTracing(require, []);
}

const tracing = SETUPS[process.argv[2]]();
const { Mistral } = require('@mistralai/mistralai');

const MODEL = 'mistral-small-latest';
const TOOL = {
  type: 'function',
  function: {
    name: 'find_order',
    parameters: { type: 'object', properties: { id: { type: 'string' } } },
  },
};
const client = new Mistral({ apiKey: 'none', serverURL: `${process.env.EMULATOR_URL}/mistral` });
const chat = (topic) => ({ model: MODEL, messages: [{ role: 'user', content: longPrompt(topic) }] });

await scenario('chat', () => client.chat.complete(chat('chat')));
await scenario('chat, cached', () => client.chat.complete({ ...chat('cached'), promptCacheKey: 'orders' }));
await scenario('chat with a tool call', async () => {
  const request = { model: MODEL, tools: [TOOL], messages: [{ role: 'user', content: 'Where is order 7?' }] };
  const { message } = (await client.chat.complete(request)).choices[0];
  const result = { role: 'tool', toolCallId: message.toolCalls[0].id, name: 'find_order', content: 'sent' };
  await client.chat.complete({ ...request, messages: [...request.messages, message, result] });
});
await scenario('chat, refused', () => client.chat.complete({ ...chat('refused'), maxTokens: -1 }));
await scenario('chat streamed', async () => readAll(await client.chat.stream(chat('streamed'))));
await scenario(
  'chat streamed, broken off',
  async () => breakOff(await client.chat.stream(chat('broken off'))),
  {
    brokenOff: true,
  },
);
await scenario('embeddings', () =>
  client.embeddings.create({ model: 'mistral-embed', inputs: ['one order', 'another order'] }),
);
await tracing.shutdown();
