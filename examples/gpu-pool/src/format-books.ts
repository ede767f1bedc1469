import type { GpuWindowRecord } from '@costspan/cost-model';
import type { GatewayBooks } from './gateway-books.ts';
import { gpuRecords } from './gateway-books.ts';

const NANOS_PER_MILLI = 1_000_000n;

/** The books as two tables: by window, and by tenant. */
export function formatBooks({ windows, records }: GatewayBooks): string {
  const charged = Map.groupBy(gpuRecords(records), ({ tenant }) => tenant ?? '(none)');
  return [
    '',
    row('window', ['bill', 'used', 'slack', 'idle', 'requests', 'occupancy', 'concurrency']),
    ...windows.map(windowRow),
    '',
    row('tenant', ['cost', 'requests', 'per request', 'GPU-seconds']),
    ...[...charged].map(([tenant, requests]) => {
      const cost = total(requests.map((request) => request.cost?.total ?? '0'));
      const seconds = total(requests.map(({ gpu }) => gpu.seconds));
      const count = requests.length;
      return row(tenant, [dollars(cost), String(count), dollars(cost / count), seconds.toFixed(3)]);
    }),
    '',
  ].join('\n');
}

function windowRow(window: GpuWindowRecord): string {
  const start = new Date(Number(BigInt(window.startUnixNano) / NANOS_PER_MILLI));
  const seconds = Number(window.replicaSeconds);
  return row(start.toISOString().slice(11, 19), [
    ...[window.bill, window.used, window.slack, window.idle].map((amount) => dollars(Number(amount))),
    String(window.requestsActive),
    `${((100 * Number(window.busySeconds)) / seconds).toFixed(1)} %`,
    (Number(window.activeSeconds) / seconds).toFixed(2),
  ]);
}

function row(name: string, cells: readonly string[]): string {
  return [name.padEnd(10), ...cells.map((cell) => cell.padStart(12))].join('');
}

function dollars(amount: number): string {
  return `$${amount.toFixed(6)}`;
}

function total(amounts: readonly string[]): number {
  return amounts.reduce((sum, amount) => sum + Number(amount), 0);
}
