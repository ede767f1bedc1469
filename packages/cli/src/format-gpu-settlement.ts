import {
  describeReason,
  type GpuWindowRecord,
  type Money,
  parseMoney,
  type UnpricedReason,
  ZERO_MONEY,
} from '@costspan/cost-model';
import { displayExactMoney, displayMoney } from './display-money.ts';
import { displayCount } from './display-rate.ts';
import type { SettleCounts } from './gpu-settle-counts.ts';
import type { GpuSettlement, SettledRequest } from './gpu-settlement.ts';
import { displayInstant } from './iso-instant.ts';
import { bold, type Column, formatTable } from './table.ts';

const WINDOWS_SHOWN_MAX = 60;
const REQUESTS_SHOWN_MAX = 20;
const TENANT_CHARACTERS_MAX = 16;

/** Settles a pool and shows its first windows, its costliest requests, and its sums to the last digit. */
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
    requests.count === 0 ? 'No requests ran in this period.' : requestTable(requests.shown, currency),
    ...moreLine(requests.count - requests.shown.length, 'requests, which cost less'),
    '',
    ...sumLines(settlement, currency),
  ].join('\n');
}

/** What became of the file's records, and what has no part in a pool. */
export function formatSettlementEnd(counts: SettleCounts): string {
  const { ofPools, outsidePeriod, ofUnknownPools, reportedAgain, notOfPools, duplicates, unpriced } = counts;
  const some = (count: number, words: string): string[] =>
    count === 0 ? [] : [`  ${displayCount(count)} ${words}`];
  return [
    counted(counts.records, 'record'),
    `  ${displayCount(ofPools)} of pools`,
    ...some(outsidePeriod, 'of them outside of the period'),
    ...some(ofUnknownPools, 'of pools that are not configured'),
    ...some(reportedAgain, 'that report a request again'),
    ...some(notOfPools, 'that have nothing to do with a pool'),
    ...[...unpriced].map(([reason, count]) => {
      const [code = '', detail] = reason.split(' (', 2);
      const words = (describeReason(code as UnpricedReason) as string | undefined) ?? code;
      return `  ${displayCount(count)} without a cost:\n    ${words}${detail === undefined ? '' : ` (${detail}`}`;
    }),
    ...some(duplicates, 'more of spans that the file had before'),
  ].join('\n');
}

function counted(count: number, noun: string): string {
  return `${displayCount(count)} ${noun}${count === 1 ? '' : 's'}`;
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
      displayMoney(parseMoney(text) ?? ZERO_MONEY, currency),
    ),
    displayCount(window.requestsActive),
  ]);
  return formatTable(columns, rows);
}

/** Ids are long, so that what a cost is made of has no room beside them. */
function requestTable(requests: readonly SettledRequest[], currency: string): string {
  const columns: Column[] = [
    { head: 'Trace', align: 'left' },
    { head: 'Span', align: 'left' },
    { head: 'Tenant', align: 'left', charactersMax: TENANT_CHARACTERS_MAX },
    { head: 'GPU seconds', align: 'decimal' },
    { head: 'Cost', align: 'decimal' },
  ];
  const rows = requests.map(({ request, gpuNanos, cost }) => {
    const [traceId = '', spanId = ''] = request.id.split(' ');
    return [
      traceId,
      spanId,
      request.tenant ?? '(none)',
      (Number(gpuNanos) / 1e9).toFixed(3),
      displayExactMoney(cost, currency),
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

/** Both columns add up to their last row, to the last digit. */
function sumLines(settlement: GpuSettlement, currency: string): string[] {
  const totals = settlement.totals();
  const { requests } = totals;
  const exact = (amount: Money): string => displayExactMoney(amount, currency);
  const columns: Column[] = [
    { head: 'Sums', align: 'left' },
    { head: 'Pool', align: 'decimal' },
    { head: 'Its requests', align: 'decimal' },
  ];
  const rows = [
    ['Used', exact(totals.used), exact(requests.used)],
    ['Slack', exact(totals.slack), exact(requests.slack)],
    ['Idle', exact(totals.idle), exact(requests.idle)],
    ['Unsampled', exact(totals.unsampled), ''],
    ['Overhead', exact(totals.overhead), exact(requests.overhead)],
    ['Not theirs', '', exact(totals.notOfRequests)],
  ];
  const bill = exact(totals.bill);
  return [
    formatTable(columns, rows, { footRows: [['Bill', bill, bill]] }),
    ...(requests.slackNotCharged === 0n
      ? []
      : [`Slack of ${exact(requests.slackNotCharged)} is charged to no request: the basis is slots.`]),
    totals.addsUp ? 'The sums agree.' : 'The sums do not agree.',
  ];
}

function moreLine(count: number, what: string): string[] {
  return count > 0 ? [`… ${displayCount(count)} more ${what}; --json has all, to the last digit`] : [];
}
