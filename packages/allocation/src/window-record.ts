import {
  assert,
  formatMoney,
  GPU_WINDOW_SCHEMA,
  type GpuWindowRecord,
  moneyFromPico,
} from '@costspan/cost-model';
import { formatSeconds } from './format-seconds.ts';
import { ACTIVE, requestCount, STARTED } from './request-columns.ts';
import type { SettledBooks } from './settled-books.ts';
import { tenantShares } from './tenant-shares.ts';
import { totalAmount } from './total-amount.ts';

/** Writes down what became of a window's bill, and checks that it adds up. */
export function windowRecord(
  books: SettledBooks,
  options: { readonly revision: number; readonly currency: string },
): GpuWindowRecord {
  const { pool, window, columns, lanes, charges, amounts, unsampled } = books;
  const usedPico = totalAmount(amounts.usedPico);
  const slackPico = totalAmount(amounts.slackPico);
  const unsampledPico = unsampled.usedPico + unsampled.slackPico;
  assert(
    usedPico + slackPico + charges.idlePico + unsampledPico === books.costPico,
    'a window adds up to its cost',
    {
      pool: pool.name,
      startUnixNano: window.startUnixNano,
    },
  );
  const undistributed = books.overhead.rows.filter((row) => row.tenant === undefined);
  return {
    schema: GPU_WINDOW_SCHEMA,
    pool: pool.name,
    startUnixNano: String(window.startUnixNano),
    endUnixNano: String(window.endUnixNano),
    revision: options.revision,
    currency: options.currency,
    bill: formatPico(books.costPico + books.overheadPico),
    used: formatPico(usedPico),
    slack: formatPico(slackPico),
    idle: formatPico(charges.idlePico),
    unsampled: formatPico(unsampledPico),
    overhead: formatPico(books.overheadPico),
    idleUndistributed: formatPico(undistributed.reduce((total, row) => total + row.idlePico, 0)),
    requestsActive: requestCount(columns, ACTIVE),
    requestsStarted: requestCount(columns, STARTED),
    outputTokens: columns.outputTokens,
    replicaSeconds: formatSeconds(BigInt(lanes.replicas) * BigInt(columns.windowNanos)),
    busySeconds: formatSeconds(charges.busyNanos),
    activeSeconds: formatSeconds(charges.activeNanosTotal),
    filledSeconds: pool.capacity === undefined ? null : formatSeconds(charges.filledNanos),
    lateRequests: columns.late.length + columns.reopenedCount,
    droppedRequests: columns.droppedCount,
    unknownReplicas: lanes.unknownReplicas,
    tenants: tenantShares(books),
  };
}

function formatPico(pico: number): string {
  return formatMoney(moneyFromPico(pico));
}
