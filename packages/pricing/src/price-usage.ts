import {
  type AppliedPrice,
  type PricedLine,
  type PriceResult,
  type TokenUsage,
  USAGE_BUCKETS,
  type UsageBucket,
} from '@costspan/cost-model';
import { addLines, type CompiledRates, isBillable, isToken } from './compiled-rates.ts';
import { unpriced } from './unpriced-usage.ts';

/** Tools are billed beside the model, so that a search without a rate leaves the call without a price. */
const TOOL_BUCKETS: ReadonlySet<string> = new Set(
  (Object.keys(USAGE_BUCKETS) as UsageBucket[]).filter((bucket) => USAGE_BUCKETS[bucket].unit === 'search'),
);

/**
 * Prices each bucket once at its rate, in the order of the usage. The total is the sum of the lines, or there
 * is no price at all.
 *
 * A call is one request: where requests have a fee, one is billed though usage does not count them, and where
 * they have none they are free. A call that failed before it used anything pays no fee. Images, seconds, characters and pages without a rate only describe a call
 * whose model is billed by the tokens that it reports.
 */
export function priceUsage(
  price: AppliedPrice,
  rates: CompiledRates,
  usage: TokenUsage,
  failed: boolean = false,
): PriceResult {
  const lines: PricedLine[] = [];
  let totalPico = 0;
  let describing: string | undefined;
  for (const bucket in usage) {
    const quantity = usage[bucket as UsageBucket];
    if (quantity === undefined || quantity === 0) continue;
    const rate = rates.byBucket.get(bucket);
    if (!isBillable(quantity, bucket)) {
      return unpriced('usage_missing', `${bucket} is ${String(quantity)}, which is no quantity`);
    }
    if (rate === undefined) {
      if (!describesOnly(bucket, rates)) {
        return unpriced('rate_missing', rates.undetermined.get(bucket) ?? bucket);
      }
      if (bucket !== 'requests') describing = bucket;
      continue;
    }
    totalPico += addLines(lines, quantity, rate);
  }
  if (describing !== undefined && !lines.some(({ rate }) => rate.unit === 'token')) {
    return unpriced('rate_missing', describing);
  }
  if (lines.length === 0 && !reportsPricedBucket(rates, usage)) return unpriced('usage_missing');
  if (usage.requests === undefined && !(failed && lines.length === 0)) {
    const fee = rates.byBucket.get('requests');
    if (fee !== undefined) totalPico += addLines(lines, 1, fee);
    else if (rates.undetermined.has('requests')) {
      return unpriced('rate_missing', rates.undetermined.get('requests'));
    }
  }
  if (totalPico > Number.MAX_SAFE_INTEGER) return unpriced('amount_out_of_range');
  return { status: 'priced', price, lines, totalPico };
}

function describesOnly(bucket: string, rates: CompiledRates): boolean {
  if (rates.undetermined.has(bucket) || !Object.hasOwn(USAGE_BUCKETS, bucket)) return false;
  if (bucket === 'requests') return true;
  return rates.pricesTokens && !isToken(bucket as UsageBucket) && !TOOL_BUCKETS.has(bucket);
}

/** Zero tokens of a model that is billed by the second are not a price of zero: the seconds are unknown. */
function reportsPricedBucket(rates: CompiledRates, usage: TokenUsage): boolean {
  return Object.entries(usage).some(
    ([bucket, quantity]) => quantity !== undefined && rates.byBucket.has(bucket),
  );
}
