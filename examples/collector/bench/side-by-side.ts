/**
 * The gateway beside the OpenTelemetry Collector: the same requests, the same machine, the same work in one run.
 *
 * 1. `Collector`: transform (OTTL price arithmetic for the models of the requests) and signal_to_metrics, forwarding.
 * 2. `Costspan, no store`: every dialect, deduplication, prices, attributes and metrics, forwarding.
 * 3. `Costspan, durable`: the same with a record of each call on disk before the answer.
 *
 * A round measures all three one after the other, in a changing order, for each mix of spans. CPU time is that of the measured
 * process alone; the load and the backend run beside it on the same cores. Figures are medians over the rounds; the ratio is the
 * median of the rounds' ratios of spans per CPU-second. `side-by-side.ts [ROUNDS] [SECONDS]`
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { collectorBinary } from '../src/collector-binary.ts';
import { freePort } from '../src/free-port.ts';
import { collectorConfig } from './collector-pricing.ts';
import { MeasuredProcess } from './measured-process.ts';

const [, , rounds = '3', seconds = '10'] = process.argv;
const WARM_UP_SECONDS = 6;
const CONNECTIONS = 16;
const SOURCE = '--conditions=@costspan/source';
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

interface Load {
  readonly spans: number;
  readonly seconds: number;
  readonly askedToWait: number;
  readonly failed: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  readonly bytesPerSpan: number;
}

interface Figures {
  readonly spansPerCpuSecond: number;
  readonly spansPerSecond: number;
  readonly peakMebibytes: number;
  readonly load: Load;
}

interface Contestant {
  readonly name: string;
  start(folder: string, sink: string): Promise<{ process: MeasuredProcess; url: string }>;
}

let nextRequest = 1n;

async function sendLoad(url: string, share: number, forSeconds: number): Promise<Load> {
  const first = String(nextRequest);
  nextRequest += 10_000_000n;
  const parameters = [
    SOURCE,
    here('send-load.ts'),
    url,
    String(share),
    String(forSeconds),
    String(CONNECTIONS),
    first,
  ];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  return JSON.parse(output) as Load;
}

async function startCollector(
  folder: string,
  sink: string,
): Promise<{ process: MeasuredProcess; url: string }> {
  const [receiver, prometheus] = [await freePort(), await freePort()];
  const path = join(folder, 'collector.yaml');
  writeFileSync(path, collectorConfig(`127.0.0.1:${receiver}`, `127.0.0.1:${prometheus}`, sink));
  const process = new MeasuredProcess(await collectorBinary(), ['--config', path]);
  const url = `http://127.0.0.1:${receiver}`;
  await answering(`${url}/v1/traces`, process);
  return { process, url };
}

const startCostspan =
  (kind: 'none' | 'duckdb') =>
  async (folder: string, sink: string): Promise<{ process: MeasuredProcess; url: string }> => {
    const path = join(folder, 'costspan.yaml');
    const gateway = { listen: '127.0.0.1:0', forward: { endpoint: sink, mode: 'required' } };
    writeFileSync(path, JSON.stringify({ gateway, store: { kind, path: join(folder, 'data') } }));
    const main = here('../../../packages/cli/src/main.ts');
    const measured = new MeasuredProcess(process.execPath, [SOURCE, main, 'up', '--config', path]);
    return { process: measured, url: await measured.printed(/is up at (\S+?),/) };
  };

const CONTESTANTS: readonly Contestant[] = [
  { name: 'Collector', start: startCollector },
  { name: 'Costspan, no store', start: startCostspan('none') },
  { name: 'Costspan, durable', start: startCostspan('duckdb') },
];

async function answering(url: string, measured: MeasuredProcess): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).catch(() => undefined);
    if (response?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} does not answer: ${measured.output.slice(-2000)}`);
}

async function measure(contestant: Contestant, sink: string, share: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-bench-'));
  const { process: measured, url } = await contestant.start(folder, sink);
  try {
    await sendLoad(url, share, WARM_UP_SECONDS);
    measured.resetPeak();
    const cpuBefore = measured.cpuSeconds();
    const load = await sendLoad(url, share, Number(seconds));
    // What is on disk and not in the database yet is work of this round too.
    await fetch(`${url}/api/summary`).then(async (response) => response.text());
    const cpuSeconds = measured.cpuSeconds() - cpuBefore;
    if (load.failed > 0)
      throw new Error(`${contestant.name} failed ${load.failed} requests: ${measured.output.slice(-2000)}`);
    return {
      spansPerCpuSecond: load.spans / cpuSeconds,
      spansPerSecond: load.spans / load.seconds,
      peakMebibytes: measured.peakMebibytes(),
      load,
    };
  } finally {
    await measured.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

async function compare(name: string, share: number, sink: string): Promise<void> {
  const figures: Figures[][] = CONTESTANTS.map(() => []);
  for (let round = 0; round < Number(rounds); round++) {
    for (let turn = 0; turn < CONTESTANTS.length; turn++) {
      const index = (round + turn) % CONTESTANTS.length;
      const contestant = CONTESTANTS[index] as Contestant;
      figures[index]?.push(await measure(contestant, sink, share));
    }
  }
  console.log(`\n${name}, ${figures[0]?.[0]?.load.bytesPerSpan} B a span`);
  CONTESTANTS.forEach((contestant, index) => {
    const own = figures[index] ?? [];
    const of = (read: (each: Figures) => number): number => median(own.map(read));
    const ratio = median(
      own.map((each, round) => each.spansPerCpuSecond / (figures[0]?.[round]?.spansPerCpuSecond ?? 0)),
    );
    console.log(
      [
        contestant.name.padEnd(20),
        `${Math.round(of((each) => each.spansPerCpuSecond) / 1000)} k spans/CPU-s (×${ratio.toFixed(2)})`.padEnd(
          32,
        ),
        `${Math.round(of((each) => each.spansPerSecond) / 1000)} k spans/s`.padEnd(15),
        `peak ${Math.round(Math.max(...own.map((each) => each.peakMebibytes)))} MiB`.padEnd(15),
        `p50 ${of((each) => each.load.p50Millis).toFixed(1)} ms, p99 ${of((each) => each.load.p99Millis).toFixed(1)} ms`,
        of((each) => each.load.askedToWait) > 0
          ? `, asked to wait ${of((each) => each.load.askedToWait)} times`
          : '',
      ].join('  '),
    );
  });
}

const sink = new MeasuredProcess(process.execPath, [SOURCE, here('span-sink.ts')]);
const sinkUrl = await sink.printed(/http:\S+/);
console.log(
  `Gateway and Collector, ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections, ${availableParallelism()} cores with load and backend`,
);
await compare('Model calls only', 1, sinkUrl);
await compare('Every fifth span a model call', 0.2, sinkUrl);
await sink.stop();
