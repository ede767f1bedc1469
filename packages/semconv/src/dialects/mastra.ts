import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';

const meaning: GenAiMeaning = {
  dialect: 'mastra',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts: (span) => ({
    cacheWrite5m: count(span, 'gen_ai.usage.cache_creation.5m_input_tokens'),
    cacheWrite1h: count(span, 'gen_ai.usage.cache_creation.1h_input_tokens'),
    inputAudio: count(span, 'gen_ai.usage.audio_input_tokens'),
    outputAudio: count(span, 'gen_ai.usage.audio_output_tokens'),
  }),
};

/**
 * Mastra's `@mastra/otel-exporter` and the exporters and the bridge that build on it: `invoke_agent` ⊃
 * `model_generation` ⊃ `agent_step` ⊃ `chat`, of which only `chat` has usage. Counts are inclusive; one of AI SDK 5's
 * Anthropic models, whose input leaves the cache out, shows by cached parts that do not fit. Response ids are not
 * passed on, and a failed call has no error but the reason for which it finished.
 *
 * Sources: `@mastra/otel-exporter` 1.4.0, `@mastra/observability` 1.17.9.
 */
export const mastra: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName.startsWith('@mastra/'),
  read(span) {
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call' || reading.call.errorType !== undefined) return reading;
    if (text(span, 'gen_ai.response.finish_reasons') !== '["error"]') return reading;
    return { kind: 'model_call', call: { ...reading.call, errorType: '_OTHER' } };
  },
};
