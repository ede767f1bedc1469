import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { CostRecord } from '@costspan/cost-model';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Spans that an instrumented `openai` client really wrote. */
const spans = fileURLToPath(
  new URL('../../semconv/test/fixtures/spans/openinference-openai__openai.otlp.json', import.meta.url),
);
const text = readFileSync(spans, 'utf8').trim();

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'costspan-enrich-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function recordsOf(stdout: string): CostRecord[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as CostRecord);
}

test('prints one record per model call', async () => {
  const { exitCode, stdout, stderr } = await runCostspan(['enrich', spans, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const records = recordsOf(stdout);
  expect(records.length).toBeGreaterThan(3);
  const priced = records.filter(({ status }) => status === 'priced');
  expect(priced.length).toBeGreaterThan(0);
  for (const record of priced) {
    expect(record.schema).toBe('costspan.record.v1');
    expect(record.cost?.total).toMatch(/^\d+\.\d{12}$/);
  }
});

test('a request written over several lines, and standard input, give the same records', async () => {
  const direct = await runCostspan(['enrich', spans, '--json']);
  const pretty = join(folder, 'pretty.json');
  writeFileSync(pretty, JSON.stringify(JSON.parse(text), null, 2));
  expect((await runCostspan(['enrich', pretty, '--json'])).stdout).toBe(direct.stdout);
  expect((await runCostspan(['enrich', '-', '--json'], { input: text })).stdout).toBe(direct.stdout);
});

test('--otlp adds attributes and leaves the rest as it was', async () => {
  const { exitCode, stdout } = await runCostspan(['enrich', spans, '--otlp']);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('"costspan.cost.total"');
  const again = await runCostspan(['enrich', '-', '--otlp'], { input: stdout });
  expect(again.stdout.trim()).toBe(stdout.trim());
});

test('a bad line is reported with its number, and a span that comes twice is one call', async () => {
  const lines = ['no json at all', text, '{"resourceSpans": 5}', text];
  const { exitCode, stdout, stderr } = await runCostspan(['enrich', '-', '--json'], {
    input: lines.join('\n'),
  });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^-:1: .+\n-:3: .+\n$/);
  const once = await runCostspan(['enrich', spans, '--json']);
  expect(stdout).toBe(once.stdout);
});

test('reads protobuf', async () => {
  const file = join(folder, 'request.pb');
  writeFileSync(file, PROTOBUF_REQUEST);
  const { exitCode, stdout } = await runCostspan(['enrich', file, '--json']);
  expect(exitCode).toBe(0);
  expect(recordsOf(stdout)).toMatchObject([
    {
      traceId: '000102030405060708090a0b0c0d0e0f',
      model: 'gpt-5-mini',
      usage: { input: 1000, output: 10 },
      cost: { total: '0.000270000000' },
    },
  ]);
});

test('a missing file is a usage error', async () => {
  const { exitCode, stderr } = await runCostspan(['enrich', join(folder, 'missing.json')]);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error: cannot read .*missing\.json/);
});

/** Length-delimited field: tag, length, content. All lengths here are below 128 or take two bytes. */
function field(number: number, content: Uint8Array | string): Buffer {
  const bytes = Buffer.from(content as string);
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

function attribute(key: string, value: Buffer): Buffer {
  return field(9, Buffer.concat([field(1, key), field(2, value)]));
}

const textValue = (value: string): Buffer => field(1, value);
const intValue = (value: number): Buffer => Buffer.from([0x18, (value & 127) | 128, value >> 7]);
const fixed64 = (number: number, value: bigint): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes[0] = (number << 3) | 1;
  bytes.writeBigUInt64LE(value, 1);
  return bytes;
};

/** ExportTraceServiceRequest → ResourceSpans → ScopeSpans → one span of a chat call. */
const PROTOBUF_REQUEST = field(
  1,
  field(
    2,
    field(
      2,
      Buffer.concat([
        field(
          1,
          Uint8Array.from({ length: 16 }, (_, index) => index),
        ),
        field(
          2,
          Uint8Array.from({ length: 8 }, (_, index) => index + 1),
        ),
        field(5, 'chat gpt-5-mini'),
        fixed64(7, 1_795_219_200_000_000_000n),
        fixed64(8, 1_795_219_201_000_000_000n),
        attribute('gen_ai.operation.name', textValue('chat')),
        attribute('gen_ai.provider.name', textValue('openai')),
        attribute('gen_ai.request.model', textValue('gpt-5-mini')),
        attribute('gen_ai.usage.input_tokens', intValue(1000)),
        attribute('gen_ai.usage.output_tokens', intValue(10)),
      ]),
    ),
  ),
);

test('a table shows what each call cost, and --explain every span below its parent with the reason', async () => {
  const twice = new URL(
    '../../semconv/test/fixtures/spans/langchain-oi__plus__openai-oi__same-call-twice.otlp.json',
    import.meta.url,
  ).pathname;
  const { stdout } = await runCostspan(['enrich', twice]);
  expect(stdout).toContain(
    '8 spans, 6 of model calls: 3 priced, 0 unpriced, 3 that repeat a call. Total $0.002309.',
  );
  expect(stdout).not.toContain('POST /api/ask');
  const explained = await runCostspan(['enrich', twice, '--explain']);
  expect(explained.stdout).toMatch(
    /^POST \/api\/ask +1839e0841bcbcccf +has nothing to do with a model *\n {2}OpenAI Chat/m,
  );
  const [, billed = ''] = /repeats span ([0-9a-f]{16}) of its trace/.exec(explained.stdout) ?? [];
  expect(explained.stdout).toMatch(new RegExp(`${billed} .* billed$`, 'm'));
});

test('--explain --json gives every span, the records with what was found', async () => {
  const agents = new URL(
    '../../semconv/test/fixtures/spans/aisdk-v7__OpenTelemetry.otlp.json',
    import.meta.url,
  ).pathname;
  const { stdout } = await runCostspan(['enrich', agents, '--explain', '--json']);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const records = recordsOf((await runCostspan(['enrich', agents, '--json'])).stdout);
  expect(
    lines
      .filter(({ schema }) => schema === 'costspan.record.v1')
      .map(({ explanation: _explanation, ...record }) => record),
  ).toEqual(records);
  expect(lines.length).toBeGreaterThan(records.length);
  for (const { explanation } of lines) expect(explanation.why).toMatch(/\w/);
  const aggregate = lines.find(({ explanation }) => explanation.reading === 'aggregate');
  expect(aggregate).toMatchObject({ schema: 'costspan.explanation.v1', status: null });
});

test('reports of one call in different lines of a file are billed once', async () => {
  const request = JSON.parse(text);
  const lines = request.resourceSpans[0].scopeSpans.flatMap((scope: { spans: object[] }) =>
    scope.spans.map((span) =>
      JSON.stringify({
        resourceSpans: [{ ...request.resourceSpans[0], scopeSpans: [{ ...scope, spans: [span] }] }],
      }),
    ),
  );
  const whole = recordsOf((await runCostspan(['enrich', spans, '--json'])).stdout);
  const split = recordsOf(
    (await runCostspan(['enrich', '-', '--json'], { input: lines.toReversed().join('\n') })).stdout,
  );
  const bill = (records: CostRecord[]): object[] =>
    records
      .map(({ spanId, status, cost }) => ({ spanId, status, total: cost?.total }))
      .toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
  expect(bill(split)).toEqual(bill(whole));
});

test('a request with one span per line is read, and what is shown of it is whole', async () => {
  const perLine = new URL(
    '../../semconv/test/fixtures/spans/litellm-proxy__otel-v2.otlp.json',
    import.meta.url,
  ).pathname;
  const { exitCode, stdout, stderr } = await runCostspan(['enrich', perLine, '--explain']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('36 spans, 10 of model calls:');
  expect(stdout).not.toContain('…');
});

test('reads gzip', async () => {
  const direct = await runCostspan(['enrich', spans, '--json']);
  const zipped = await runCostspan(['enrich', '-', '--json'], { input: gzipSync(text) });
  expect(zipped).toEqual(direct);
  const cut = await runCostspan(['enrich', '-', '--json'], { input: gzipSync(text).subarray(0, 1000) });
  expect(cut).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: 'error: cannot read -: its gzip compression is damaged\n',
  });
});

test.each([
  ['metrics', '{"resourceMetrics":[]}'],
  ['logs', '{"resourceLogs":[]}\n{"resourceLogs":[]}'],
  ['nothing', ''],
])('%s is no trace file', async (_, input) => {
  expect(await runCostspan(['enrich', '-'], { input })).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: '- has no spans: an OTLP trace file has resourceSpans\n',
  });
});

test('a trace request without spans is one', async () => {
  const { exitCode, stdout, stderr } = await runCostspan(['enrich', '-'], { input: '{"resourceSpans":[]}' });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('0 spans');
});

test('says of a price that it is a bound, and of a call without a price nothing', async () => {
  const span = (spanId: string, model: string): object => ({
    traceId: '000102030405060708090a0b0c0d0e0f',
    spanId,
    name: 'chat',
    startTimeUnixNano: '1795219200000000000',
    endTimeUnixNano: '1795219201000000000',
    attributes: [
      { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
      { key: 'gen_ai.provider.name', value: { stringValue: 'openai' } },
      { key: 'gen_ai.request.model', value: { stringValue: model } },
      { key: 'gen_ai.usage.input_tokens', value: { intValue: '2000' } },
      { key: 'gen_ai.usage.output_tokens', value: { intValue: '0' } },
    ],
  });
  const scopeSpans = [{ spans: [span('0000000000000001', 'gpt-5-mini'), span('0000000000000002', 'x')] }];
  const { stdout } = await runCostspan(['enrich', '-'], {
    input: JSON.stringify({ resourceSpans: [{ scopeSpans }] }),
  });
  expect(stdout).toMatch(
    /gpt-5-mini +2,000 +0 +≤ \$0\.0005 +billed; it cost at most this: cached tokens were/,
  );
  expect(stdout).toMatch(/ x +2,000 +0 +the price book has no such model[^;]*$/m);
  expect(stdout).toContain('1 of the prices is a bound or an estimate');
});
