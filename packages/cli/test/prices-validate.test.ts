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
beforeAll(() => {
  folder = testFolder();
});
afterAll(() => {
  folder.remove();
});

interface Validation {
  readonly priceBook: { readonly version: string } | null;
  readonly counts: Record<'error' | 'warning' | 'info', number>;
  readonly findings: readonly {
    readonly severity: string;
    readonly code: string;
    readonly message: string;
  }[];
}

async function validate(content: string): Promise<{ exitCode: number | null; result: Validation }> {
  const file = folder.write('book.json', content);
  const { exitCode, stdout } = await runCostspan(['prices', 'validate', file, '--json']);
  return { exitCode, result: JSON.parse(stdout) as Validation };
}

test('a price for one token where the others are for a million is an error', async () => {
  const entries = [
    ...FIXTURE_ENTRIES,
    entryOf('openai', 'gpt-slip', [{ rates: tokenRates('250000', '2000000') }]),
  ];
  const { exitCode, result } = await validate(JSON.stringify(bookOf(entries)));
  expect(exitCode).toBe(1);
  expect(result.priceBook?.version).toBe('2026-11-01');
  expect(result.findings[0]).toMatchObject({ severity: 'error', entry: 'openai/gpt-slip' });
  expect(result.counts.error).toBe(result.findings.filter(({ severity }) => severity === 'error').length);
});

test('a book that cannot be read has every error as a finding', async () => {
  const { exitCode, result } = await validate(JSON.stringify({ ...bookOf([]), entries: [{}, 5] }));
  expect(exitCode).toBe(1);
  expect(result.priceBook).toBeNull();
  expect(result.counts.error).toBeGreaterThan(2);
  expect((await validate('no json')).result.findings).toMatchObject([
    { code: 'not_json', severity: 'error' },
  ]);
});

test('a digest of other entries is an error', async () => {
  const { exitCode, result } = await validate(
    JSON.stringify({ ...bookOf(FIXTURE_ENTRIES), entries: FIXTURE_ENTRIES.slice(1) }),
  );
  expect(exitCode).toBe(1);
  expect(result.findings[0]).toMatchObject({ code: 'digest_mismatch', severity: 'error' });
});

test('a table without an error is no failure', async () => {
  const entries = [
    entryOf('openai', 'gpt-test', [{ rates: tokenRates('0.25', '2') }], { checked: '2020-01-01' }),
  ];
  const file = folder.write('old.json', JSON.stringify(bookOf(entries)));
  const { exitCode, stdout } = await runCostspan(['prices', 'validate', file]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^info +entry_stale +openai\/gpt-test/m);
  const fresh = await runCostspan(['prices', 'validate', file, '--stale-after', '100000', '--limit', '1']);
  expect(fresh.stdout).not.toContain('entry_stale');
});

test('the built-in book by default; a file must exist', async () => {
  const builtin = await runCostspan(['prices', 'validate']);
  expect(builtin.stdout).toMatch(/^builtin, version \S+, sha256:[0-9a-f]{64}$/m);
  const missing = await runCostspan(['prices', 'validate', 'nowhere.json'], { cwd: folder.path });
  expect(missing).toMatchObject({ exitCode: 2, stdout: '' });
  expect(missing.stderr).toContain('cannot read the price book nowhere.json');
});
