import {
  formatMoney,
  moneyFromPico,
  type PricedLine,
  type PriceResult,
  type ReportedCost,
} from '@costspan/cost-model';

/**
 * Puts the cost that the provider stated in its response beside the one of the price list. Where it wins, it
 * is the only line, as the provider does not say what it is made of; the difference is kept either way.
 * An amount in another currency than the book's is left aside: currencies are never mixed. So is a zero where
 * the price list has more, or nothing to compare it with: routers state it for calls that somebody else bills.
 */
export function applyReportedCost(
  listed: PriceResult,
  { amountPico, currency }: ReportedCost,
  bookCurrency: string,
  wins: boolean,
): PriceResult {
  const usable = Number.isSafeInteger(amountPico) && amountPico >= 0 && currency === bookCurrency;
  const listedPico = listed.status === 'priced' ? listed.totalPico : undefined;
  if (!usable || (amountPico === 0 && listedPico !== 0)) return listed;
  if (listed.status === 'unpriced' && !wins) return listed;
  const differencePico = listedPico === undefined ? undefined : amountPico - listedPico;
  const reported = { amountPico, applied: wins, differencePico };
  if (listed.status === 'priced' && !wins) return { ...listed, reported };
  const line: PricedLine = {
    component: 'request',
    bucket: 'requests',
    quantity: 1,
    rate: { decimal: formatMoney(moneyFromPico(amountPico)), per: 1, unit: 'request' },
    amountPico,
  };
  const price = listed.status === 'priced' ? listed.price : { entry: undefined, exactMatch: true };
  return { status: 'priced', price, lines: [line], totalPico: amountPico, reported };
}
