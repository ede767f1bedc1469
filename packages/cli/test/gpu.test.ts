import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requestFromRecord, settlePeriod } from '@costspan/allocation';
import { parseConfig } from '@costspan/config';
import { type CostRecord, type GpuPool, parseMoney } from '@costspan/cost-model';
import { openDuckDbStore } from '@costspan/store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CONFIG, DAY, gpuRecord, squeezed } from './gpu-fixture.ts';
import { type CostspanRun, runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const SECOND = 1_000_000_000n;
const HOUR = 3600n * SECOND;

let folder = '';
const servers: Server[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-gpu-'));
  writeFileSync(join(folder, 'costspan.yaml'), CONFIG);
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(folder, { recursive: true });
});

function configuredPool(): GpuPool {
  const parsed = parseConfig(CONFIG, { sourceName: 'costspan.yaml', env: {}, overrides: [] });
  const pool = parsed.ok ? parsed.config.pools[0] : undefined;
  if (pool === undefined) throw new Error('the configuration has no pool');
  return pool;
}

/** Keeps the books of an hour as a gateway does: windows without a request are left out. */
async function storeHour(records: readonly CostRecord[], observedFromUnixNano: bigint = DAY): Promise<void> {
  const requests = records.flatMap((record) => requestFromRecord(record) ?? []);
  const period = { fromUnixNano: DAY, untilUnixNano: DAY + HOUR };
  const settled = [...settlePeriod(configuredPool(), period, requests, { revision: 1, currency: 'USD' })];
  const windows = settled.flatMap((one) =>
    one.settled === undefined || one.settled.record.requestsActive === 0 ? [] : [one.settled.record],
  );
  const opened = await openDuckDbStore({ path: join(folder, 'costspan-data') });
  if (!opened.ok) throw new Error(opened.error.message);
  const mark = {
    pool: 'llama-70b',
    observedFromUnixNano: String(observedFromUnixNano),
    closedUntilUnixNano: String(DAY + HOUR),
  };
  await opened.store.writeGpuWindows({ windows, marks: [mark], settled: [] });
  await opened.store.close();
}

/** 40 requests of 10 s, one after the other on replica a, in the first 20 minutes: 400 s of 7,200 s are busy. */
const RECORDS = Array.from({ length: 40 }, (_, index) =>
  gpuRecord(index + 1, index * 30, index * 30 + 10, { tenant: index < 30 ? 'acme' : 'umbrella' }),
);

function unwrapped(text: string): string {
  return text.replaceAll('\n', ' ');
}

function gpu(...options: string[]): Promise<CostspanRun> {
  return runCostspan(['gpu', ...options], { cwd: folder });
}

async function serve(answer: (url: URL) => string | undefined): Promise<string> {
  const server = createServer((request, response) => {
    const body = answer(new URL(request.url ?? '/', 'http://localhost'));
    response.writeHead(body === undefined ? 404 : 200).end(body ?? 'not found');
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('shows what each pool cost, how it was used, and what would lower its cost', async () => {
  await storeHour(RECORDS);
  const { exitCode, stdout, stderr } = await gpu();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = squeezed(stdout);
  // 400 replica-seconds at $0.0005 are $0.20, an eighth of it used; $3.60 − $0.20 are idle, 10 % come on top.
  expect(lines).toContain('llama-70b $3.96 $0.025 $0.175 $3.40 $0.36 40');
  expect(lines).toContain('llama-70b $0.000625 $0.099 $0.00125 $0.198');
  expect(lines).toContain('llama-70b 2 5.6 % 0.7 % 0.06 1.00 0.17 0 0');
  expect(stdout).toContain('From 2026-11-20T00:00:00 to 2026-11-20T01:00:00 UTC, closed windows.');
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  expect(unwrapped(stdout)).toContain(
    'Too much capacity is reserved: busy 5.6 % of the time; 1 of 2 replicas would have held the busiest window, which ' +
      'saves USD 1,314.00 a month.',
  );
  // The day before the first request is not in the books.
  expect(unwrapped(stdout)).toContain('is not in the books: the gateway was not watching the pool yet');
});

test('--json has exact amounts whose parts are the bill', async () => {
  await storeHour(RECORDS);
  const { stdout } = await gpu(
    '--from',
    '2026-11-20',
    '--until',
    '2026-11-20T01:00:00Z',
    '--json',
    '--windows',
  );
  const document = JSON.parse(stdout) as {
    pools: {
      tenants: { used: string; slack: string; idle: string; overhead: string }[];
      windows: object[];
    }[];
  };
  expect(document).toMatchObject({
    schema: 'costspan.gpu.v1',
    currency: 'USD',
    from: '2026-11-20T00:00:00.000Z',
    until: '2026-11-20T01:00:00.000Z',
    pools: [
      {
        pool: 'llama-70b',
        from: '2026-11-20T00:00:00.000Z',
        until: '2026-11-20T01:00:00.000Z',
        leftOut: [],
        bill: '3.960000000000',
        direct: '0.200000000000',
        used: '0.025000000000',
        slack: '0.175000000000',
        idle: '3.400000000000',
        unsampled: '0.000000000000',
        overhead: '0.360000000000',
        requests: 40,
        outputTokens: 20_000,
        perRequest: { used: '0.000625000000', direct: '0.005000000000', loaded: '0.099000000000' },
        per1kOutputTokens: { used: '0.001250000000', direct: '0.010000000000', loaded: '0.198000000000' },
        perRequestReliable: true,
        replicaSeconds: '7200.000000000',
        busySeconds: '400.000000000',
        filledSeconds: '50.000000000',
        batchDepth: 1,
        coverage: null,
        device: null,
        diagnosis: { verdict: 'too_much_capacity', replicasNeeded: 1, savedPerMonth: '1314.000000000000' },
      },
    ],
  });
  const [pool] = document.pools;
  const parts = pool?.tenants.flatMap((one) => [one.used, one.slack, one.idle, one.overhead]) ?? [];
  expect(parts.reduce((sum, text) => sum + (parseMoney(text) ?? 0n), 0n)).toBe(parseMoney('3.96'));
  expect(pool?.windows).toHaveLength(20);
});

test('--focus prints allocated charges that add up to the hours and the overhead', async () => {
  await storeHour(RECORDS);
  const { stdout } = await gpu('--focus', '--host-provider', 'AWS');
  const [head = '', ...rows] = stdout.trimEnd().split('\r\n');
  expect(head.startsWith('AllocatedMethodDetails,AllocatedMethodId,AllocatedResourceId')).toBe(true);
  expect(rows).toHaveLength(6);
  expect(rows[1]).toContain(
    '"{""Elements"":[{""AllocatedRatio"":0.041666666667,""UsageUnit"":""GPU-Seconds"",""UsageQuantity"":300.000000000}]}"' +
      ',costspan/time_share/concurrency/idle-separate,llama-70b/acme,acme,"{""tenant"":""acme""}",0.150000000000,platform',
  );
  expect(rows[1]).toContain(',AWS,');
});

const EXPOSITION = `# TYPE DCGM_FI_DEV_GPU_UTIL gauge
DCGM_FI_DEV_GPU_UTIL{gpu="0",Hostname="node-1"} 80
DCGM_FI_DEV_GPU_UTIL{gpu="1",Hostname="node-1"} 60
DCGM_FI_DEV_GPU_UTIL{gpu="0",Hostname="other"} 0
`;

test('--device shows what devices say of themselves, by the labels of the pool', async () => {
  await storeHour(RECORDS);
  writeFileSync(join(folder, 'metrics.txt'), EXPOSITION);
  const { stdout } = await gpu('--device', 'metrics.txt');
  expect(unwrapped(stdout)).toContain(
    'Devices were 70.0 % busy at this moment, not over the period (DCGM_FI_DEV_GPU_UTIL).',
  );
  expect(unwrapped(stdout)).toContain(
    'Beware: the devices were busy 70 % of the time, requests ran 5.6 % of it',
  );
  const address = await serve((url) => (url.pathname === '/metrics' ? EXPOSITION : undefined));
  const page = await gpu('--device', `${address}/metrics`, '--json');
  expect(JSON.parse(page.stdout)).toMatchObject({
    pools: [
      { device: { metric: 'DCGM_FI_DEV_GPU_UTIL', over: 'instant', utilization: 0.7 }, coverage: null },
    ],
  });
});

test('--device asks a Prometheus server over the period, and tells coverage', async () => {
  await storeHour(RECORDS);
  const queries: string[] = [];
  const address = await serve((url) => {
    if (url.pathname !== '/prom/api/v1/query') return undefined;
    const query = url.searchParams.get('query') ?? '';
    queries.push(`${query} @${url.searchParams.get('time')}`);
    const value = query.includes('hw_gpu') ? '0.07' : query.includes('vllm:') ? '50' : undefined;
    const result = value === undefined ? [] : [{ metric: {}, value: [1, value] }];
    return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
  });
  const { stdout } = await gpu('--from', '2026-11-20', '--device', `${address}/prom`, '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    pools: [
      {
        perRequestReliable: false,
        coverage: 0.8,
        device: { metric: 'hw_gpu_utilization_ratio', over: 'period', utilization: 0.07, serverRequests: 50 },
        diagnosis: { contradictions: [{ code: 'coverage_low' }] },
      },
    ],
  });
  const end = String((DAY + HOUR) / SECOND);
  expect(queries).toContain(
    `avg(max without (hw_gpu_task) (avg_over_time(hw_gpu_utilization_ratio{Hostname=~"node-.*"}[3600s]))) @${end}`,
  );
  expect(queries).toContain(`sum(increase(vllm:request_success_total{job=~"vllm"}[3600s])) @${end}`);
});

test('the answer is the same while a gateway has the books open', async () => {
  await storeHour(RECORDS);
  const question = ['--from', '2026-11-20', '--until', '2026-11-20T01:00:00Z', '--windows', '--json'];
  const stopped = await gpu(...question);
  const args = ['--conditions=@costspan/source', MAIN, 'up', '--listen', '127.0.0.1:0'];
  const gateway = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(gateway, 'exit');
  try {
    await once(gateway.stdout, 'data');
    const running = await gpu(...question);
    expect(running).toMatchObject({ exitCode: 0, stderr: '' });
    expect(running.stdout).toBe(stopped.stdout);
  } finally {
    gateway.kill('SIGTERM');
    await exited;
  }
});

test.each([[['gpu']], [['gpu', 'settle']], [['gpu', 'rates']]])(
  'the help of %j ends with an example',
  async (command) => {
    const { exitCode, stdout } = await runCostspan([...command, '--help']);
    expect(exitCode).toBe(0);
    const example = stdout.split('\nExample:\n')[1] ?? '';
    expect(example.trim()).toMatch(new RegExp(`^costspan ${command.join(' ')}`));
  },
);

test('a device source that is neither is a usage error that says what to name', async () => {
  await storeHour(RECORDS);
  const html = await serve(() => '<html></html>');
  const server = await gpu('--device', html);
  expect(server.exitCode).toBe(2);
  expect(server.stderr).toContain(
    'name the address of a Prometheus server, or a page of metrics with its path',
  );
  const page = await gpu('--device', `${html}/metrics`);
  expect(page.exitCode).toBe(2);
  expect(page.stderr).toContain('is no Prometheus text exposition, line 1: it starts with no metric name');
  const nobody = await gpu('--device', 'http://127.0.0.1:1/metrics');
  expect(nobody.exitCode).toBe(2);
  expect(nobody.stderr).toContain('cannot read the page of metrics at http://127.0.0.1:1');
  expect((await gpu('--device', 'missing.txt')).stderr).toContain('cannot read --device missing.txt');
  expect((await gpu('--device', 'ftp://x')).stderr).toContain('--device ftp://x: ftp is not supported');
});

test('what is empty is explained', async () => {
  const opened = await openDuckDbStore({ path: join(folder, 'costspan-data') });
  if (!opened.ok) throw new Error(opened.error.message);
  const mark = { pool: 'llama-70b', observedFromUnixNano: String(DAY), closedUntilUnixNano: null };
  await opened.store.writeGpuWindows({ windows: [], marks: [mark], settled: [] });
  await opened.store.close();
  const open = await gpu();
  expect(open.exitCode).toBe(0);
  expect(unwrapped(open.stdout)).toContain('the first one 16 minutes after the gateway started');
  const unknown = await gpu('--pool', 'mistral');
  expect(unknown).toMatchObject({
    exitCode: 2,
    stderr: 'error: no pool is called mistral; the configuration has llama-70b\n',
  });
  writeFileSync(join(folder, 'costspan.yaml'), 'version: 1\n');
  const none = await gpu();
  expect(none.exitCode).toBe(0);
  expect(none.stdout).toContain('No GPU pools are configured. Describe the hardware in costspan.yaml:');
  const focus = await gpu('--focus');
  expect(focus).toMatchObject({ exitCode: 0, stdout: '', stderr: none.stdout });
  expect(JSON.parse((await gpu('--json', '--from', '2026-11-20')).stdout)).toEqual({
    schema: 'costspan.gpu.v1',
    currency: 'USD',
    from: '2026-11-20T00:00:00.000Z',
    until: null,
    pools: [],
  });
});

test('the worked example is settled by the same code, and needs no configuration', async () => {
  rmSync(join(folder, 'costspan.yaml'));
  const { exitCode, stdout } = await gpu('--worked-example');
  expect(exitCode).toBe(0);
  const lines = squeezed(stdout);
  expect(lines).toContain('200 11.11 % $0.02 $0.023 $0.002222 $0.002556 $3.556');
  expect(lines).toContain('1,200 66.67 % $0.003333 $0.003833 $0.002222 $0.002556 $1.333');
  expect(lines).toContain('4,000 100.00 % $0.001 $0.00115 $0.001 $0.00115 $0.00');
  expect(lines).toContain('1,200 by throughput: 800 × $0.003333333333 + 400 × $0.003333333334 = $4.00');
  const other = await gpu(
    '--worked-example',
    '--rate',
    '7.2',
    '--requests',
    '3600',
    '--seconds',
    '0.5',
    '--capacity',
    '2',
    '--overhead',
    '0',
    '--json',
  );
  expect(JSON.parse(other.stdout)).toMatchObject({
    schema: 'costspan.gpu_worked_example.v1',
    perHour: '7.200000000000',
    capacity: 2,
    loads: [
      {
        requests: 3600,
        occupancy: 0.5,
        throughput: { perRequest: '0.002000000000', idle: '0.000000000000' },
        timeShare: { perRequest: '0.001000000000', idle: '3.600000000000', used: '1.800000000000' },
      },
    ],
  });
  expect((await gpu('--worked-example', '--requests', '0')).exitCode).toBe(2);
});

test('what was settled from before the gateway watched is in the books and in the FOCUS rows', async () => {
  await storeHour(RECORDS, DAY + HOUR);
  const { stdout } = await gpu('--from', '2026-11-20', '--json', '--windows');
  // 20 windows of a minute, at $3.60 an hour and 10 % on top.
  expect(JSON.parse(stdout)).toMatchObject({
    pools: [
      {
        from: '2026-11-20T00:00:00.000Z',
        until: '2026-11-20T00:20:00.000Z',
        bill: '1.320000000000',
        direct: '0.200000000000',
        requests: 40,
        leftOut: [
          { from: '2026-11-20T00:20:00.000Z', until: '2026-11-20T01:00:00.000Z', reason: 'not_observed' },
        ],
      },
    ],
  });
  const rows = (await gpu('--from', '2026-11-20', '--focus')).stdout.trimEnd().split('\r\n').slice(1);
  expect(rows).toHaveLength(6);
  expect(rows[1]).toContain(',"{""tenant"":""acme""}",0.150000000000,platform');
});

test.each([
  [['--from', '2026-12-01'], 'its windows are not closed yet'],
  [
    ['--from', '2026-11-20T00:10:01Z', '--until', '2026-11-20T00:10:59Z'],
    'no window of the pool starts in it',
  ],
  [['--until', '2026-11-01'], 'the gateway was not watching the pool yet'],
])('why %j is empty is said', async (period, reason) => {
  await storeHour(RECORDS);
  expect(unwrapped((await gpu(...period)).stdout)).toContain(`is not in the books: ${reason}`);
  const { pools } = JSON.parse((await gpu(...period, '--json', '--windows')).stdout) as { pools: object[] };
  expect(pools).toMatchObject([{ from: null, perRequestReliable: null, windows: [] }]);
});

test.each([
  [['--worked-example', '--from', '2026-11-01'], "'--from <date>'"],
  [['--worked-example', '--focus'], "'--focus'"],
  [['--worked-example', '--device', 'x'], "'--device <source>'"],
  [['--worked-example', '--config', 'x'], "'--config <file>'"],
  [['--rate', '4'], '--rate is of the worked example; add --worked-example'],
  [['--seconds', '4'], '--seconds is of the worked example; add --worked-example'],
  [['--overhead', '4'], '--overhead is of the worked example; add --worked-example'],
  [['--host-provider', 'AWS'], '--host-provider is of the FOCUS rows; add --focus'],
])('%j would do nothing, and is a usage error', async (options, message) => {
  const { exitCode, stdout, stderr } = await gpu(...options);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('--from after --until is a usage error', async () => {
  const { exitCode, stderr } = await gpu('--from', '2026-11-21', '--until', '2026-11-20');
  expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: 'error: --from must be before --until\n' });
});
