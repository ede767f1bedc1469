import { type CostRecord, inputTokenTotal, outputTokenTotal, type TokenUsage } from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';
import type { CallAccount, RunAccount, ScenarioAccount } from './run-account.ts';
import type { Measurement, Variant } from './run-group.ts';
import type { ScenarioReport } from './scenario.ts';
import { boundOf, usageDifferences } from './usage-differences.ts';
import { wireViolations } from './wire-violations.ts';

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

function startMillis(record: CostRecord): number {
  return Number(BigInt(record.startTimeUnixNano) / 1_000_000n);
}
