import {
  addMoney,
  describeReason,
  type Money,
  parseMoney,
  type UnpricedReason,
  ZERO_MONEY,
} from '@costspan/cost-model';
import { displayMoney } from './display-money.ts';
import { displayCount } from './display-rate.ts';
import type { PricedRow } from './price-rows.ts';
import { formatTable, printable } from './table.ts';

/** More models or reasons than these share a last row. */
const KEYS_MAX = 1000;
const ROWS_SHOWN_MAX = 25;
const PROBLEM_CHARACTERS_MAX = 200;
const OTHERS = '(others)';

interface ModelTotal {
  calls: number;
  money: Money;
}

/** What a file of calls costs in all: by model, and why lines have no price. It does not keep the lines. */
export class FileSummary {
  readonly #currency: string;
  readonly #models = new Map<string, ModelTotal>();
  readonly #problems = new Map<string, { calls: number; readonly firstLine: number }>();
  readonly #calls = { priced: 0, unpriced: 0, duplicate: 0, error: 0 };
  #total: Money = ZERO_MONEY;
  #recorded: Money = ZERO_MONEY;
  #records = 0;
  #approximate = 0;

  constructor(currency: string) {
    this.#currency = currency;
  }

  add(row: PricedRow): void {
    this.#calls[row.status] += 1;
    if (row.recorded !== undefined) {
      this.#records += 1;
      this.#recorded = addMoney(this.#recorded, parseMoney(row.recorded.total ?? '0') ?? ZERO_MONEY);
    }
    if (row.cost !== undefined) {
      const money = parseMoney(row.cost.total) ?? ZERO_MONEY;
      this.#total = addMoney(this.#total, money);
      if (row.priceBook?.exactMatch === false) this.#approximate += 1;
      const key = keyIn(this.#models, row.priceBook?.entry ?? '(reported by the provider)');
      const model = this.#models.get(key);
      if (model === undefined) this.#models.set(key, { calls: 1, money });
      else {
        model.calls += 1;
        model.money = addMoney(model.money, money);
      }
      return;
    }
    const problem = problemOf(row);
    if (problem === undefined) return;
    const key = keyIn(this.#problems, problem);
    const known = this.#problems.get(key);
    if (known === undefined) this.#problems.set(key, { calls: 1, firstLine: row.line });
    else known.calls += 1;
  }

  /** The summary as text. */
  toString(): string {
    const { priced, unpriced, duplicate, error } = this.#calls;
    const lines = priced + unpriced + duplicate + error;
    return [
      ...(this.#models.size === 0 ? [] : [this.#modelTable(), '']),
      `${displayCount(lines)} lines: ${displayCount(priced)} priced, ${displayCount(unpriced)} unpriced, ` +
        `${duplicate === 0 ? '' : `${displayCount(duplicate)} duplicates, `}${displayCount(error)} in error`,
      ...(this.#approximate === 0
        ? []
        : [`${displayCount(this.#approximate)} of the prices are APPROXIMATE: --json says which`]),
      ...(this.#records === 0
        ? []
        : [`${displayCount(this.#records)} cost records, recorded at ${this.#show(this.#recorded)} in all`]),
      ...this.#problemLines(),
    ].join('\n');
  }

  #modelTable(): string {
    const sorted = [...this.#models].toSorted(([, a], [, b]) => Number(b.money - a.money));
    const shown = sorted
      .slice(0, ROWS_SHOWN_MAX)
      .map(([entry, { calls, money }]) => [entry, displayCount(calls), this.#show(money)]);
    const rest = sorted.slice(ROWS_SHOWN_MAX);
    const restMoney = rest.reduce((sum, [, { money }]) => addMoney(sum, money), ZERO_MONEY);
    const restCalls = rest.reduce((sum, [, { calls }]) => sum + calls, 0);
    return formatTable(
      [
        { head: 'Entry', align: 'left' },
        { head: 'Calls', align: 'right' },
        { head: 'Cost', align: 'decimal' },
      ],
      rest.length === 0
        ? shown
        : [...shown, [`${rest.length} others`, displayCount(restCalls), this.#show(restMoney)]],
      { footRows: [['total', displayCount(this.#calls.priced), this.#show(this.#total)]] },
    );
  }

  #problemLines(): string[] {
    const sorted = [...this.#problems].toSorted(([, a], [, b]) => b.calls - a.calls);
    return sorted
      .slice(0, ROWS_SHOWN_MAX)
      .map(
        ([problem, { calls, firstLine }]) =>
          `  ${displayCount(calls)}: ${printable(problem, PROBLEM_CHARACTERS_MAX)}, first in line ${firstLine}`,
      );
  }

  #show(money: Money): string {
    return displayMoney(money, this.#currency);
  }
}

function problemOf({ status, reason, reasonDetail, error }: PricedRow): string | undefined {
  if (error !== undefined) return error.message;
  if (status !== 'unpriced' || reason === undefined) return undefined;
  const detail = reasonDetail === null || reasonDetail === undefined ? '' : ` (${reasonDetail})`;
  return `${describeReason(reason as UnpricedReason)}${detail}`;
}

function keyIn(map: ReadonlyMap<string, unknown>, key: string): string {
  return map.has(key) || map.size < KEYS_MAX ? key : OTHERS;
}
