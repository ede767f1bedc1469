import type { EntryData } from '@costspan/pricing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  bookOf,
  entryOf,
  FIXTURE_ENTRIES,
  testFolder,
  type TestFolder,
  tokenRates,
} from './price-book-fixture.ts';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: TestFolder;
let before = '';
let after = '';
let usage = '';

/** The fixture a month later: one price fell, one entry went, one came. */
const LATER: readonly EntryData[] = [
  ...FIXTURE_ENTRIES.filter(({ model }) => !['gpt-test', 'whisper-test'].includes(model)),
  entryOf('openai', 'gpt-test', [{ rates: tokenRates('0.2', '2') }]),
  entryOf('openai', 'gpt-new', [{ rates: tokenRates('1', '4') }]),
];

const call = (id: number, provider: string, model: string, rest: object = {}): string =>
  JSON.stringify({
    id,
    provider,
    model,
    at: '2026-10-01',
    usage: { input_tokens: 1_000_000, output_tokens: 1000 },
    ...rest,
  });

beforeAll(() => {
  folder = testFolder();
  before = folder.write('before.json', JSON.stringify(bookOf(FIXTURE_ENTRIES)));
  after = folder.write('after.json', JSON.stringify(bookOf(LATER, '2026-12-01')));
  usage = folder.write(
    'calls.jsonl',
    [
      call(1, 'openai', 'gpt-test'),
      call(2, 'openai', 'gpt-new'),
      call(3, 'groq', 'whisper-test', { usage: { seconds: 3600 } }),
      call(4, 'anthropic', 'claude-test', { service_tier: 'batch' }),
      call(5, 'openai', 'gpt-none'),
    ].join('\n'),
  );
});
afterAll(() => {
  folder.remove();
});

const withoutDigests = (text: string): string =>
  text.replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…').replaceAll(folder.path, '.');

test('shows what changed between two books, and what it does to a file of calls', async () => {
  const args = ['prices', 'diff', before, after, '--at', '2026-11-20', '--usage', usage];
  const { exitCode, stdout, stderr } = await runCostspan(args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(withoutDigests(stdout)).toMatchInlineSnapshot(`
    "Before  ./before.json, version 2026-11-01, prices of 2026-11-20, sha256:…
    After   ./after.json, version 2026-12-01, prices of 2026-11-20, sha256:…

    Only after: 1
      openai/gpt-new

    Only before: 1
      groq/whisper-test

    Changed rates: 1, in entries: 1
    Entry            What            Calls  Before  After  Per        Change
    ───────────────  ──────────────  ─────  ──────  ─────  ─────────  ──────
    openai/gpt-test  uncached input          $0.25  $0.20  1M tokens   -20 %

    Effect on a file of 5 calls; amounts are of those with a price before and after
    Model                  Calls  Before   After  Difference  No price
    ─────────────────────  ─────  ──────  ──────  ──────────  ──────────────────
    openai/gpt-test            1  $0.252  $0.202      -$0.05
    openai/gpt-new             1   –       –            –     1 before
    groq/whisper-test          1   –       –            –     1 after
    anthropic/claude-test      1  $1.508  $1.508       $0.00
    openai/gpt-none            1   –       –            –     1 before and after
    ─────────────────────  ─────  ──────  ──────  ──────────  ──────────────────
    total                      2  $1.76   $1.71       -$0.05
    Calls with a price only before: 1, $0.36 in all
    Calls with a price only after: 1, $1.004 in all
    Calls without a price in either: 1

    Biggest changes
    Line  Id  Model            Before   After  Difference
    ────  ──  ───────────────  ──────  ──────  ──────────
       1  1   openai/gpt-test  $0.252  $0.202      -$0.05
    "
  `);
});

test('the same as JSON, with decimals', async () => {
  const args = ['prices', 'diff', before, after, '--usage', usage, '--json'];
  const { stdout } = await runCostspan(args);
  expect(JSON.parse(stdout)).toMatchObject({
    before: { version: '2026-11-01' },
    after: { version: '2026-12-01' },
    added: ['openai/gpt-new'],
    removed: ['groq/whisper-test'],
    changed: [
      {
        entry: 'openai/gpt-test',
        rates: [{ bucket: 'input', older: { decimal: '0.25' }, newer: { decimal: '0.2' }, factor: 0.8 }],
      },
    ],
    effect: {
      calls: 5,
      pricedBoth: 2,
      // 0.252 + 1.5075 before; 0.202 + 1.5075 after
      before: '1.759500000000',
      after: '1.709500000000',
      difference: '-0.050000000000',
      onlyBefore: { calls: 1, total: '0.360000000000' },
      onlyAfter: { calls: 1, total: '1.004000000000' },
      unpriced: 1,
      biggestChanges: [{ line: 1, id: 1, model: 'openai/gpt-test', difference: '-0.050000000000' }],
    },
  });
});

test('compares one book at two days, and prices the calls as of each', async () => {
  const days = ['--at', '2026-05-01', '--until', '2026-07-01', '--usage', usage];
  const { stdout } = await runCostspan(['prices', 'diff', before, ...days, '--json']);
  const { changed, effect } = JSON.parse(stdout) as {
    changed: { entry: string }[];
    effect: { onlyAfter: { calls: number } };
  };
  expect(changed.map(({ entry }) => entry)).toEqual(['anthropic/claude-test']);
  // Batch has a price since June only.
  expect(effect.onlyAfter.calls).toBe(1);
});

test('a book does not differ from itself', async () => {
  const { exitCode, stdout } = await runCostspan(['prices', 'diff', before, before]);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Nothing changed.');
});

test('says where sources disagree, with both numbers', async () => {
  const litellm = folder.write(
    'litellm.json',
    JSON.stringify({
      'gpt-test': {
        litellm_provider: 'openai',
        mode: 'chat',
        input_cost_per_token: 3e-7,
        output_cost_per_token: 2e-6,
      },
    }),
  );
  const args = ['prices', 'diff', '--sources', before, litellm];
  const { exitCode, stdout } = await runCostspan([...args, '--models', 'openai/gpt-test,zai/glm-test']);
  expect(exitCode).toBe(1);
  expect(withoutDigests(stdout)).toMatchInlineSnapshot(`
    "The sources disagree on 1 of 2 models.

    Model            What            Calls  ./before.json  ./litellm.json
    ───────────────  ──────────────  ─────  ───────────────────────────────────────  ────────────────────────────────────────
    openai/gpt-test  uncached input                               $0.25 / 1M tokens                         $0.30 / 1M tokens
    "
  `);
  const inUse = await runCostspan([...args, '--usage', usage, '--json']);
  expect(JSON.parse(inUse.stdout)).toMatchObject({
    sources: [{ version: '2026-11-01' }, {}],
    models: 5,
    disagreements: [
      {
        provider: 'openai',
        model: 'gpt-test',
        rates: [{ bucket: 'input', values: [{ rate: { decimal: '0.25' } }, { rate: { decimal: '0.3' } }] }],
      },
    ],
  });
  const agreed = await runCostspan(['prices', 'diff', '--sources', before, before]);
  expect(agreed).toMatchObject({ exitCode: 0, stdout: 'No disagreement on 5 models.\n' });
});

test.each([
  [['nowhere.json', 'builtin'], 'cannot read nowhere.json'],
  [['builtin', 'builtin', '--models', 'x'], '--models needs --sources'],
  [['--sources', 'nowhere.json'], 'cannot read nowhere.json'],
  [['builtin', 'builtin', '--usage', 'nowhere.jsonl'], 'cannot read nowhere.jsonl'],
  [['--at', 'monday'], 'Write a date such as'],
])('refuses %j', async (args, message) => {
  const { exitCode, stdout, stderr } = await runCostspan(['prices', 'diff', ...args], { cwd: folder.path });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('a file that is no catalogue says what would be one', async () => {
  const file = folder.write('other.json', '{"a": 1}');
  const { exitCode, stderr } = await runCostspan(['prices', 'diff', '--sources', file]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(
    'is no price book, and no catalogue of genai-prices, LiteLLM, Portkey or models.dev',
  );
});

test('a negotiated discount is a change', async () => {
  const overlay = 'name: acme\nversion: 2026-10-01\ndiscounts: [{ provider: anthropic, percent: 12.5 }]\n';
  folder.write('acme.yaml', overlay);
  const config = folder.write('discount.yaml', 'prices: { overlays: [acme.yaml] }\n');
  const { exitCode, stdout } = await runCostspan(['prices', 'diff', 'builtin', '--config', config]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/anthropic\/claude-2 +discount on every rate +– +12\.5 %/);
});
