import type { Dialect } from '../dialect.ts';
import { disjointUsage } from '../disjoint-usage.ts';
import { count, readGenAiSpan, text } from '../gen-ai-call.ts';

const meaning = { dialect: 'anthropic-sdk', inputIncludesCache: true, outputIncludesReasoning: true };

/**
 * `@anthropic-ai/sdk` from 0.134, which writes spans by itself whenever a tracer provider is registered. Input
 * is inclusive, and the cache writes are split by lifetime under Anthropic's own names.
 */
export const anthropicSdk: Dialect = {
  name: meaning.dialect,
  recognises: (span) => span.scopeName === 'com.anthropic.sdk.typescript',
  read(span) {
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call') return reading;
    const usage = disjointUsage({
      input: count(span, 'gen_ai.usage.input_tokens'),
      cacheRead: count(span, 'gen_ai.usage.cache_read.input_tokens'),
      cacheWrite: count(span, 'gen_ai.usage.cache_write.input_tokens'),
      cacheWrite5m: count(span, 'anthropic.usage.cache_creation.ephemeral_5m_input_tokens'),
      cacheWrite1h: count(span, 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens'),
      output: count(span, 'gen_ai.usage.output_tokens'),
      reasoning: count(span, 'gen_ai.usage.reasoning.output_tokens'),
      inputIncludesCache: true,
      outputIncludesReasoning: true,
    });
    const serviceTier = text(span, 'anthropic.response.service_tier');
    return { kind: 'model_call', call: { ...reading.call, usage, serviceTier } };
  },
};
