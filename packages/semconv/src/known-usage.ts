import { type ModelCall, pricedModel, type TokenUsage } from '@costspan/cost-model';

const DEARER_CACHE_WRITES = /gpt-(?:5\.[6-9]|[6-9])/i;

/**
 * A call with no more than what is known of its usage, whatever dialect it was read from.
 *
 * - Zero everywhere is what instrumentations and model servers write when they know nothing; every call takes something
 *   in. Only Anthropic states it of a refusal, which it does not bill.
 * - Anthropic bills a cache write of an hour at twice the input's price and one of five minutes at 1.25 times. Where the
 *   lifetime is not stated it is priced as the shorter one, which makes the figure the least that it cost.
 * - OpenAI bills cache writes from GPT-5.6 on at more than the input's price and makes them unasked, so that a figure
 *   which does not know the cache is no upper bound there.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function withKnownUsage(call: ModelCall): ModelCall {
  const { usage } = call;
  if (usage === undefined) return call;
  if (isZero(usage) && !isUnbilledRefusal(call))
    return { ...call, usage: undefined, usageIncomplete: undefined };
  if (call.usageIncomplete === 'upper_bound' && DEARER_CACHE_WRITES.test(pricedModel(call) ?? '')) {
    return { ...call, usageSource: 'estimated', usageIncomplete: undefined };
  }
  if ((usage.cacheWrite ?? 0) === 0 || call.usageSource === 'estimated' || !isOfAnthropic(call)) return call;
  return call.usageIncomplete === 'upper_bound'
    ? { ...call, usageSource: 'estimated', usageIncomplete: undefined }
    : { ...call, usageIncomplete: 'lower_bound' };
}

function isUnbilledRefusal(call: ModelCall): boolean {
  return call.usageSource === 'wire' && isOfAnthropic(call);
}

function isZero(usage: TokenUsage): boolean {
  for (const bucket in usage) if ((usage[bucket as keyof TokenUsage] ?? 0) > 0) return false;
  return true;
}

function isOfAnthropic(call: ModelCall): boolean {
  return call.provider === 'anthropic' || /claude/i.test(pricedModel(call) ?? '');
}
