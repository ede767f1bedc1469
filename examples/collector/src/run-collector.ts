import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { collectorBinary } from './collector-binary.ts';
import { freePort } from './free-port.ts';

const HEALTHY_MILLIS_MAX = 30_000;
const POLL_MILLIS = 50;

export interface CollectorOptions {
  /** The working directory: its queue and the configuration of this run are kept here. */
  readonly folder: string;
  /** Where it sends traces: the base address of the gateway. */
  readonly gatewayUrl: string;
  /** Laid over `collector.yaml`, maps merged and lists replaced, as several `--config` are. */
  readonly changes?: object;
}

/** A Collector in a process of its own, at the same address in each of its lives. */
export interface RunningCollector {
  /** The base address of its OTLP/HTTP receiver. */
  readonly url: string;
  /** What it has written on standard error in all its lives; also in `collector.log`. */
  log(): Promise<string>;
  /** Ends this life without warning and starts the next one, with the same queue. */
  killAndStart(): Promise<void>;
  /** The sum of a metric of its own telemetry over the series with these labels, 0 where there are none. */
  metric(name: string, ...labels: string[]): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the Collector of `builder.yaml` with `collector.yaml` on free ports, and waits until it is healthy. */
export async function runCollector(options: CollectorOptions): Promise<RunningCollector> {
  const binary = await collectorBinary();
  const { folder, gatewayUrl, changes = {} } = options;
  const [port, healthPort, metricsPort] = [await freePort(), await freePort(), await freePort()];
  await mkdir(folder, { recursive: true });
  const layers = [addresses({ port, healthPort, metricsPort, gatewayUrl }), changes];
  const files = [fileURLToPath(new URL('../collector.yaml', import.meta.url))];
  for (const [index, layer] of layers.entries()) {
    const file = join(folder, `layer-${index}.yaml`);
    await writeFile(file, stringify(layer));
    files.push(file);
  }
  const args = files.flatMap((file) => ['--config', file]);
  const logFile = join(folder, 'collector.log');
  const errors = openSync(logFile, 'a');
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(binary, args, { cwd: folder, stdio: ['ignore', 'ignore', errors] });
    await healthy(child, `http://127.0.0.1:${healthPort}`, logFile);
  };
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    log: () => readFile(logFile, 'utf8'),
    killAndStart: async () => {
      await end(child, 'SIGKILL');
      await start();
    },
    metric: async (name, ...labels) => {
      const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      return sumOfSeries(await response.text(), name, labels);
    },
    stop: () => end(child, 'SIGTERM'),
  };
}

function addresses(of: {
  port: number;
  healthPort: number;
  metricsPort: number;
  gatewayUrl: string;
}): object {
  const reader = { pull: { exporter: { prometheus: { host: '127.0.0.1', port: of.metricsPort } } } };
  return {
    extensions: { health_check: { endpoint: `127.0.0.1:${of.healthPort}` } },
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${of.port}` } } } },
    exporters: { 'otlp_http/costspan': { endpoint: of.gatewayUrl } },
    service: { telemetry: { metrics: { level: 'detailed', readers: [reader] } } },
  };
}

async function healthy(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadline = Date.now() + HEALTHY_MILLIS_MAX;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    await delay(POLL_MILLIS);
  }
  child.kill('SIGKILL');
  throw new Error(`the Collector did not become healthy; see ${logFile}`);
}

/** The sum of a metric over the series whose labels contain all the texts, from Prometheus' text format. */
export function sumOfSeries(text: string, name: string, labels: readonly string[]): number {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => labels.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}
