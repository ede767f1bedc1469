import type { RequestColumns } from './request-columns.ts';

/** Amounts of requests, by position. */
export interface RequestAmounts {
  readonly usedPico: Float64Array;
  readonly slackPico: Float64Array;
  readonly idlePico: Float64Array;
  readonly overheadPico: Float64Array;
  readonly replicaNanos: Float64Array;
}

/** What the requests that were not sampled had, all together. */
export type UnsampledAmounts = { readonly [Name in keyof RequestAmounts]: number };

/**
 * Leaves each request its own part of what it had with those that it stands for, rounded down, and returns the rest. Of
 * 1,001 picos that one in a hundred had, 10 are its own and 991 unsampled.
 */
export function setSampledApart(columns: RequestColumns, amounts: RequestAmounts): UnsampledAmounts {
  return {
    usedPico: setApart(columns, amounts.usedPico, Math.floor),
    slackPico: setApart(columns, amounts.slackPico, Math.floor),
    idlePico: setApart(columns, amounts.idlePico, Math.floor),
    overheadPico: setApart(columns, amounts.overheadPico, Math.floor),
    replicaNanos: setApart(columns, amounts.replicaNanos, (nanos) => nanos),
  };
}

function setApart(
  { counts, countUnits }: RequestColumns,
  amounts: Float64Array,
  round: (amount: number) => number,
): number {
  if (counts === undefined) return 0;
  let apart = 0;
  for (let position = 0; position < amounts.length; position += 1) {
    const amount = amounts[position] ?? 0;
    const requests = (counts[position] ?? 0) / countUnits;
    if (requests <= 1) continue;
    const own = round(amount / requests);
    amounts[position] = own;
    apart += amount - own;
  }
  return apart;
}
