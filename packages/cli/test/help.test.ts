import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { runCostspan } from './run-costspan.ts';

vi.setConfig({ testTimeout: 60_000 });

const COMMANDS = [
  [],
  ['up'],
  ['report'],
  ['price'],
  ['prices'],
  ['prices', 'list'],
  ['prices', 'show'],
  ['prices', 'diff'],
  ['prices', 'validate'],
  ['prices', 'import'],
  ['enrich'],
  ['gpu'],
  ['gpu', 'settle'],
  ['gpu', 'rates'],
  ['check'],
];

test.each(COMMANDS.map((command) => [command]))('the help of %j ends with an example', async (command) => {
  const { exitCode, stdout } = await runCostspan([...command, '--help']);
  expect(exitCode).toBe(0);
  const example = stdout.split('\nExample:\n')[1] ?? '';
  expect(example.trim()).toMatch(new RegExp(`^costspan ${command.join(' ')}`));
});

test.each([
  ['price', '--help'],
  ['prices', 'list', '--help'],
  ['prices', 'show', '--help'],
  ['prices', 'diff', '--help'],
])('the example of %s works as it stands', async (...command) => {
  const { stdout } = await runCostspan(command);
  const example = stdout.split('\nExample:\n')[1] ?? '';
  const args = example.replaceAll('\\\n', ' ').trim().split(/\s+/).slice(1);
  expect(await runCostspan(args)).toMatchObject({ exitCode: 0, stderr: '' });
});

test('knows its version', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  expect(await runCostspan(['--version'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
});

test('an unknown command is a usage error with a suggestion', async () => {
  const { exitCode, stderr } = await runCostspan(['raport']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('Did you mean report?');
});
