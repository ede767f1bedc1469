import { createRequire } from 'node:module';
import { runAiSdkScenarios } from '../../src/scenarios/ai-sdk.ts';
import { startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

const tracing = startTracing(require, []);
await runAiSdkScenarios({
  ai: require('ai'),
  openai: require('@ai-sdk/openai'),
  anthropic: require('@ai-sdk/anthropic'),
  options: { experimental_telemetry: { isEnabled: true } },
});
await tracing.shutdown();
