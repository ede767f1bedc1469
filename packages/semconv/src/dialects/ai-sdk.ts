import type { Dialect } from '../dialect.ts';
import { disjointUsage } from '../disjoint-usage.ts';
import { count, readGenAiSpan } from '../gen-ai-call.ts';

const meaning = { dialect: 'ai-sdk-v7', inputIncludesCache: true, outputIncludesReasoning: true };

/**
 * AI SDK 7 with `@ai-sdk/otel`: `invoke_agent` ⊃ `step` ⊃ `chat` and `execute_tool`, where only `chat` is a
 * call. Counts are inclusive for every provider; reasoning is told only in the supplemental `ai.usage.*` names.
 */
export const aiSdk: Dialect = {
  name: meaning.dialect,
  recognises: (span) => span.scopeName === 'gen_ai',
  read(span) {
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call') return reading;
    const reasoning = count(span, 'ai.usage.outputTokenDetails.reasoningTokens');
    if (reasoning === undefined || reading.call.usage === undefined) return reading;
    const usage = disjointUsage({
      input: count(span, 'gen_ai.usage.input_tokens'),
      cacheRead: count(span, 'gen_ai.usage.cache_read.input_tokens'),
      cacheWrite: count(span, 'gen_ai.usage.cache_creation.input_tokens'),
      output: count(span, 'gen_ai.usage.output_tokens'),
      reasoning,
      inputIncludesCache: true,
      outputIncludesReasoning: true,
    });
    return { kind: 'model_call', call: { ...reading.call, usage } };
  },
};
