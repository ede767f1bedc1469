/** What a journal does with what it is given, on a real disk. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Journal } from '../src/journal/journal.ts';
import {
  compressed,
  frameOf,
  openTemporaryJournal,
  readAll,
  START,
  temporaryJournalFolder,
} from './temporary-journal.ts';

const appendAll = async (journal: Journal, values: readonly unknown[]): Promise<unknown> =>
  Promise.all(values.map((value) => journal.append(frameOf(value))));

test('frames are read as they were written, in the order of the calls, from every place', async () => {
  const { journal } = await openTemporaryJournal();
  const frames = [
    frameOf({ records: [1] }),
    { ...frameOf({}, 0), kind: 'settlement' as const, atUnixMillis: 0 },
    frameOf({ text: 'ä€\u{1f4b6}\u2028\nCSJ1 1.1 write', half: '\ud800' }, 7),
    frameOf('x'.repeat(3_000_000)),
    frameOf(null),
  ];
  const first = await Promise.all(frames.map((frame) => journal.append(frame)));
  const second = [];
  for (const frame of frames) second.push(await journal.append(frame));
  const all = await readAll(journal);
  expect(all.damage).toEqual([]);
  expect(all.frames).toEqual([...frames, ...frames]);
  expect(all.places).toEqual([...first, ...second]);
  expect(journal.end).toEqual(second.at(-1));
  for (const [index, place] of all.places.entries()) {
    expect((await readAll(journal, place)).frames).toEqual(all.frames.slice(index + 1));
  }
});

test('a reading ends where the journal ended when it was asked for', async () => {
  const { journal } = await openTemporaryJournal();
  await appendAll(journal, [1, 2]);
  const reading = journal.read(START, () => undefined);
  await journal.append(frameOf(3));
  await journal.rotate();
  await journal.append(frameOf(4));
  const seen = [];
  for await (const { frame } of reading) seen.push(frame.payload);
  expect(seen).toEqual(['1', '2']);
});

test('a segment is closed in the order of the calls, and an empty one is not closed again', async () => {
  const { journal, segments, folder } = await openTemporaryJournal();
  expect(await journal.rotate()).toBe(0);
  const [one, closed, two] = await Promise.all([
    journal.append(frameOf(1)),
    journal.rotate(),
    journal.append(frameOf(2)),
  ]);
  expect([one.segment, closed, two.segment]).toEqual([1, 1, 2]);
  expect(await journal.rotate()).toBe(2);
  expect(await journal.rotate()).toBe(2);
  await journal.close();
  const { journal: again } = await openTemporaryJournal(folder);
  expect(await again.rotate()).toBe(2);
  expect(again.end.segment).toBe(3);
  expect(await readAll(again)).toMatchObject({ frames: [frameOf(1), frameOf(2)], damage: [] });
  await compressed(segments);
  expect(readdirSync(segments)).toEqual([
    '0000000001.journal.zst',
    '0000000002.journal.zst',
    '0000000003.journal',
  ]);
  expect(await readAll(again)).toMatchObject({ frames: [frameOf(1), frameOf(2)], damage: [] });
  expect((await readAll(again, one)).frames).toEqual([frameOf(2)]);
});

test('a segment that has grown is closed, and a frame may be larger than a segment', async () => {
  const { journal } = await openTemporaryJournal(undefined, { segmentBytesMax: 4000 });
  const values = Array.from({ length: 30 }, (_each, index) => 'v'.repeat(index === 7 ? 20_000 : 500));
  for (const value of values) await journal.append(frameOf(value));
  const { frames, places, damage } = await readAll(journal);
  expect(frames).toEqual(values.map((value) => frameOf(value)));
  expect(damage).toEqual([]);
  for (const { offset } of places) expect(offset).toBeLessThan(25_000);
  expect(places.at(-1)?.segment).toBe(4);
});

test('what is removed on purpose is not missed, in this journal and after it was opened again', async () => {
  const { journal, folder, segments } = await openTemporaryJournal();
  await appendAll(journal, [1, 2]);
  await journal.rotate();
  const last = await journal.append(frameOf(3));
  await journal.rotate();
  await appendAll(journal, [4]);
  await journal.removeThrough(99);
  expect(readdirSync(segments)).toEqual(['0000000003.journal']);
  expect(await readAll(journal)).toMatchObject({ frames: [frameOf(4)], damage: [] });
  await journal.close();
  const { journal: again } = await openTemporaryJournal(folder);
  expect(await readAll(again, last)).toMatchObject({ frames: [frameOf(4)], damage: [] });
  expect(await readAll(again, { segment: 3, offset: 0 })).toMatchObject({ frames: [frameOf(4)], damage: [] });
  expect(await readAll(again, { segment: 2, offset: 0 })).toMatchObject({
    frames: [frameOf(4)],
    damage: [{ kind: 'missing_segment', segment: 2 }],
  });
});

test('a reading passes over what is removed meanwhile', async () => {
  const { journal } = await openTemporaryJournal();
  for (const value of [1, 2, 3, 4]) {
    await journal.append(frameOf(value));
    await journal.rotate();
  }
  const seen: string[] = [];
  const damage: unknown[] = [];
  for await (const { frame } of journal.read(START, (each) => damage.push(each))) {
    seen.push(frame.payload);
    if (seen.length === 1) await journal.removeThrough(3);
  }
  expect([seen, damage]).toEqual([['1', '4'], []]);
});

test('places never come again: not when all frames were removed, nor when the folder was lost', async () => {
  const { journal, folder, segments } = await openTemporaryJournal();
  const place = await journal.append(frameOf(1));
  await journal.rotate();
  await journal.removeThrough(1);
  await journal.close();
  const opened = await openTemporaryJournal(folder, { behind: place });
  expect(opened.journal.end.segment).toBe(2);
  const behind = { segment: 7, offset: 1000 };
  await opened.journal.close();
  const later = await openTemporaryJournal(folder, { behind });
  expect(later.journal.end.segment).toBe(8);
  const { journal: anew } = await openTemporaryJournal(undefined, { behind });
  expect(anew.end.segment).toBe(8);
  await anew.append(frameOf(2));
  expect(await readAll(anew, behind)).toMatchObject({
    frames: [frameOf(2)],
    damage: [{ kind: 'missing_segment', segment: 7 }],
  });
  expect(readdirSync(segments).length).toBeGreaterThan(0);
});

test('a full queue refuses, one frame alone is always taken, and a closed journal refuses all', async () => {
  const { journal } = await openTemporaryJournal(undefined, { waitingBytesMax: 1000 });
  const results = await Promise.allSettled(
    ['a'.repeat(2000), 'b', 'c'].map((value) => journal.append(frameOf(value))),
  );
  expect(results.map((result) => (result.status === 'rejected' ? result.reason.code : 'written'))).toEqual([
    'written',
    'queue_full',
    'queue_full',
  ]);
  const waiting = journal.append(frameOf('d'));
  const closing = journal.close();
  await expect(journal.append(frameOf('e'))).rejects.toMatchObject({ code: 'closed' });
  await expect(journal.rotate()).rejects.toMatchObject({ code: 'closed' });
  await Promise.all([waiting, closing, journal.close()]);
  expect((await readAll(journal)).frames.map(({ payload }) => payload.slice(1, 2))).toEqual(['a', 'd']);
});

test.each(['removed', 'moved away'])(
  'a frame is not written to a folder that was %s, and those that follow are safe',
  async (how) => {
    const { journal, folder, segments } = await openTemporaryJournal();
    await appendAll(journal, [1, 2]);
    if (how === 'removed') rmSync(segments, { recursive: true });
    else renameSync(segments, join(folder, 'elsewhere'));
    await expect(journal.append(frameOf(3))).rejects.toMatchObject({ code: 'io_error' });
    await journal.append(frameOf(4));
    await journal.append(frameOf(5));
    await journal.close();
    const { journal: anew } = await openTemporaryJournal(folder);
    const read = await readAll(anew);
    expect(read.frames.map(({ payload }) => payload)).toEqual(['4', '5']);
    expect(read.damage).toMatchObject([{ kind: 'missing_segment', segment: 1, framesAtLeast: 2 }]);
  },
);

test('a full segment whose folder was removed is followed by another', async () => {
  const { journal, segments } = await openTemporaryJournal(undefined, { segmentBytesMax: 1 });
  await journal.append(frameOf(1));
  rmSync(segments, { recursive: true });
  await journal.append(frameOf(2));
  expect(readdirSync(segments)).toEqual(['0000000003.journal']);
});

test('frames that wait share a flush', async () => {
  const { journal } = await openTemporaryJournal();
  const places = new Set<string>();
  const append = async (value: number): Promise<void> => {
    await journal.append(frameOf(value));
    places.add(JSON.stringify(journal.end));
  };
  await Promise.all(Array.from({ length: 500 }, (_each, index) => append(index)));
  expect(places.size).toBe(1);
});

test('old segments can be passed over by time, compressed or not', async () => {
  const { journal, segments } = await openTemporaryJournal();
  for (const value of [1, 2]) {
    await journal.append(frameOf(value));
    await journal.rotate();
  }
  await compressed(segments);
  utimesSync(join(segments, '0000000001.journal.zst'), 1000, 1000);
  expect(await journal.placeBefore(1000)).toEqual(START);
  expect(await journal.placeBefore(1_000_001)).toEqual({ segment: 2, offset: 0 });
  expect(await journal.placeBefore(Date.now() + 60_000)).toEqual(journal.end);
});

test('the newest bytes can be read alone, from inside of a frame', async () => {
  const { journal, segments } = await openTemporaryJournal(undefined, { segmentBytesMax: 1000 });
  const text = 'x'.repeat(300);
  for (let value = 1; value <= 10; value++) await journal.append(frameOf([value, text]));
  expect(await journal.placeBefore(0)).toEqual(START);
  for (const bytesMax of [1, 400, 900, 2500]) {
    const { frames } = await readAll(journal, await journal.placeBefore(0, bytesMax));
    const values = frames.map(({ payload }): unknown => JSON.parse(payload)[0]);
    const all = Array.from({ length: 10 }, (_each, index) => index + 1);
    expect(values).toEqual(values.length === 0 ? [] : all.slice(-values.length));
    expect(values.length * text.length).toBeLessThanOrEqual(bytesMax + 1200);
    if (bytesMax === 2500) expect(values.length).toBeGreaterThan(4);
  }
  await compressed(segments);
  const { frames } = await readAll(journal, await journal.placeBefore(0, 2000));
  expect(frames.length).toBeGreaterThan(4);
  expect(frames.length).toBeLessThan(10);
});

test('a frame is a line that a person can read', async () => {
  const { journal, segments } = await openTemporaryJournal();
  await journal.append(frameOf({ records: ['é'] }, 1));
  const path = join(segments, '0000000001.journal');
  expect(readFileSync(path, 'utf8').split('\n').at(-1)).toMatch(
    /^CSJ1 1\.1 write 1795200000000 1 18 [0-9a-f]{8} [0-9a-f]{8} \{"records":\["é"\]\}$/,
  );
  const tail = spawnSync('sh', ['-c', `tail -n 1 '${path}' | cut -d ' ' -f 9-`], { encoding: 'utf8' });
  expect(JSON.parse(tail.stdout)).toEqual({ records: ['é'] });
});

test('a folder that cannot be made is an error, not an empty journal', async () => {
  const folder = temporaryJournalFolder();
  const { journal } = await openTemporaryJournal(folder);
  await journal.close();
  await expect(openTemporaryJournal(join(folder, 'journal', '0000000001.journal'))).rejects.toThrow(
    /ENOTDIR/,
  );
});
