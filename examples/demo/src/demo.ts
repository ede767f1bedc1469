import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import {
  clientEnvironment,
  type ProviderEmulator,
  startProviderEmulator,
} from '@costspan-examples/provider-emulator';
import { computeCoverage } from './coverage.ts';
import { DEMO_USAGE, type DemoOptions, parseDemoOptions, UsageError } from './demo-options.ts';
import { formatCoverage } from './format-coverage.ts';
import { priceLedgerEntry } from './ledger-price.ts';
import { ProcessGroup, type RunningProcess } from './process-group.ts';
import { showProgress } from './progress.ts';
import { fetchRecords } from './report-client.ts';
import { DEMO_CONCURRENCY, driveTraffic } from './traffic-driver.ts';
import { DEMO_TENANTS } from './traffic-plan.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;
const SAME_SIGNAL_MILLIS = 500;

const CLI = join(folderOf(import.meta.resolve('@costspan/cli/package.json')), 'dist', 'main.js');
const SERVICE_FOLDER = folderOf(import.meta.resolve('@costspan-examples/node-service/package.json'));

class Interrupted extends Error {}

/** What the demo has started; every part ends with it. */
interface Stage {
  readonly folder: string;
  readonly configFile: string;
  readonly processes: ProcessGroup;
  /** Aborted when the demo ends early. */
  readonly signal: AbortSignal;
}

process.exitCode = await main(process.argv.slice(2));
// A request that is still waiting for an answer must not hold an interrupted demo.
process.exit();

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const folder = mkdtempSync(join(tmpdir(), 'costspan-demo-'));
  const processes = new ProcessGroup();
  const ending = new AbortController();
  process.once('exit', () => {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  try {
    const stage = { folder, configFile: writeConfig(folder), processes, signal: ending.signal };
    await Promise.race([runDemo(options, stage), processes.failure, interruption()]);
    return 0;
  } catch (error) {
    ending.abort();
    if (error instanceof Interrupted) return options.keep ? 0 : EXIT_INTERRUPTED;
    console.error(`\nThe demo failed: ${(error as Error).message}`);
    return EXIT_FAILED;
  } finally {
    await processes.stopAll();
  }
}

/** The options, or the exit status when there is nothing to run. */
function readOptions(args: readonly string[]): DemoOptions | number {
  try {
    const options = parseDemoOptions(args);
    if (options !== 'help') return options;
    console.log(DEMO_USAGE);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${DEMO_USAGE}`);
    return EXIT_USAGE;
  }
}

/**
 * Rejects at the first signal; at a later one the process ends without waiting. Package managers pass Ctrl-C on to
 * us although the terminal did so already, so what comes at the same moment is the same signal.
 */
function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    let firstMillis: number | undefined;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        firstMillis ??= performance.now();
        if (performance.now() - firstMillis > SAME_SIGNAL_MILLIS) process.exit(EXIT_INTERRUPTED);
        reject(new Interrupted(signal));
      });
    }
  });
}

async function runDemo(options: DemoOptions, stage: Stage): Promise<void> {
  const emulator = await startProviderEmulator({ seed: options.seed });
  started('provider emulator', emulator.url, 'speaks as OpenAI, Anthropic, Google and Amazon Bedrock');
  const gateway = await stage.processes.startServer({
    name: 'costspan up',
    args: [CLI, 'up', '--config', stage.configFile],
    cwd: stage.folder,
  });
  started('costspan up', gateway.url, 'OTLP/HTTP gateway, records in DuckDB');
  const service = await startService(stage, emulator, gateway);
  started('node-service', service.url, 'node --import @costspan/node/register src/main.ts');

  await sendTraffic(options, stage, service, emulator);
  // The service exports its last spans while it ends, so that the books are complete from here on.
  await service.stop();
  const records = await fetchRecords(gateway.url);
  if (records.length === 0) throw service.failure('sent no model calls to the gateway');
  console.log();
  await stage.processes.run({
    name: 'costspan report',
    args: [CLI, 'report', '--config', stage.configFile],
    cwd: stage.folder,
  });
  const coverage = computeCoverage({ ledger: emulator.ledger(), records, priceUsage: priceLedgerEntry });
  console.log(`\n${formatCoverage(coverage)}`);

  if (options.keep) {
    await keepRunning(stage, { emulator, gateway, service: await startService(stage, emulator, gateway) });
  }
  await emulator.close();
}

function startService(
  stage: Stage,
  emulator: ProviderEmulator,
  gateway: RunningProcess,
): Promise<RunningProcess> {
  return stage.processes.startServer({
    name: 'node-service',
    args: ['--import', '@costspan/node/register', 'src/main.ts'],
    cwd: SERVICE_FOLDER,
    env: {
      PORT: '0',
      ...clientEnvironment(emulator.url),
      COSTSPAN_CONFIG: stage.configFile,
      OTEL_SERVICE_NAME: 'support-service',
      OTEL_EXPORTER_OTLP_ENDPOINT: gateway.url,
      // The gateway takes traces; it makes the metrics itself.
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      // Detectors of cloud providers would ask the network where this is.
      OTEL_NODE_RESOURCE_DETECTORS: 'env,host,os,process,serviceinstance',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      // Without a level OpenTelemetry fails in silence.
      OTEL_LOG_LEVEL: 'error',
    },
  });
}

async function sendTraffic(
  options: DemoOptions,
  stage: Stage,
  service: RunningProcess,
  emulator: ProviderEmulator,
): Promise<void> {
  const { requests, seed } = options;
  const progress = showProgress('requests', requests, process.stdout);
  const startMillis = performance.now();
  const { ok, failed, failureReasons } = await driveTraffic({
    serviceUrl: service.url,
    requests,
    seed,
    tenants: DEMO_TENANTS,
    concurrency: DEMO_CONCURRENCY,
    signal: stage.signal,
    onProgress: progress.update,
  });
  progress.end();
  stage.signal.throwIfAborted();
  const seconds = ((performance.now() - startMillis) / 1000).toFixed(1);
  const dropped = emulator.ledger().filter((entry) => entry.status === 'dropped').length;
  const refused = emulator.ledger().filter((entry) => entry.status === 'rate_limited').length;
  if (failed > dropped) {
    const reasons = failureReasons.map((reason) => `  ${reason}`).join('\n');
    throw new Error(`${failed} of ${requests} requests failed, ${dropped} were expected to:\n${reasons}`);
  }
  const faults = `the providers refused ${refused} calls at first and dropped ${dropped} on purpose`;
  console.log(`${tick()} ${ok} requests answered, ${failed} failed, in ${seconds} s; ${faults}`);
}

interface RunningParts {
  readonly emulator: ProviderEmulator;
  readonly gateway: RunningProcess;
  readonly service: RunningProcess;
}

/** Tells what can be looked at, and never ends by itself. */
function keepRunning(stage: Stage, { emulator, gateway, service }: RunningParts): Promise<never> {
  console.log(`
Everything is still running. Try:

  curl -H 'x-tenant: acme' ${service.url}/assistant -d '{"question":"Which orders are open?"}'
  curl ${gateway.url}/metrics
  curl '${gateway.url}/api/report?by=feature,tenant'
  curl ${emulator.url}/ledger
  npx pnpm@11 -s costspan report --data ${join(stage.folder, 'data')}

Ctrl-C stops it and removes the data.`);
  return new Promise(() => {});
}

function writeConfig(folder: string): string {
  const file = join(folder, 'costspan.yaml');
  writeFileSync(
    file,
    `version: 1
thresholds:
  - { name: expensive-request, request_cost: "0.05" }
gateway: { listen: "127.0.0.1:0" }
store: { kind: duckdb, path: ${JSON.stringify(join(folder, 'data'))} }
`,
  );
  return file;
}

function folderOf(fileUrl: string): string {
  return dirname(fileURLToPath(fileUrl));
}

function started(name: string, url: string, what: string): void {
  console.log(`${tick()} ${name.padEnd(17)} ${url}  ${what}`);
}

function tick(): string {
  return styleText('green', '✓', { stream: process.stdout });
}
