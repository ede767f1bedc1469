import type { Dialect } from '../dialect.ts';
import { readGenAiSpan } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import { uncountedCache } from '../uncounted-cache.ts';

const NAME = 'kong';

/**
 * Kong AI Gateway 3.13 and later: a span `kong.gen_ai` for a request to a model, beneath `kong` and the span of the
 * AI Proxy plugin, which have no such attributes. It states no cached tokens, nor Gemini's thoughts; an answer that calls a tool names the tool on the call's own span.
 *
 * @see https://developer.konghq.com/ai-gateway/llm-open-telemetry/
 * @see Kong's `opentelemetry` plugin, which exports every span in the scope `kong-internal`
 */
export const kong: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'kong-internal',
  read(span) {
    const reading = readGenAiSpan(span, {
      dialect: NAME,
      inputIncludesCache: true,
      outputIncludesReasoning: true,
    });
    return refineCall(reading, (call) => uncountedCache(span, call));
  },
};
