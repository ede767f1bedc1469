import { createRequire } from 'node:module';
import { runLangChainScenarios } from '../../src/scenarios/langchain.ts';
import { runOpenAiScenarios } from '../../src/scenarios/openai.ts';
import { closingWireTap } from '../../src/tracing.ts';

const require = createRequire(import.meta.url);
const { context, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { BasicTracerProvider } = require('@opentelemetry/sdk-trace-base');
const { LangfuseSpanProcessor } = require('@langfuse/otel');

const provider = new BasicTracerProvider({
  spanProcessors: [
    new LangfuseSpanProcessor({ exporter: new OTLPTraceExporter(), publicKey: 'none', secretKey: 'none' }),
  ],
});
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);

if (process.argv[2] === 'openai') {
  const { observeOpenAI } = require('@langfuse/openai');
  const { OpenAI } = require('openai');
  await runOpenAiScenarios(observeOpenAI(new OpenAI({ maxRetries: 0 })));
} else {
  const { CallbackHandler } = require('@langfuse/langchain');
  const { ChatOpenAI, OpenAIEmbeddings } = require('@langchain/openai');
  const { ChatAnthropic } = require('@langchain/anthropic');
  const { ChatPromptTemplate } = require('@langchain/core/prompts');
  const { StringOutputParser } = require('@langchain/core/output_parsers');
  const callbacks = [new CallbackHandler()];
  const observed = (Class) =>
    class extends Class {
      constructor(fields) {
        super({ ...fields, callbacks });
      }
    };
  await runLangChainScenarios({
    ChatOpenAI: observed(ChatOpenAI),
    ChatAnthropic: observed(ChatAnthropic),
    OpenAIEmbeddings,
    ChatPromptTemplate,
    StringOutputParser,
  });
}
await closingWireTap(provider).shutdown();
