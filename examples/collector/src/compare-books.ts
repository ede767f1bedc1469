import { type CostRecord, parseMoney } from '@costspan/cost-model';
import type { Ledger } from './ledger.ts';
import { type SeenSpan, spanKey } from './trace-sink.ts';

/** How the gateway's records and the backend's spans differ from the sender's ledger. All 0 is the proof. */
export interface BooksComparison {
  /** Calls that were acknowledged and have no record. */
  readonly callsLost: number;
  /** Records of calls that the ledger does not have: sent, but never acknowledged; or records that are there twice. */
  readonly recordsTooMany: number;
  /** Records whose cost is not the ledger's, to the pico-USD. */
  readonly costsWrong: number;
  /** The records' sum less the ledger's, in pico-USD. */
  readonly totalDifferencePicoUsd: bigint;
  /** Spans that were acknowledged and never reached the backend. */
  readonly spansNotForwarded: number;
  /** Spans in the backend whose cost attribute is not the ledger's. */
  readonly forwardedCostsWrong: number;
}

export const EQUAL_BOOKS: BooksComparison = {
  callsLost: 0,
  recordsTooMany: 0,
  costsWrong: 0,
  totalDifferencePicoUsd: 0n,
  spansNotForwarded: 0,
  forwardedCostsWrong: 0,
};

export function compareBooks(
  ledger: Ledger,
  records: readonly CostRecord[],
  forwarded: ReadonlyMap<string, SeenSpan>,
): BooksComparison {
  const costs = records.map((record) => [spanKey(record), costOf(record)] as const);
  const recorded = new Map(costs);
  const calls = [...ledger.calls];
  const sum = costs.reduce((total, [, cost]) => total + (cost ?? 0n), 0n);
  const unknownRecords = [...recorded.keys()].filter((key) => !ledger.calls.has(key)).length;
  const wrong = calls.filter(([key, cost]) => recorded.has(key) && recorded.get(key) !== BigInt(cost));
  const wrongInBackend = calls.filter(
    ([key, cost]) => forwarded.has(key) && forwarded.get(key)?.costPicoUsd !== String(cost),
  );
  return {
    callsLost: calls.filter(([key]) => !recorded.has(key)).length,
    recordsTooMany: unknownRecords + (records.length - recorded.size),
    costsWrong: wrong.length,
    totalDifferencePicoUsd: sum - ledger.totalPicoUsd,
    spansNotForwarded: [...ledger.spanKeys].filter((key) => !forwarded.has(key)).length,
    forwardedCostsWrong: wrongInBackend.length,
  };
}

function costOf(record: CostRecord): bigint | undefined {
  return record.cost === null ? undefined : parseMoney(record.cost.total);
}
