import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import type { BehaviourServer, SeenRequest } from './behaviour-server.ts';
import type { Mode } from './mode.ts';
import type { AppReport } from './run-app.ts';
import { behaviourSegment } from './run-behaviours.ts';

const RUN_MILLIS_MAX = 300_000;

/** A request, but for what differs each time. */
type ComparableRequest = Omit<SeenRequest, 'headers'> & {
  readonly headers: readonly (readonly [name: string, value: string])[];
};

/** All that was seen of the application, from inside and from the server. */
export interface ModeReport extends AppReport {
  readonly requests: Readonly<Record<string, readonly ComparableRequest[]>>;
  readonly exitCode: number | null;
  readonly stderr: string;
}

export interface RunInModeOptions {
  readonly mode: Mode;
  readonly modules?: 'esm' | 'cjs';
  /** Only these groups of behaviours, separated by commas. */
  readonly only?: string | undefined;
  /** Another Node than the one that runs this. */
  readonly node?: string | undefined;
}

/** Runs the application in a process of its own. */
export async function runInMode(server: BehaviourServer, options: RunInModeOptions): Promise<ModeReport> {
  const { mode, modules = 'esm', only, node = process.execPath } = options;
  const folder = mkdtempSync(join(tmpdir(), 'sdk-behaviour-'));
  try {
    const reportFile = join(folder, 'report.json');
    const app = fileURLToPath(new URL(modules === 'esm' ? 'main.ts' : 'main-cjs.cts', import.meta.url));
    const child = spawn(
      node,
      [
        '--experimental-strip-types',
        '--conditions=@costspan/source',
        ...(mode === 'node-register' ? ['--import', '@costspan/node/register'] : []),
        app,
        mode,
        server.url,
        server.http2Url,
        reportFile,
        ...(only === undefined ? [] : [only]),
      ],
      {
        cwd: new URL('..', import.meta.url),
        env: environment(folder),
        stdio: ['ignore', 'ignore', 'pipe'],
        timeout: RUN_MILLIS_MAX,
      },
    );
    const [stderr, [exitCode]] = await Promise.all([
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    const seen = await server.takeRequests();
    const report = readReport(reportFile, exitCode, stderr);
    const requests = requestsOf(Object.keys(report.outcomes), seen);
    const comparable = withoutPorts(JSON.stringify({ ...report, requests }), server);
    return { ...(JSON.parse(comparable) as AppReport & Pick<ModeReport, 'requests'>), exitCode, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Nothing of the surroundings, but where programs and temporary files are. */
function environment(folder: string): Record<string, string> {
  const { PATH = '', TMPDIR } = process.env;
  return {
    PATH,
    ...(TMPDIR !== undefined && { TMPDIR }),
    HOME: folder,
    AWS_EC2_METADATA_DISABLED: 'true',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_NODE_RESOURCE_DETECTORS: 'none',
  };
}

function readReport(file: string, exitCode: number | null, stderr: string): AppReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as AppReport;
  } catch (error) {
    throw new Error(`no report, exit code ${exitCode}: ${stderr.slice(-3000)}`, { cause: error });
  }
}

function withoutPorts(json: string, { url, http2Url }: BehaviourServer): string {
  return json.replaceAll(new URL(url).host, 'HOST').replaceAll(new URL(http2Url).host, 'HTTP2_HOST');
}

/** Headers that differ from request to request. */
const CHANGING_HEADERS = new Set([
  'amz-sdk-invocation-id',
  'authorization',
  'idempotency-key',
  'x-amz-date',
  'x-amz-user-agent',
]);

/** The requests of each behaviour, in an order that does not depend on which of several was faster. */
function requestsOf(
  behaviours: readonly string[],
  seen: readonly SeenRequest[],
): Record<string, ComparableRequest[]> {
  const bySegment = Map.groupBy(seen, ({ behaviour }) => behaviour);
  return Object.fromEntries(
    behaviours.map((name) => {
      const requests = bySegment.get(behaviourSegment(name)) ?? [];
      return [name, requests.map(comparableRequest).toSorted(byText)];
    }),
  );
}

function comparableRequest({ headers, ...request }: SeenRequest): ComparableRequest {
  const kept = Object.entries(headers).map(
    ([name, value]) => [name, CHANGING_HEADERS.has(name) ? 'changes' : value] as const,
  );
  return { ...request, headers: kept };
}

function byText(left: unknown, right: unknown): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}
