import type { CostRecord } from '@costspan/cost-model';
import type { LedgerEntry } from '@costspan-examples/provider-emulator';

/** Which record reports which served call. Neither side is used twice. */
export interface RecordMatch {
  readonly recordOf: ReadonlyMap<LedgerEntry, CostRecord>;
  /** Records that report no served call, for instance a second one of the same call. */
  readonly unmatched: readonly CostRecord[];
}

/**
 * Pairs what the provider served with what was recorded.
 *
 * 1. A record that names the provider's response id belongs to that call or to none.
 * 2. Any other record belongs to a call of the same trace and model. The closest pair in time goes first, and a
 *    failed call is rather paired with an interrupted answer than with a complete one.
 * 3. A call that came without a trace, as over HTTP/2, which no instrumentation propagates the context of, belongs
 *    to a record of its model in whose time it fell.
 *
 * Ties are broken by the ledger's sequence and the span id, so that the order of the input does not matter.
 */
export function matchRecords(served: readonly LedgerEntry[], records: readonly CostRecord[]): RecordMatch {
  const recordOf = new Map<LedgerEntry, CostRecord>();
  const unmatched = new Set(records.toSorted(byIdentity));
  const pair = (entry: LedgerEntry, record: CostRecord): void => {
    recordOf.set(entry, record);
    unmatched.delete(record);
  };

  const byResponseId = new Map(served.map((entry) => [entry.responseId, entry]));
  for (const record of unmatched) {
    const entry = record.responseId === null ? undefined : byResponseId.get(record.responseId);
    if (entry !== undefined && !recordOf.has(entry)) pair(entry, record);
  }

  for (const { entry, record } of candidates(served, unmatched)) {
    if (!recordOf.has(entry) && unmatched.has(record)) pair(entry, record);
  }
  return { recordOf, unmatched: [...unmatched] };
}

interface Candidate {
  readonly entry: LedgerEntry;
  readonly record: CostRecord;
  readonly outcomesDiffer: boolean;
  readonly distanceMillis: number;
}

/** The possible pairs without a response id, best first. */
function candidates(served: readonly LedgerEntry[], records: ReadonlySet<CostRecord>): Candidate[] {
  const byTrace = Map.groupBy(served, (entry) => entry.traceId);
  const pairs: Candidate[] = [];
  for (const record of records) {
    if (record.responseId !== null) continue;
    const untraced = (byTrace.get(null) ?? []).filter((entry) => fallsInto(entry, record));
    for (const entry of [...(byTrace.get(record.traceId) ?? []), ...untraced]) {
      if (!isSameModel(entry, record)) continue;
      pairs.push({
        entry,
        record,
        outcomesDiffer: (record.errorType !== null) !== (entry.status === 'dropped'),
        distanceMillis: Math.abs(startMillis(record) - entry.startUnixMillis),
      });
    }
  }
  return pairs.toSorted(
    (left, right) =>
      Number(left.outcomesDiffer) - Number(right.outcomesDiffer) ||
      left.distanceMillis - right.distanceMillis ||
      left.entry.sequence - right.entry.sequence ||
      byIdentity(left.record, right.record),
  );
}

/** Whether a record names the model that was asked for, or the one that answered. */
export function isSameModel(entry: LedgerEntry, record: CostRecord): boolean {
  const names = [entry.requestModel, entry.responseModel];
  return [record.model, record.requestModel].some((name) => name !== null && names.includes(name));
}

function fallsInto(entry: LedgerEntry, record: CostRecord): boolean {
  return startMillis(record) <= entry.startUnixMillis && entry.startUnixMillis <= endMillis(record);
}

function startMillis(record: CostRecord): number {
  return Number(BigInt(record.startTimeUnixNano) / 1_000_000n);
}

function endMillis(record: CostRecord): number {
  return Number(BigInt(record.endTimeUnixNano) / 1_000_000n);
}

function byIdentity(left: CostRecord, right: CostRecord): number {
  const leftKey = `${left.traceId} ${left.spanId}`;
  const rightKey = `${right.traceId} ${right.spanId}`;
  return leftKey < rightKey ? -1 : Number(leftKey > rightKey);
}
