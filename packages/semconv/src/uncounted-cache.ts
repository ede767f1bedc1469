import type { ModelCall, UsageBound } from '@costspan/cost-model';
import { mayCacheOnBedrock, mayCountCachedAsUncached, reportsCache } from './lossy-cache.ts';
import type { SpanView } from './span-view.ts';

/**
 * What the counts of a gateway that passes on none of the cache still tell. Anthropic and Bedrock count the cache
 * beside their input, so that its tokens are missing; elsewhere the input contains them.
 */
export function uncountedCache(span: SpanView, call: ModelCall): UsageBound | undefined {
  if (call.usage === undefined || reportsCache(span)) return undefined;
  if (call.provider === 'anthropic') return 'lower_bound';
  if (call.provider === 'aws.bedrock') return mayCacheOnBedrock(call) ? 'lower_bound' : undefined;
  return mayCountCachedAsUncached(span, call) ? 'upper_bound' : undefined;
}
