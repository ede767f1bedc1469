import { createRequire } from 'node:module';
import { runAiSdkScenarios } from '../../src/scenarios/ai-sdk.ts';
import { closingWireTap, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

/** Traceloop's processor renames the attributes of the spans before it passes them on. */
function traceloop() {
  const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
  const sdk = require('@traceloop/node-server-sdk');
  sdk.initialize({
    disableBatch: true,
    exporter: new OTLPTraceExporter(),
    instrumentModules: {},
    silenceInitializationMessage: true,
    traceloopSyncEnabled: false,
  });
  return closingWireTap({ shutdown: () => sdk.forceFlush() });
}

const tracing = process.argv[2] === 'traceloop' ? traceloop() : startTracing(require, []);
await runAiSdkScenarios({
  ai: require('ai'),
  openai: require('@ai-sdk/openai'),
  anthropic: require('@ai-sdk/anthropic'),
  options: { experimental_telemetry: { isEnabled: true } },
});
await tracing.shutdown();
