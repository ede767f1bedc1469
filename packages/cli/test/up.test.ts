import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Certificates of a test, as the gateway's own tests make them. */
interface TestAuthority {
  readonly cert: string;
  issue(hosts: readonly string[]): { readonly cert: string; readonly key: string };
}

const certificates = new URL('../../gateway/test/test-certificate.ts', import.meta.url);
const { testAuthority } = (await import(certificates.href)) as { testAuthority: () => TestAuthority };

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const spans = readFileSync(
  new URL('../../semconv/test/fixtures/spans/openinference-openai__openai.otlp.json', import.meta.url),
);

let folder = '';
let killGateway = (): void => undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-up-'));
});
afterEach(() => {
  killGateway();
  rmSync(folder, { recursive: true });
});

interface UpProcess {
  readonly url: string;
  readonly line: string;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

async function up(cwd = folder, ...more: readonly string[]): Promise<UpProcess> {
  const options = ['--listen', '127.0.0.1:0', '--data', 'data', ...more];
  const args = ['--conditions=@costspan/source', main, 'up', ...options];
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  killGateway = () => void child.kill('SIGKILL');
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const line = await Promise.race([
    (once(child.stdout.setEncoding('utf8'), 'data') as Promise<[string]>).then(([text]) => text),
    exited.then(([code]) => Promise.reject(new Error(`costspan up ended with ${code}`))),
  ]);
  return {
    line,
    url: /at (https?:\S+),/.exec(line)?.[1] ?? '',
    stop: async (signal) => {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}

async function send(url: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const { status } = await fetch(`${url}/v1/traces`, { method: 'POST', headers, body: spans });
  expect(status).toBe(200);
}

test('says where it listens and what to point at it', async () => {
  const { line, url, stop } = await up();
  expect(line).toBe(
    `costspan is up at ${url}, data in ${join(folder, 'data')}; ` +
      `point the Collector's otlphttp exporter, or OTEL_EXPORTER_OTLP_ENDPOINT, at ${url}\n`,
  );
  expect(await stop('SIGINT')).toBe(0);
});

test('reports are the same while the gateway runs and after it has stopped', async () => {
  const { url, stop } = await up();
  await send(url);
  const report = ['report', '--data', 'data', '--by', 'model,tenant', '--json'];
  const running = await runCostspan(report, { cwd: folder });
  expect(running).toMatchObject({ exitCode: 0, stderr: '' });
  expect(
    (JSON.parse(running.stdout) as { summary: { pricedCalls: number } }).summary.pricedCalls,
  ).toBeGreaterThan(0);
  expect(existsSync(join(folder, 'data', 'gateway.json'))).toBe(true);
  expect(await stop('SIGTERM')).toBe(0);
  expect(existsSync(join(folder, 'data', 'gateway.json'))).toBe(false);
  const stopped = await runCostspan(report, { cwd: folder });
  expect(stopped.stdout).toBe(running.stdout);
});

test('an address that a killed gateway left behind does not lead to another one', async () => {
  const first = await up();
  await send(first.url);
  await first.stop('SIGKILL');
  const report = ['report', '--data', 'data', '--json'];
  const other = mkdtempSync(join(folder, 'other-'));
  const second = await up(other);
  writeFileSync(join(folder, 'data', 'gateway.json'), JSON.stringify({ url: second.url, pid: 1 }));
  const { stdout } = await runCostspan(report, { cwd: folder });
  await second.stop('SIGTERM');
  expect((JSON.parse(stdout) as { summary: { calls: number } }).summary.calls).toBeGreaterThan(0);
});

test('check finds the gateway that holds the port', async () => {
  const { url, stop } = await up();
  const args = ['check', '--json', '--data', 'data', '--listen', url.replace('http://', '')];
  const { stdout } = await runCostspan(args, { cwd: folder });
  const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string; message: string }[] };
  expect(checks.find(({ check }) => check === 'listen')).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('in use by the gateway of this data folder'),
  });
  await stop('SIGTERM');
});

test('a second gateway on the same data folder is refused', async () => {
  const { stop } = await up();
  const args = ['up', '--listen', '127.0.0.1:0', '--data', 'data'];
  const { exitCode, stdout, stderr } = await runCostspan(args, { cwd: folder });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^error: data is in use/);
  await stop('SIGTERM');
});

test('a wrong configuration is a usage error that names the place', async () => {
  const { exitCode, stderr } = await runCostspan(['up', '--listen', 'nowhere'], { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: --listen: gateway\.listen: "nowhere" is not an address/);
});

test('with TLS, client certificates and tokens the commands of this machine still find the records', async () => {
  const authority = testAuthority();
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const [server, client] = [authority.issue(['127.0.0.1']), authority.issue(['collector'])];
  write('gateway.crt', server.cert);
  write('gateway.key', server.key);
  write('clients.crt', authority.cert);
  write('tokens.yaml', '- { name: collector, token: collector-0123456789abcdef }\n');
  write(
    'costspan.yaml',
    `gateway:
  tls: { cert_file: gateway.crt, key_file: gateway.key, client_ca_file: clients.crt }
  auth: { tokens_file: tokens.yaml }
`,
  );
  const { url, stop } = await up(folder, '--config', 'costspan.yaml');
  expect(url).toMatch(/^https:/);
  const headers = {
    authorization: 'Bearer collector-0123456789abcdef',
    'content-type': 'application/json',
  };
  const request = requestHttps(`${url}/v1/traces`, {
    method: 'POST',
    headers,
    ca: authority.cert,
    ...client,
  });
  const answered = once(request, 'response') as Promise<[{ statusCode?: number; resume(): void }]>;
  request.end(spans);
  const [response] = await answered;
  response.resume();
  expect(response.statusCode).toBe(200);
  const running = await runCostspan(['report', '--data', 'data', '--by', 'model', '--json'], { cwd: folder });
  expect(running).toMatchObject({ exitCode: 0, stderr: '' });
  const { summary } = JSON.parse(running.stdout) as { summary: { pricedCalls: number } };
  expect(summary.pricedCalls).toBeGreaterThan(0);
  const gpu = await runCostspan(['gpu', '--data', 'data'], { cwd: folder });
  expect(gpu.stderr).not.toMatch(/401|403|in use/);
  const check = ['check', '--json', '--data', 'data', '--listen', url.replace('https://', '')];
  expect((await runCostspan(check, { cwd: folder })).stdout).toContain(
    'in use by the gateway of this data folder',
  );
  expect(await stop('SIGTERM')).toBe(0);
});

test('a wrong token file is a reason not to start that says where it is wrong', async () => {
  writeFileSync(join(folder, 'tokens.yaml'), '- { name: a, token: tooshort }\n');
  writeFileSync(join(folder, 'costspan.yaml'), 'gateway: { auth: { tokens_file: tokens.yaml } }\n');
  const run = await runCostspan(['up', '--listen', '127.0.0.1:0', '--data', 'data'], { cwd: folder });
  expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  expect(run.stderr).toMatch(
    /tokens\.yaml:1:14: \[0\]\.token: must have 16 to 4096 characters; make one with/,
  );
  expect(run.stderr).not.toContain('tooshort');
});
