import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';

const meaning: GenAiMeaning = {
  dialect: 'anthropic-sdk',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts: (span) => ({
    cacheWrite5m: count(span, 'anthropic.usage.cache_creation.ephemeral_5m_input_tokens'),
    cacheWrite1h: count(span, 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens'),
  }),
};

/**
 * `@anthropic-ai/sdk` from 0.134, which writes spans by itself whenever a tracer provider is registered. Input
 * is inclusive, and the cache writes are split by lifetime under Anthropic's own names.
 */
export const anthropicSdk: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName === 'com.anthropic.sdk.typescript',
  read(span) {
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call') return reading;
    const serviceTier = text(span, 'anthropic.response.service_tier');
    return { kind: 'model_call', call: { ...reading.call, serviceTier } };
  },
};
