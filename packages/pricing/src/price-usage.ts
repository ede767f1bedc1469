import type { AppliedPrice, PricedLine, PriceResult, TokenUsage, UsageBucket } from '@costspan/cost-model';
import { type CompiledRates, isBillable, priceLine } from './compiled-rates.ts';
import { unpriced } from './unpriced-usage.ts';

/**
 * Prices each bucket once at its rate, in the order of the usage. The total is the sum of the lines, or there
 * is no price at all.
 */
export function priceUsage(price: AppliedPrice, rates: CompiledRates, usage: TokenUsage): PriceResult {
  const lines: PricedLine[] = [];
  let totalPico = 0;
  for (const bucket in usage) {
    const quantity = usage[bucket as UsageBucket];
    if (quantity === undefined || quantity === 0) continue;
    const rate = rates.get(bucket);
    if (rate === undefined) return unpriced('rate_missing', bucket);
    if (!isBillable(quantity, rate)) {
      return unpriced('usage_missing', `${bucket} is ${String(quantity)}, which is no quantity`);
    }
    const line = priceLine(quantity, rate);
    totalPico += line.amountPico;
    lines.push(line);
  }
  if (totalPico > Number.MAX_SAFE_INTEGER) return unpriced('amount_out_of_range');
  if (lines.length === 0 && !reportsPricedBucket(rates, usage)) return unpriced('usage_missing');
  return { status: 'priced', price, lines, totalPico };
}

/** Zero tokens of a model that is billed by the second are not a price of zero: the seconds are unknown. */
function reportsPricedBucket(rates: CompiledRates, usage: TokenUsage): boolean {
  return Object.entries(usage).some(([bucket, quantity]) => quantity !== undefined && rates.has(bucket));
}
