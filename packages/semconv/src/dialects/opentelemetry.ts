import type { Dialect } from '../dialect.ts';
import { readGenAiSpan, text } from '../gen-ai-call.ts';

/**
 * OpenTelemetry's GenAI conventions as they are written by `@opentelemetry/instrumentation-openai`,
 * `instrumentation-aws-sdk` and everything that follows the specification without a dialect of its own.
 *
 * Input contains the cache as the specification asks, except from `instrumentation-aws-sdk`, which copies
 * Bedrock's own count.
 */
export const openTelemetry: Dialect = {
  name: 'opentelemetry',
  markers: ['gen_ai.operation.name', 'gen_ai.request.model', 'gen_ai.system', 'gen_ai.provider.name'],
  read(span) {
    if (text(span, 'mcp.method.name') !== undefined) return { kind: 'tool', dialect: 'opentelemetry' };
    return readGenAiSpan(span, {
      dialect: 'opentelemetry',
      inputIncludesCache: span.scopeName !== '@opentelemetry/instrumentation-aws-sdk',
      outputIncludesReasoning: true,
    });
  },
};
