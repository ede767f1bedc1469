/** The journal of a process that is killed, and on a disk that is full. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { frameOf, openTemporaryJournal, readAll, temporaryJournalFolder } from './temporary-journal.ts';

const KILLS = Number(process.env['JOURNAL_KILLS'] ?? 6);
const WRITER = ['--conditions=@costspan/source', join(import.meta.dirname, 'journal-writer-process.ts')];

const numbersOf = (frames: readonly { readonly payload: string }[]): number[] =>
  frames.map(({ payload }) => JSON.parse(payload).number as number);

/** What a writer acknowledged until it was killed, some time after its first words. */
async function killedWriter(folder: string, first: number, lifeMillis: number): Promise<number[]> {
  const writer = spawn(process.execPath, [...WRITER, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(writer, 'exit');
  let output = '';
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (output === '') setTimeout(() => writer.kill('SIGKILL'), lifeMillis);
    output += text;
  });
  await Promise.all([exit, once(writer.stdout, 'close')]);
  return output.split('\n').slice(0, -1).map(Number);
}

test('whatever was acknowledged before a kill is there once, in order', { timeout: 120_000 }, async () => {
  const folder = temporaryJournalFolder();
  const acknowledged: number[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const acks = await killedWriter(folder, kill * 1_000_000, (kill * 83) % 300);
    expect(acks.length).toBeGreaterThan(0);
    acknowledged.push(...acks);
    const { journal, damage } = await openTemporaryJournal(folder, { segmentBytesMax: 200_000 });
    const read = await readAll(journal);
    await journal.close();
    const found = numbersOf(read.frames);
    expect(found).toEqual([...new Set(found)].toSorted((a, b) => a - b));
    expect(found).toEqual(expect.arrayContaining(acknowledged));
    expect(read.damage).toEqual([]);
    for (const { kind } of damage) expect(kind).toBe('torn');
  }
});

test.skipIf(process.platform === 'win32')(
  'a file that may not grow refuses frames, and keeps what it has',
  async () => {
    const folder = temporaryJournalFolder();
    const limited = 'trap "" XFSZ; ulimit -f 60; exec "$0" "$@"';
    const args = ['-c', limited, process.execPath, ...WRITER, folder, '0', '100'];
    const { stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' });
    expect(stderr).toBe('');
    const told = stdout.split('\n').slice(0, -1);
    expect(told).toHaveLength(100);
    expect(told).toContain('disk_full');
    const acknowledged = told.filter((line) => line !== 'disk_full').map(Number);
    expect(acknowledged.length).toBeGreaterThan(0);
    const { journal, damage } = await openTemporaryJournal(folder);
    const read = await readAll(journal);
    expect([damage, read.damage]).toEqual([[], []]);
    expect(numbersOf(read.frames)).toEqual(acknowledged.toSorted((a, b) => a - b));
  },
);

/** A file system of a megabyte, where this process may mount one. */
const smallDisk = temporaryJournalFolder();
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', smallDisk]).status === 0;
afterAll(() => {
  if (isMounted) spawnSync('umount', ['-l', smallDisk]);
});

test.skipIf(!isMounted)('a full disk refuses frames; when there is space again they are taken', async () => {
  const { journal, segments } = await openTemporaryJournal(smallDisk);
  const path = join(segments, '0000000001.journal');
  const filler = join(smallDisk, 'filler');
  const written = [];
  for (let round = 0; round < 4; round++) {
    written.push(frameOf({ round, text: 'before' }));
    await journal.append(written.at(-1)!);
    writeFileSync(filler, Buffer.alloc(900_000 - round * 1000));
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, () => journal.append(frameOf({ round, text: 'y'.repeat(100_000) }))),
    );
    for (const result of results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'disk_full' } });
    expect(statSync(path).size).toBe(journal.end.offset);
    rmSync(filler);
    written.push(frameOf({ round, text: 'after' }));
    await journal.append(written.at(-1)!);
    expect(await readAll(journal)).toMatchObject({ frames: written, damage: [] });
  }
  writeFileSync(filler, '');
  let filled = '';
  while (filled === '') {
    try {
      writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
    } catch (error) {
      filled = String(error);
    }
  }
  await expect(journal.rotate()).rejects.toMatchObject({ code: 'disk_full' });
  rmSync(filler);
  expect(await journal.rotate()).toBe(1);
  written.push(frameOf('next segment'));
  await journal.append(written.at(-1)!);
  await journal.close();
  const { journal: again, damage } = await openTemporaryJournal(smallDisk);
  expect(damage).toEqual([]);
  expect(await readAll(again)).toMatchObject({ frames: written, damage: [] });
  await again.close();
});
