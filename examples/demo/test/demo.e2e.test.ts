/** The demo as a user runs it, on the built packages: real SDKs, real processes, and nothing left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const demo = fileURLToPath(new URL('../src/demo.ts', import.meta.url));

async function run(args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [demo, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output };
}

test('every call of every SDK is seen and priced exactly, and the demo stops by itself', async () => {
  const { code, output } = await run(['--requests', '80', '--seed', '11']);
  expect(output).toContain('Cost per request by feature');
  expect(output).toContain('Cost per request by tenant');
  expect(output).toContain('Cost per request by model');
  expect(output).toContain('Most expensive requests');
  for (const feature of ['summarize', 'assistant', 'search', 'reply']) expect(output).toContain(feature);
  expect(output).toMatch(/the providers refused [1-9]\d* calls at first and dropped 1 on purpose/);
  expect(output).toMatch(/Calls seen\s+(\d+)\s+\1\s+100\.0 %/);
  expect(output).toMatch(/Calls priced\s+(\d+)\s+\1\s+100\.0 %/);
  expect(output).toMatch(/Money\s+(\$[\d.]+)\s+\1\s+100\.0 %/);
  expect(output).toMatch(/1 stream was cut off before its usage was stated: recorded as .*\(\w+\);/);
  expect(output).toContain('Lost: nothing');
  expect(output).toContain('Measured too high (not set off against what is lost): nothing');
  expect(code).toBe(0);
  const addresses = [...output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)].map(([address]) => address);
  expect(addresses.length).toBeGreaterThanOrEqual(3);
  for (const address of addresses) await expect(fetch(address)).rejects.toThrow();
});

test('a wrong option says what is wrong and starts nothing', async () => {
  const { code, output } = await run(['--requests', 'many']);
  expect(code).not.toBe(0);
  expect(output).toContain('--requests');
  expect(output).not.toContain('provider emulator');
});
