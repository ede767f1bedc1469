import { type ModelCall, pricedModel, type TokenUsage } from '@costspan/cost-model';

/**
 * A call with no more than what is known of its usage, whatever dialect it was read from.
 *
 * - Zero everywhere is what instrumentations write when they were told nothing; every call takes something in.
 * - Anthropic bills a cache write of an hour at twice the input's price and one of five minutes at 1.25 times. Where the
 *   lifetime is not stated it is priced as the shorter one, which makes the figure the least that it cost.
 *
 * @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
export function withKnownUsage(call: ModelCall): ModelCall {
  const { usage } = call;
  if (usage === undefined) return call;
  if (isZero(usage)) return { ...call, usage: undefined, usageIncomplete: undefined };
  if ((usage.cacheWrite ?? 0) === 0 || call.usageSource === 'estimated' || !isOfAnthropic(call)) return call;
  return call.usageIncomplete === 'upper_bound'
    ? { ...call, usageSource: 'estimated', usageIncomplete: undefined }
    : { ...call, usageIncomplete: 'lower_bound' };
}

function isZero(usage: TokenUsage): boolean {
  for (const bucket in usage) if ((usage[bucket as keyof TokenUsage] ?? 0) > 0) return false;
  return true;
}

function isOfAnthropic(call: ModelCall): boolean {
  return call.provider === 'anthropic' || /claude/i.test(pricedModel(call) ?? '');
}
