import type { GpuPoolReport, LeftOut } from '@costspan/allocation';
import { type GpuPool, type GpuWindowRecord, type Money, parseMoney, ZERO_MONEY } from '@costspan/cost-model';
import { displayMoney } from './display-money.ts';
import { displayCount } from './display-rate.ts';
import type { DiagnosedPool } from './gpu-reports.ts';
import { displayInstant } from './iso-instant.ts';
import { bold, type Column, formatTable } from './table.ts';
import { wrapText } from './wrap-text.ts';

/** Stands for what is not known, which is not the same as 0. */
const UNKNOWN = '–';
/** More are in the JSON. */
const LEFT_OUT_SHOWN_MAX = 10;

/** What each pool cost, how it was used, and what would lower its cost. */
export function formatGpuReports(diagnosed: readonly DiagnosedPool[]): string {
  const covered = diagnosed.filter(({ report }) => report.covered !== undefined);
  return [
    ...(covered.length === 0 ? [] : [formatCosts(covered), formatUnitCosts(covered), formatUse(covered)]),
    ...diagnosed.map(formatPool),
  ].join('\n\n');
}

function formatCosts(diagnosed: readonly DiagnosedPool[]): string {
  const hasUnsampled = diagnosed.some(({ report }) => report.unsampled > 0n);
  const hasOverhead = diagnosed.some(({ report }) => report.overhead > 0n);
  const columns: Column[] = [
    { head: 'Pool', align: 'left' },
    ...[
      'Bill',
      'Used',
      'Slack',
      'Idle',
      ...(hasUnsampled ? ['Unsampled'] : []),
      ...(hasOverhead ? ['Overhead'] : []),
    ].map(decimal),
    { head: 'Requests', align: 'right' },
  ];
  const rows = diagnosed.map(({ report }) => {
    const amount = (money: Money | undefined): string =>
      money === undefined ? UNKNOWN : displayMoney(money, report.currency);
    return [
      report.pool.name,
      ...[report.bill, report.used, report.slack, report.idle].map(amount),
      ...(hasUnsampled ? [amount(report.unsampled)] : []),
      ...(hasOverhead ? [amount(report.overhead)] : []),
      displayCount(Math.round(report.requests)),
    ];
  });
  return [bold('Cost by pool'), formatTable(columns, rows)].join('\n');
}

function formatUnitCosts(diagnosed: readonly DiagnosedPool[]): string {
  const columns: Column[] = [
    { head: 'Pool', align: 'left' },
    ...['Per request: used', 'Per request: loaded', 'Per 1K output: used', 'Per 1K output: loaded'].map(
      decimal,
    ),
  ];
  const rows = diagnosed.map(({ report: { pool, perRequest, per1kOutputTokens, currency } }) => [
    pool.name,
    ...[perRequest.used, perRequest.loaded, per1kOutputTokens.used, per1kOutputTokens.loaded].map((money) =>
      money === undefined ? UNKNOWN : displayMoney(money, currency),
    ),
  ]);
  return [
    bold('Cost by unit'),
    formatTable(columns, rows),
    'Used: of the capacity that was filled. Loaded: the whole bill, divided.',
  ].join('\n');
}

function formatUse(diagnosed: readonly DiagnosedPool[]): string {
  const hasDevice = diagnosed.some(({ device }) => device !== undefined);
  const columns: Column[] = [
    { head: 'Pool', align: 'left' },
    ...['Replicas', 'Busy', 'Filled'].map(right),
    ...['At a time', 'while busy', 'at its peak'].map(decimal),
    ...(hasDevice ? ['Device', 'Coverage'].map(right) : []),
    ...['Late', 'Dropped'].map(right),
  ];
  const rows = diagnosed.map(({ report, device, coverage }) => [
    report.pool.name,
    displayCount(report.pool.replicas),
    percent(report.occupancy),
    percent(report.fill),
    depth(report.meanConcurrency),
    depth(report.batchDepth),
    depth(report.peak.concurrency / report.pool.replicas),
    ...(hasDevice ? [percent(device?.utilization), percent(coverage)] : []),
    displayCount(report.lateRequests),
    displayCount(report.droppedRequests),
  ]);
  return [
    bold('Use by pool'),
    formatTable(columns, rows),
    'At a time: requests that one replica worked on. Filled: of its capacity, over the whole time.',
  ].join('\n');
}

function formatPool({ report, diagnosis, device, windows }: DiagnosedPool): string {
  const { pool, covered } = report;
  const prose = [
    ...(covered === undefined
      ? []
      : [
          `From ${displayInstant(covered.fromUnixNano)} to ${displayInstant(covered.untilUnixNano)} UTC, closed windows.`,
        ]),
    ...leftOutLines(report),
    ...(covered === undefined ? [] : [diagnosis.text]),
    ...diagnosis.contradictions.map(({ text }) => `Beware: ${text}`),
    ...(device === undefined ? [] : deviceLines(device)),
    ...(report.unknownReplicas === 0
      ? []
      : [
          `${displayCount(report.unknownReplicas)} requests do not tell which replica served them, so the split between ` +
            `replicas is a guess: have the servers' resource carry ${pool.replicaKeys.join(' or ')}.`,
        ]),
  ];
  return [
    bold(pool.name),
    ...prose.map(wrapText),
    ...(windows === undefined || windows.length === 0 ? [] : [formatWindows(windows, report.currency)]),
  ].join('\n');
}

function deviceLines({ source, metric, over, utilization }: NonNullable<DiagnosedPool['device']>): string[] {
  if (metric === undefined || utilization === undefined) {
    return [
      `${source} has no utilisation of this pool's devices: check its devices labels in the configuration.`,
    ];
  }
  const when = over === 'instant' ? 'at this moment, not over the period' : 'over the period';
  return [`Devices were ${percent(utilization)} busy ${when} (${metric}).`];
}

function leftOutLines({ pool, leftOut }: GpuPoolReport): string[] {
  const more = leftOut.length - LEFT_OUT_SHOWN_MAX;
  return [
    ...leftOut.slice(0, LEFT_OUT_SHOWN_MAX).map((one) => leftOutText(pool, one)),
    ...(more > 0 ? [`… ${displayCount(more)} more stretches are not in the books; --json has them.`] : []),
  ];
}

function leftOutText(pool: GpuPool, { fromUnixNano, untilUnixNano, reason }: LeftOut): string {
  const stretch = `${displayInstant(fromUnixNano)} to ${displayInstant(untilUnixNano)} UTC is not in the books`;
  const texts: Readonly<Record<LeftOut['reason'], string>> = {
    not_observed:
      'the gateway was not watching the pool yet, and no settled window is of that time; "costspan up" ' +
      'watches the pools of its configuration',
    not_closed:
      'its windows are not closed yet, as requests may still arrive; a window closes ' +
      `${duration(pool.latenessSeconds)} after its end (lateness_seconds), the first one ` +
      `${duration(pool.windowSeconds + pool.latenessSeconds)} after the gateway started`,
    no_rate: `the pool has no hourly rate then; add one to its rates with from: ${displayInstant(fromUnixNano).slice(0, 10)}`,
    other_currency: 'it was settled in another currency than the configuration has now',
    no_window: `no window of the pool starts in it; ask for whole windows of ${duration(pool.windowSeconds)}`,
  };
  return `${stretch}: ${texts[reason]}.`;
}

function formatWindows(windows: readonly GpuWindowRecord[], currency: string): string {
  const columns: Column[] = [
    { head: 'Window (UTC)', align: 'left' },
    ...['Bill', 'Used', 'Slack', 'Idle', 'Overhead'].map(decimal),
    ...['Requests', 'Busy'].map(right),
    decimal('At a time'),
    right('Revision'),
  ];
  const rows = windows.map((window) => [
    displayInstant(BigInt(window.startUnixNano)),
    ...[window.bill, window.used, window.slack, window.idle, window.overhead].map((text) =>
      displayMoney(parseMoney(text) ?? ZERO_MONEY, currency),
    ),
    displayCount(window.requestsActive),
    percent(Number(window.busySeconds) / Number(window.replicaSeconds)),
    depth(Number(window.activeSeconds) / Number(window.replicaSeconds)),
    displayCount(window.revision),
  ]);
  return ['Windows that are not listed had no request.', formatTable(columns, rows)].join('\n');
}

function decimal(head: string): Column {
  return { head, align: 'decimal' };
}

function right(head: string): Column {
  return { head, align: 'right' };
}

function percent(part: number | undefined): string {
  return part === undefined ? UNKNOWN : `${(part * 100).toFixed(1)} %`;
}

function depth(requests: number | undefined): string {
  return requests === undefined ? UNKNOWN : requests.toFixed(2);
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`;
}
