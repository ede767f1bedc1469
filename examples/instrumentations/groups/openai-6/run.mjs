import { createRequire } from 'node:module';
import { runOpenAiScenarios } from '../../src/scenarios/openai.ts';
import { startOpenLit, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

/** A package's `OpenAIInstrumentation`, which all of them name alike. */
function instrumentation(packageName, options) {
  const { OpenAIInstrumentation } = require(packageName);
  return new OpenAIInstrumentation(options);
}

function otel() {
  return instrumentation('@opentelemetry/instrumentation-openai');
}

const SETUPS = {
  otel: () => startTracing(require, [otel()]),
  'otel-and-undici': () => {
    const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
    return startTracing(require, [otel(), new UndiciInstrumentation()]);
  },
  openinference: () =>
    startTracing(require, [instrumentation('@arizeai/openinference-instrumentation-openai')]),
  traceloop: () => startTracing(require, [instrumentation('@traceloop/instrumentation-openai')]),
  'traceloop-enrich-tokens': () =>
    startTracing(require, [instrumentation('@traceloop/instrumentation-openai', { enrichTokens: true })]),
  openlit: () => startOpenLit(require),
};

const tracing = SETUPS[process.argv[2]]();
const { OpenAI } = require('openai');
await runOpenAiScenarios(new OpenAI({ maxRetries: 0 }));
await tracing.shutdown();
