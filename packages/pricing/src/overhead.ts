import {
  divideHalfEven,
  formatMoney,
  moneyFromPico,
  type PricedResult,
  type PriceResult,
} from '@costspan/cost-model';
import { type ExactFactor, factorOf } from './exact-factor.ts';
import { unpriced } from './unpriced-usage.ts';

/** What an organisation adds to the cost of every call, and when somebody last looked at the figure. */
export interface OverheadData {
  /** `"12"` for 12 % on top. */
  readonly percent: string;
  /** `YYYY-MM-DD`. */
  readonly reviewed: string;
}

export interface Overhead {
  readonly data: OverheadData;
  readonly factor: ExactFactor;
}

export function compileOverhead(data: OverheadData): Overhead {
  return { data, factor: factorOf(data.percent) };
}

/**
 * Adds the overhead as a line of its own, rounded half to even.
 *
 * 12 % on $0.0007696 are 12 percent at $0.0007696 per 100 percent = 92,352,000 picos.
 */
export function addOverhead(result: PricedResult, { data, factor }: Overhead): PriceResult {
  const { totalPico } = result;
  const amountPico = Number(divideHalfEven(BigInt(totalPico) * factor.numerator, 100n * factor.denominator));
  if (amountPico === 0) return result;
  if (!Number.isSafeInteger(totalPico + amountPico)) return unpriced('amount_out_of_range');
  const line = {
    component: 'overhead',
    bucket: 'overhead',
    quantity: Number(data.percent),
    rate: { decimal: formatMoney(moneyFromPico(totalPico)), per: 100, unit: 'percent' },
    amountPico,
  } as const;
  return { ...result, lines: [...result.lines, line], totalPico: totalPico + amountPico };
}
