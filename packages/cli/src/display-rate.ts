import { parseMoney, type Rate, type UsageUnit, ZERO_MONEY } from '@costspan/cost-model';
import { displayExactMoney } from './display-money.ts';

const PLURALS: Readonly<Record<UsageUnit, string>> = {
  token: 'tokens',
  request: 'requests',
  image: 'images',
  second: 'seconds',
  character: 'characters',
  search: 'searches',
};

/** The published price as its source states it: `$0.25`. */
export function displayRate(decimal: string): string {
  return displayExactMoney(parseMoney(decimal) ?? ZERO_MONEY);
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
