import { createRequire } from 'node:module';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { Agent } from '@mastra/core/agent';
import { Mastra } from '@mastra/core/mastra';
import { createTool } from '@mastra/core/tools';
import { Observability } from '@mastra/observability';
import { OtelExporter } from '@mastra/otel-exporter';
import { z } from 'zod';
import { startTracing } from '../../src/tracing.ts';
import { longPrompt } from '../../src/scenarios/prompts.ts';
import { scenario } from '../../src/scenario.ts';

// Mastra exports by itself; the tracer provider is what an application has for everything else.
const tracing = startTracing(createRequire(import.meta.url), [], { serviceName: 'orders' });
const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
const anthropic = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1` });
const findOrder = createTool({
  id: 'find_order',
  description: 'Finds an order.',
  inputSchema: z.object({ id: z.string() }),
  execute: async () => ({ state: 'in transit' }),
});
const agent = (name, model, tools = {}) =>
  new Agent({ id: name, name, instructions: 'Answer briefly.', model, tools });
const mastra = new Mastra({
  agents: {
    chat: agent('chat', openai.chat('gpt-5-mini')),
    responses: agent('responses', openai.responses('gpt-5-mini'), { findOrder }),
    claude: agent('claude', anthropic('claude-sonnet-4-5')),
  },
  observability: new Observability({
    configs: {
      otel: {
        serviceName: 'orders',
        exporters: [
          new OtelExporter({
            provider: {
              custom: {
                endpoint: process.env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
                protocol: 'http/json',
              },
            },
          }),
        ],
      },
    },
  }),
});

/** A question of which the first part is cached for an hour and the second for five minutes. */
function cached(topic) {
  const part = (text, ttl) => ({
    type: 'text',
    text,
    providerOptions: { anthropic: { cacheControl: { type: 'ephemeral', ttl } } },
  });
  return [
    {
      role: 'user',
      content: [
        part(longPrompt(`${topic} for an hour`), '1h'),
        part(longPrompt(topic), '5m'),
        { type: 'text', text: topic },
      ],
    },
  ];
}

async function readStream(stream) {
  for await (const _ of stream.textStream);
}

const [chat, responses, claude] = ['chat', 'responses', 'claude'].map((name) => mastra.getAgent(name));
await scenario('generate', () => chat.generate(longPrompt('generate')));
await scenario('generate again', () => chat.generate(longPrompt('generate again')));
await scenario('generate with a tool', () => responses.generate('Where is order 7?', { maxSteps: 4 }));
await scenario('stream', async () => readStream(await chat.stream(longPrompt('stream'))));
await scenario('stream, Responses', async () => readStream(await responses.stream(longPrompt('responses'))));
await scenario('generate, Claude', () => claude.generate(cached('one')));
await scenario('generate, Claude again', () => claude.generate(cached('two')));
await scenario('stream, Claude', async () => readStream(await claude.stream(cached('three'))));
await scenario('generate refused', () =>
  chat.generate('refused', {
    modelSettings: { maxRetries: 0 },
    providerOptions: { openai: { maxCompletionTokens: -1 } },
  }),
);
await mastra.observability.shutdown();
await tracing.shutdown();
process.exit(0);
