import { createRequire } from 'node:module';
import { scenario } from '../../src/scenario.ts';
import { breakOff, longPrompt, readAll } from '../../src/scenarios/prompts.ts';
import { startOpenLit, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

const SETUPS = { openllmetry: withOpenLlmetry, openlit: () => startOpenLit(require) };

function withOpenLlmetry() {
  const { CohereInstrumentation } = require('@traceloop/instrumentation-cohere');
  return startTracing(require, [new CohereInstrumentation()]);
}

const tracing = SETUPS[process.argv[2]]();
const { CohereClient, CohereClientV2 } = require('cohere-ai');

const options = { token: 'none', environment: process.env.EMULATOR_URL, maxRetries: 0 };
const client = new CohereClient(options);
const clientV2 = new CohereClientV2(options);
const MODEL = 'command-a-03-2025';
const chat = (topic) => ({ model: MODEL, message: longPrompt(topic) });
const chatV2 = (topic) => ({ model: MODEL, messages: [{ role: 'user', content: longPrompt(topic) }] });
const rerank = { model: 'rerank-v3.5', query: 'a parcel', documents: ['one order', 'another order'] };

await scenario('chat', () => client.chat(chat('chat')));
await scenario('chat, refused', () => client.chat({ ...chat('refused'), maxTokens: -1 }));
await scenario('chat streamed', async () => readAll(await client.chatStream(chat('streamed'))));
await scenario(
  'chat streamed, broken off',
  async () => breakOff(await client.chatStream(chat('broken off'))),
  {
    brokenOff: true,
  },
);
await scenario('rerank', () => client.rerank(rerank));
await scenario('embed', () =>
  client.embed({ model: 'embed-v4.0', texts: ['one order'], inputType: 'search_document' }),
);
await scenario('v2 chat', () => clientV2.chat(chatV2('chat')));
await scenario('v2 chat streamed', async () => readAll(await clientV2.chatStream(chatV2('streamed'))));
await scenario('v2 rerank', () => clientV2.rerank(rerank));
await tracing.shutdown();
