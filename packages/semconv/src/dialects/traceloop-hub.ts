import type { Dialect } from '../dialect.ts';
import { readGenAiSpan, text } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { reportedCost } from '../reported-cost.ts';
import { uncountedCache } from '../uncounted-cache.ts';

const NAME = 'traceloop-hub';

/**
 * Traceloop Hub: a client span `traceloop_hub.<operation>` for each request, with OpenAI's counts and no cached
 * ones; Anthropic's input is copied without its cache. A streamed answer is given zero tokens: the counts are
 * initialised and never filled in.
 *
 * @see https://github.com/traceloop/hub/blob/v0.9.1/src/pipelines/otel.rs
 */
export const traceloopHub: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'traceloop_hub',
  read(span) {
    const reading = readGenAiSpan(span, {
      dialect: NAME,
      inputIncludesCache: true,
      outputIncludesReasoning: true,
    });
    return refineCall(reading, (call) => ({
      operation: text(span, 'llm.request.type') === 'embeddings' ? 'embeddings' : call.operation,
      ...uncountedCache(span, call),
      reportedCost: reportedCost(span, undefined),
    }));
  },
};
