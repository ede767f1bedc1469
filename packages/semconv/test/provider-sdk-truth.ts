import type { TokenUsage } from '@costspan/cost-model';
import type { ProviderCalls, RecordedTruth } from './recorded-truth.ts';

function calls(provider: string, ...usages: readonly TokenUsage[]): ProviderCalls[] {
  return usages.map((usage) => ({ calls: 1, provider, kind: 'inference', usage }));
}

function embeddings(provider: string, input: number): ProviderCalls {
  return { calls: 1, provider, kind: 'embeddings', usage: { input } };
}

/**
 * Converse: plain, cached, in the flex tier, a tool call and the answer after it, streamed and cached, streamed and left
 * early. Then Claude's own body: plain, cached, streamed, streamed and cached. One request is refused.
 */
const BEDROCK_RUN: RecordedTruth = {
  answered: calls(
    'aws.bedrock',
    { input: 7, output: 322 },
    { input: 6, cacheWrite5m: 2072, output: 986 },
    { input: 6, output: 147 },
    { input: 12, output: 104 },
    { input: 34, output: 946 },
    { input: 7, cacheWrite5m: 2072, output: 847 },
    { input: 7, output: 103 },
    { input: 8, output: 470 },
    { input: 7, cacheWrite5m: 2075, output: 186 },
    { input: 9, output: 124 },
    { input: 6, cacheWrite5m: 2074, output: 2000 },
  ),
  refused: 1,
};

/** Version 1 of the API: plain, streamed, streamed and left early, a ranking, an embedding; then chats of version 2. */
const COHERE_RUN: RecordedTruth = {
  answered: [
    ...calls(
      'cohere',
      { input: 2072, output: 235 },
      { input: 2073, output: 101 },
      { input: 2073, output: 149 },
      { rerankSearches: 1 },
      { input: 2073, output: 246 },
      { input: 2074, output: 269 },
      { rerankSearches: 1 },
    ),
    embeddings('cohere', 3),
  ],
  refused: 1,
};

/** Plain, in the flex tier, with a function call, streamed, streamed and left early, by a chat, an embedding. */
const GOOGLE_GENAI_RUN: RecordedTruth = {
  answered: [
    ...calls(
      'gcp.gemini',
      { input: 2074, output: 191, reasoning: 216 },
      { input: 793, cacheRead: 1280, output: 183, reasoning: 213 },
      { input: 1310, cacheRead: 768, output: 44, reasoning: 260 },
      { input: 922, cacheRead: 1152, output: 147, reasoning: 619 },
      { input: 2074, output: 281 },
      { input: 665, cacheRead: 1408, output: 178, reasoning: 263 },
    ),
    embeddings('gcp.gemini', 6),
  ],
  refused: 1,
};

/** Plain, cached, a tool call and the answer after it, streamed, streamed and left early, an embedding. */
const MISTRAL_RUN: RecordedTruth = {
  answered: [
    ...calls(
      'mistral_ai',
      { input: 2073, output: 242 },
      { input: 1305, cacheRead: 768, output: 614 },
      { input: 13, output: 36 },
      { input: 33, output: 42 },
      { input: 2074, output: 167 },
      { input: 2074, output: 467 },
    ),
    embeddings('mistral_ai', 6),
  ],
  refused: 1,
};

/** What the provider emulator served while the SDKs of single providers were recorded. */
export const PROVIDER_SDK_TRUTH: Readonly<Record<string, RecordedTruth>> = {
  'mistral-sdk-native': MISTRAL_RUN,
  'openinference-bedrock__streams-and-cache': BEDROCK_RUN,
  'openlit-bedrock': BEDROCK_RUN,
  'openlit-cohere': COHERE_RUN,
  'openlit-google-generative-ai': {
    answered: [
      ...calls(
        'gcp.gemini',
        { input: 2074, output: 212, reasoning: 23 },
        { input: 1178, cacheRead: 896, output: 959 },
      ),
      embeddings('gcp.gemini', 3),
    ],
    refused: 0,
  },
  'openlit-mistral': MISTRAL_RUN,
  'otel-aws-sdk-bedrock': BEDROCK_RUN,
  'sentry-google-genai': GOOGLE_GENAI_RUN,
  'traceloop-bedrock__streams-and-cache': BEDROCK_RUN,
  'traceloop-cohere': COHERE_RUN,
  'traceloop-google-genai__genai-1': GOOGLE_GENAI_RUN,
};
