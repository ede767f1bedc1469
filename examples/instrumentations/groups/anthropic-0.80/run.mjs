import { createRequire } from 'node:module';
import { runAnthropicScenarios } from '../../src/scenarios/anthropic.ts';
import { startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

const PACKAGES = {
  openinference: '@arizeai/openinference-instrumentation-anthropic',
  traceloop: '@traceloop/instrumentation-anthropic',
};

const { AnthropicInstrumentation } = require(PACKAGES[process.argv[2]]);
const tracing = startTracing(require, [new AnthropicInstrumentation()]);
const { Anthropic } = require('@anthropic-ai/sdk');
await runAnthropicScenarios(new Anthropic({ maxRetries: 0 }));
await tracing.shutdown();
