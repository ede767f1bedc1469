import { createRequire } from 'node:module';
import { runAnthropicScenarios } from '../../src/scenarios/anthropic.ts';
import { startOpenLit, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

const SETUPS = {
  // The SDK reports by itself as soon as there is a global tracer provider.
  native: () => startTracing(require, []),
  'native-and-openinference': () => {
    const { AnthropicInstrumentation } = require('@arizeai/openinference-instrumentation-anthropic');
    return startTracing(require, [new AnthropicInstrumentation()]);
  },
  traceloop: () => {
    const { AnthropicInstrumentation } = require('@traceloop/instrumentation-anthropic');
    return startTracing(require, [new AnthropicInstrumentation()]);
  },
  openlit: () => startOpenLit(require),
};

const tracing = SETUPS[process.argv[2]]();
const { Anthropic } = require('@anthropic-ai/sdk');
await runAnthropicScenarios(new Anthropic({ maxRetries: 0 }));
await tracing.shutdown();
