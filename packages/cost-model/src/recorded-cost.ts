import type { CostRecordCost } from './cost-record.ts';
import { formatMoney, moneyFromPico } from './money.ts';
import type { PricedResult } from './price-result.ts';

/** A priced result as records and JSON output state it: decimal strings, exact at any size. */
export function recordedCost(priced: PricedResult, currency: string): CostRecordCost {
  return {
    currency,
    total: formatMoney(moneyFromPico(priced.totalPico)),
    lines: priced.lines.map((line) => ({
      component: line.component,
      bucket: line.bucket,
      quantity: String(line.quantity),
      unit: line.rate.unit,
      rate: line.rate.decimal,
      per: line.rate.per,
      amount: formatMoney(moneyFromPico(line.amountPico)),
    })),
  };
}
