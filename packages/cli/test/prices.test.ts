import { expect, test, vi } from 'vitest';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

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

test('lists as a table', async () => {
  const { stdout } = await runCostspan(['prices', 'list', 'gpt-5-mini']);
  expect(stdout).toMatch(/^openai\/gpt-5-mini +\$0\.25 +\$0\.025 +\$2\.00/m);
});

test('shows an entry by its name or an alias, latest prices first', async () => {
  const { exitCode, stdout } = await runCostspan(['prices', 'show', 'openai/gpt-5.6']);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Entry {5}openai\/gpt-5\.6-sol$/m);
  expect(stdout.indexOf('From 2026-08-21')).toBeGreaterThan(0);
  expect(stdout.indexOf('From 2026-08-21')).toBeLessThan(stdout.indexOf('From the beginning'));
});

test('an unknown entry is a finding that names the closest', async () => {
  const { exitCode, stdout, stderr } = await runCostspan(['prices', 'show', 'openai/gpt-5-mimi']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('closest: openai/gpt-5-mini');
});
