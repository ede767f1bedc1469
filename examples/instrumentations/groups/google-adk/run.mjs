/** Google's Agent Development Kit for JavaScript, with and without the content of messages on its spans. */
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { z } from 'zod';
import { scenario } from '../../src/scenario.ts';
import { longPrompt } from '../../src/scenarios/prompts.ts';
import { closingWireTap } from '../../src/tracing.ts';

process.env.GOOGLE_GEMINI_BASE_URL = process.env.EMULATOR_URL;
process.env.GEMINI_API_KEY = 'none';
process.env.ADK_CAPTURE_MESSAGE_CONTENT_IN_SPANS = String(process.argv[2] !== 'without-content');

const provider = new NodeTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
provider.register();

const { FunctionTool, InMemoryRunner, LlmAgent, LogLevel, setLogLevel, StreamingMode } =
  await import('@google/adk');
setLogLevel(LogLevel.ERROR);

const findOrder = new FunctionTool({
  name: 'find_order',
  description: 'Finds an order.',
  parameters: z.object({ id: z.string() }),
  execute: () => ({ state: 'in transit' }),
});

async function turn(topic, { tools = [], runConfig, generateContentConfig } = {}) {
  const agent = new LlmAgent({
    name: 'clerk',
    model: 'gemini-2.5-flash',
    tools,
    generateContentConfig,
  });
  const runner = new InMemoryRunner({ agent, appName: 'shop' });
  const { id: sessionId } = await runner.sessionService.createSession({ appName: 'shop', userId: 'user' });
  const newMessage = { role: 'user', parts: [{ text: longPrompt(topic) }] };
  let errorCode;
  for await (const event of runner.runAsync({ userId: 'user', sessionId, newMessage, runConfig })) {
    errorCode ??= event.errorCode;
  }
  if (errorCode !== undefined) throw new RangeError(errorCode);
}

await scenario('turn', () => turn('turn'));
await scenario('turn with a tool call', () => turn('tool', { tools: [findOrder] }));
await scenario('turn streamed', () => turn('stream', { runConfig: { streamingMode: StreamingMode.SSE } }));
await scenario('turn, refused', () => turn('refused', { generateContentConfig: { maxOutputTokens: -1 } }));
await closingWireTap(provider).shutdown();
