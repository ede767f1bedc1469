import { COST_RECORD_SCHEMA } from '@costspan/cost-model';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bookOf, FIXTURE_ENTRIES, testFolder, type TestFolder } from './price-book-fixture.ts';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: TestFolder;
let book = '';
beforeAll(() => {
  folder = testFolder();
  book = folder.write('book.json', JSON.stringify(bookOf(FIXTURE_ENTRIES)));
});
afterAll(() => {
  folder.remove();
});

const GOOD = {
  id: 'a',
  provider: 'openai',
  model: 'gpt-test',
  usage: { input_tokens: 1000, output_tokens: 100 },
};
const BATCH = {
  ...GOOD,
  id: 2,
  provider: 'anthropic',
  model: 'claude-test',
  at: '2026-10-01',
  service_tier: 'batch',
  attributes: { inference_geo: 'us' },
};
const UNKNOWN = { ...GOOD, id: 'b', model: 'gpt-tset' };
const INCONSISTENT = {
  ...GOOD,
  id: 'c',
  usage: { input_tokens: 10, cache_read_tokens: 11, output_tokens: 1 },
};

interface OutputRow {
  readonly id?: unknown;
  readonly line: number;
  readonly status: string;
  readonly cost?: { readonly total: string };
}

function rowsOf(stdout: string): OutputRow[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as OutputRow);
}

test('one line out for each line in, in their order; a bad one does not stop the rest', async () => {
  const lines = [
    JSON.stringify(GOOD),
    '',
    'no json',
    JSON.stringify(UNKNOWN),
    JSON.stringify(INCONSISTENT),
    JSON.stringify(BATCH),
  ];
  const file = folder.write('calls.jsonl', lines.join('\n'));
  const { exitCode, stdout, stderr } = await runCostspan(['price', '--from', file, '--book', book, '--json']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  expect(rowsOf(stdout)).toMatchObject([
    { id: 'a', line: 1, status: 'priced', cost: { total: '0.000450000000' } },
    { line: 3, status: 'error', error: { code: 'not_json' } },
    { id: 'b', line: 4, status: 'unpriced', reason: 'model_not_in_price_book', closest: ['openai/gpt-test'] },
    { id: 'c', line: 5, status: 'error', error: { code: 'usage_inconsistent' } },
    // 1000 × 1.5 × 1.1 + 100 × 7.5 × 1.1 = 2475 millionths of a dollar
    { id: 2, line: 6, status: 'priced', cost: { total: '0.002475000000' } },
  ]);
});

test('standard input; 0 when every call has a price, none at all included', async () => {
  const args = ['price', '--from', '-', '--book', book, '--json'];
  const priced = await runCostspan(args, { input: `${JSON.stringify(GOOD)}\n` });
  expect(priced).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await runCostspan(args, { input: '\n' })).toMatchObject({ exitCode: 0, stdout: '' });
});

test('--at is the time of lines that have none', async () => {
  const { at: _at, ...row } = BATCH;
  const input = JSON.stringify({ ...row, service_tier: null, attributes: null });
  const args = ['price', '--from', '-', '--book', book, '--json', '--at'];
  const before = await runCostspan([...args, '2026-05-31'], { input });
  const after = await runCostspan([...args, '2026-06-01'], { input });
  expect(rowsOf(before.stdout)[0]?.cost?.total).toBe('0.009000000000');
  expect(rowsOf(after.stdout)[0]?.cost?.total).toBe('0.004500000000');
});

test('without --json it is a summary', async () => {
  const reported = { ...GOOD, provider: 'openrouter', model: 'nobody/nothing', reported_cost: '0.25' };
  const approximate = { ...GOOD, provider: 'zai', model: 'glm-test', at: '2026-10-01' };
  const rows = [GOOD, GOOD, BATCH, UNKNOWN, UNKNOWN, INCONSISTENT, reported, approximate];
  const input = rows.map((row) => JSON.stringify(row)).join('\n');
  const { exitCode, stdout } = await runCostspan(['price', '--from', '-', '--book', book], { input });
  expect(exitCode).toBe(1);
  expect(stdout).toMatchInlineSnapshot(`
    "Entry                       Calls       Cost
    ──────────────────────────  ─────  ─────────
    (reported by the provider)      1  $0.25
    anthropic/claude-test           1  $0.002475
    openai/gpt-test                 2  $0.0009
    zai/glm-test                    1  $0.000392
    ──────────────────────────  ─────  ─────────
    total                           5  $0.2538

    8 lines: 5 priced, 2 unpriced, 1 in error
    1 of the prices are APPROXIMATE: --json says which
      2: the price book has no such model (gpt-tset), first in line 4
      1: usage.cache_read_tokens 11 is more than usage.input_tokens 10; usage.input_tokens includes it, as providers report it, first in line 6
    "
  `);
});

test('a record is priced again under an older book, its recorded total beside it', async () => {
  const record = {
    schema: COST_RECORD_SCHEMA,
    spanId: 'span-1',
    startTimeUnixNano: '1790000000000000000',
    provider: 'openai',
    requestModel: 'gpt-5-mini',
    model: 'gpt-5-mini',
    operation: 'chat',
    usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
    status: 'priced',
    cost: { currency: 'USD', total: '0.100000000000', lines: [] },
    priceBook: { version: '2020-01-01', digest: 'sha256:0', entry: 'openai/gpt-5-mini', exactMatch: true },
  };
  const input = JSON.stringify(record);
  const { exitCode, stdout } = await runCostspan(['price', '--from', '-', '--book', '2026-09-23', '--json'], {
    input,
  });
  expect(exitCode).toBe(0);
  expect(rowsOf(stdout)).toMatchObject([
    {
      id: 'span-1',
      status: 'priced',
      cost: { total: '0.000769600000' },
      recorded: { status: 'priced', total: '0.100000000000', priceBook: { version: '2020-01-01' } },
      priceBook: { version: '2026-09-23' },
    },
  ]);
});

test.each([['nowhere.jsonl'], ['.']])('%s is no file to read', async (file) => {
  const { exitCode, stdout, stderr } = await runCostspan(['price', '--from', file, '--json'], {
    cwd: folder.path,
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^error: cannot read .*; name a file of JSON lines/);
});

test('bytes that mean nothing, and lines without end, are error lines', async () => {
  // A generator that gives the same bytes in every run.
  let state = 1;
  const noise = Uint8Array.from({ length: 20_000 }, () => (state = (state * 48_271) % 2_147_483_647) & 0xff);
  const input = Buffer.concat([
    noise,
    Buffer.from('\n'),
    Buffer.alloc(3 * 1024 * 1024, 'x'),
    Buffer.from(`\n${'['.repeat(900_000)}\n`),
    Buffer.from(`{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n`),
    Buffer.from(JSON.stringify(GOOD)),
  ]);
  const expected = input
    .toString('latin1')
    .split('\n')
    .filter((line) => !/^[ \t\r]*$/.test(line)).length;
  const { exitCode, stdout, stderr } = await runCostspan(['price', '--from', '-', '--book', book, '--json'], {
    input,
  });
  const rows = rowsOf(stdout);
  expect({ exitCode, stderr, rows: rows.length }).toEqual({ exitCode: 1, stderr: '', rows: expected });
  expect(rows.slice(-4)).toMatchObject([
    { status: 'error', error: { code: 'line_too_long' } },
    { status: 'error', error: { code: 'not_json' } },
    { status: 'error', error: { code: 'field_malformed' } },
    { id: 'a', status: 'priced' },
  ]);
});

test('many lines keep their order', async () => {
  const count = 20_000;
  const input = Array.from({ length: count }, (_, id) => JSON.stringify({ ...GOOD, id })).join('\n');
  const { stdout } = await runCostspan(['price', '--from', '-', '--book', book, '--json'], { input });
  expect(rowsOf(stdout).map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, id) => id));
});
