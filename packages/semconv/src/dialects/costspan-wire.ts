import type { Dialect } from '../dialect.ts';
import { type GenAiMeaning, readGenAiSpan } from '../gen-ai-call.ts';

const meaning: GenAiMeaning = {
  dialect: 'costspan-wire',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};

/**
 * Spans that `@costspan/instrumentation` writes of calls that no other instrumentation has a span for. The provider is
 * named by the host that was called; the usage follows from the wire report.
 */
export const costspanWire: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName === '@costspan/instrumentation',
  read: (span) => readGenAiSpan(span, meaning),
};
