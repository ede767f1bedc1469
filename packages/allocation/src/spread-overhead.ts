import { apportion } from './apportion.ts';
import type { CarriedIdle, IdleRow } from './carry-idle.ts';
import type { RequestColumns } from './request-columns.ts';
import { sumsOf } from './total-amount.ts';

export interface SpreadOverhead {
  /** What each request carries with all that it stands for, by position. */
  readonly overheadPico: Float64Array;
  /** On slack that no request is charged. */
  readonly slackPico: number;
  /** Idle rows with their overhead. */
  readonly rows: readonly IdleRow[];
}

/** What a window's cost became, before overhead: charged + slack + idle = cost. */
export interface WindowCost {
  readonly costPico: number;
  readonly overheadPico: number;
  readonly chargedPico: Float64Array;
  /** That no request is charged. */
  readonly slackPico: number;
  readonly carried: CarriedIdle;
}

/** Divides overhead in proportion to all that it is on: requests with the idle cost they carry, slack and idle rows. */
export function spreadOverhead(columns: RequestColumns, cost: WindowCost): SpreadOverhead {
  const { costPico, overheadPico, carried } = cost;
  if (costPico === 0 && overheadPico > 0) {
    // The hour is so cheap that only its overhead has come to a whole pico-unit.
    const row = { tenant: undefined, idlePico: 0, overheadPico };
    return { overheadPico: new Float64Array(columns.count), slackPico: 0, rows: [...carried.rows, row] };
  }
  const { shares, rest } = apportion({
    amountPico: overheadPico,
    whole: costPico,
    hi: sumsOf(cost.chargedPico, carried.idlePico),
    rest: [cost.slackPico, ...carried.rows.map((row) => row.idlePico)].map((pico) => ({ hi: pico, lo: 0 })),
    before: columns.before,
  });
  const [slackPico = 0, ...rowPicos] = rest;
  return {
    overheadPico: shares,
    slackPico,
    rows: carried.rows.map((row, index) => ({ ...row, overheadPico: rowPicos[index] ?? 0 })),
  };
}
