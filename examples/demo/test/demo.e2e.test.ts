import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const DEMO = fileURLToPath(new URL('../src/demo.ts', import.meta.url));

interface DemoRun {
  readonly code: number | null;
  readonly output: string;
}

/** Runs the demo; `onOutput` sees all that was printed so far. */
async function runDemo(
  args: readonly string[],
  onOutput: (output: string, interrupt: () => void) => void = () => {},
): Promise<DemoRun> {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(output, () => child.kill('SIGINT'));
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Addresses that the demo printed and that still answer. */
async function stillAnswering(output: string): Promise<string[]> {
  const urls = [...new Set(output.match(/http:\/\/127\.0\.0\.1:\d+/g))];
  const answers = await Promise.allSettled(urls.map((url) => fetch(url)));
  return urls.filter((_, index) => answers[index]?.status === 'fulfilled');
}

test('shows costs and coverage of a whole run, and leaves nothing running', async () => {
  const { code, output } = await runDemo([]);
  expect(output).toMatch(/149 requests answered, 1 failed/);
  for (const table of ['by feature', 'by tenant', 'by model', 'Most expensive requests', 'Coverage']) {
    expect(output).toContain(table);
  }
  const money = /^Money .* (?<share>[\d.]+) %$/m.exec(output)?.groups?.['share'];
  expect(Number(money)).toBeGreaterThan(90);
  expect(output).toContain('Measured too high (not set off against what is lost): nothing');
  expect(code).toBe(0);
  expect(await stillAnswering(output)).toEqual([]);
});

test('stops everything and removes its data when it is interrupted', async () => {
  const { code, output } = await runDemo(['--requests', '20', '--keep'], (soFar, interrupt) => {
    if (soFar.includes('Ctrl-C stops it')) interrupt();
  });
  expect(code).toBe(0);
  expect(await stillAnswering(output)).toEqual([]);
  const dataFolder = /--data (\S+)/.exec(output)?.[1];
  expect(dataFolder).toBeDefined();
  expect(existsSync(dataFolder!)).toBe(false);
});
