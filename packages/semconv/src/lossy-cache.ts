import type { ModelCall } from '@costspan/cost-model';
import type { SpanView } from './span-view.ts';

/**
 * Providers that cache prompts without being asked to, with the shortest prompt of which they cache a part. An
 * instrumentation that names none reports OpenAI's.
 *
 * @see https://platform.openai.com/docs/guides/prompt-caching
 * @see https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching
 * @see https://api-docs.deepseek.com/guides/kv_cache
 */
const CACHED_PROMPT_TOKENS_MIN: ReadonlyMap<string | undefined, number> = new Map([
  [undefined, 1024],
  ['openai', 1024],
  ['azure.ai.openai', 1024],
  ['gcp.gemini', 1024],
  ['gcp.vertex_ai', 1024],
  ['mistral_ai', 64],
  ['deepseek', 64],
]);

/**
 * True when tokens that were read from a cache can be among the call's uncached ones: the provider's input contains
 * them, and the instrumentation does not pass on how many they are.
 */
export function mayCountCachedAsUncached(span: SpanView, call: ModelCall): boolean {
  const tokensMin = CACHED_PROMPT_TOKENS_MIN.get(call.provider);
  return (
    tokensMin !== undefined &&
    call.operation !== 'embeddings' &&
    (call.usage?.input ?? 0) >= tokensMin &&
    !reportsCache(span)
  );
}

/** Whether a span states how many tokens were read from or written to a cache, be it none. */
export function reportsCache(span: SpanView): boolean {
  return (
    span.attribute('gen_ai.usage.cache_read.input_tokens') !== undefined ||
    span.attribute('gen_ai.usage.cache_creation.input_tokens') !== undefined ||
    span.attribute('gen_ai.usage.cache_write.input_tokens') !== undefined ||
    span.attribute('gen_ai.usage.cache_read_input_tokens') !== undefined ||
    span.attribute('gen_ai.usage.cache_creation_input_tokens') !== undefined
  );
}

/**
 * Families on Amazon Bedrock that cache no prompts; Claude's and Nova's do, and an inference profile's ARN names none.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
 */
const UNCACHED_ON_BEDROCK = /titan|llama|cohere|mistral|ai21|embed|rerank/i;

/** True when Bedrock can have read a part of the call's prompt from a cache, which its input then leaves out. */
export function mayCacheOnBedrock(call: ModelCall): boolean {
  return !UNCACHED_ON_BEDROCK.test(call.requestModel ?? call.responseModel ?? '');
}
