import { assert, type GpuPool, type GpuWindowRecord } from '@costspan/cost-model';
import { carryIdle } from './carry-idle.ts';
import { chargeLate } from './charge-late.ts';
import { chargeRequests } from './charge-requests.ts';
import { costAtRate, overheadRate } from './cost-clock.ts';
import type { GpuRequest } from './gpu-request.ts';
import type { GpuWindow } from './gpu-window.ts';
import { layLanes } from './pool-lanes.ts';
import { readRequests, type RequestColumns } from './request-columns.ts';
import { setSampledApart } from './sampled-requests.ts';
import { spreadOverhead } from './spread-overhead.ts';
import { sumsOf, totalAmount } from './total-amount.ts';
import { windowRecord } from './window-record.ts';

/**
 * What the requests of a window have of it, by their position in the list. Amounts are whole pico-units, of one request
 * each: what a sampled one stands for beyond itself is in the window's `unsampled`.
 */
export interface WindowShares {
  readonly used: Float64Array;
  /** Under the basis `slots` it is not charged: the pool keeps it. */
  readonly slack: Float64Array;
  readonly idle: Float64Array;
  readonly overhead: Float64Array;
  /** Its part of the time, in nanoseconds of the replica; a fraction. Under the basis `slots` without its slack. */
  readonly replicaNanos: Float64Array;
  /** How long it was active in the window. */
  readonly activeNanos: Float64Array;
}

export interface SettledWindow {
  readonly shares: WindowShares;
  readonly record: GpuWindowRecord;
}

export interface SettlementOptions {
  readonly revision: number;
  readonly currency: string;
}

/**
 * Settles a window: the requests' parts, slack, idle time and overhead add up to its bill, to the pico-unit. Ids are
 * unique, and the order of the requests makes no difference. The window has a rate, and costs at most 9,007 with its
 * overhead, so that every amount is a safe integer.
 */
export function settleWindow(
  pool: GpuPool,
  window: GpuWindow,
  requests: readonly GpuRequest[],
  options: SettlementOptions,
): SettledWindow {
  return settleColumns(pool, window, readRequests(pool, window, requests), options);
}

/**
 * Settles a window whose requests were read.
 *
 * 1. The requests that were on time are charged; what they do not have is idle.
 * 2. Idle cost is carried by whom the pool's policy names, and overhead by all in proportion.
 * 3. Requests that came too late take from what nobody carries.
 * 4. What sampled requests stand for is set apart from what they had themselves.
 */
export function settleColumns(
  pool: GpuPool,
  window: GpuWindow,
  columns: RequestColumns,
  options: SettlementOptions,
): SettledWindow {
  const { rate, startUnixNano, endUnixNano } = window;
  assert(rate !== undefined, 'only a window with a rate can be settled', { pool: pool.name, startUnixNano });
  const costPico = Number(costAtRate(rate, startUnixNano, endUnixNano));
  const overheadPico = Number(costAtRate(overheadRate(pool, rate), startUnixNano, endUnixNano));
  assert(Number.isSafeInteger(costPico + overheadPico), 'a window costs at most 9,007 with its overhead', {
    pool: pool.name,
    costPico,
    overheadPico,
  });
  const lanes = layLanes(pool, columns);
  const charges = chargeRequests(pool, columns, lanes, costPico);
  const keepsSlack = pool.basis === 'slots' && pool.method !== 'throughput';
  const onlyUsed = keepsSlack || pool.capacity === undefined;
  const chargedPico = onlyUsed ? charges.usedPico : sumsOf(charges.usedPico, charges.slackPico);
  const slackPico = keepsSlack ? totalAmount(charges.slackPico) : 0;
  const carried = carryIdle(pool, columns, chargedPico, charges.idlePico);
  const spread = spreadOverhead(columns, { costPico, overheadPico, chargedPico, slackPico, carried });
  const overhead = chargeLate(pool, columns, lanes, { charges, overhead: spread });
  const amounts = {
    usedPico: charges.usedPico,
    slackPico: charges.slackPico,
    idlePico: carried.idlePico,
    overheadPico: overhead.overheadPico,
    replicaNanos: charges.replicaNanos,
  };
  const unsampled = setSampledApart(columns, amounts);
  const books = {
    pool,
    window,
    costPico,
    overheadPico,
    keepsSlack,
    columns,
    lanes,
    charges,
    overhead,
    amounts,
    unsampled,
  };
  const shares = {
    used: amounts.usedPico,
    slack: amounts.slackPico,
    idle: amounts.idlePico,
    overhead: amounts.overheadPico,
    replicaNanos: amounts.replicaNanos,
    activeNanos: charges.activeNanos,
  };
  return { shares, record: windowRecord(books, options) };
}
