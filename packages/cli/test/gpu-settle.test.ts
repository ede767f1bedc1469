import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseMoney } from '@costspan/cost-model';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CONFIG, DAY, gpuRecord, jsonLines, squeezed } from './gpu-fixture.ts';
import { type CostspanRun, runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-gpu-settle-'));
  writeFileSync(join(folder, 'costspan.yaml'), CONFIG);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Acme alone for 10 s, then beside umbrella for 10 s on the same replica; initech alone for 60 s on the other, from 00:01 on. */
const RECORDS = [
  gpuRecord(1, 0, 20),
  gpuRecord(2, 10, 20, { tenant: 'umbrella' }),
  gpuRecord(3, 60, 120, { tenant: 'initech', replica: 'b' }),
];

function settle(content: string | Uint8Array, ...options: string[]): Promise<CostspanRun> {
  writeFileSync(join(folder, 'input'), content);
  return runCostspan(['gpu', 'settle', 'input', ...options], { cwd: folder });
}

interface Settlement {
  readonly schema: string;
  readonly pools: readonly {
    readonly pool: string;
    readonly bill: string;
    readonly used: string;
    readonly slack: string;
    readonly idle: string;
    readonly unsampled: string;
    readonly overhead: string;
    readonly windows: readonly { readonly bill: string; readonly idle: string; readonly revision: number }[];
    readonly requests: readonly {
      readonly spanId: string;
      readonly tenant: string | null;
      readonly gpuSeconds: string;
      readonly share: number;
      readonly used: string;
      readonly slack: string;
      readonly idle: string;
      readonly overhead: string;
      readonly cost: string;
      readonly slackNotCharged: string;
    }[];
    readonly sums: {
      readonly requests: Readonly<Record<string, string>>;
      readonly notOfRequests: string;
      readonly addsUp: boolean;
    };
  }[];
  readonly records: number;
  readonly duplicates: number;
  readonly ofPools: number;
  readonly outsidePeriod: number;
  readonly ofUnknownPools: number;
  readonly reportedAgain: number;
  readonly notOfPools: number;
  readonly unpriced: Readonly<Record<string, number>>;
  readonly findings: readonly { readonly line: number | null; readonly message: string }[];
}

function parsed({ stdout }: CostspanRun): Settlement {
  return JSON.parse(stdout) as Settlement;
}

const widestOf = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length));

const pico = (decimals: readonly string[]): bigint =>
  decimals.reduce((sum, text) => sum + (parseMoney(text) ?? 0n), 0n);

test('settles records: a replica-second is $0.0005, shared by who is there', async () => {
  const run = await settle(jsonLines(RECORDS), '--json');
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  const document = parsed(run);
  expect(document.schema).toBe('costspan.gpu_settlement.v1');
  const [pool] = document.pools;
  // Acme 10 s + 10 s ÷ 2 = 15 s, umbrella 5 s, initech 60 s; used of a capacity of 8.
  expect(pool?.requests).toEqual([
    {
      traceId: 'a'.repeat(32),
      spanId: '0000000000000001',
      tenant: 'acme',
      gpuSeconds: '15.000000000',
      share: 0.75,
      used: '0.001250000000',
      slack: '0.006250000000',
      idle: '0.000000000000',
      overhead: '0.000750000000',
      cost: '0.008250000000',
      slackNotCharged: '0.000000000000',
    },
    expect.objectContaining({
      tenant: 'umbrella',
      used: '0.000625000000',
      cost: '0.002750000000',
      share: 0.5,
    }),
    expect.objectContaining({ tenant: 'initech', used: '0.003750000000', cost: '0.033000000000', share: 1 }),
  ]);
  // Two minutes of two replicas at $3.60: $0.12, of which $0.04 were used or slack, and 10 % on it.
  expect(pool).toMatchObject({
    pool: 'llama-70b',
    from: '2026-11-20T00:00:00.000Z',
    to: '2026-11-20T00:02:00.000Z',
    bill: '0.132000000000',
    idle: '0.080000000000',
    overhead: '0.012000000000',
    sums: { notOfRequests: '0.088000000000', addsUp: true },
  });
});

test('the sums can be checked with a calculator', async () => {
  const requests = Array.from({ length: 97 }, (_, index) =>
    gpuRecord(index + 1, index * 1.7, index * 1.7 + (index % 13) * 3.1, {
      replica: index % 2 === 0 ? 'a' : 'b',
    }),
  );
  const [pool] = parsed(await settle(jsonLines(requests), '--json')).pools;
  if (pool === undefined) throw new Error('no pool was settled');
  expect(pool.requests).toHaveLength(97);
  expect(pico(pool.windows.map(({ bill }) => bill))).toBe(parseMoney(pool.bill));
  const charged = pico(pool.requests.map(({ cost }) => cost));
  expect(charged + (parseMoney(pool.sums.notOfRequests) ?? 0n)).toBe(parseMoney(pool.bill));
  expect(pico(pool.requests.map(({ used }) => used))).toBe(parseMoney(pool.used));
  expect(pico(pool.requests.map(({ slack }) => slack))).toBe(parseMoney(pool.slack));
  expect(pico([pool.used, pool.slack, pool.idle, pool.unsampled, pool.overhead])).toBe(parseMoney(pool.bill));
});

test('a table for people ends with the sums', async () => {
  const { exitCode, stdout } = await settle(jsonLines(RECORDS));
  expect(exitCode).toBe(0);
  const lines = squeezed(stdout);
  expect(lines).toContain('llama-70b, 2026-11-20T00:00:00 to 2026-11-20T00:02:00 UTC');
  expect(lines).toContain(`${'a'.repeat(32)} 0000000000000003 initech 60.000 $0.033`);
  expect(lines).toContain('Slack $0.034375 $0.034375');
  expect(lines).toContain('Not theirs $0.088');
  expect(lines).toContain('Bill $0.132 $0.132');
  expect(stdout).toContain('The sums agree.');
  expect(lines).toContain('3 records');
  expect(lines).toContain('3 of pools');
  expect(widestOf(stdout)).toBeLessThanOrEqual(100);
});

test('the table of a single request, and of none, is in words', async () => {
  const one = await settle(jsonLines(RECORDS.slice(0, 1)));
  expect(squeezed(one.stdout)).toContain('1 record');
  const none = await settle('', '--from', '2026-11-20', '--until', '2026-11-20T00:02:00Z');
  expect(none.stdout).toContain('No requests ran in this period.');
  expect(none.stdout).not.toContain('Trace');
});

test('--from and --until settle the windows of a period, idle ones too, and count what is outside', async () => {
  const minute = ['--from', '2026-11-20', '--until', '2026-11-20T00:01:00Z', '--json'];
  const run = await settle(jsonLines(RECORDS), ...minute);
  expect(run.exitCode).toBe(0);
  expect(run.stderr).toBe('input: 1 request ran outside of --from and --until: not settled\n');
  expect(parsed(run)).toMatchObject({ ofPools: 3, outsidePeriod: 1, findings: [] });
  const document = parsed(run);
  expect(document.pools[0]).toMatchObject({ bill: '0.066000000000', sums: { addsUp: true } });
  expect(document.pools[0]?.requests).toHaveLength(2);
  const empty = await settle('', '--from', '2026-11-20', '--to', '2026-11-20T01:00:00Z', '--json');
  expect(parsed(empty).pools[0]).toMatchObject({
    idle: '3.600000000000',
    bill: '3.960000000000',
    requests: [],
  });
});

test('--to is --until; neither both nor the future can be asked for', async () => {
  const until = await settle(jsonLines(RECORDS), '--until', '2026-11-20T00:01:00Z', '--json');
  const to = await settle(jsonLines(RECORDS), '--to', '2026-11-20T00:01:00Z', '--json');
  expect(to.stdout).toBe(until.stdout);
  const both = await settle(jsonLines(RECORDS), '--to', '2026-11-20', '--until', '2026-11-20');
  expect(both.exitCode).toBe(2);
  const future = await settle(jsonLines(RECORDS), '--until', '2999-01-01');
  expect(future).toMatchObject({ exitCode: 2, stdout: '' });
  expect(future.stderr).toContain('--until 2999-01-01T00:00:00.000Z is in the future');
});

test('a period before all requests has no windows of its own, and they are counted', async () => {
  const run = await settle(jsonLines(RECORDS), '--until', '2026-11-19', '--json');
  expect(run.stderr).toBe('input: 3 requests ran outside of --from and --until: not settled\n');
  expect(parsed(run)).toMatchObject({ pools: [], ofPools: 3, outsidePeriod: 3, findings: [] });
});

test('a record that the file has twice counts once', async () => {
  const once = parsed(await settle(jsonLines(RECORDS), '--json'));
  const twice = parsed(await settle(jsonLines([...RECORDS, RECORDS[1] ?? {}]), '--json'));
  expect(twice).toEqual({ ...once, duplicates: 1 });
});

test('what cannot be settled is named by line, and the rest is settled', async () => {
  const broken = [
    { ...gpuRecord(5, 0, 1), gpu: { ...gpuRecord(5, 0, 1).gpu, intervals: [] } },
    { ...gpuRecord(6, 0, 1), traceId: 'x' },
    gpuRecord(7, 5, 4),
    gpuRecord(8, 0, 1, { pool: 'mistral' }),
    gpuRecord(9, 0, 10 * 365 * 86_400),
    { ...gpuRecord(10, 0, 1), gpu: null, status: 'unpriced', reason: 'no_gpu_pool', cost: null },
    { ...gpuRecord(11, 0, 1), gpu: undefined },
  ];
  const content = `${jsonLines(RECORDS)}{"schema":"costspan.record.v1",\n${jsonLines(broken)}`;
  const { exitCode, stdout, stderr } = await settle(content);
  expect(exitCode).toBe(1);
  const span = (id: string): string => `trace ${'a'.repeat(32)} span ${id.padStart(16, '0')}`;
  expect(stderr.trimEnd().split('\n')).toEqual([
    'input:4: the line is no JSON',
    `input:5: ${span('5')}: gpu.intervals must be a list of 1 to 100000 times`,
    'input:6: traceId must be 32 hexadecimal digits in lower case; write the record as costspan wrote it',
    `input:7: ${span('7')}: an interval of gpu.intervals ends before it begins`,
    `input:9: ${span('9')}: the request ends in the future: set the clock of the process that wrote it`,
    `input:8: ${span('8')}: pool mistral is not in the configuration; add it to pools`,
  ]);
  expect(widestOf(stdout)).toBeLessThanOrEqual(100);
  const lines = squeezed(stdout);
  expect(lines).toContain('Bill $0.132 $0.132');
  expect(stdout).toContain(
    '1 without a cost:\n    a model server of your own answered, and no pool of costspan.yaml matches',
  );
  expect(lines).toEqual(
    expect.arrayContaining([
      '6 records',
      '3 of pools',
      '1 of pools that are not configured',
      '1 that have nothing to do with a pool',
    ]),
  );
});

test('the counts of records add up', async () => {
  const again = { ...gpuRecord(20, 0, 1), status: 'duplicate', gpu: null, cost: null };
  const others = [gpuRecord(8, 0, 1, { pool: 'mistral' }), again, { ...gpuRecord(11, 0, 1), gpu: null }];
  const { records, ofPools, ofUnknownPools, reportedAgain, notOfPools } = parsed(
    await settle(jsonLines([...RECORDS, ...others]), '--json'),
  );
  expect({ records, ofPools, ofUnknownPools, reportedAgain, notOfPools }).toEqual({
    records: 6,
    ofPools: 3,
    ofUnknownPools: 1,
    reportedAgain: 1,
    notOfPools: 1,
  });
});

test('of records of one span that differ the same one is settled in every order, and it is said', async () => {
  const two = [gpuRecord(2, 10, 20), gpuRecord(2, 10, 25), gpuRecord(2, 10, 20, { tenant: 'umbrella' })];
  const forth = await settle(jsonLines([RECORDS[0] ?? {}, ...two]), '--json');
  const back = await settle(jsonLines([RECORDS[0] ?? {}, ...two.toReversed()]), '--json');
  expect(parsed(back).pools).toEqual(parsed(forth).pools);
  expect(forth.exitCode).toBe(1);
  expect(parsed(forth).findings).toEqual([
    {
      line: 3,
      traceId: 'a'.repeat(32),
      spanId: '0000000000000002',
      message: expect.stringContaining('differs from the one of the same span in line 2') as string,
    },
  ]);
  const settled = { ...gpuRecord(1, 0, 20), gpu: { ...gpuRecord(1, 0, 20).gpu, basis: 'settled' } };
  expect(await settle(jsonLines([...RECORDS, settled]), '--json')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('records and OTLP in one file are named, whichever comes first', async () => {
  const otlp = { resourceSpans: [] };
  const recordsFirst = await settle(jsonLines([...RECORDS, otlp, otlp]));
  expect(recordsFirst.exitCode).toBe(1);
  expect(recordsFirst.stderr).toBe(
    'input:4: records and OTLP in one file: split them; 2 lines from here on of OTLP are not settled\n',
  );
  const otlpFirst = await settle(jsonLines([otlp, RECORDS[0] ?? {}]));
  expect(otlpFirst.exitCode).toBe(1);
  expect(otlpFirst.stderr).toContain(
    'input:2: records and OTLP in one file: split them; this line of records is not settled\n',
  );
});

test('where no pool matches, a call is shown beside what the pools match', async () => {
  const { exitCode, stderr } = await settle(
    jsonLines([{ ...gpuRecord(1, 0, 1), gpu: null, status: 'unpriced', reason: 'no_gpu_pool', cost: null }]),
  );
  expect(exitCode).toBe(1);
  expect(stderr).toContain('service.name: shop\n');
  expect(stderr).toContain('gen_ai.response.model: llama-70b\n');
  expect(stderr).toContain('pool llama-70b matches server.address: 10.0.0.7\n');
  expect(widestOf(stderr)).toBeLessThanOrEqual(100);
});

test('under the basis slots a request is charged its slot, and the slack is nobody’s', async () => {
  writeFileSync(
    join(folder, 'costspan.yaml'),
    CONFIG.replace('capacity: 8', 'capacity: 8\n    basis: slots'),
  );
  const [pool] = parsed(await settle(jsonLines(RECORDS), '--json')).pools;
  for (const { used, slack, idle, overhead, cost } of pool?.requests ?? []) {
    expect(pico([used, slack, idle, overhead])).toBe(parseMoney(cost));
  }
  const sums = pool?.sums.requests ?? {};
  expect(pico([sums['used'], sums['slack'], sums['idle'], sums['overhead']].map(String))).toBe(
    parseMoney(sums['cost'] ?? ''),
  );
  expect(sums).toMatchObject({ slack: '0.000000000000', slackNotCharged: '0.034375000000' });
  expect(pool?.requests[2]).toMatchObject({ slack: '0.000000000000', slackNotCharged: '0.026250000000' });
  // 60 s ÷ 8 at $0.0005 a second are $0.00375, and 10 % on it.
  expect(pool?.requests[2]).toMatchObject({ used: '0.003750000000', cost: '0.004125000000' });
  expect(pool).toMatchObject({ bill: '0.132000000000', sums: { addsUp: true } });
  const charged = pico(pool?.requests.map(({ cost }) => cost) ?? []);
  // All three: (20 + 10 + 60) s ÷ 8 are $0.005625, and 10 % on it.
  expect(charged).toBe(parseMoney('0.0061875'));
  expect(charged + (parseMoney(pool?.sums.notOfRequests ?? '') ?? 0n)).toBe(parseMoney('0.132'));
});

test('windows before the first rate have no bill, and it is said what to add', async () => {
  writeFileSync(join(folder, 'costspan.yaml'), CONFIG.replace('2026-01-01', '2026-11-20T00:01:00Z'));
  const run = await settle(jsonLines(RECORDS), '--json');
  expect(run.exitCode).toBe(1);
  expect(run.stderr).toContain(
    'pool llama-70b has no rate from 2026-11-20T00:00:00 to 2026-11-20T00:01:00 UTC, so these windows have no bill; ' +
      'add one to its rates with from: 2026-11-20',
  );
  expect(parsed(run).pools[0]).toMatchObject({ bill: '0.066000000000', sums: { addsUp: true } });
});

test('settles OTLP spans as the gateway reads them, gzip or not', async () => {
  const span = (id: number, seconds: number): object => ({
    traceId: 'b'.repeat(32),
    spanId: id.toString(16).padStart(16, '0'),
    name: 'chat llama-70b',
    kind: 3,
    startTimeUnixNano: String(DAY),
    endTimeUnixNano: String(DAY + BigInt(seconds) * 1_000_000_000n),
    attributes: [
      ...Object.entries({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'llama-70b',
        'server.address': id === 3 ? 'api.example.com' : '10.0.0.7',
        'tenant.id': 'acme',
      }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '100' } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: '50' } },
    ],
  });
  const spans = [span(1, 4), span(2, 2), span(3, 1)];
  const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const run = await settle(text, '--json');
  expect(run.exitCode).toBe(0);
  // The replica is not known, so both share the two of them: 2 s alone and 2 s shared by two are 3 s and 1 s, twice.
  expect(parsed(run).pools[0]?.requests.map(({ gpuSeconds }) => gpuSeconds)).toEqual([
    '6.000000000',
    '2.000000000',
  ]);
  const zipped = await settle(gzipSync(text), '--json');
  expect(zipped.stdout).toBe(run.stdout);
});

test('without pools it says what to write, with a wrong one which there are', async () => {
  const wrong = await settle(jsonLines(RECORDS), '--pool', 'mistral');
  expect(wrong).toMatchObject({
    exitCode: 2,
    stderr: 'error: no pool is called mistral; the configuration has llama-70b\n',
  });
  writeFileSync(join(folder, 'costspan.yaml'), 'version: 1\n');
  const none = await settle(jsonLines(RECORDS));
  expect(none.exitCode).toBe(2);
  expect(none.stderr).toContain('per_hour: "4.00"');
});

test('a file that has neither records nor spans is a finding', async () => {
  const { exitCode, stderr } = await settle('{"resourceMetrics":[]}');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('input: it has no spans and no records');
});
