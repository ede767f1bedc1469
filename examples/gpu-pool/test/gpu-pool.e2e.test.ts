/** The pool as a user runs it: real processes and SDKs, a simulated engine, and books that agree with its ledger. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

test('the settled books agree with what the engines did, however their spans arrive', async () => {
  const child = spawn(process.execPath, [main, '--seed', '7', '--replay'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  expect(output).not.toContain('✗');
  expect(output.match(/✓/g)).toHaveLength(17);
  expect(output).toMatch(/every request that was served is in the books once/);
  expect(code).toBe(0);
  for (const [address] of output.matchAll(/http:\/\/127\.0\.0\.1:\d+/g)) {
    await expect(fetch(address)).rejects.toThrow();
  }
});
