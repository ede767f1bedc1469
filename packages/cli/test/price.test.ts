import { builtinPriceBook, PUBLISHED_VERSIONS, publishedPriceBookData } from '@costspan/pricing';
import { expect, test, vi } from 'vitest';
import { bookOf, FIXTURE_ENTRIES, testFolder } from './price-book-fixture.ts';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

const GPT_5_MINI = ['price', '--provider', 'openai', '--model', 'gpt-5-mini'];
const COUNTS = [
  '--input-tokens',
  '1200',
  '--cache-read-tokens',
  '1024',
  '--output-tokens',
  '350',
  '--reasoning-tokens',
  '128',
];

test('prints the exact total and line items as JSON', async () => {
  const { exitCode, stdout } = await runCostspan([...GPT_5_MINI, ...COUNTS, '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'priced',
    provider: 'openai',
    model: 'gpt-5-mini',
    currency: 'USD',
    total: '0.000769600000',
    usage: { input: 176, cacheRead: 1024, output: 222, reasoning: 128 },
    lines: [
      { bucket: 'input', quantity: '176', rate: '0.25', per: 1_000_000, amount: '0.000044000000' },
      { bucket: 'cacheRead', quantity: '1024', rate: '0.025', per: 1_000_000, amount: '0.000025600000' },
      { bucket: 'output', quantity: '222', rate: '2', per: 1_000_000, amount: '0.000444000000' },
      { bucket: 'reasoning', quantity: '128', rate: '2', per: 1_000_000, amount: '0.000256000000' },
    ],
    priceBook: { entry: 'openai/gpt-5-mini', digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
  });
});

test('explains the price line by line', async () => {
  const { exitCode, stdout } = await runCostspan([...GPT_5_MINI, ...COUNTS]);
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  expect(lines).toContain('cache_read cache read 1,024 $0.025 1M tokens $0.0000256');
  expect(lines).toContain('total $0.0007696');
  expect(stdout).toMatch(/^Entry +openai\/gpt-5-mini, found by its name$/m);
  expect(stdout).toMatch(/^Source +https:\/\/\S+, checked \d{4}-\d{2}-\d{2}$/m);
  expect(stdout).toMatch(/^Book +\d{4}-\d{2}-\d{2}\S*, sha256:[0-9a-f]{64}$/m);
});

test('a cache write of one hour has its own rate', async () => {
  const args = ['--provider', 'anthropic', '--model', 'claude-sonnet-4-5', '--input-tokens', '1000000'];
  const cached = ['--cache-write-1h-tokens', '1000000', '--output-tokens', '0'];
  const { stdout } = await runCostspan(['price', ...args, ...cached, '--json']);
  expect(JSON.parse(stdout)).toMatchObject({
    lines: [{ bucket: 'cacheWrite1h', quantity: '1000000' }],
    priceBook: { entry: 'anthropic/claude-sonnet-4-5' },
  });
});

test('a price depends on the day', async () => {
  const args = ['price', '--provider', 'openai', '--model', 'gpt-5.6-luna', '--json'];
  const counts = ['--input-tokens', '1000', '--output-tokens', '0'];
  const before = await runCostspan([...args, ...counts, '--at', '2026-07-29']);
  const after = await runCostspan([...args, ...counts, '--at', '2026-07-30']);
  expect(JSON.parse(before.stdout)).toMatchObject({ total: '0.001000000000' });
  expect(JSON.parse(after.stdout)).toMatchObject({ total: '0.000200000000' });
});

test('says that the rates are those of a long context', async () => {
  const counts = ['--input-tokens', '300000', '--output-tokens', '0'];
  const { stdout } = await runCostspan(['price', '--provider', 'openai', '--model', 'gpt-5.4', ...counts]);
  expect(stdout).toMatch(
    /300,000 input tokens: from 272,00[01] on the long-context rates apply to the whole request/,
  );
});

test('an unknown model has no price, but neighbours', async () => {
  const args = ['price', '--provider', 'openai', '--model', 'gpt-5-mimi', '--input-tokens', '1'];
  const human = await runCostspan([...args, '--output-tokens', '1']);
  expect(human.exitCode).toBe(1);
  expect(human.stdout).toContain('No price: the price book has no such model (gpt-5-mimi).');
  expect(human.stdout).toMatch(/^Closest +openai\/gpt-5-mini,/m);
  const json = await runCostspan([...args, '--output-tokens', '1', '--json']);
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({ status: 'unpriced', reason: 'model_not_in_price_book' });
  expect(json.stdout).not.toContain('total');
});

test.each([
  [
    ['--input-tokens', '1000', '--cache-read-tokens', '1024', '--output-tokens', '1'],
    '--cache-read-tokens 1024 is more than --input-tokens 1000',
  ],
  [['--input-tokens', '1', '--output-tokens', '1', '--reasoning-tokens', '2'], 'more than --output-tokens 1'],
  [['--seconds', '-1'], 'Write a number in digits'],
  [['--input-tokens', '1', '--output-tokens', '1', '--option', 'low'], 'Write a name and a value'],
  [
    ['--input-tokens', '1', '--output-tokens', '1', '--reported-cost', 'much'],
    '--reported-cost much is no amount',
  ],
  [
    ['--input-tokens', '1', '--output-tokens', '1', '--book', '1999-01-01'],
    'cannot read the price book 1999-01-01',
  ],
  [['--from', 'calls.jsonl'], '--provider, --model cannot be given with --from'],
  [['--input-tokens', '1'], '--output-tokens is missing'],
  [['--input-tokens', '1.5'], 'Write a whole number in digits'],
  [['--input-tokens', '1', '--output-tokens', '1', '--at', 'monday'], 'Write a date such as 2026-11-20'],
  [['--inputs', '1'], "unknown option '--inputs'"],
])('refuses %j', async (args, message) => {
  const { exitCode, stdout, stderr } = await runCostspan([...GPT_5_MINI, ...args]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('a price needs a model', async () => {
  const { exitCode, stderr } = await runCostspan(['price', '--input-tokens', '1']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--model is missing; give it, or --from with a file of calls');
});

test('an older book prices as it did then', async () => {
  const [version] = PUBLISHED_VERSIONS;
  const args = [...GPT_5_MINI, ...COUNTS, '--json', '--book', version ?? ''];
  expect(JSON.parse((await runCostspan(args)).stdout)).toMatchObject({
    total: '0.000769600000',
    priceBook: { version, digest: (await publishedPriceBookData(version ?? ''))?.digest },
  });
});

test('a loose match is forbidden by the command line too', async () => {
  const folder = testFolder();
  const book = folder.write('book.json', JSON.stringify(bookOf(FIXTURE_ENTRIES)));
  const call = ['--provider', 'zai', '--model', 'glm-test', '--input-tokens', '1', '--output-tokens', '1'];
  const args = ['price', '--book', book, ...call, '--at', '2026-11-02', '--json'];
  const allowed = await runCostspan(args);
  const forbidden = await runCostspan([...args, '--approximate-match', 'forbid']);
  folder.remove();
  expect(JSON.parse(allowed.stdout)).toMatchObject({ status: 'priced', exactMatch: false });
  expect(JSON.parse(forbidden.stdout)).toMatchObject({ reason: 'only_approximate_match' });
});

test('a changed book that states its old digest is refused', async () => {
  const folder = testFolder();
  const data = bookOf(FIXTURE_ENTRIES);
  const book = folder.write('book.json', JSON.stringify({ ...data, entries: data.entries.slice(1) }));
  const broken = folder.write('broken.json', JSON.stringify({ ...data, entries: [{}] }));
  const changed = await runCostspan([...GPT_5_MINI, ...COUNTS, '--book', book]);
  const malformed = await runCostspan([...GPT_5_MINI, ...COUNTS, '--book', broken]);
  folder.remove();
  expect(changed).toMatchObject({
    exitCode: 2,
    stdout: '',
    stderr: expect.stringContaining('they were changed since'),
  });
  expect(malformed).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('entries[0]') });
});

test('approximate_match: forbid leaves a loose match unpriced', async () => {
  const entry = [...builtinPriceBook().entries()].find(({ prefixes }) => prefixes !== undefined);
  const model = `${entry?.prefixes?.[0] ?? ''}-preview-05-06`;
  const args = ['--provider', entry?.provider ?? '', '--model', model];
  const counts = ['--input-tokens', '1', '--output-tokens', '1', '--json'];
  const env = { COSTSPAN_APPROXIMATE_MATCH: 'forbid' };
  const allowed = await runCostspan(['price', ...args, ...counts]);
  expect(JSON.parse(allowed.stdout)).toMatchObject({ status: 'priced', exactMatch: false });
  const forbidden = await runCostspan(['price', ...args, ...counts], { env });
  expect(forbidden.exitCode).toBe(1);
  expect(JSON.parse(forbidden.stdout)).toMatchObject({ reason: 'only_approximate_match' });
});
