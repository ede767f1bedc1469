import { createRequire } from 'node:module';
import { runLangChainScenarios } from '../../src/scenarios/langchain.ts';
import { startTracing } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);

/** LangChain calls its callbacks from a module that has to be patched by hand, before anything uses it. */
function openInference() {
  const { LangChainInstrumentation } = require('@arizeai/openinference-instrumentation-langchain');
  const instrumentation = new LangChainInstrumentation();
  instrumentation.manuallyInstrument(require('@langchain/core/callbacks/manager'));
  return instrumentation;
}

const SETUPS = {
  openinference: () => startTracing(require, [openInference()]),
  'openinference-twice': () => {
    const { OpenAIInstrumentation } = require('@arizeai/openinference-instrumentation-openai');
    return startTracing(require, [openInference(), new OpenAIInstrumentation()]);
  },
  traceloop: () => {
    const { LangChainInstrumentation } = require('@traceloop/instrumentation-langchain');
    return startTracing(require, [new LangChainInstrumentation()]);
  },
};

const tracing = SETUPS[process.argv[2]]();
const { ChatOpenAI, OpenAIEmbeddings } = require('@langchain/openai');
const { ChatPromptTemplate } = require('@langchain/core/prompts');
const { StringOutputParser } = require('@langchain/core/output_parsers');
await runLangChainScenarios({
  ChatOpenAI,
  OpenAIEmbeddings,
  ChatPromptTemplate,
  StringOutputParser,
  ...(process.argv[2] !== 'openinference-twice' && require('@langchain/anthropic')),
});
await tracing.shutdown();
