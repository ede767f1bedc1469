import type { CostRecordCost, CostRecordReported } from './cost-record.ts';
import { formatMoney, moneyFromPico } from './money.ts';
import type { PricedResult, ReportedComparison } from './price-result.ts';

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
    ...(priced.reported !== undefined && { reported: recordedComparison(priced.reported) }),
  };
}

function recordedComparison({ amountPico, applied, differencePico }: ReportedComparison): CostRecordReported {
  return {
    total: formatMoney(moneyFromPico(amountPico)),
    applied,
    difference: differencePico === undefined ? null : formatMoney(moneyFromPico(differencePico)),
  };
}
