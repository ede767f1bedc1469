import { createRequire } from 'node:module';
import { scenario } from '../../src/scenario.ts';
import { breakOff, longPrompt, readAll } from '../../src/scenarios/prompts.ts';
import { startOpenLit, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

const SETUPS = {
  otel: () => {
    const { AwsInstrumentation } = require('@opentelemetry/instrumentation-aws-sdk');
    return startTracing(require, [new AwsInstrumentation()]);
  },
  openinference: () => {
    const { BedrockInstrumentation } = require('@arizeai/openinference-instrumentation-bedrock');
    return startTracing(require, [new BedrockInstrumentation()]);
  },
  openllmetry: () => {
    const { BedrockInstrumentation } = require('@traceloop/instrumentation-bedrock');
    return startTracing(require, [new BedrockInstrumentation()]);
  },
  openlit: () => startOpenLit(require),
};

const tracing = SETUPS[process.argv[2]]();
const {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} = require('@aws-sdk/client-bedrock-runtime');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const MODEL = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const REGIONAL_MODEL = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
const CACHE_POINT = { cachePoint: { type: 'default' } };
const TOOL = {
  toolSpec: {
    name: 'find_order',
    inputSchema: { json: { type: 'object', properties: { id: { type: 'string' } } } },
  },
};

const client = new BedrockRuntimeClient({
  region: 'us-east-1',
  endpoint: process.env.EMULATOR_URL,
  credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  // The default handler speaks HTTP/2, which the emulator does not.
  requestHandler: new NodeHttpHandler(),
  maxAttempts: 1,
});

const user = (text) => ({ role: 'user', content: [{ text }] });
const converse = (topic) => ({ modelId: MODEL, messages: [user(`A question about ${topic}`)] });
const cached = (topic) => ({
  ...converse(topic),
  modelId: REGIONAL_MODEL,
  system: [{ text: longPrompt(topic) }, CACHE_POINT],
});
const invoke = (topic, more) => ({
  modelId: REGIONAL_MODEL,
  contentType: 'application/json',
  body: JSON.stringify({
    anthropic_version: 'bedrock-2023-05-31',
    max_tokens: 2000,
    messages: [{ role: 'user', content: `A question about ${topic}` }],
    ...more,
  }),
});
const cachedSystem = (topic) => ({
  system: [{ type: 'text', text: longPrompt(topic), cache_control: { type: 'ephemeral' } }],
});

await scenario('Converse', () => client.send(new ConverseCommand(converse('converse'))));
await scenario('Converse, cached', () => client.send(new ConverseCommand(cached('cached'))));
await scenario('Converse, flex tier', () =>
  client.send(new ConverseCommand({ ...converse('flex'), serviceTier: { type: 'flex' } })),
);
await scenario('Converse with a tool call', async () => {
  const request = { ...converse('order 7'), toolConfig: { tools: [TOOL] } };
  const { output } = await client.send(new ConverseCommand(request));
  const { toolUse } = output.message.content[0];
  const toolResult = { toolUseId: toolUse.toolUseId, content: [{ text: 'in transit' }] };
  const messages = [...request.messages, output.message, { role: 'user', content: [{ toolResult }] }];
  await client.send(new ConverseCommand({ ...request, messages }));
});
await scenario('Converse, refused', () =>
  client.send(new ConverseCommand({ ...converse('refused'), inferenceConfig: { maxTokens: -1 } })),
);
await scenario('ConverseStream, cached', async () =>
  readAll((await client.send(new ConverseStreamCommand(cached('streamed')))).stream),
);
await scenario(
  'ConverseStream, broken off',
  async () => breakOff((await client.send(new ConverseStreamCommand(converse('broken off')))).stream),
  { brokenOff: true },
);
await scenario('InvokeModel', () => client.send(new InvokeModelCommand(invoke('invoke'))));
await scenario('InvokeModel, cached', () =>
  client.send(new InvokeModelCommand(invoke('invoke', cachedSystem('invoke')))),
);
await scenario('InvokeModelWithResponseStream', async () =>
  readAll((await client.send(new InvokeModelWithResponseStreamCommand(invoke('streamed')))).body),
);
await scenario('InvokeModelWithResponseStream, cached', async () =>
  readAll((await client.send(new InvokeModelWithResponseStreamCommand(invoke('s', cachedSystem('s'))))).body),
);
// Some instrumentations do not tell the SDK that the consumer left, and its connection stays open.
client.destroy();
await tracing.shutdown();
