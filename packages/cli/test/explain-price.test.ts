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

async function explain(args: string): Promise<string> {
  const { stdout, stderr } = await runCostspan(['price', '--book', book, ...args.split(' ')]);
  expect(stderr).toBe('');
  return stdout.replace(/sha256:[0-9a-f]{64}/, 'sha256:…');
}

test('a batch call in a region, with a derived rate, a fallback and a search', async () => {
  const usage =
    '--input-tokens 250000 --cache-write-1h-tokens 1000 --output-tokens 350 --reasoning-tokens 128 --web-searches 2';
  const call = '--provider anthropic --model claude-test-latest --service-tier batch --region us';
  expect(await explain(`${call} ${usage} --at 2026-10-01`)).toMatchInlineSnapshot(`
    "Component    What                 Quantity    Rate  Per              Amount
    ───────────  ───────────────────  ────────  ──────  ───────────  ──────────
    input        uncached input        249,000   $1.65  1M tokens    $0.41085
    cache_write  cache write, 1 hour     1,000   $3.30  1M tokens    $0.0033
    output       output                    222   $8.25  1M tokens    $0.0018315
    reasoning    reasoning                 128   $8.25  1M tokens    $0.001056
    tool         web searches                2  $10.00  1K searches  $0.02
    ───────────  ───────────────────  ────────  ──────  ───────────  ──────────
    total                                                            $0.4370375

    Entry        anthropic/claude-test, found by its name
    Period       in force since 2026-06-01, no end known
    Tier         batch
    Region       us: 1.1 × the rates of tokens
    Billed as    reasoning has no rate of its own: it is billed as output
    Derived      cache write, 1 hour: a one-hour cache write costs twice the input
    Note         Batch is half of all token prices.
    Source       https://anthropic.example/prices, checked 2026-11-01
    Book         2026-11-01, sha256:…
    "
  `);
});

test('a long request at the list price of an earlier day', async () => {
  const call = '--provider anthropic --model claude-test --region eu --service-tier standard';
  expect(await explain(`${call} --input-tokens 200001 --output-tokens 10 --at 2026-10-01`))
    .toMatchInlineSnapshot(`
    "Component  What            Quantity    Rate  Per           Amount
    ─────────  ──────────────  ────────  ──────  ─────────  ─────────
    input      uncached input   200,001   $6.00  1M tokens  $1.200006
    output     output                10  $22.50  1M tokens  $0.000225
    ─────────  ──────────────  ────────  ──────  ─────────  ─────────
    total                                                   $1.200231

    Entry        anthropic/claude-test, found by its name
    Period       in force since 2026-06-01, no end known
    Tier         standard, which is the list price
    Region       eu has no price of its own: the list price
    Length       200,001 input tokens: from 200,001 on the long-context rates apply to the whole request
    Note         Batch is half of all token prices.
    Source       https://anthropic.example/prices, checked 2026-11-01
    Book         2026-11-01, sha256:…
    "
  `);
  expect(await explain(`${call} --input-tokens 200001 --output-tokens 10 --at 2026-05-31`))
    .toMatchInlineSnapshot(`
      "Component  What            Quantity    Rate  Per           Amount
      ─────────  ──────────────  ────────  ──────  ─────────  ─────────
      input      uncached input   200,001   $6.00  1M tokens  $1.200006
      output     output                10  $30.00  1M tokens  $0.0003
      ─────────  ──────────────  ────────  ──────  ─────────  ─────────
      total                                                   $1.200306

      Entry        anthropic/claude-test, found by its name
      Period       in force from the beginning until 2026-06-01
      Tier         standard, which is the list price
      Region       eu has no price of its own: the list price
      Note         Batch is half of all token prices.
      Source       https://anthropic.example/prices, checked 2026-11-01
      Book         2026-11-01, sha256:…
      "
    `);
});

test('an option, a request fee, a negotiated discount and what the provider reports', async () => {
  const call = '--provider perplexity --model sonar-test --option web_search_options.searchContextSize=LOW';
  expect(
    await explain(`${call} --input-tokens 1000 --output-tokens 100 --reported-cost 0.006 --at 2026-10-01`),
  ).toMatchInlineSnapshot(`
    "Component  What                         Quantity    Rate  Per      Amount
    ─────────  ───────────────────────────  ────────  ──────  ───────  ──────
    request    as reported by the provider         1  $0.006  request  $0.006
    ─────────  ───────────────────────────  ────────  ──────  ───────  ──────
    total                                                              $0.006

    Entry        perplexity/sonar-test, found by its name
    Period       in force from the beginning, no end known
    Tier         the list price, none is stated
    Option       search_context_size = low
    Discount     12.5 % off, says acme
    Reported     $0.006 by the provider; the price book gives $0.0053375, a difference of $0.0006625; the total is what the provider reports
    Source       https://perplexity.example/prices, checked 2026-11-01
    Book         2026-11-01, sha256:…
    "
  `);
});

test('a foreign currency, hours of the day, and a price that is no list price', async () => {
  const call = '--provider zai --model glm-test --input-tokens 1000000 --output-tokens 0';
  expect(await explain(`${call} --at 2026-10-01T17:00`)).toMatchInlineSnapshot(`
    "Component  What             Quantity   Rate  Per        Amount
    ─────────  ──────────────  ─────────  ─────  ─────────  ──────
    input      uncached input  1,000,000  $0.14  1M tokens   $0.14
    ─────────  ──────────────  ─────────  ─────  ─────────  ──────
    total                                                    $0.14

    Entry        zai/glm-test, found by its name
    APPROXIMATE  this need not be the price: the plan of the account decides
    Period       in force from the beginning, no end known
    Tier         the list price, none is stated
    Hours        16:00 to 22:00 UTC, every day
    Exchange     1 CNY = 0.14 USD since 2026-01-01, https://rates.example
    Source       https://zai.example/prices, checked 2026-11-01
    Book         2026-11-01, sha256:…
    "
  `);
});

test('a least quantity', async () => {
  expect(await explain('--provider groq --model whisper-test --seconds 3.5 --at 2026-10-01'))
    .toMatchInlineSnapshot(`
    "Component  What     Quantity   Rate  Per           Amount
    ─────────  ───────  ────────  ─────  ────────────  ──────
    request    seconds        10  $0.36  3600 seconds  $0.001
    ─────────  ───────  ────────  ─────  ────────────  ──────
    total                                              $0.001

    Entry        groq/whisper-test, found by its name
    Period       in force from the beginning, no end known
    Tier         the list price, none is stated
    Minimum      a call is billed for at least 10 seconds
    Source       https://groq.example/prices, checked 2026-11-01
    Book         2026-11-01, sha256:…
    "
  `);
});

test('no price, and why', async () => {
  const usage = '--input-tokens 1 --output-tokens 1 --at 2026-10-01';
  expect(await explain(`--provider anthropic --model claude-tset ${usage}`)).toMatchInlineSnapshot(`
    "No price: the price book has no such model (claude-tset).

    Closest      anthropic/claude-test
    Book         2026-11-01, sha256:…
    "
  `);
  expect(await explain(`--provider openai --model gpt-test --service-tier batch ${usage}`))
    .toMatchInlineSnapshot(`
    "No price: the entry has no price for that service tier (batch).

    Entry        openai/gpt-test, found by its name
    Tiers        list price
    Source       https://openai.example/prices, checked 2026-11-01
    Book         2026-11-01, sha256:…
    "
  `);
  expect(await explain(`--provider zai --model glm-test --input-tokens 1 --output-tokens 1 --at 2025-10-01`))
    .toMatchInlineSnapshot(`
      "No price: the price is in a currency that the price book has no exchange rate for then (zai/glm-test).

      Entry        zai/glm-test, found by its name
      Source       https://zai.example/prices, checked 2026-11-01
      Book         2026-11-01, sha256:…
      "
    `);
});

test('old prices and an overhead due for review are warned of', async () => {
  const config = folder.write(
    'costspan.yaml',
    'overhead: { percent: 12, reviewed: 2020-01-01 }\nprices: { age_days_max: 1 }\n',
  );
  const args = [
    '--provider',
    'openai',
    '--model',
    'gpt-5-mini',
    '--input-tokens',
    '1000',
    '--output-tokens',
    '0',
  ];
  const { stdout, stderr, exitCode } = await runCostspan(['price', ...args, '--config', config]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^overhead +overhead +12 +\$0\.00025 +100 percent +\$0\.00003$/m);
  expect(stdout).toMatch(/^Overhead +12 %, reviewed 2020-01-01$/m);
  expect(stderr).toContain('warning: the overhead of 12 % was last reviewed on 2020-01-01');
  expect(stderr).toMatch(/warning: the prices of price book \S+ were last checked on/);
});

test('says which options and regions make no difference, as they may be misspelt', async () => {
  const { stdout } = await runCostspan(
    ['price', '--provider', 'perplexity', '--model', 'sonar', '--input-tokens', '10', '--output-tokens', '10']
      .concat(['--option', 'search_context_size=weird', '--option', 'search_context_sise=high'])
      .concat(['--region', 'mars', '--at', '2026-10-01']),
  );
  expect(stdout).toMatch(/^Option +search_context_size = weird: has no price of its own: the default$/m);
  expect(stdout).toMatch(/^Option +search_context_sise = high: no price here depends on it$/m);
  expect(stdout).toMatch(/^Region +mars has no price of its own: the list price$/m);
});
