import { describeReason, parseMoney, type UnpricedReason, ZERO_MONEY } from '@costspan/cost-model';
import type { BoundCount, CallSummary, ReportDimension, ReportRow, RequestCost } from '@costspan/store';
import { displayMoney } from './display-money.ts';
import { displayCount } from './display-rate.ts';
import { bold, type Column, formatTable } from './table.ts';

/** Stands for an amount that is not known, which is not the same as $0.00. */
const UNKNOWN = '–';

/** Cost per request by some dimensions, the costliest first. */
export function formatReportTable(
  by: readonly ReportDimension[],
  rows: readonly ReportRow[],
  rowsMax: number,
): string {
  const hasUnpriced = rows.some(({ unpricedCalls }) => unpricedCalls > 0);
  const columns: Column[] = [
    ...by.map((dimension) => ({ head: capitalize(dimension), align: 'left' as const })),
    { head: 'Requests', align: 'right' },
    ...['Mean', 'p50', 'p95', 'Max', 'Total'].map((head) => ({ head, align: 'decimal' as const })),
    ...(hasUnpriced ? [{ head: 'Unpriced calls', align: 'right' as const }] : []),
  ];
  const cells = rows
    .slice(0, rowsMax)
    .map((row) => [
      ...by.map((dimension) => row.key[dimension] ?? '(none)'),
      displayCount(row.requests),
      ...[row.mean, row.p50, row.p95, row.max, row.pricedCalls === 0 ? null : row.total].map(displayAmount),
      ...(hasUnpriced ? [displayCount(row.unpricedCalls)] : []),
    ]);
  const more = rows.length - cells.length;
  return [
    bold(`Cost per request by ${by.join(' and ')}`),
    formatTable(columns, cells),
    ...(more > 0 ? [`… ${displayCount(more)} more, see --limit`] : []),
  ].join('\n');
}

/** What became of the calls, and why those without a price have none. */
export function formatCallSummary(summary: CallSummary): string {
  const { calls, requests, pricedCalls, unpricedCalls, duplicateCalls, total } = summary;
  const amount = pricedCalls === 0 ? UNKNOWN : displayAmount(total);
  return [
    bold('Calls'),
    `${displayCount(calls)} calls in ${displayCount(requests)} requests, ${amount} in all`,
    `  ${displayCount(pricedCalls)} priced`,
    ...boundLines(summary),
    `  ${displayCount(unpricedCalls)} unpriced`,
    ...reasonLines(summary, 'unpriced'),
    ...(duplicateCalls === 0 ? [] : [`  ${displayCount(duplicateCalls)} duplicate, billed elsewhere`]),
    ...reasonLines(summary, 'duplicate'),
    ...(unpricedCalls === 0 ? [] : ['Mean, percentiles and total are of what has a price.']),
  ].join('\n');
}

const BOUND_TEXTS: Readonly<Record<BoundCount['bound'], readonly [string, string]>> = {
  upper_bound: ['at most', 'cached tokens were not told apart'],
  lower_bound: ['at least', 'the instrumentation loses tokens'],
  estimated: ['about', 'the tokens were guessed, or what is lost pulls both ways'],
  gpu_estimated: ['at most', 'GPU time, until its windows are settled'],
};

/** A gateway of an earlier version does not say. */
function boundLines({ bounds = [] }: Partial<CallSummary>): string[] {
  return bounds.map(({ bound, calls, total }) => {
    const [relation, reason] = BOUND_TEXTS[bound] ?? [bound, ''];
    return `    ${displayCount(calls)} of them cost ${relation} ${displayAmount(total)}: ${reason}`;
  });
}

function reasonLines({ reasons }: CallSummary, status: 'unpriced' | 'duplicate'): string[] {
  return reasons
    .filter((one) => one.status === status)
    .map(({ reason, detail, calls }) => {
      // A newer gateway may know reasons that this command does not.
      const words = (describeReason(reason as UnpricedReason) as string | undefined) ?? reason;
      return `    ${displayCount(calls)}: ${words}${detail === null || detail === '' ? '' : ` (${detail})`}`;
    });
}

export function formatTopRequests(requests: readonly RequestCost[]): string {
  const columns: Column[] = [
    { head: 'Cost', align: 'decimal' },
    { head: 'Calls', align: 'right' },
    ...['Trace', 'Started (UTC)', 'Feature', 'Tenant', 'Model'].map((head) => ({
      head,
      align: 'left' as const,
    })),
  ];
  const rows = requests.map((request) => [
    displayAmount(request.total),
    displayCount(request.calls),
    request.traceId,
    new Date(Number(BigInt(request.startTimeUnixNano) / 1_000_000n)).toISOString().slice(0, 19),
    request.features.join(', '),
    request.tenants.join(', '),
    request.models.join(', '),
  ]);
  return [bold('Most expensive requests'), formatTable(columns, rows)].join('\n');
}

function displayAmount(decimal: string | null): string {
  return decimal === null ? UNKNOWN : displayMoney(parseMoney(decimal) ?? ZERO_MONEY);
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
