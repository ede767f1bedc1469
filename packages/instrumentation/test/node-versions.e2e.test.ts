import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TransportCheck, TransportsReport } from './transports-process.ts';

/** A version of Node weighs about 170 MB. */
const TIMEOUT_MILLIS = 600_000;

const folder = mkdtempSync(join(tmpdir(), 'costspan-node-versions-'));

/** A version of Node, and what is not to be heard under it. */
interface SupportedNode {
  readonly version: string;
  readonly unheard: readonly string[];
  /** Kinds of request that this version makes over HTTP/2. */
  readonly overHttp2: readonly string[];
  /** Copies of undici that need a later version. */
  readonly unsupported: readonly string[];
}

const SUPPORTED: readonly SupportedNode[] = [
  // The oldest one: undici 6 behind fetch, no channels for HTTP/2.
  {
    version: '22.15.1',
    unheard: ['http2'],
    overHttp2: ['http2'],
    unsupported: ['undici', 'undici over TLS', 'fetch beside undici'],
  },
  { version: '22.23.3', unheard: [], overHttp2: ['http2', 'undici over TLS'], unsupported: [] },
  { version: process.versions.node, unheard: [], overHttp2: ['http2', 'undici over TLS'], unsupported: [] },
  // undici 8 behind fetch, which negotiates HTTP/2.
  {
    version: '26.10.0',
    unheard: [],
    overHttp2: ['fetch over TLS', 'http2', 'undici over TLS'],
    unsupported: [],
  },
];

const KINDS = [
  'fetch',
  'fetch over TLS',
  'fetch, aborted',
  'http',
  'https',
  'http2',
  ...['undici-6', 'undici-7', 'undici'].flatMap((name) => [name, `${name} over TLS`, `fetch beside ${name}`]),
];

const installations = new Map<string, Installation>();

beforeAll(async () => {
  const install = async ({ version }: SupportedNode): Promise<void> => {
    installations.set(version, await installNode(version));
  };
  await Promise.all(SUPPORTED.map(install));
}, TIMEOUT_MILLIS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(SUPPORTED)('Node $version', async ({ version, unheard, overHttp2, unsupported }) => {
  const { binary, failure } = installations.get(version)!;
  if (failure !== undefined) throw new Error(`Node ${version} could not be installed: ${failure}`);
  const report = await checkTransports(binary);
  expect(report).toMatchObject({ node: `v${version}`, failures: [] });
  const expected = KINDS.filter((kind) => !unsupported.includes(kind)).map((kind) => {
    const check: TransportCheck = {
      tapsPerRequest: unheard.includes(kind) ? 0 : 1,
      httpVersion: overHttp2.includes(kind) ? '2.0' : '1.1',
      events: unheard.includes(kind)
        ? []
        : ['head 200', kind === 'fetch, aborted' ? 'fail AbortError' : 'end'],
      isEveryByteHeard: true,
      isEveryCallerRight: true,
      // node:http publishes the body of a request nowhere.
      isEveryRequestBodyHeard: kind !== 'http' && kind !== 'https',
    };
    return [kind, check] as const;
  });
  expect(report.checks).toEqual(Object.fromEntries(expected));
});

interface Installation {
  readonly binary: string;
  readonly failure: string | undefined;
}

/** From the packages in which npm has Node's binaries, which need no install script. */
async function installNode(version: string): Promise<Installation> {
  if (version === process.versions.node) return { binary: process.execPath, failure: undefined };
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const prefix = join(folder, version);
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', prefix];
  const { failure } = await run('npm', ['install', ...options, `${name}@${version}`]);
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return { binary: join(prefix, 'node_modules', name, 'bin', file), failure };
}

async function checkTransports(binary: string): Promise<TransportsReport> {
  const program = fileURLToPath(new URL('./transports-process.ts', import.meta.url));
  const certificate = fileURLToPath(new URL('./fixtures/loopback-cert.pem', import.meta.url));
  const options = ['--experimental-strip-types', '--no-warnings', program];
  const checked = await run(binary, options, { NODE_EXTRA_CA_CERTS: certificate });
  if (checked.failure !== undefined) throw new Error(`The check of ${binary} failed: ${checked.failure}`);
  return JSON.parse(checked.stdout) as TransportsReport;
}

interface RunOutcome {
  readonly stdout: string;
  readonly failure: string | undefined;
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunOutcome> {
  // What the package manager that runs the tests has set is for itself only.
  const inherited = Object.entries(process.env).filter(
    ([name]) => name !== 'NODE_OPTIONS' && !name.toLowerCase().startsWith('npm_'),
  );
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      {
        cwd: folder,
        env: { ...Object.fromEntries(inherited), ...env },
        timeout: TIMEOUT_MILLIS,
        shell: process.platform === 'win32',
      },
      (error: ExecFileException | null, stdout, stderr) =>
        resolve({
          stdout,
          failure: error === null ? undefined : `${error.message}\n${stdout}\n${stderr}`,
        }),
    );
  });
}
