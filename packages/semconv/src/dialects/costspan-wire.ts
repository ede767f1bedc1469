import type { Dialect } from '../dialect.ts';
import { callOperation, genAiCall, type GenAiMeaning, text } from '../gen-ai-call.ts';

const meaning: GenAiMeaning = {
  dialect: 'costspan-wire',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};

/**
 * Spans that `@costspan/instrumentation` writes of calls that no other instrumentation has a span for; each is a call.
 * The provider is named by the host that was called, and the usage follows from the wire report.
 */
export const costspanWire: Dialect = {
  name: meaning.dialect,
  ownsScope: (scopeName) => scopeName === '@costspan/instrumentation',
  read(span) {
    const operation = callOperation(text(span, 'gen_ai.operation.name') ?? '') ?? 'other';
    return { kind: 'model_call', call: genAiCall(span, operation, meaning) };
  },
};
