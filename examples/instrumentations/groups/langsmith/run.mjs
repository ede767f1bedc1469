import { createRequire } from 'node:module';
import { runAnthropicScenarios } from '../../src/scenarios/anthropic.ts';
import { runOpenAiScenarios } from '../../src/scenarios/openai.ts';
import { closingWireTap } from '../../src/tracing.ts';

process.env.LANGSMITH_TRACING = 'true';
process.env.LANGSMITH_TRACING_MODE = 'otel';

const require = createRequire(import.meta.url);
const { Anthropic } = require('@anthropic-ai/sdk');
const { trace } = require('@opentelemetry/api');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { Client } = require('langsmith');
const { initializeOTEL } = require('langsmith/experimental/otel/setup');
const { wrapOpenAI } = require('langsmith/wrappers');
const { wrapAnthropic } = require('langsmith/wrappers/anthropic');
const { OpenAI } = require('openai');

const provider = new BasicTracerProvider({
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
trace.setGlobalTracerProvider(provider);
initializeOTEL({ globalTracerProvider: provider });
// It asks LangSmith what it supports, and takes no for an answer.
const client = new Client({ apiUrl: process.env.EMULATOR_URL, apiKey: 'none' });

await runOpenAiScenarios(wrapOpenAI(new OpenAI({ maxRetries: 0 }), { client }));
// The SDK writes spans of its own, which the group of Anthropic's SDK measures.
await runAnthropicScenarios(
  wrapAnthropic(new Anthropic({ maxRetries: 0, openTelemetry: false }), { client }),
);
await client.awaitPendingTraceBatches();
await closingWireTap(provider).shutdown();
