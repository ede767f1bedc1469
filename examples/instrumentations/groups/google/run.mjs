import { createRequire } from 'node:module';
import { trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { scenario } from '../../src/scenario.ts';
import { breakOff, longPrompt, readAll } from '../../src/scenarios/prompts.ts';
import { startOpenLit } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);
const MODEL = 'gemini-2.5-flash';
const FUNCTION = {
  name: 'find_order',
  parameters: { type: 'OBJECT', properties: { id: { type: 'STRING' } } },
};

const RUNS = {
  none: async () => {
    const provider = withOpenLlmetry();
    await runGenAiScenarios(require('@google/genai'));
    return provider;
  },
  openllmetry: async () => {
    const provider = withOpenLlmetry();
    await runGenAiScenarios(require('genai-1'));
    return provider;
  },
  sentry: async () => {
    const provider = withSentry();
    await runGenAiScenarios(require('genai-1'));
    return provider;
  },
  openlit: async () => {
    const provider = startOpenLit(require);
    await runGenerativeAiScenarios(require('@google/generative-ai'));
    return provider;
  },
};

function withOpenLlmetry() {
  const exporter = new OTLPTraceExporter();
  const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter })] });
  trace.setGlobalTracerProvider(provider);
  const { GenAIInstrumentation } = require('@traceloop/instrumentation-google-generativeai');
  registerInstrumentations({ instrumentations: [new GenAIInstrumentation()] });
  return provider;
}

/** Sentry brings an OpenTelemetry of its own. Nothing is sent to Sentry; without a DSN it records nothing. */
function withSentry() {
  const Sentry = require('@sentry/node');
  const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
  const processor = new BatchSpanProcessor(new OTLPTraceExporter());
  Sentry.init({
    dsn: 'http://public@127.0.0.1/1',
    transport: () => Sentry.createTransport({ recordDroppedEvent: () => {} }, async () => ({})),
    tracesSampleRate: 1,
    openTelemetrySpanProcessors: [processor],
    integrations: [Sentry.googleGenAIIntegration()],
  });
  return processor;
}

async function runGenAiScenarios({ GoogleGenAI }) {
  const client = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: process.env.EMULATOR_URL } });
  const ask = (topic, config) => ({ model: MODEL, contents: longPrompt(topic), config });
  await scenario('generateContent', () => client.models.generateContent(ask('generate')));
  await scenario('generateContent, flex tier', () =>
    client.models.generateContent(ask('flex', { serviceTier: 'flex' })),
  );
  await scenario('generateContent with a function call', () =>
    client.models.generateContent(ask('call', { tools: [{ functionDeclarations: [FUNCTION] }] })),
  );
  await scenario('generateContent, refused', () =>
    client.models.generateContent(ask('refused', { maxOutputTokens: -1 })),
  );
  await scenario('generateContentStream', async () =>
    readAll(await client.models.generateContentStream(ask('streamed'))),
  );
  await scenario(
    'generateContentStream, broken off',
    async () => breakOff(await client.models.generateContentStream(ask('broken off'))),
    { brokenOff: true },
  );
  await scenario('chat.sendMessage', () =>
    client.chats.create({ model: MODEL }).sendMessage({ message: longPrompt('chat') }),
  );
  await scenario('embedContent', () =>
    client.models.embedContent({ model: 'gemini-embedding-001', contents: ['one order', 'another order'] }),
  );
}

/** The SDK before `@google/genai`, which is the one that OpenLIT knows. */
async function runGenerativeAiScenarios({ GoogleGenerativeAI }) {
  const client = new GoogleGenerativeAI('none');
  const model = client.getGenerativeModel({ model: MODEL }, { baseUrl: process.env.EMULATOR_URL });
  await scenario('generateContent', () => model.generateContent(longPrompt('generate')));
  await scenario('generateContentStream', async () =>
    readAll((await model.generateContentStream(longPrompt('streamed'))).stream),
  );
  await scenario('embedContent', () => model.embedContent('one order'));
}

const provider = await RUNS[process.argv[2]]();
await provider.shutdown();
