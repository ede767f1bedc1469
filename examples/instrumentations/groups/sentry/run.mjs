import { createRequire } from 'node:module';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import * as Sentry from '@sentry/node';
import { runAnthropicScenarios } from '../../src/scenarios/anthropic.ts';
import { runOpenAiScenarios } from '../../src/scenarios/openai.ts';

const require = createRequire(import.meta.url);
const processor = new BatchSpanProcessor(new OTLPTraceExporter());
// Nothing is sent to Sentry; without a DSN it records nothing.
const { host } = new URL(process.env.EMULATOR_URL);
Sentry.init({
  dsn: `http://public@${host}/1`,
  transport: () => Sentry.createTransport({ recordDroppedEvent: () => {} }, async () => ({})),
  tracesSampleRate: 1,
  openTelemetrySpanProcessors: [processor],
  integrations: [Sentry.openAIIntegration(), Sentry.anthropicAIIntegration()],
});

if (process.argv[2] === 'openai') {
  const { OpenAI } = require('openai');
  await runOpenAiScenarios(new OpenAI({ maxRetries: 0 }));
} else {
  const { Anthropic } = require('@anthropic-ai/sdk');
  await runAnthropicScenarios(new Anthropic({ maxRetries: 0 }));
}
await processor.forceFlush();
process.exit(0);
