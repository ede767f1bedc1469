import { createRequire } from 'node:module';
import { runGenAiScenarios, runGenerativeAiScenarios } from '../../src/scenarios/google.ts';
import { startOpenLit, startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

const RUNS = {
  // No instrumentation knows the newest SDK.
  none: async () => {
    const tracing = withOpenLlmetry();
    await runGenAiScenarios(require('@google/genai'));
    return tracing;
  },
  openllmetry: async () => {
    const tracing = withOpenLlmetry();
    await runGenAiScenarios(require('genai-1'));
    return tracing;
  },
  openlit: async () => {
    const tracing = startOpenLit(require);
    await runGenerativeAiScenarios(require('@google/generative-ai'));
    return tracing;
  },
};

function withOpenLlmetry() {
  const { GenAIInstrumentation } = require('@traceloop/instrumentation-google-generativeai');
  return startTracing(require, [new GenAIInstrumentation()]);
}

const tracing = await RUNS[process.argv[2]]();
await tracing.shutdown();
