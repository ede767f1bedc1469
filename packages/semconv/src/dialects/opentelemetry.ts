import type { Dialect } from '../dialect.ts';
import { type GenAiMeaning, readGenAiSpan } from '../gen-ai-call.ts';
import { mayCountCachedAsUncached } from '../lossy-cache.ts';

const meaning: GenAiMeaning = {
  dialect: 'opentelemetry',
  inputIncludesCache: true,
  outputIncludesReasoning: true,
};

/**
 * OpenTelemetry's GenAI conventions, by whoever has no dialect of its own. Input contains the cache, and output the
 * reasoning, as the specification asks. Names from before v1.40 cannot tell what was read from the cache.
 *
 * A span of the Model Context Protocol calls a tool or a server, and what that server asks the client to sample has a
 * span of its own inside.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export const openTelemetry: Dialect = {
  name: meaning.dialect,
  // A call has one of these by which it is read; a provider alone would not do.
  markers: ['gen_ai.operation.name', 'gen_ai.request.model', 'gen_ai.response.model'],
  read(span) {
    if (span.attribute('mcp.method.name') !== undefined) return { kind: 'tool', dialect: meaning.dialect };
    const reading = readGenAiSpan(span, meaning);
    if (reading?.kind !== 'model_call' || reading.call.usageIncomplete !== undefined) return reading;
    if (!mayCountCachedAsUncached(span, reading.call)) return reading;
    return { kind: 'model_call', call: { ...reading.call, usageIncomplete: 'upper_bound' } };
  },
};
