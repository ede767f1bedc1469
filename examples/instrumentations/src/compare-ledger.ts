import {
  addMoney,
  type CostRecord,
  inputTokenTotal,
  type Money,
  outputTokenTotal,
  parseMoney,
  type TokenUsage,
  USAGE_BUCKET_NAMES,
  ZERO_MONEY,
} from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import type { Measurement, Variant } from './run-group.ts';
import type { ScenarioReport } from './scenario.ts';
import { servedMoney } from './served-price.ts';
import { wireViolations } from './wire-violations.ts';

/** What one served call came to in the records. */
export interface CallAccount {
  /** `undefined` for a record without a served call: one that the provider refused. */
  readonly served: LedgerEntry | undefined;
  /** The record that is not a duplicate; `undefined` when the call left none. */
  readonly record: CostRecord | undefined;
}

export interface ScenarioAccount {
  readonly scenario: ScenarioReport;
  readonly calls: readonly CallAccount[];
  readonly duplicates: number;
}

/** What a run measured, scenario by scenario, and what is wrong with it whatever the dialect carries. */
export interface RunAccount {
  readonly scenarios: readonly ScenarioAccount[];
  readonly failure: string | undefined;
  readonly violations: readonly string[];
}

/** Compares the records of a run with what the provider served. */
export function compareLedger(
  { scenarios, served, records, failure }: Measurement,
  variant: Variant,
): RunAccount {
  const startOf = servedStarts(served, records);
  const accounts = scenarios.map((scenario, index) => {
    const from = index === 0 ? 0 : middle(scenarios[index - 1]!, scenario);
    const next = scenarios[index + 1];
    const to = next === undefined ? Infinity : middle(scenario, next);
    const isInside = (millis: number): boolean => millis >= from && millis < to;
    const own = records.filter((record) => isInside(startMillis(record)));
    return {
      scenario,
      calls: matchCalls(
        served.filter((entry) => isInside(startOf(entry))),
        own.filter((record) => record.status !== 'duplicate'),
      ),
      duplicates: own.filter((record) => record.status === 'duplicate').length,
    };
  });
  const outside = scenarios.length === 0 && served.length > 0 ? ['calls were made outside of scenarios'] : [];
  const wire = variant === 'with_wire' ? accounts.flatMap(wireViolations) : [];
  return {
    scenarios: accounts,
    failure,
    violations: [...outside, ...accounts.flatMap(violationsOf), ...wire],
  };
}

/** A call starts where it is made: what its instrumentation breaks at once may be served in the time of the next one. */
function servedStarts(
  served: readonly LedgerEntry[],
  records: readonly CostRecord[],
): (entry: LedgerEntry) => number {
  const responseIds = new Set(served.map(({ responseId }) => responseId));
  const recordOf = new Map(
    records
      .filter(({ responseId }) => responseIds.has(responseId))
      .map((record) => [record.responseId, record]),
  );
  return ({ responseId, startUnixMillis }) => {
    const record = responseId === null ? undefined : recordOf.get(responseId);
    return record === undefined ? startUnixMillis : startMillis(record);
  };
}

/** Scenarios run one after the other; half-way between two of them nothing happens. */
function middle(before: ScenarioReport, after: ScenarioReport): number {
  return (before.endUnixMillis + after.startUnixMillis) / 2;
}

/** Pairs by the provider's response id, and what has none in the order of time. */
function matchCalls(served: readonly LedgerEntry[], records: readonly CostRecord[]): CallAccount[] {
  const recordOf = new Map<LedgerEntry, CostRecord>();
  const rest = new Set(records.toSorted((left, right) => startMillis(left) - startMillis(right)));
  const pairWith = (isOf: (record: CostRecord, entry: LedgerEntry) => boolean): void => {
    for (const entry of served) {
      if (recordOf.has(entry)) continue;
      const record = [...rest].find((candidate) => isOf(candidate, entry));
      if (record === undefined) continue;
      recordOf.set(entry, record);
      rest.delete(record);
    }
  };
  pairWith((record, entry) => record.responseId !== null && record.responseId === entry.responseId);
  pairWith((record) => record.responseId === null || served.every((entry) => entry.responseId === null));
  return [
    ...served.map((entry) => ({ served: entry, record: recordOf.get(entry) })),
    ...[...rest].map((record) => ({ served: undefined, record })),
  ];
}

function violationsOf({ scenario, calls }: ScenarioAccount): string[] {
  return calls.flatMap(({ served, record }) => {
    if (served === undefined && record?.status === 'priced') {
      return [`${scenario.name}: billed, but no such call was served`];
    }
    if (served === undefined && scenario.error === null) {
      return [`${scenario.name}: recorded, but no such call was made`];
    }
    if (served === undefined || record?.status !== 'priced') return [];
    if (boundOf(record) === 'upper_bound' && !hasTokensOf(served.usage ?? {}, record.usage ?? {})) {
      return [`${scenario.name}: fewer tokens than were served are no upper bound`];
    }
    if (boundOf(record) !== undefined) return [];
    if (served.status === 'dropped') {
      return [`${scenario.name}: billed as if its usage were known, but it was broken off`];
    }
    return usageDifferences(served.usage ?? {}, record.usage ?? {}).map(
      (difference) => `${scenario.name}: ${difference}, and nothing says so`,
    );
  });
}

function hasTokensOf(served: TokenUsage, billed: TokenUsage): boolean {
  return (
    inputTokenTotal(billed) >= inputTokenTotal(served) && outputTokenTotal(billed) >= outputTokenTotal(served)
  );
}

/** `estimated`, `upper_bound` or `lower_bound`; `undefined` for an exact figure. */
export function boundOf(record: CostRecord): string | undefined {
  if (record.usageSource === 'estimated') return 'estimated';
  return record.usageIncomplete ?? undefined;
}

/**
 * What was recorded of each bucket beyond what was served, for instance `input +1024`. What the record itself leaves
 * open is no difference: see {@link leftOpen}.
 */
export function usageDifferences(served: TokenUsage, billed: TokenUsage): string[] {
  let expected = served;
  if (leftOpen(served, billed).includes(REASONING_OPEN)) expected = withReasoningAsOutput(expected);
  if (leftOpen(served, billed).includes(LIFETIME_OPEN)) expected = withoutLifetime(expected);
  return USAGE_BUCKET_NAMES.flatMap((bucket) => {
    const difference = (billed[bucket] ?? 0) - (expected[bucket] ?? 0);
    return difference === 0 ? [] : [`${bucket} ${difference > 0 ? '+' : ''}${difference}`];
  });
}

const REASONING_OPEN = 'reasoning as output';
const LIFETIME_OPEN = 'cache lifetime not told';

/**
 * What a record does not claim to know. Reasoning costs what other output costs; a cache write without a lifetime
 * has a bucket of its own, billed at the price of the shortest one.
 */
export function leftOpen(served: TokenUsage, billed: TokenUsage): string[] {
  return [
    ...(served.reasoning !== undefined && billed.reasoning === undefined ? [REASONING_OPEN] : []),
    ...(billed.cacheWrite !== undefined && served.cacheWrite === undefined ? [LIFETIME_OPEN] : []),
  ];
}

function withReasoningAsOutput({ reasoning, ...usage }: TokenUsage): TokenUsage {
  return { ...usage, output: (usage.output ?? 0) + (reasoning ?? 0) };
}

function withoutLifetime({ cacheWrite5m, cacheWrite1h, ...usage }: TokenUsage): TokenUsage {
  return { ...usage, cacheWrite: (cacheWrite5m ?? 0) + (cacheWrite1h ?? 0) };
}

export interface RunTotals {
  readonly served: number;
  /** From here on of the calls whose answer was read to its end. Whose usage the provider put on the wire. */
  readonly stated: number;
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
  const stated = compared.filter(({ served }) => served.usageReported);
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
    stated: stated.length,
    exact: stated.filter(isExact).length,
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

function startMillis(record: CostRecord): number {
  return Number(BigInt(record.startTimeUnixNano) / 1_000_000n);
}
