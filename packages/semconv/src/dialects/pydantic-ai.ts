import type { ReportedCounts } from '../disjoint-usage.ts';
import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan } from '../gen-ai-call.ts';
import { mayCountCachedAsUncached } from '../lossy-cache.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanView } from '../span-view.ts';

const NAME = 'pydantic-ai';

const meaning: GenAiMeaning = {
  dialect: NAME,
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts,
};

/**
 * Pydantic AI 1 and 2: a `chat` span for each request to a model, inclusive for every provider, within the span of
 * the agent's run. A run's totals stand under `gen_ai.aggregated_usage.*`, in older versions under the names of a call
 * on a span `agent run` without an operation. Counts of zero are left out. `operation.cost` is worked out from the
 * table of the package `genai-prices`, and so is not the provider's.
 *
 * @see `pydantic_ai/usage.py` of pydantic-ai-slim 1.0.0 and 2.68.0
 */
export const pydanticAi: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'pydantic-ai',
  read(span) {
    if (span.attribute('gen_ai.operation.name') === undefined) return withoutOperation(span);
    return refineCall(readGenAiSpan(span, meaning), (call) =>
      losesCachedTokens(span.scopeVersion) && !knowsCache(span) && mayCountCachedAsUncached(span, call)
        ? { usageIncomplete: 'upper_bound' }
        : {},
    );
  },
};

/** Before 2.0 only the requests to models named their operation; `running tools` groups spans and is none itself. */
function withoutOperation(span: SpanView): ReturnType<Dialect['read']> {
  if (span.attribute('gen_ai.tool.name') !== undefined) return { kind: 'tool', dialect: NAME };
  const isRun = span.attribute('model_name') !== undefined || span.attribute('agent_name') !== undefined;
  return isRun ? { kind: 'aggregate', dialect: NAME } : undefined;
}

/** Details are parts of the counts; the cache's own attributes repeat some of them. */
function ownCounts(span: SpanView): Partial<ReportedCounts> {
  return {
    cacheRead:
      count(span, 'gen_ai.usage.cache_read.input_tokens') ??
      count(span, 'gen_ai.usage.details.cache_read_tokens') ??
      count(span, 'gen_ai.usage.details.cache_read_input_tokens'),
    cacheWrite:
      count(span, 'gen_ai.usage.cache_creation.input_tokens') ??
      count(span, 'gen_ai.usage.details.cache_write_tokens') ??
      count(span, 'gen_ai.usage.details.cache_creation_input_tokens'),
    inputAudio: count(span, 'gen_ai.usage.details.input_audio_tokens'),
    cacheReadAudio: count(span, 'gen_ai.usage.details.cache_audio_read_tokens'),
    outputAudio: count(span, 'gen_ai.usage.details.output_audio_tokens'),
    reasoning:
      count(span, 'gen_ai.usage.details.reasoning_tokens') ??
      count(span, 'gen_ai.usage.details.thoughts_tokens'),
  };
}

function knowsCache(span: SpanView): boolean {
  const { cacheRead, cacheWrite } = ownCounts(span);
  return cacheRead !== undefined || cacheWrite !== undefined;
}

/** Up to 1.2 the cached tokens of OpenAI's and Google's answers did not reach the span. */
function losesCachedTokens(version: string | undefined): boolean {
  return version !== undefined && /^(?:0\.|1\.[0-2](?:\.|$))/.test(version);
}
