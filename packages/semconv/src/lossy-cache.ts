import type { ModelCall } from '@costspan/cost-model';
import { count } from './gen-ai-call.ts';
import type { SpanView } from './span-view.ts';

/** For providers that state no shortest prompt: xAI's example of a cached prompt has 125 tokens, 98 of them cached. */
const UNSTATED_TOKENS_MIN = 64;

/**
 * Providers that cache prompts without being asked to, with the shortest prompt of which they cache a part. An
 * instrumentation that names none reports OpenAI's.
 *
 * @see https://platform.openai.com/docs/guides/prompt-caching
 * @see https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching
 * @see https://api-docs.deepseek.com/guides/kv_cache
 * @see https://docs.x.ai/developers/advanced-api-usage/prompt-caching/usage-and-pricing
 * @see https://forum.moonshot.ai/t/context-caching-upgrade-5-min-1-hour-ttl-options/613
 * @see https://console.groq.com/docs/prompt-caching
 * @see https://openrouter.ai/docs/guides/best-practices/prompt-caching
 * @see https://docs.z.ai/guides/capabilities/cache
 * @see https://docs.bigmodel.cn/cn/guide/capabilities/cache
 * @see https://docs.fireworks.ai/guides/prompt-caching
 * @see https://platform.minimax.io/docs/api-reference/text-prompt-caching
 * @see https://www.alibabacloud.com/help/en/model-studio/context-cache
 */
const CACHED_PROMPT_TOKENS_MIN: ReadonlyMap<string | undefined, number> = new Map([
  [undefined, 1024],
  ['openai', 1024],
  ['azure.ai.openai', 1024],
  ['gcp.gemini', 1024],
  ['gcp.vertex_ai', 1024],
  ['mistral_ai', 64],
  ['deepseek', 64],
  ['groq', 128],
  ['alibaba', 256],
  ['minimax', 512],
  ['x_ai', UNSTATED_TOKENS_MIN],
  ['moonshot_ai', UNSTATED_TOKENS_MIN],
  ['openrouter', UNSTATED_TOKENS_MIN],
  // Routers, by the providers behind them.
  ['gateway', UNSTATED_TOKENS_MIN],
  ['huggingface', UNSTATED_TOKENS_MIN],
  ['azure.ai.inference', 1024],
  ['github-models', 1024],
  ['zai', UNSTATED_TOKENS_MIN],
  ['zhipuai', UNSTATED_TOKENS_MIN],
  ['fireworks_ai', UNSTATED_TOKENS_MIN],
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
  return CACHE_COUNTS.some((key) => count(span, key) !== undefined);
}

const CACHE_COUNTS = [
  'gen_ai.usage.cache_read.input_tokens',
  'gen_ai.usage.cache_creation.input_tokens',
  'gen_ai.usage.cache_write.input_tokens',
  'gen_ai.usage.cache_read_input_tokens',
  'gen_ai.usage.cache_creation_input_tokens',
] as const;

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
