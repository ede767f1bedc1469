/**
 * Settles one window of a million requests, beside the engine's own sort of the same times as typed keys, which no
 * settlement that goes by time can do without.
 *
 *   node --expose-gc --conditions=@costspan/source packages/allocation/bench/settle.ts [requests]
 */
import { type GpuPool, parseMoney } from '@costspan/cost-model';
import { EventOrder } from '../src/event-order.ts';
import type { GpuRequest, GpuWindow } from '../src/index.ts';
import { readRequests } from '../src/request-columns.ts';
import { settleColumns, settleWindow } from '../src/settle-window.ts';
import { traffic } from './traffic.ts';

const ROUNDS = 3;
const HOUR_NANOS = 3_600_000_000_000;
const START = 1_767_225_600_000_000_000n;
const OPTIONS = { revision: 1, currency: 'USD' };
const requestCount = Number(process.argv[2] ?? 1_000_000);

const POOL: GpuPool = {
  name: 'llama-70b',
  owner: undefined,
  match: {},
  instance: undefined,
  gpus: 8,
  replicas: 1,
  replicaKeys: [],
  rates: [{ fromUnixNano: START, perHour: parseMoney('98.32')! }],
  method: 'time_share',
  basis: 'concurrency',
  capacity: undefined,
  idle: 'separate',
  reserved: [],
  overhead: { percent: '15', reviewed: '2026-01-01' },
  windowSeconds: 3600,
  latenessSeconds: 900,
  late: 'reopen',
  finalAfterHours: 24,
  tokenWeights: { input: 1, cached: 0, output: 2 },
  devices: {},
  servers: {},
};
const WINDOW: GpuWindow = {
  startUnixNano: START,
  endUnixNano: START + BigInt(HOUR_NANOS),
  rate: POOL.rates[0],
};

interface Measured {
  readonly millis: number;
  readonly megabytes: number;
}

function measured(work: () => unknown): Measured {
  let millis = Infinity;
  let megabytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    globalThis.gc?.();
    const before = memory();
    const start = process.threadCpuUsage();
    const result = work();
    // Processor time of this thread: other processes of the machine do not count.
    const { user, system } = process.threadCpuUsage(start);
    millis = Math.min(millis, (user + system) / 1000);
    // What stands when it is done, garbage included: the least that the process needs to settle.
    megabytes = Math.max(megabytes, (memory() - before) / 2 ** 20);
    if (result === undefined) throw new Error('nothing was settled');
  }
  return { millis, megabytes };
}

function memory(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

function print(label: string, { millis, megabytes }: Measured, sort: Measured): void {
  const ratio = (millis / sort.millis).toFixed(2);
  console.log(
    `${label.padEnd(44)} ${millis.toFixed(0).padStart(6)} ms  ${ratio.padStart(6)} × sort  ${megabytes.toFixed(0).padStart(5)} MB`,
  );
}

/** As they arrive at the gateway: in the order in which they ended. */
function requestsOf(arrivals: 'poisson' | 'bursty'): GpuRequest[] {
  const options = { seed: 1, spanNanos: HOUR_NANOS, slots: 1024, startUnixNano: START };
  return traffic({ ...options, requests: requestCount, arrivals }).toSorted((left, right) =>
    Number(left.intervals[0]!.endUnixNano - right.intervals[0]!.endUnixNano),
  );
}

function compare(label: string, pool: GpuPool, arrivals: 'poisson' | 'bursty'): void {
  let requests = requestsOf(arrivals);
  const whole = measured(() => settleWindow(pool, WINDOW, requests, OPTIONS));
  // Without the requests the heap is small, so that no collection goes through millions of objects.
  const before = (left: number, right: number): boolean => left < right;
  const columns = { ...readRequests(pool, WINDOW, requests), before };
  requests = [];
  const sort = measured(() => [
    new EventOrder(columns.startNanos, HOUR_NANOS),
    new EventOrder(columns.endNanos, HOUR_NANOS),
  ]);
  print(`${label}: sort of starts and ends`, sort, sort);
  const core = measured(() => settleColumns(pool, WINDOW, columns, OPTIONS));
  print(`${label}: settled from columns`, core, sort);
  print(`${label}: settled from requests`, whole, sort);
}

const SLOTS: GpuPool = { ...POOL, basis: 'slots', capacity: 256, idle: 'proportional' };
for (const arrivals of ['poisson', 'bursty'] as const) {
  compare(arrivals, POOL, arrivals);
  compare(`${arrivals}, slots`, SLOTS, arrivals);
}
