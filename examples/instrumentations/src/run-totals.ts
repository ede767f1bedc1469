import {
  addMoney,
  type CostRecord,
  inputTokenTotal,
  type Money,
  outputTokenTotal,
  parseMoney,
  ZERO_MONEY,
} from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import type { CallAccount, RunAccount, ScenarioAccount } from './run-account.ts';
import { servedMoney } from './served-price.ts';
import { boundOf } from './usage-differences.ts';

export interface RunTotals {
  readonly served: number;
  /** Calls whose usage the provider put on the wire, and that have a price. Like what follows without those left early. */
  readonly priceable: number;
  /** Of these, the ones that are billed with the price of what was served, and not as a bound or an estimate. */
  readonly exact: number;
  readonly inputServed: number;
  readonly inputBilled: number;
  readonly outputServed: number;
  readonly outputBilled: number;
  readonly moneyServed: Money;
  /** Call by call the smaller of billed and served, so that no excess hides a loss. */
  readonly moneyBilled: Money;
}

export function totalsOf({ scenarios }: RunAccount): RunTotals {
  const calls = scenarios.flatMap(servedCalls);
  const compared = scenarios.filter(({ scenario }) => !scenario.brokenOff).flatMap(servedCalls);
  const priceable = compared.filter(
    ({ served }) => served.usageReported && servedMoney(served) !== undefined,
  );
  const billedUsage = compared.flatMap(({ record }) =>
    record?.status === 'priced' ? [record.usage ?? {}] : [],
  );
  const servedUsage = compared.map(({ served }) => served.usage ?? {});
  const money = compared.map(({ served, record }) => {
    const truth = servedMoney(served) ?? ZERO_MONEY;
    const billed = recordedMoney(record);
    return { truth, billed: billed < truth ? billed : truth };
  });
  return {
    served: calls.length,
    priceable: priceable.length,
    exact: priceable.filter(isExact).length,
    inputServed: sum(servedUsage, inputTokenTotal),
    inputBilled: sum(billedUsage, inputTokenTotal),
    outputServed: sum(servedUsage, outputTokenTotal),
    outputBilled: sum(billedUsage, outputTokenTotal),
    moneyServed: money.reduce((total, { truth }) => addMoney(total, truth), ZERO_MONEY),
    moneyBilled: money.reduce((total, { billed }) => addMoney(total, billed), ZERO_MONEY),
  };
}

function isExact({ served, record }: ServedCall): boolean {
  if (record?.status !== 'priced' || boundOf(record) !== undefined) return false;
  return recordedMoney(record) === servedMoney(served);
}

interface ServedCall extends CallAccount {
  readonly served: LedgerEntry;
}

function servedCalls({ calls }: ScenarioAccount): ServedCall[] {
  return calls.flatMap(({ served, record }) => (served === undefined ? [] : [{ served, record }]));
}

function recordedMoney(record: CostRecord | undefined): Money {
  return parseMoney(record?.cost?.total ?? '0') ?? ZERO_MONEY;
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}
