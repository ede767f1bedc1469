/** A killed process loses nothing that was acknowledged; a second process is told who has the store. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { DATABASE_FILE, openDuckDbStore } from '../src/index.ts';

const writer = fileURLToPath(new URL('./writer-process.ts', import.meta.url));

test('every acknowledged record survives SIGKILL', { timeout: 60_000 }, async () => {
  const path = mkdtempSync(join(tmpdir(), 'costspan-kill-'));
  for (let round = 0; round < 3; round++) {
    const folder = join(path, `${round}`);
    const child = spawn(process.execPath, ['--conditions=@costspan/source', writer, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = -1;
    child.stdout.on('data', (chunk: Buffer) => {
      const lines = chunk.toString().trim().split('\n');
      acknowledged = Math.max(acknowledged, Number(lines.at(-1)));
      if (acknowledged >= 40 + 17 * round) child.kill('SIGKILL');
    });
    await once(child, 'close');
    expect(acknowledged).toBeGreaterThan(0);
    const reopened = await openDuckDbStore({ path: folder });
    if (!reopened.ok) throw new Error(reopened.error.message);
    const { calls } = await reopened.store.summary({});
    expect(calls).toBeGreaterThanOrEqual((acknowledged + 1) * 3);
    expect(calls % 3).toBe(0);
    await reopened.store.close();
  }
});

test('a store in use by another process says so', { timeout: 60_000 }, async () => {
  const path = mkdtempSync(join(tmpdir(), 'costspan-lock-'));
  const child = spawn(process.execPath, ['--conditions=@costspan/source', writer, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const second = await openDuckDbStore({ path });
  child.kill('SIGKILL');
  expect(second).toMatchObject({ ok: false, error: { code: 'locked' } });
});

test('a store from a newer version is left alone', async () => {
  const path = mkdtempSync(join(tmpdir(), 'costspan-newer-'));
  const instance = await DuckDBInstance.create(join(path, DATABASE_FILE));
  const connection = await instance.connect();
  await connection.run(
    'CREATE TABLE schema_version (version INTEGER); INSERT INTO schema_version VALUES (99)',
  );
  connection.closeSync();
  instance.closeSync();
  expect(await openDuckDbStore({ path })).toMatchObject({ ok: false, error: { code: 'newer_schema' } });
});
