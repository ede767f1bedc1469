import type { Dialect } from '../dialect.ts';
import { count, type GenAiMeaning, readGenAiSpan } from '../gen-ai-call.ts';

const meaning: GenAiMeaning = {
  dialect: 'ai-sdk-v7',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
  ownCounts: (span) => ({ reasoning: count(span, 'ai.usage.outputTokenDetails.reasoningTokens') }),
};

/**
 * AI SDK 7 with `@ai-sdk/otel`: `invoke_agent` ⊃ `step` ⊃ `chat` and `execute_tool`, where only `chat` is a
 * call. Counts are inclusive for every provider; reasoning is told only in the supplemental `ai.usage.*` names.
 */
export const aiSdk: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName === 'gen_ai',
  read: (span) => readGenAiSpan(span, meaning),
};
