import {
  addMoney,
  formatMoney,
  type Money,
  moneyFromPico,
  pricedModel,
  type PriceResult,
  ZERO_MONEY,
} from '@costspan/cost-model';
import type { PriceBook } from '@costspan/pricing';
import type { FileRow } from './price-rows.ts';

/** A price book and the time that calls are priced at; without one each has its own. */
export interface PricedSide {
  readonly book: PriceBook;
  readonly atMillis: number | undefined;
}

/** What a model's calls cost before and after. Amounts are of calls that have a price on both sides. */
interface ModelEffect {
  /** `provider/model`, as the calls name them. */
  readonly model: string;
  readonly calls: number;
  /** `null` when no call has a price on both sides. */
  readonly before: string | null;
  readonly after: string | null;
  readonly difference: string | null;
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  readonly unpriced: number;
}

interface CallEffect {
  readonly line: number;
  readonly id: unknown;
  readonly model: string;
  readonly before: string;
  readonly after: string;
  readonly difference: string;
}

/** The effect of a change of prices on a file of calls. Amounts are decimals. */
export interface UsageEffect {
  readonly calls: number;
  readonly errors: number;
  /** Calls with a price on both sides: these totals compare. */
  readonly pricedBoth: number;
  readonly before: string | null;
  readonly after: string | null;
  readonly difference: string | null;
  readonly onlyBefore: { readonly calls: number; readonly total: string };
  readonly onlyAfter: { readonly calls: number; readonly total: string };
  readonly unpriced: number;
  /** By the size of the change. */
  readonly models: readonly ModelEffect[];
  readonly biggestChanges: readonly CallEffect[];
}

interface Tally {
  calls: number;
  both: number;
  before: Money;
  after: Money;
  onlyBefore: number;
  onlyBeforeTotal: Money;
  onlyAfter: number;
  onlyAfterTotal: Money;
  unpriced: number;
}

interface Change {
  readonly line: number;
  readonly id: unknown;
  readonly model: string;
  readonly before: Money;
  readonly after: Money;
}

/** More models than these share one row. */
const MODELS_MAX = 1000;
const OTHERS = '(others)';
const CHANGES_MAX = 10;
const NO_AMOUNTS = { before: null, after: null, difference: null } as const;

/** Prices every call of a file with two books and adds up both, without keeping the calls. */
export class UsageEffectCounter {
  readonly #before: PricedSide;
  readonly #after: PricedSide;
  readonly #total: Tally = newTally();
  readonly #models = new Map<string, Tally>();
  #biggest: Change[] = [];
  #errors = 0;

  constructor(before: PricedSide, after: PricedSide) {
    this.#before = before;
    this.#after = after;
  }

  add(row: FileRow): void {
    if (row.error !== undefined) {
      this.#errors += 1;
      return;
    }
    if (row.recorded?.status === 'duplicate') return;
    const before = amountOf(this.#before.book.price(row.call, this.#before.atMillis ?? row.atMillis));
    const after = amountOf(this.#after.book.price(row.call, this.#after.atMillis ?? row.atMillis));
    const model = `${row.call.provider ?? ''}/${pricedModel(row.call) ?? ''}`;
    for (const tally of [this.#total, this.#tallyOf(model)]) count(tally, before, after);
    if (before === undefined || after === undefined || before === after) return;
    this.#biggest.push({ line: row.line, id: row.id, model, before, after });
    if (this.#biggest.length > 2 * CHANGES_MAX) this.#keepBiggest();
  }

  result(): UsageEffect {
    this.#keepBiggest();
    const total = this.#total;
    return {
      calls: total.calls,
      errors: this.#errors,
      pricedBoth: total.both,
      ...(total.both === 0 ? NO_AMOUNTS : amounts(total)),
      onlyBefore: { calls: total.onlyBefore, total: formatMoney(total.onlyBeforeTotal) },
      onlyAfter: { calls: total.onlyAfter, total: formatMoney(total.onlyAfterTotal) },
      unpriced: total.unpriced,
      models: [...this.#models]
        .toSorted(([, a], [, b]) => bySize(a, b))
        .map(([model, tally]) => ({
          model,
          calls: tally.calls,
          ...(tally.both === 0 ? NO_AMOUNTS : amounts(tally)),
          onlyBefore: tally.onlyBefore,
          onlyAfter: tally.onlyAfter,
          unpriced: tally.unpriced,
        })),
      biggestChanges: this.#biggest.map(({ line, id, model, ...change }) => ({
        line,
        id: id ?? null,
        model,
        ...amounts(change),
      })),
    };
  }

  #tallyOf(model: string): Tally {
    const key = this.#models.has(model) || this.#models.size < MODELS_MAX ? model : OTHERS;
    let tally = this.#models.get(key);
    if (tally === undefined) this.#models.set(key, (tally = newTally()));
    return tally;
  }

  #keepBiggest(): void {
    this.#biggest = this.#biggest.toSorted(bySize).slice(0, CHANGES_MAX);
  }
}

function newTally(): Tally {
  return {
    calls: 0,
    both: 0,
    before: ZERO_MONEY,
    after: ZERO_MONEY,
    onlyBefore: 0,
    onlyBeforeTotal: ZERO_MONEY,
    onlyAfter: 0,
    onlyAfterTotal: ZERO_MONEY,
    unpriced: 0,
  };
}

function count(tally: Tally, before: Money | undefined, after: Money | undefined): void {
  tally.calls += 1;
  if (before !== undefined && after !== undefined) {
    tally.both += 1;
    tally.before = addMoney(tally.before, before);
    tally.after = addMoney(tally.after, after);
  } else if (before !== undefined) {
    tally.onlyBefore += 1;
    tally.onlyBeforeTotal = addMoney(tally.onlyBeforeTotal, before);
  } else if (after !== undefined) {
    tally.onlyAfter += 1;
    tally.onlyAfterTotal = addMoney(tally.onlyAfterTotal, after);
  } else tally.unpriced += 1;
}

function amountOf(result: PriceResult): Money | undefined {
  return result.status === 'priced' ? moneyFromPico(result.totalPico) : undefined;
}

function amounts({ before, after }: { readonly before: Money; readonly after: Money }): {
  readonly before: string;
  readonly after: string;
  readonly difference: string;
} {
  const difference = moneyFromPico(after - before);
  return { before: formatMoney(before), after: formatMoney(after), difference: formatMoney(difference) };
}

function bySize(
  a: { readonly before: Money; readonly after: Money },
  b: { readonly before: Money; readonly after: Money },
): number {
  return Number(absolute(b.after - b.before) - absolute(a.after - a.before));
}

function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
