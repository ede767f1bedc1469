import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { CostRecord } from '@costspan/cost-model';
import { stringify } from 'yaml';
import { freePort } from './free-port.ts';
import { end, sumOfSeries } from './run-collector.ts';

const COSTSPAN = fileURLToPath(new URL('../../../packages/cli/src/main.ts', import.meta.url));
const READY_MILLIS_MAX = 60_000;
const POLL_MILLIS = 25;
const RECORDS_PER_PAGE = 10_000;

export interface GatewayOptions {
  /** The working directory, with the configuration and the data. */
  readonly folder: string;
  /** The base address of the backend that spans are forwarded to. */
  readonly forwardUrl: string;
  readonly mode?: 'required' | 'best_effort';
  readonly bodyBytesMax?: number;
}

/** `costspan up` in a process of its own, at the same address and on the same data in each of its lives. */
export interface RunningGateway {
  readonly url: string;
  /** What it has written on standard error in all its lives; also in `gateway.log`. */
  log(): Promise<string>;
  /** Starts a life; does not wait until it is ready. */
  start(): void;
  /** Resolves when `/readyz` is 200, rejects when the process ends before. */
  ready(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** All records, page by page. */
  records(): Promise<CostRecord[]>;
  /** The number of records. */
  recordCount(): Promise<number>;
  metric(name: string, ...labels: string[]): Promise<number>;
}

export async function runGateway(options: GatewayOptions): Promise<RunningGateway> {
  const { folder, forwardUrl, mode = 'required', bodyBytesMax } = options;
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'costspan.yaml'),
    stringify(
      {
        gateway: { listen, forward: { endpoint: forwardUrl, mode }, body_bytes_max: bodyBytesMax },
      },
      { keepUndefined: false },
    ),
  );
  const logFile = join(folder, 'gateway.log');
  const errors = openSync(logFile, 'a');
  let child: ChildProcess;
  const start = (): void => {
    const args = ['--conditions=@costspan/source', COSTSPAN, 'up', '--data', 'data'];
    child = spawn(process.execPath, args, {
      cwd: folder,
      env: environment(),
      stdio: ['ignore', 'ignore', errors],
    });
  };
  const get = async (path: string): Promise<Response> => {
    const response = await fetch(`${url}${path}`);
    if (!response.ok) throw new Error(`the gateway answered ${response.status} on ${path}`);
    return response;
  };
  start();
  return {
    url,
    log: () => readFile(logFile, 'utf8'),
    start,
    ready: () => ready(child, url, logFile),
    kill: () => end(child, 'SIGKILL'),
    stop: () => end(child, 'SIGTERM'),
    async records() {
      const records: CostRecord[] = [];
      let after = '';
      do {
        const response = await get(`/api/records?limit=${RECORDS_PER_PAGE}${after}`);
        const page = (await response.json()) as { records: CostRecord[]; nextKey: string | null };
        records.push(...page.records);
        after = page.nextKey === null ? '' : `&after=${encodeURIComponent(page.nextKey)}`;
      } while (after !== '');
      return records;
    },
    recordCount: async () => ((await (await get('/api/summary')).json()) as { calls: number }).calls,
    async metric(name, ...labels) {
      // Counters are first published with 0, so that their growth can be seen; a second look shows it.
      await (await get('/metrics')).text();
      return sumOfSeries(await (await get('/metrics')).text(), name, labels);
    },
  };
}

/** This process's, without what would configure the gateway from outside. */
function environment(): NodeJS.ProcessEnv {
  const isOurs = (name: string): boolean => !/^(COSTSPAN_|OTEL_|NODE_OPTIONS|VITEST)/.test(name);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isOurs(name)));
}

async function ready(child: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadline = Date.now() + READY_MILLIS_MAX;
  while (Date.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    await delay(POLL_MILLIS);
  }
  throw new Error(`costspan up did not become ready; see ${logFile}`);
}
