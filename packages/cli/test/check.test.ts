import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

interface CheckJson {
  readonly checks: readonly { readonly check: string; readonly status: string; readonly message: string }[];
}

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-check-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function checkJson(args: readonly string[]): Promise<CheckJson['checks']> {
  const { stdout } = await runCostspan(['check', '--json', ...args], { cwd: folder });
  return (JSON.parse(stdout) as CheckJson).checks;
}

test('without a file the defaults apply', async () => {
  // The age of the price book depends on the day this test runs.
  const checks = (await checkJson(['--listen', '127.0.0.1:0'])).filter(({ check }) => check !== 'prices');
  expect(checks.map(({ check, status }) => `${check} ${status}`)).toEqual([
    'config ok',
    'node ok',
    'data ok',
    'listen ok',
  ]);
  expect(checks[2]?.message).toContain('costspan-data will be created');
});

test('a wrong file is a finding for each error, with its place', async () => {
  writeFileSync(join(folder, 'costspan.yaml'), 'gateway:\n  listne: x\nemit: [semconv, openlit]\n');
  const { exitCode, stdout } = await runCostspan(['check'], { cwd: folder });
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    'FINDING  config  costspan.yaml:2:3: gateway.listne: unknown key; did you mean "listen"?',
  );
  expect(stdout).toContain(
    'FINDING  config  costspan.yaml:3:1: emit: semconv and openlit cannot be written together',
  );
});

test('--print writes YAML that the command reads back', async () => {
  const args = ['check', '--listen', '127.0.0.1:0'];
  const first = await runCostspan([...args, '--print'], { cwd: folder, env: { COSTSPAN_EMIT: 'logfire' } });
  expect(first.stdout).toMatch(/^version: 1\n/);
  expect(first.stdout).toContain('- logfire');
  writeFileSync(join(folder, 'printed.yaml'), first.stdout);
  const second = await runCostspan([...args, '--print', '--config', 'printed.yaml'], { cwd: folder });
  expect(second.stdout).toBe(first.stdout);
  expect(second.stderr).toContain('printed.yaml is valid');
});

test('a port that something else holds is a finding', async () => {
  const holder: Server = createServer();
  const port = await new Promise<number>((resolve) => {
    holder.listen(0, '127.0.0.1', () => {
      const address = holder.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  const checks = await checkJson(['--listen', `127.0.0.1:${port}`]);
  holder.close();
  expect(checks.find(({ check }) => check === 'listen')).toMatchObject({
    status: 'finding',
    message: expect.stringContaining(`127.0.0.1:${port} (EADDRINUSE)`),
  });
});

test('a data folder that is a file is a finding', async () => {
  writeFileSync(join(folder, 'data'), '');
  const checks = await checkJson(['--listen', '127.0.0.1:0', '--data', 'data']);
  expect(checks.find(({ check }) => check === 'data')).toMatchObject({ status: 'finding' });
});

test('an unknown variable is a finding', async () => {
  const { exitCode, stdout } = await runCostspan(['check'], { cwd: folder, env: { COSTSPAN_LISTN: 'x' } });
  expect(exitCode).toBe(1);
  expect(stdout).toContain('FINDING  config  COSTSPAN_LISTN: no such variable');
});

test('a named file that is missing is a usage error', async () => {
  const { exitCode, stderr } = await runCostspan(['check', '--config', 'missing.yaml'], { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: cannot read the configuration missing\.yaml/);
});

test('each pool says what it costs, and one without a rate is a finding', async () => {
  const pool = (name: string, from: string): string =>
    `  - { name: ${name}, match: { pool: ${name} }, rates: [{ from: ${from}, per_hour: "4.00" }] }\n`;
  writeFileSync(
    join(folder, 'costspan.yaml'),
    `pools:\n${pool('now', '2026-01-01')}${pool('later', '2199-01-01')}`,
  );
  const checks = await checkJson(['--listen', '127.0.0.1:0']);
  expect(checks.filter(({ check }) => check === 'pools')).toEqual([
    { check: 'pools', status: 'ok', message: 'pool now: 1 GPU, $4.00/h since 2026-01-01' },
    {
      check: 'pools',
      status: 'finding',
      message: expect.stringMatching(/^pool later: no rate before 2199-01-01/),
    },
  ]);
});

test('a token file that cannot be used is a finding before the gateway is started with it', async () => {
  writeFileSync(join(folder, 'costspan.yaml'), 'gateway: { auth: { tokens_file: tokens.yaml } }\n');
  const missing = await runCostspan(['check'], { cwd: folder });
  expect(missing.exitCode).toBe(1);
  expect(missing.stdout).toMatch(/FINDING {2}access .*tokens\.yaml/);
  writeFileSync(join(folder, 'tokens.yaml'), '- { name: app, token: "0123456789abcdef" }\n');
  const good = await runCostspan(['check'], { cwd: folder });
  expect(good.stdout).toContain('ok       access  certificates, tokens and secrets can be used');
});
