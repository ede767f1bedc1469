import type { ModelCall } from '@costspan/cost-model';
import { trustWithoutDetails, type UsageTrust } from './gemini-usage.ts';
import { mayCacheOnBedrock, mayCountCachedAsUncached, reportsCache } from './lossy-cache.ts';
import type { SpanView } from './span-view.ts';

/**
 * What the counts of a gateway that passes on none of the cache still tell. Anthropic and Bedrock count the cache
 * beside their input, so that its tokens are missing; elsewhere the input contains them. Gemini's output lacks the
 * thoughts, too.
 */
export function uncountedCache(span: SpanView, call: ModelCall): UsageTrust {
  if (call.usage === undefined || reportsCache(span)) return {};
  if (countsCacheBeside(call)) return { usageIncomplete: 'lower_bound' };
  if (call.provider === 'aws.bedrock') return {};
  if (call.provider?.startsWith('gcp.') === true) {
    return trustWithoutDetails(call, call.usage.reasoning !== undefined);
  }
  return mayCountCachedAsUncached(span, call) ? { usageIncomplete: 'upper_bound' } : {};
}

/** Claude on Vertex AI answers as it does at Anthropic. */
function countsCacheBeside(call: ModelCall): boolean {
  if (call.provider === 'aws.bedrock') return mayCacheOnBedrock(call);
  const isClaude = (call.responseModel ?? call.requestModel ?? '').includes('claude');
  return call.provider === 'anthropic' || (call.provider === 'gcp.vertex_ai' && isClaude);
}
