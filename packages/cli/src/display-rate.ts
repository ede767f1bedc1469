import { parseMoney, type Rate } from '@costspan/cost-model';
import { currencySign, displayExactMoney } from './display-money.ts';

const PLURALS: Readonly<Record<Rate['unit'], string>> = {
  token: 'tokens',
  request: 'requests',
  image: 'images',
  second: 'seconds',
  character: 'characters',
  page: 'pages',
  message: 'messages',
  search: 'searches',
  percent: 'percent',
  gpu_second: 'GPU-seconds',
};

/** The published price as its source states it: `$0.25`, or `CNY 2.00` in another currency than dollars. */
export function displayRate(decimal: string, currency = 'USD'): string {
  const money = parseMoney(decimal);
  // A discount on a small price can have more places than an amount has.
  return money === undefined ? `${currencySign(currency)}${decimal}` : displayExactMoney(money, currency);
}

/** What a rate is for: `1M tokens`, `1K searches`, `image`. */
export function displayRateUnit({ per, unit }: Pick<Rate, 'per' | 'unit'>): string {
  if (per === 1) return unit;
  const count =
    per % 1_000_000 === 0 ? `${per / 1_000_000}M` : per % 1000 === 0 ? `${per / 1000}K` : `${per}`;
  return `${count} ${PLURALS[unit]}`;
}

export function displayCount(count: number | bigint): string {
  return count.toLocaleString('en-US');
}
