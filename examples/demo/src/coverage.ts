import {
  addMoney,
  assert,
  type CostRecord,
  type Money,
  moneyFromPico,
  parseMoney,
  type PriceResult,
  type UsageMissing,
  ZERO_MONEY,
} from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import { describeExcess, describeLoss, describeServedCall, unstatedReason } from './describe-gap.ts';
import { isSameModel, matchRecords } from './match-records.ts';

/** Calls of one kind that were measured wrong in one way. */
export interface CoverageGap {
  readonly what: string;
  readonly why: string;
  readonly calls: number;
  readonly money: Money;
}

/**
 * Calls whose usage the provider did not put on the wire, so that no client can know what they cost, and whose
 * records say so.
 */
export interface UnstatedCalls {
  readonly reason: UsageMissing;
  readonly recordedAs: 'unpriced' | 'lower_bound';
  readonly calls: number;
  /** By the provider's ledger. */
  readonly moneyTrue: Money;
  readonly moneyRecorded: Money;
}

/** How much of what the provider bills was measured. */
export interface Coverage {
  /** Calls that the provider bills. */
  readonly callsServed: number;
  /** Of these, the ones with a record, priced or not. */
  readonly callsSeen: number;
  /** Of the served calls, the ones that can be priced: all but {@link unstated}. */
  readonly callsPriceable: number;
  readonly callsPriced: number;
  /** Calls whose true price is not known; no money is counted for them on either side. */
  readonly callsWithoutTruth: number;
  /** Largest first. They are in no other count but those of served and seen calls, and in no other sum of money. */
  readonly unstated: readonly UnstatedCalls[];
  /** What the priceable calls cost. */
  readonly moneyTrue: Money;
  /** Call by call the smaller of measured and true, so that no excess hides a loss. */
  readonly moneyMeasured: Money;
  /** What was measured beyond the truth; never set off against the losses. */
  readonly moneyExcess: Money;
  /** Largest first. Their money is exactly `moneyTrue` less `moneyMeasured`. */
  readonly losses: readonly CoverageGap[];
  /** Largest first. Their money is exactly `moneyExcess`. */
  readonly excesses: readonly CoverageGap[];
}

export interface CoverageInput {
  readonly ledger: readonly LedgerEntry[];
  readonly records: readonly CostRecord[];
  /** The true price of a served call. */
  priceUsage(entry: LedgerEntry): PriceResult;
}

/** Compares the cost records with the provider's own account of what it served. */
export function computeCoverage({ ledger, records, priceUsage }: CoverageInput): Coverage {
  const served = ledger.filter((entry) => entry.status !== 'rate_limited');
  const billed = records.filter((record) => record.status !== 'duplicate');
  const { recordOf, unmatched } = matchRecords(served, billed);
  const losses = new GapList();
  const excesses = new GapList();
  const unstated = new UnstatedList();
  let moneyTrue = ZERO_MONEY;
  let moneyMeasured = ZERO_MONEY;
  let callsWithoutTruth = 0;
  let callsPriced = 0;

  for (const entry of served) {
    const record = recordOf.get(entry);
    const truth = priceUsage(entry);
    const trueMoney = truth.status === 'priced' ? moneyFromPico(truth.totalPico) : undefined;
    if (unstated.takes(entry, record, trueMoney ?? ZERO_MONEY)) continue;
    if (record?.status === 'priced') callsPriced += 1;
    if (trueMoney === undefined) {
      callsWithoutTruth += 1;
      continue;
    }
    const recorded = record === undefined ? ZERO_MONEY : recordedMoney(record);
    const measured = recorded < trueMoney ? recorded : trueMoney;
    moneyTrue = addMoney(moneyTrue, trueMoney);
    moneyMeasured = addMoney(moneyMeasured, measured);
    const what = describeServedCall(entry);
    if (measured < trueMoney) losses.add(what, describeLoss(entry, record), difference(trueMoney, measured));
    if (recorded > trueMoney)
      excesses.add(what, describeExcess(entry, record), difference(recorded, trueMoney));
  }
  for (const record of unmatched) {
    const recorded = recordedMoney(record);
    if (recorded > ZERO_MONEY)
      excesses.add('no served call', 'a record of a call that was not served', recorded);
  }
  const moneyExcess = excesses.total();
  assert(addMoney(moneyMeasured, losses.total()) === moneyTrue, 'measured and lost make up the truth', {
    moneyTrue,
    moneyMeasured,
  });
  return {
    callsServed: served.length,
    callsSeen: recordOf.size,
    callsPriceable: served.length - unstated.calls(),
    callsPriced,
    callsWithoutTruth,
    unstated: unstated.sorted(),
    moneyTrue,
    moneyMeasured,
    moneyExcess,
    losses: losses.sorted(),
    excesses: excesses.sorted(),
  };
}

/**
 * A share in percent with one decimal, rounded down, so that only the whole is 100.0. `undefined` when there is
 * nothing to have a share of.
 */
export function percentOf(part: bigint, whole: bigint): string | undefined {
  if (whole === 0n) return undefined;
  const permille = (part * 1000n) / whole;
  return `${permille / 10n}.${permille % 10n}`;
}

function recordedMoney(record: CostRecord): Money {
  if (record.cost === null) return ZERO_MONEY;
  const money = parseMoney(record.cost.total);
  assert(money !== undefined, 'a record holds a decimal amount', { total: record.cost.total });
  return money;
}

function difference(larger: Money, smaller: Money): Money {
  return moneyFromPico(larger - smaller);
}

/** Sums the calls whose usage was not stated and that were recorded as what they are. */
class UnstatedList {
  readonly #groups = new Map<string, UnstatedCalls>();

  /**
   * Whether a call belongs here: then its record has the right model, and either no price and the right reason, or
   * a price that says that it is the least that the call cost.
   */
  takes(entry: LedgerEntry, record: CostRecord | undefined, trueMoney: Money): boolean {
    const reason = unstatedReason(entry);
    if (reason === undefined || record === undefined || !isSameModel(entry, record)) return false;
    const recorded = recordedMoney(record);
    const isUnpriced = record.status === 'unpriced' && record.reason === reason;
    const isBound = record.usageIncomplete === 'lower_bound' && recorded <= trueMoney;
    if (!isUnpriced && !(record.status === 'priced' && isBound)) return false;
    const recordedAs = isUnpriced ? 'unpriced' : 'lower_bound';
    const key = `${reason} ${recordedAs}`;
    const group = this.#groups.get(key);
    this.#groups.set(key, {
      reason,
      recordedAs,
      calls: (group?.calls ?? 0) + 1,
      moneyTrue: addMoney(group?.moneyTrue ?? ZERO_MONEY, trueMoney),
      moneyRecorded: addMoney(group?.moneyRecorded ?? ZERO_MONEY, recorded),
    });
    return true;
  }

  calls(): number {
    return [...this.#groups.values()].reduce((sum, group) => sum + group.calls, 0);
  }

  sorted(): UnstatedCalls[] {
    return sortedByMoney(this.#groups, (group) => group.moneyTrue);
  }
}

/** Sums gaps by what and why. */
class GapList {
  readonly #gaps = new Map<string, CoverageGap>();

  add(what: string, why: string, money: Money): void {
    const key = `${what}\n${why}`;
    const gap = this.#gaps.get(key) ?? { what, why, calls: 0, money: ZERO_MONEY };
    this.#gaps.set(key, { what, why, calls: gap.calls + 1, money: addMoney(gap.money, money) });
  }

  total(): Money {
    return [...this.#gaps.values()].reduce((sum, gap) => addMoney(sum, gap.money), ZERO_MONEY);
  }

  sorted(): CoverageGap[] {
    return sortedByMoney(this.#gaps, (gap) => gap.money);
  }
}

/** Largest first; equal ones by their keys. */
function sortedByMoney<T>(groups: ReadonlyMap<string, T>, moneyOf: (group: T) => Money): T[] {
  return [...groups]
    .toSorted(([leftKey, left], [rightKey, right]) => {
      const excess = moneyOf(right) - moneyOf(left);
      return excess === 0n ? (leftKey < rightKey ? -1 : 1) : Number(excess > 0n) * 2 - 1;
    })
    .map(([, group]) => group);
}
