/**
 * Settles one window of a million requests, beside the engine's own sort of the same times as typed keys, which no
 * settlement that goes by time can do without: `sort` is that of starts and ends, `columns` settles what was read, and
 * `requests` reads it too, with a million requests in the heap. The figures are of the best round.
 *
 *   node --expose-gc --conditions=@costspan/source packages/allocation/bench/settle.ts [requests]
 */
import { execFileSync } from 'node:child_process';
import { type GpuPool, parseMoney } from '@costspan/cost-model';
import { EventOrder } from '../src/event-order.ts';
import type { GpuRequest, GpuWindow } from '../src/index.ts';
import { readRequests, type RequestColumns } from '../src/request-columns.ts';
import { settleColumns, settleWindow } from '../src/settle-window.ts';
import { randomNumbers, traffic, type TrafficOptions } from './traffic.ts';

type Arrivals = TrafficOptions['arrivals'];

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
const SLOTS: GpuPool = { ...POOL, basis: 'slots', capacity: 1024, idle: 'proportional' };
const WINDOW: GpuWindow = {
  startUnixNano: START,
  endUnixNano: START + BigInt(HOUR_NANOS),
  rate: POOL.rates[0],
};

interface Measured {
  readonly cpuMillis: number;
  readonly wallMillis: number;
  readonly megabytes: number;
}

function measured(work: () => unknown): Measured {
  let cpuMillis = Infinity;
  let wallMillis = Infinity;
  let megabytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    globalThis.gc?.();
    const before = memory();
    const wallStart = performance.now();
    const cpuStart = process.threadCpuUsage();
    const result = work();
    // Processor time of this thread: other processes of the machine do not count.
    const { user, system } = process.threadCpuUsage(cpuStart);
    cpuMillis = Math.min(cpuMillis, (user + system) / 1000);
    wallMillis = Math.min(wallMillis, performance.now() - wallStart);
    // What stands when it is done, garbage included: the least that the process needs to settle.
    megabytes = Math.max(megabytes, (memory() - before) / 2 ** 20);
    if (result === undefined) throw new Error('nothing was settled');
  }
  return { cpuMillis, wallMillis, megabytes };
}

function memory(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + Math.max(external, arrayBuffers);
}

/** As they arrive at the gateway: in the order in which they ended, but for exporters that keep them up to 5 s. */
function requestsOf(arrivals: Arrivals): GpuRequest[] {
  const options = { seed: 1, spanNanos: HOUR_NANOS, slots: 4096, startUnixNano: START };
  const requests = traffic({ ...options, requests: requestCount, arrivals });
  const random = randomNumbers(2);
  const sentNanos = Float64Array.from(requests, ({ intervals }) => {
    return Number(intervals[0]!.endUnixNano - START) + random() * 5e9;
  });
  const order = Uint32Array.from(requests.keys()).sort((left, right) => sentNanos[left]! - sentNanos[right]!);
  return Array.from(order, (index) => requests[index]!);
}

/** The requests are gone when it returns, so that no collection goes through them. */
function columnsOf(pool: GpuPool, arrivals: Arrivals): RequestColumns {
  const before = (left: number, right: number): boolean => left < right;
  return { ...readRequests(pool, WINDOW, requestsOf(arrivals)), before };
}

function measureCase(arrivals: Arrivals, basis: string, work: string): Measured {
  const pool = basis === 'slots' ? SLOTS : POOL;
  if (work === 'requests') {
    const requests = requestsOf(arrivals);
    return measured(() => settleWindow(pool, WINDOW, requests, OPTIONS));
  }
  const columns = columnsOf(pool, arrivals);
  if (work === 'columns') return measured(() => settleColumns(pool, WINDOW, columns, OPTIONS));
  return measured(() => [
    new EventOrder(columns.startNanos, HOUR_NANOS),
    new EventOrder(columns.endNanos, HOUR_NANOS),
  ]);
}

/** Each in a process of its own, so that none runs in code that the engine made for another. */
function measureApart(...measuredCase: string[]): Measured {
  const { execPath, execArgv, argv } = process;
  const output = execFileSync(execPath, [...execArgv, argv[1]!, String(requestCount), ...measuredCase]);
  return JSON.parse(output.toString()) as Measured;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

const [, , , arrivals, basis = '', work = ''] = process.argv;
if (arrivals === 'poisson' || arrivals === 'bursty') {
  console.log(JSON.stringify(measureCase(arrivals, basis, work)));
} else {
  console.log(row(['requests', 'basis', 'work', 'CPU ms', 'wall ms', '× sort', 'MB']));
  console.log(row(['---', '---', '---', '---:', '---:', '---:', '---:']));
  for (const each of ['poisson', 'bursty']) {
    for (const basisName of ['concurrency', 'slots']) {
      const sort = measureApart(each, basisName, 'sort');
      for (const kind of ['sort', 'columns', 'requests']) {
        const { cpuMillis, wallMillis, megabytes } =
          kind === 'sort' ? sort : measureApart(each, basisName, kind);
        const figures = [cpuMillis, wallMillis].map((millis) => millis.toFixed(0));
        console.log(
          row([
            each,
            basisName,
            kind,
            ...figures,
            (cpuMillis / sort.cpuMillis).toFixed(1),
            megabytes.toFixed(0),
          ]),
        );
      }
    }
  }
}
