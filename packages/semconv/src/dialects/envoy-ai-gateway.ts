import type { Dialect } from '../dialect.ts';
import { readGenAiSpan } from '../gen-ai-call.ts';
import { refineCall } from '../refine-call.ts';
import type { SpanReading } from '../span-reading.ts';
import type { SpanView } from '../span-view.ts';
import { openInference } from './openinference.ts';

const NAME = 'envoy-ai-gateway';

/** What Anthropic's Messages API says where OpenAI's APIs say `stop`, `length` or `tool_calls`. */
const ANTHROPIC_STOP_REASONS: ReadonlySet<unknown> = new Set([
  'end_turn',
  'max_tokens',
  'model_context_window_exceeded',
  'pause_turn',
  'refusal',
  'stop_sequence',
  'tool_use',
]);

/**
 * Envoy AI Gateway: one span for each request, whatever the upstream retries, in OpenInference's names or, since
 * 1.1 if it is configured, in those of OpenTelemetry.
 *
 * - OpenInference: input contains the cache in every API. `llm.system` is the API that the client spoke and not the
 *   provider behind it, so that the model's name has to tell the provider.
 * - OpenTelemetry: input contains the cache, except in the Messages API, whose counts are copied as they are. The
 *   provider is that of the backend.
 * - Counting tokens runs no model.
 *
 * @see https://github.com/envoyproxy/ai-gateway/tree/v1.1.0/internal/tracing
 */
export const envoyAiGateway: Dialect = {
  name: NAME,
  ownsScope: (scopeName) => scopeName === 'envoyproxy/ai-gateway',
  read(span) {
    const openInferenceKind = span.attribute('openinference.span.kind');
    if (openInferenceKind === undefined) return readOpenTelemetry(span);
    if (openInferenceKind === 'TOKEN_COUNTER') return { kind: 'tool', dialect: NAME };
    return refineCall(openInference.read(span), () => ({ dialect: NAME, provider: undefined }));
  },
};

function readOpenTelemetry(span: SpanView): SpanReading | undefined {
  if (span.attribute('gen_ai.operation.name') === 'tokenize') return { kind: 'tool', dialect: NAME };
  return readGenAiSpan(span, {
    dialect: NAME,
    inputIncludesCache: !isMessagesApi(span),
    outputIncludesReasoning: true,
  });
}

function isMessagesApi(span: SpanView): boolean {
  const reasons = span.attribute('gen_ai.response.finish_reasons');
  return Array.isArray(reasons) && ANTHROPIC_STOP_REASONS.has(reasons[0]);
}
