import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parsePriceBook } from '@costspan/pricing';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { testFolder, type TestFolder } from './price-book-fixture.ts';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder: TestFolder;
beforeAll(() => {
  folder = testFolder();
});
afterAll(() => {
  folder.remove();
});

const CATALOGUES = {
  litellm: {
    'gpt-test': {
      litellm_provider: 'openai',
      mode: 'chat',
      input_cost_per_token: 2.5e-7,
      output_cost_per_token: 2e-6,
    },
    'gpt-free-form': { litellm_provider: 'openai', mode: 'chat' },
  },
  'models-dev': {
    openai: { id: 'openai', models: { 'gpt-test': { id: 'gpt-test', cost: { input: 0.25, output: 2 } } } },
  },
  portkey: {
    'gpt-test': {
      pricing_config: {
        pay_as_you_go: { request_token: { price: 0.000025 }, response_token: { price: 0.0002 } },
        currency: 'USD',
      },
    },
  },
  'genai-prices': [
    {
      id: 'openai',
      name: 'OpenAI',
      api_pattern: 'x',
      models: [
        { id: 'gpt-test', match: { equals: 'gpt-test' }, prices: { input_mtok: 0.25, output_mtok: 2 } },
      ],
    },
  ],
};

test.each(Object.entries(CATALOGUES))(
  'a catalogue of %s becomes a book that prices',
  async (format, catalogue) => {
    const file = folder.write('openai.json', JSON.stringify(catalogue));
    const book = join(folder.path, `${format}.book.json`);
    const args = [
      'prices',
      'import',
      '--format',
      format,
      '--provider',
      'openai',
      '--checked',
      '2026-11-01',
      file,
    ];
    const { exitCode, stdout, stderr } = await runCostspan([...args, '-o', book]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toMatch(/^1 entries in .*, version 2026-11-01, sha256:[0-9a-f]{64}$/m);
    expect(parsePriceBook(readFileSync(book, 'utf8')).ok).toBe(true);
    const call = [
      '--provider',
      'openai',
      '--model',
      'gpt-test',
      '--input-tokens',
      '1000000',
      '--output-tokens',
      '100000',
    ];
    const priced = await runCostspan(['price', '--book', book, ...call, '--json']);
    expect(JSON.parse(priced.stdout)).toMatchObject({ total: '0.450000000000' });
  },
);

test('what the book does not have is said, in words or as JSON', async () => {
  const file = folder.write('litellm.json', JSON.stringify(CATALOGUES.litellm));
  const args = ['prices', 'import', '--format', 'litellm', file, '-o', join(folder.path, 'book.json')];
  expect((await runCostspan(args)).stderr).toMatch(/^1 left out:\n {2}.*: .*gpt-free-form$/m);
  const { stdout, stderr } = await runCostspan([...args, '--json']);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    entries: 1,
    leftOut: [{ name: expect.stringContaining('gpt-free-form'), reason: expect.any(String) }],
    rounded: [],
  });
});

test('without --output the book goes to standard output', async () => {
  const file = folder.write('litellm.json', JSON.stringify(CATALOGUES.litellm));
  const { stdout } = await runCostspan([
    'prices',
    'import',
    '--format',
    'litellm',
    file,
    '--checked',
    '2026-11-01',
  ]);
  expect(parsePriceBook(stdout)).toMatchObject({ ok: true, data: { version: '2026-11-01' } });
});

test.each([
  [['--format', 'excel', 'x.json'], 'Allowed choices are genai-prices, litellm, portkey, models-dev'],
  [['x.json'], "required option '--format <name>' not specified"],
  [['--format', 'litellm'], 'name the file of the litellm catalogue'],
  [['--format', 'litellm', 'nowhere.json'], 'cannot read nowhere.json'],
  [['--format', 'litellm', 'broken.json'], 'broken.json is no JSON'],
  [['--format', 'portkey', 'empty.json'], 'a file of Portkey does not name its provider'],
  [['--format', 'litellm', 'empty.json'], 'cannot import empty.json'],
  [['--format', 'litellm', 'empty.json', '--checked', 'today'], 'Write a day such as 2026-09-23'],
  [['--format', 'litellm', 'empty.json', '--json'], '--json needs --output'],
])('refuses %j', async (args, message) => {
  folder.write('broken.json', '{');
  folder.write('empty.json', '{}');
  const { exitCode, stdout, stderr } = await runCostspan(['prices', 'import', ...args], { cwd: folder.path });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(message);
});

test('reads the installed package of genai-prices', async () => {
  const book = join(folder.path, 'genai.json');
  const cwd = new URL('../../pricing/', import.meta.url).pathname;
  const args = [
    'prices',
    'import',
    '--format',
    'genai-prices',
    '--only',
    'openai,anthropic',
    '-o',
    book,
    '--json',
  ];
  const { exitCode, stdout } = await runCostspan(args, { cwd });
  expect(exitCode).toBe(0);
  expect((JSON.parse(stdout) as { entries: number }).entries).toBeGreaterThan(50);
});
