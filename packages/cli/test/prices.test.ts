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

test('lists the entries of a provider that contain a text', async () => {
  const { exitCode, stdout } = await runCostspan([
    'prices',
    'list',
    'haiku',
    '--provider',
    'anthropic',
    '--json',
  ]);
  expect(exitCode).toBe(0);
  const { entries } = JSON.parse(stdout) as { entries: { entry: string; rates: object }[] };
  expect(entries.length).toBeGreaterThan(1);
  for (const { entry, rates } of entries) {
    expect(entry).toMatch(/^anthropic\/.*haiku/);
    expect(rates).toMatchObject({ input: { decimal: expect.any(String), per: 1_000_000 } });
  }
});

test('lists as a table, with what else has a price', async () => {
  const { stdout } = await runCostspan(['prices', 'list', '--book', book, '--at', '2026-10-01']);
  expect(stdout).toMatchInlineSnapshot(`
    "Price book 2026-11-01, 5 entries, $ per million tokens

    Entry                     Input  Cache read  Cache write  Write 1h    Output  Since       Also
    ─────────────────────  ────────  ──────────  ───────────  ────────  ────────  ──────────  ────────────────────────────────────────────
    anthropic/claude-test     $3.00       $0.30        $3.75              $15.00  2026-06-01  batch, by region, long context, web searches
    perplexity/sonar-test     $1.00                                        $1.00              12.5 % off, by option, requests
    zai/glm-test           CNY 2.00                                     CNY 8.00              APPROXIMATE, by the hour
    groq/whisper-test                                                                         seconds
    openai/gpt-test           $0.25                                        $2.00
    "
  `);
});

test('shows tiers, regions, long context and history, latest prices first', async () => {
  const { exitCode, stdout } = await runCostspan([
    'prices',
    'show',
    'anthropic/claude-test-latest',
    '--book',
    book,
  ]);
  expect(exitCode).toBe(0);
  expect(stdout.replace(/sha256:[0-9a-f]{64}/, 'sha256:…')).toMatchInlineSnapshot(`
    "Entry        anthropic/claude-test
    Aliases      claude-test-latest
    Source       https://anthropic.example/prices, checked 2026-11-01
    Book         2026-11-01, sha256:…
    Derived      cache write, 1 hour: a one-hour cache write costs twice the input
    Note         Batch is half of all token prices.

    From 2026-06-01
    What                      Rate  Per
    ──────────────────────  ──────  ───────────
    uncached input           $3.00  1M tokens
    output                  $15.00  1M tokens
    cache read               $0.30  1M tokens
    cache write, 5 minutes   $3.75  1M tokens
    web searches            $10.00  1K searches

    From 200,001 input tokens, for the whole request
    What              Rate  Per
    ──────────────  ──────  ─────────
    uncached input   $6.00  1M tokens
    output          $22.50  1M tokens

    Service tier batch
    What                  Rate  Per
    ───────────────────  ─────  ─────────
    uncached input       $1.50  1M tokens
    output               $7.50  1M tokens
    cache write, 1 hour  $3.00  1M tokens

    Region us: 1.1 × the rates of tokens

    From the beginning until 2026-06-01
    What              Rate  Per
    ──────────────  ──────  ─────────
    uncached input   $6.00  1M tokens
    output          $30.00  1M tokens
    "
  `);
});

test('shows options, discounts, hours, currency and why a price is approximate', async () => {
  const sonar = await runCostspan(['prices', 'show', 'perplexity/sonar-test', '--book', book]);
  expect(sonar.stdout).toContain('12.5 % off, says acme');
  expect(sonar.stdout).toMatch(/^With search_context_size = low\n.*\n.*\nrequests +\$5\.00 {2}1K requests$/m);
  const glm = await runCostspan(['prices', 'show', 'zai/glm-test', '--book', book]);
  expect(glm.stdout).toMatch(/^APPROXIMATE +the plan of the account decides$/m);
  expect(glm.stdout).toMatch(/^Currency +CNY; 1 CNY = 0\.14 USD since 2026-01-01$/m);
  expect(glm.stdout).toMatch(/^16:00 to 22:00 UTC, every day$/m);
  expect(glm.stdout).toMatch(/^uncached input +CNY 1\.00 {2}1M tokens$/m);
});

test('an unknown entry is a finding that names the closest', async () => {
  const { exitCode, stdout, stderr } = await runCostspan(['prices', 'show', 'openai/gpt-5-mimi']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('closest: openai/gpt-5-mini');
});
