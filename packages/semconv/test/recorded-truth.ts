import type { TokenUsage } from '@costspan/cost-model';
import { AGENT_TRUTH } from './agent-truth.ts';
import { FRAMEWORK_TRUTH } from './framework-truth.ts';
import { GATEWAY_TRUTH } from './gateway-truth.ts';
import { PROVIDER_SDK_TRUTH } from './provider-sdk-truth.ts';
import { PYTHON_TRUTH } from './python-truth.ts';

/** Calls that a provider answered, and so bills, while a fixture was recorded. */
export interface ProviderCalls {
  readonly calls: number;
  readonly provider: string;
  readonly kind: 'inference' | 'embeddings';
  /** Of each call. Where the client left a stream early this is what the whole stream would have cost. */
  readonly usage: TokenUsage;
}

/** What really happened while a fixture was recorded. */
export interface RecordedTruth {
  readonly answered: readonly ProviderCalls[];
  /** Calls that the provider refused, which cost nothing. */
  readonly refused: number;
}

function openAiChat(calls: number): ProviderCalls {
  return {
    calls,
    provider: 'openai',
    kind: 'inference',
    usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
  };
}

function openAiEmbeddings(input: number): ProviderCalls {
  return { calls: 1, provider: 'openai', kind: 'embeddings', usage: { input } };
}

function claude(calls: number, provider = 'anthropic'): ProviderCalls {
  return {
    calls,
    provider,
    kind: 'inference',
    usage: { input: 176, cacheRead: 1024, cacheWrite5m: 500, cacheWrite1h: 12, output: 350 },
  };
}

/** One run of the OpenAI SDK through all of its ways to ask; twice the provider refuses. */
const OPENAI_SDK_RUN: RecordedTruth = { answered: [openAiChat(9), openAiEmbeddings(84)], refused: 2 };
/** One run of the Anthropic SDK; once a stream is left early, and once the provider refuses. */
const ANTHROPIC_SDK_RUN: RecordedTruth = { answered: [claude(5)], refused: 1 };
const BEDROCK_RUN: RecordedTruth = { answered: [claude(3, 'aws.bedrock')], refused: 0 };
const AI_SDK_RUN: RecordedTruth = { answered: [openAiChat(5), claude(2), openAiEmbeddings(42)], refused: 0 };
/** Also leaves a stream early, embeds two texts at once and is refused, once with a second attempt. */
const AI_SDK_7_RUN: RecordedTruth = {
  answered: [openAiChat(6), claude(2), openAiEmbeddings(42), openAiEmbeddings(84)],
  refused: 3,
};

/** By the name of the fixture. */
export const RECORDED_TRUTH: Readonly<Record<string, RecordedTruth>> = {
  'aisdk-v4__experimental_telemetry': AI_SDK_RUN,
  'aisdk-v6__experimental_telemetry': AI_SDK_RUN,
  'aisdk-v7__LegacyOpenTelemetry': AI_SDK_7_RUN,
  'aisdk-v7__OpenTelemetry': AI_SDK_7_RUN,
  'anthropic-sdk-native': ANTHROPIC_SDK_RUN,
  'langchain-oi__plus__openai-oi__same-call-twice': { answered: [openAiChat(3)], refused: 0 },
  langchain__traceloop: { answered: [openAiChat(3), openAiEmbeddings(42)], refused: 1 },
  'langfuse-v5': { answered: [openAiChat(4), openAiEmbeddings(42)], refused: 1 },
  'openai__otel-plus-undici': { answered: [openAiChat(2)], refused: 0 },
  'openinference-anthropic': ANTHROPIC_SDK_RUN,
  'openinference-bedrock': BEDROCK_RUN,
  'openinference-openai__openai': OPENAI_SDK_RUN,
  'openlit-openai': OPENAI_SDK_RUN,
  'otel-instrumentation-openai__openai': OPENAI_SDK_RUN,
  'otel-instrumentation-openai__openai-v7': OPENAI_SDK_RUN,
  'traceloop-anthropic__sdk-0.80': ANTHROPIC_SDK_RUN,
  'traceloop-bedrock': BEDROCK_RUN,
  'traceloop-node-server-sdk': { answered: [openAiChat(2)], refused: 0 },
  'traceloop-openai__openai': OPENAI_SDK_RUN,
  'traceloop-openai__openai-v7': OPENAI_SDK_RUN,
  ...AGENT_TRUTH,
  ...FRAMEWORK_TRUTH,
  ...GATEWAY_TRUTH,
  ...PROVIDER_SDK_TRUTH,
  ...PYTHON_TRUTH,
};
