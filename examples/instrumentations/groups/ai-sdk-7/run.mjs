import { createRequire } from 'node:module';
import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel';
import * as ai from 'ai';
import { runAiSdkScenarios } from '../../src/scenarios/ai-sdk.ts';
import { closingWireTap, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

/** OpenInference's processor adds names of its own to the spans before it passes them on. */
async function openInference() {
  const { OpenInferenceBatchSpanProcessor } = await import('@arizeai/openinference-vercel');
  const { context, trace } = require('@opentelemetry/api');
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

const MODES = {
  v7: () => new OpenTelemetry(),
  'v7-supplemental': () => new OpenTelemetry({ usage: true, providerMetadata: true }),
  legacy: () => new LegacyOpenTelemetry(),
  openinference: () => new OpenTelemetry(),
};

const run = process.argv[2];
const tracing = run === 'openinference' ? await openInference() : startTracing(require, []);
ai.registerTelemetry(MODES[run]());
await runAiSdkScenarios({
  ai,
  openai: await import('@ai-sdk/openai'),
  anthropic: await import('@ai-sdk/anthropic'),
});
await tracing.shutdown();
