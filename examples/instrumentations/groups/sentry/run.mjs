import { createRequire } from 'node:module';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import * as Sentry from '@sentry/node';
import { runAnthropicScenarios } from '../../src/scenarios/anthropic.ts';
import { runGenAiScenarios } from '../../src/scenarios/google.ts';
import { runOpenAiScenarios } from '../../src/scenarios/openai.ts';
import { closingWireTap } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);
const processor = new BatchSpanProcessor(new OTLPTraceExporter());
// Nothing is sent to Sentry; without a DSN it records nothing.
const { host } = new URL(process.env.EMULATOR_URL);
Sentry.init({
  dsn: `http://public@${host}/1`,
  transport: () => Sentry.createTransport({ recordDroppedEvent: () => {} }, async () => ({})),
  tracesSampleRate: 1,
  openTelemetrySpanProcessors: [processor],
  integrations: [
    Sentry.openAIIntegration(),
    Sentry.anthropicAIIntegration(),
    Sentry.googleGenAIIntegration(),
  ],
});

const RUNS = {
  openai: () => runOpenAiScenarios(new (require('openai').OpenAI)({ maxRetries: 0 })),
  anthropic: () => runAnthropicScenarios(new (require('@anthropic-ai/sdk').Anthropic)({ maxRetries: 0 })),
  google: () => runGenAiScenarios(require('@google/genai')),
};
await RUNS[process.argv[2]]();
await closingWireTap({ shutdown: () => processor.forceFlush() }).shutdown();
process.exit(0);
