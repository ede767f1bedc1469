import {
  describeReason,
  type GpuWindowRecord,
  parseMoney,
  type UnpricedReason,
  ZERO_MONEY,
} from '@costspan/cost-model';
import { displayExactMoney } from './display-money.ts';
import { displayCount } from './display-rate.ts';
import type { SettleInput } from './gpu-settle-input.ts';
import type { GpuSettlement, SettledRequest } from './gpu-settlement.ts';
import { displayInstant } from './iso-instant.ts';
import { bold, type Column, formatTable } from './table.ts';

const WINDOWS_SHOWN_MAX = 60;
const REQUESTS_SHOWN_MAX = 20;

/** Settles a pool and shows its first windows, its costliest requests and its sums, to the last digit. */
export function formatSettlementOfPool(settlement: GpuSettlement, currency: string): string {
  const { pool, period } = settlement;
  const windows: GpuWindowRecord[] = [];
  let windowCount = 0;
  for (const window of settlement.windows()) {
    windowCount += 1;
    if (windows.length < WINDOWS_SHOWN_MAX) windows.push(window);
  }
  const requests = costliest(settlement.requests());
  return [
    bold(
      `${pool.name}, ${displayInstant(period.fromUnixNano)} to ${displayInstant(period.untilUnixNano)} UTC`,
    ),
    windowTable(windows, currency),
    ...moreLine(windowCount - windows.length, 'windows'),
    '',
    requestTable(requests.shown, currency),
    ...moreLine(requests.count - requests.shown.length, 'requests, which cost less'),
    '',
    ...sumLines(settlement, currency),
  ].join('\n');
}

/** What was read of the file, and what has no part in a pool. */
export function formatSettlementEnd(input: SettleInput): string {
  return [
    `${displayCount(input.records)} records: ${displayCount(input.requests.length)} of pools, ` +
      `${displayCount(input.others)} that have nothing to do with one` +
      (input.duplicates === 0 ? '' : `; ${displayCount(input.duplicates)} that the file had before`),
    ...[...input.unpriced].map(([reason, count]) => {
      const [code = '', detail] = reason.split(' (', 2);
      const words = (describeReason(code as UnpricedReason) as string | undefined) ?? code;
      return `  ${displayCount(count)} without a cost: ${words}${detail === undefined ? '' : ` (${detail}`}`;
    }),
  ].join('\n');
}

function windowTable(windows: readonly GpuWindowRecord[], currency: string): string {
  const columns: Column[] = [
    { head: 'Window (UTC)', align: 'left' },
    ...['Bill', 'Used', 'Slack', 'Idle', 'Unsampled', 'Overhead'].map((head) => ({
      head,
      align: 'decimal' as const,
    })),
    { head: 'Requests', align: 'right' },
  ];
  const rows = windows.map((window) => [
    displayInstant(BigInt(window.startUnixNano)),
    ...[window.bill, window.used, window.slack, window.idle, window.unsampled, window.overhead].map((text) =>
      displayExactMoney(parseMoney(text) ?? ZERO_MONEY, currency),
    ),
    displayCount(window.requestsActive),
  ]);
  return formatTable(columns, rows);
}

function requestTable(requests: readonly SettledRequest[], currency: string): string {
  const columns: Column[] = [
    ...['Trace', 'Span', 'Tenant'].map((head) => ({ head, align: 'left' as const })),
    { head: 'GPU seconds', align: 'decimal' },
    ...['Used', 'Slack', 'Idle', 'Overhead', 'Cost'].map((head) => ({ head, align: 'decimal' as const })),
  ];
  const rows = requests.map(({ request, gpuNanos, used, slack, idle, overhead, cost }) => {
    const [traceId = '', spanId = ''] = request.id.split(' ');
    return [
      traceId,
      spanId,
      request.tenant ?? '(none)',
      (Number(gpuNanos) / 1e9).toFixed(6),
      ...[used, slack, idle, overhead, cost].map((amount) => displayExactMoney(amount, currency)),
    ];
  });
  return formatTable(columns, rows);
}

/** The costliest requests, without holding the others. */
function costliest(requests: Iterable<SettledRequest>): {
  readonly shown: readonly SettledRequest[];
  readonly count: number;
} {
  let shown: SettledRequest[] = [];
  let count = 0;
  for (const request of requests) {
    count += 1;
    shown.push(request);
    if (shown.length >= 2 * REQUESTS_SHOWN_MAX) shown = costliestFirst(shown).slice(0, REQUESTS_SHOWN_MAX);
  }
  return { shown: costliestFirst(shown).slice(0, REQUESTS_SHOWN_MAX), count };
}

function costliestFirst(requests: readonly SettledRequest[]): SettledRequest[] {
  return requests.toSorted((a, b) => (a.cost === b.cost ? 0 : a.cost > b.cost ? -1 : 1));
}

function sumLines(settlement: GpuSettlement, currency: string): string[] {
  const totals = settlement.totals();
  const exact = (amount: typeof totals.bill): string => displayExactMoney(amount, currency);
  return [
    `Used ${exact(totals.used)} + slack ${exact(totals.slack)} + idle ${exact(totals.idle)} + unsampled ` +
      `${exact(totals.unsampled)} + overhead ${exact(totals.overhead)} = bill ${exact(totals.bill)}`,
    `The requests add up to used ${exact(totals.requests.used)}, slack ${exact(totals.requests.slack)}, idle ` +
      `${exact(totals.requests.idle)}, overhead ${exact(totals.requests.overhead)}; ${exact(totals.notOfRequests)} of ` +
      `the bill is not theirs. ${totals.addsUp ? 'The sums agree.' : 'The sums do not agree.'}`,
  ];
}

function moreLine(count: number, what: string): string[] {
  return count > 0 ? [`… ${displayCount(count)} more ${what}; --json has all`] : [];
}
