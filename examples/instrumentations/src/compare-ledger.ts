import {
  type CostRecord,
  inputTokenTotal,
  outputTokenTotal,
  type TokenUsage,
  USAGE_BUCKET_NAMES,
} from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import type { Measurement } from './run-group.ts';
import type { ScenarioReport } from './scenario.ts';

/** What one served call came to in the records. */
export interface CallAccount {
  /** `undefined` for a record without a served call: one that the provider refused. */
  readonly served: LedgerEntry | undefined;
  /** The record that is not a duplicate; `undefined` when the call left none. */
  readonly record: CostRecord | undefined;
}

interface ScenarioAccount {
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
export function compareLedger({ scenarios, served, records, failure }: Measurement): RunAccount {
  const accounts = scenarios.map((scenario, index) => {
    const from = index === 0 ? 0 : middle(scenarios[index - 1]!, scenario);
    const next = scenarios[index + 1];
    const to = next === undefined ? Infinity : middle(scenario, next);
    const isInside = (millis: number): boolean => millis >= from && millis < to;
    const own = records.filter((record) => isInside(startMillis(record)));
    return {
      scenario,
      calls: matchCalls(
        served.filter((entry) => isInside(entry.startUnixMillis)),
        own.filter((record) => record.status !== 'duplicate'),
      ),
      duplicates: own.filter((record) => record.status === 'duplicate').length,
    };
  });
  const outside = scenarios.length === 0 && served.length > 0 ? ['calls were made outside of scenarios'] : [];
  return { scenarios: accounts, failure, violations: [...outside, ...accounts.flatMap(violationsOf)] };
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

interface RunTotals {
  readonly served: number;
  readonly billed: number;
  readonly unpriced: number;
  readonly unseen: number;
  readonly duplicates: number;
  /** Tokens of the calls whose answer was read to its end. */
  readonly inputServed: number;
  readonly inputBilled: number;
  readonly outputServed: number;
  readonly outputBilled: number;
}

export function totalsOf({ scenarios }: RunAccount): RunTotals {
  const calls = scenarios.flatMap((account) => account.calls).filter((call) => call.served !== undefined);
  const compared = scenarios
    .filter(({ scenario }) => !scenario.brokenOff)
    .flatMap((account) => account.calls);
  const billedUsage = compared.flatMap(({ record }) =>
    record?.status === 'priced' ? [record.usage ?? {}] : [],
  );
  const servedUsage = compared.map((call) => call.served?.usage ?? {});
  return {
    served: calls.length,
    billed: calls.filter(({ record }) => record?.status === 'priced').length,
    unpriced: calls.filter(({ record }) => record?.status === 'unpriced').length,
    unseen: calls.filter(({ record }) => record === undefined).length,
    duplicates: sum(scenarios, (account) => account.duplicates),
    inputServed: sum(servedUsage, inputTokenTotal),
    inputBilled: sum(billedUsage, inputTokenTotal),
    outputServed: sum(servedUsage, outputTokenTotal),
    outputBilled: sum(billedUsage, outputTokenTotal),
  };
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0);
}

function startMillis(record: CostRecord): number {
  return Number(BigInt(record.startTimeUnixNano) / 1_000_000n);
}
