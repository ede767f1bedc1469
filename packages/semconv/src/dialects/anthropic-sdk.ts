import type { ModelCall, UsageBound } from '@costspan/cost-model';
import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan, text } from '../gen-ai-call.ts';
import type { SpanView } from '../span-view.ts';

const meaning: GenAiMeaning = {
  dialect: 'anthropic-sdk',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts(span) {
    const input = count(span, 'gen_ai.usage.input_tokens');
    const output = count(span, 'gen_ai.usage.output_tokens');
    const compactionInput = count(span, COMPACTION_INPUT);
    const compactionOutput = count(span, 'anthropic.usage.compaction.output_tokens');
    return {
      input: compactionInput === undefined ? input : (input ?? 0) + compactionInput,
      output: compactionOutput === undefined ? output : (output ?? 0) + compactionOutput,
      cacheWrite5m: count(span, 'anthropic.usage.cache_creation.ephemeral_5m_input_tokens'),
      cacheWrite1h: count(span, 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens'),
    };
  },
};

const COMPACTION_INPUT = 'anthropic.usage.compaction.input_tokens';

/**
 * Anthropic's own SDKs, which write spans by themselves whenever a tracer provider is registered
 * (`@anthropic-ai/sdk` from 0.134, `anthropic` for Python): a call is a span with operation `chat`, and every other
 * request, such as counting tokens, has a span without an operation.
 *
 * Input is inclusive, and the cache writes are split by lifetime under Anthropic's own names. What was used to compact
 * the context stands beside it: its tokens are added, as uncached ones.
 */
export const anthropicSdk: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName.startsWith('com.anthropic.sdk.'),
  read(span) {
    if (span.attribute('gen_ai.operation.name') === undefined)
      return { kind: 'tool', dialect: meaning.dialect };
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call') return reading;
    const { call } = reading;
    const serviceTier = text(span, 'anthropic.response.service_tier');
    return { kind: 'model_call', call: { ...call, serviceTier, usageIncomplete: boundOf(span, call) } };
  },
};

/** A stream that is left early never states its output; compaction does not tell how much of its input was cached. */
function boundOf(span: SpanView, { usage }: ModelCall): UsageBound | undefined {
  if (usage === undefined) return undefined;
  if (span.attribute('gen_ai.usage.output_tokens') === undefined) return 'lower_bound';
  return (count(span, COMPACTION_INPUT) ?? 0) > 0 ? 'upper_bound' : undefined;
}
