import { createRequire } from 'node:module';
import { runAiSdkScenarios } from '../../src/scenarios/ai-sdk.ts';
import { closingWireTap, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

/** OpenInference's processor adds names of its own to the spans before it passes them on. */
function openInference() {
  const { context, trace } = require('@opentelemetry/api');
  const { OpenInferenceBatchSpanProcessor } = require('@arizeai/openinference-vercel');
  const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
  const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
  const { TracerProvider } = require('@opentelemetry/sdk-trace');
  const provider = new TracerProvider({
    spanProcessors: [new OpenInferenceBatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return closingWireTap(provider);
}

const tracing = process.argv[2] === 'openinference' ? openInference() : startTracing(require, []);
await runAiSdkScenarios({
  ai: require('ai'),
  openai: require('@ai-sdk/openai'),
  anthropic: require('@ai-sdk/anthropic'),
  options: { experimental_telemetry: { isEnabled: true } },
});
await tracing.shutdown();
