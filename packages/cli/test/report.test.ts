import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COST_RECORD_SCHEMA, type CostRecord } from '@costspan/cost-model';
import { openDuckDbStore } from '@costspan/store';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { gpuRecord } from './gpu-fixture.ts';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-report-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function record(spanId: string, fields: Partial<CostRecord> & { readonly total?: string }): CostRecord {
  const { total, ...rest } = fields;
  const priced = total !== undefined;
  return {
    schema: COST_RECORD_SCHEMA,
    traceId: 'a'.repeat(32),
    spanId,
    entrySpanId: null,
    startTimeUnixNano: '1795219200000000000', // 2026-11-21T00:00:00Z
    endTimeUnixNano: '1795219201000000000',
    service: 'shop',
    environment: null,
    feature: 'summarize',
    tenant: 'acme',
    route: null,
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    model: 'gpt-5-mini',
    operation: 'chat',
    dialect: 'opentelemetry',
    responseId: null,
    serviceTier: null,
    region: null,
    conditions: null,
    errorType: null,
    usage: null,
    usageSource: 'span',
    usageIncomplete: null,
    usageCorrected: false,
    status: priced ? 'priced' : 'unpriced',
    reason: priced ? null : 'usage_missing',
    reasonDetail: null,
    duplicateOfSpanId: null,
    duplicateOfTraceId: null,
    cost: priced ? { currency: 'USD', total, lines: [] } : null,
    priceBook: { version: '2026-11-20', digest: 'sha256:0', entry: null, exactMatch: null },
    ...rest,
  };
}

/** Three requests: $0.0015 in two calls, $0.25 in one, and one whose only call has no price. */
const RECORDS: readonly CostRecord[] = [
  record('0000000000000001', { total: '0.001000000000' }),
  record('0000000000000002', {
    total: '0.000500000000',
    model: 'gpt-5-nano',
    usageIncomplete: 'upper_bound',
  }),
  record('0000000000000003', { traceId: 'b'.repeat(32), total: '0.250000000000', tenant: 'umbrella' }),
  record('0000000000000004', { traceId: 'c'.repeat(32), feature: 'search', tenant: null }),
  record('0000000000000005', {
    status: 'duplicate',
    reason: 'duplicate_of_nested_span',
    duplicateOfSpanId: '0000000000000001',
  }),
];

async function storeRecords(records: readonly CostRecord[]): Promise<void> {
  const opened = await openDuckDbStore({ path: join(folder, 'costspan-data') });
  if (!opened.ok) throw new Error(opened.error.message);
  await opened.store.write(records);
  await opened.store.close();
}

const squeezed = (text: string): string[] =>
  text.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());

test('shows tables by feature, tenant and model, the calls and the most expensive requests', async () => {
  await storeRecords(RECORDS);
  const { exitCode, stdout, stderr } = await runCostspan(['report'], { cwd: folder });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = squeezed(stdout);
  expect(lines).toContain('Cost per request by feature');
  expect(lines).toContain('Feature Requests Mean p50 p95 Max Total Unpriced calls');
  expect(lines).toContain('summarize 2 $0.1258 $0.0015 $0.25 $0.25 $0.2515 0');
  expect(lines).toContain('search 1 – – – – – 1');
  expect(lines).toContain('umbrella 1 $0.25 $0.25 $0.25 $0.25 $0.25 0');
  expect(lines).toContain('(none) 1 – – – – – 1');
  expect(lines).toContain('gpt-5-nano 1 $0.0005 $0.0005 $0.0005 $0.0005 $0.0005 0');
  expect(lines).toContain('5 calls in 3 requests, $0.2515 in all');
  expect(lines).toContain('1 of them cost at most $0.0005: cached tokens were not told apart');
  expect(lines).toContain('1: the span reports no usage');
  expect(lines).toContain('1: a span inside or around this one reports the same call');
  expect(lines).toContain(`$0.25 1 ${'b'.repeat(32)} 2026-11-21T00:00:00 summarize umbrella gpt-5-mini`);
});

test('aligns amounts on the decimal point', async () => {
  await storeRecords(RECORDS);
  const { stdout } = await runCostspan(['report', '--by', 'model'], { cwd: folder });
  const rows = stdout.split('\n').filter((line) => line.startsWith('gpt-5-'));
  const columns = rows.map((row) => row.lastIndexOf('.'));
  expect(columns.length).toBe(2);
  expect(new Set(columns).size).toBe(1);
});

test('--json keeps 12 places and unknown amounts null', async () => {
  await storeRecords(RECORDS);
  const { stdout } = await runCostspan(['report', '--by', 'feature,tenant', '--json'], { cwd: folder });
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'costspan.report.v1',
    from: null,
    summary: { calls: 5, pricedCalls: 3, unpricedCalls: 1, duplicateCalls: 1, total: '0.251500000000' },
    reports: [
      {
        by: ['feature', 'tenant'],
        rows: [
          { key: { feature: 'summarize', tenant: 'umbrella' }, total: '0.250000000000' },
          { key: { feature: 'summarize', tenant: 'acme' }, mean: '0.001500000000' },
          { key: { feature: 'search', tenant: null }, mean: null },
        ],
      },
    ],
    topRequests: [{ traceId: 'b'.repeat(32) }, { traceId: 'a'.repeat(32), calls: 2 }],
  });
});

test('says of GPU time that is not settled that it costs at most this, and nothing of its tokens', async () => {
  await storeRecords([{ ...gpuRecord(1, 0, 10), usageSource: 'estimated' }]);
  const { stdout } = await runCostspan(['report'], { cwd: folder });
  const lines = squeezed(stdout);
  expect(lines).toContain('1 of them cost at most $0.00: GPU time, until its windows are settled');
  expect(stdout).not.toContain('guessed');
});

test('--from and --until bound the start of the calls', async () => {
  await storeRecords(RECORDS);
  const before = await runCostspan(['report', '--until', '2026-11-21'], { cwd: folder });
  expect(before).toMatchObject({ exitCode: 0, stdout: 'No calls are recorded in this period.\n' });
  const during = await runCostspan(['report', '--from', '2026-11-21', '--json'], { cwd: folder });
  expect(JSON.parse(during.stdout)).toMatchObject({
    summary: { calls: 5 },
    from: '2026-11-21T00:00:00.000Z',
  });
});

test('--limit shortens the tables and says so', async () => {
  await storeRecords(RECORDS);
  const { stdout } = await runCostspan(['report', '--by', 'tenant', '--limit', '1'], { cwd: folder });
  expect(stdout).toContain('umbrella');
  expect(stdout).not.toMatch(/^acme/m);
  expect(stdout).toContain('… 2 more, see --limit');
});

test('a folder without records is refused and not created', async () => {
  const { exitCode, stderr } = await runCostspan(['report', '--data', 'nowhere'], { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('nowhere has no records; start "costspan up"');
  expect(() => mkdirSync(join(folder, 'nowhere'))).not.toThrow();
});

test('a gateway that was killed leaves its address behind, which does no harm', async () => {
  await storeRecords(RECORDS);
  writeFileSync(join(folder, 'costspan-data', 'gateway.json'), '{"url":"http://127.0.0.1:9","pid":1}');
  const { exitCode, stdout } = await runCostspan(['report'], { cwd: folder });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('summarize');
});

test('control characters in a span do not reach the terminal', async () => {
  await storeRecords([record('0000000000000001', { total: '1.000000000000', feature: 'a\u001b[2Jb\nc' })]);
  const { stdout } = await runCostspan(['report'], { cwd: folder });
  expect(stdout).toContain('a\ufffd[2Jb\ufffdc');
  expect(stdout).not.toContain('\u001b');
});

test('refuses an unknown dimension', async () => {
  const { exitCode, stderr } = await runCostspan(['report', '--by', 'colour'], { cwd: folder });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('"colour" is none of feature, tenant, model');
});
