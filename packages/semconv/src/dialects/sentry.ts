import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanView } from '../span-view.ts';

const meaning: GenAiMeaning = {
  dialect: 'sentry',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts: (span) => ({
    cacheRead:
      count(span, 'gen_ai.usage.cache_read.input_tokens') ??
      count(span, 'gen_ai.usage.input_tokens.cached') ??
      count(span, 'gen_ai.usage.cache_read_input_tokens'),
    cacheWrite:
      count(span, 'gen_ai.usage.cache_creation.input_tokens') ??
      count(span, 'gen_ai.usage.input_tokens.cache_write') ??
      count(span, 'gen_ai.usage.cache_creation_input_tokens'),
    reasoning:
      count(span, 'gen_ai.usage.reasoning.output_tokens') ??
      count(span, 'gen_ai.usage.output_tokens.reasoning'),
    total: count(span, 'gen_ai.usage.total_tokens'),
  }),
};

/**
 * Sentry's AI integrations, as the OpenTelemetry SDK of version 10 and before passes their spans on; version 11 keeps
 * them to itself. Input contains the cache, as the total shows, for which Sentry adds up what is apart. An agent's
 * span adds up its calls and is an aggregate.
 *
 * Sources: `@sentry/core` 10.78.0, `@sentry/server-utils` 11.12.0, `@sentry/conventions` 0.32.0.
 */
export const sentry: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName.startsWith('@sentry/'),
  read: (span) =>
    refineCall(readGenAiSpan(span, meaning), (call) => ({
      usageIncomplete: call.usage !== undefined && isCutOff(span) ? 'lower_bound' : undefined,
    })),
};

/** A stream that was left early has the counts of its first events and no reason why it ended. */
function isCutOff(span: SpanView): boolean {
  return (
    span.attribute('gen_ai.response.streaming') === true &&
    span.attribute('gen_ai.response.finish_reasons') === undefined
  );
}
