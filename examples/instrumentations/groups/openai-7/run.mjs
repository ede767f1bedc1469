import { createRequire } from 'node:module';
import { runOpenAiScenarios } from '../../src/scenarios/openai.ts';
import { startOpenLit, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

/** A package's `OpenAIInstrumentation`, which all of them name alike. */
function instrumentation(packageName) {
  const { OpenAIInstrumentation } = require(packageName);
  return new OpenAIInstrumentation();
}

const SETUPS = {
  // Both patch openai before version 7 only.
  'otel-and-traceloop': () =>
    startTracing(require, [
      instrumentation('@opentelemetry/instrumentation-openai'),
      instrumentation('@traceloop/instrumentation-openai'),
    ]),
  openinference: () =>
    startTracing(require, [instrumentation('@arizeai/openinference-instrumentation-openai')]),
  openlit: () => startOpenLit(require),
};

const tracing = SETUPS[process.argv[2]]();
const { OpenAI } = require('openai');
await runOpenAiScenarios(new OpenAI({ maxRetries: 0 }));
await tracing.shutdown();
