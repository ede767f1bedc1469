/** Journals that a crash, a disk or a person has damaged: every undamaged frame is read, no other is, and what is lost is counted. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { JournalFrame } from '../src/journal/journal-frame.ts';
import { scanSegment } from '../src/journal/segment-scan.ts';
import type { JournalPosition } from '../src/journal/journal.ts';
import {
  compressed,
  frameOf,
  openTemporaryJournal,
  type ReadJournal,
  readAll,
  START,
  temporaryJournalFolder,
} from './temporary-journal.ts';

const ROUNDS = Number(process.env['JOURNAL_DAMAGE_ROUNDS'] ?? 150);
const VALUES = Array.from({ length: 12 }, (_each, index) => ({ index, text: 'ä'.repeat((index * 7) % 19) }));
const FRAMES = VALUES.map((value, index) => frameOf(value, index));

interface Example {
  /** A folder with a journal of one segment, and one with three, the first two compressed. */
  readonly folder: string;
  readonly bytes: Buffer;
  readonly places: readonly JournalPosition[];
}
let one: Example;
let three: Example;
let small: Example;

async function exampleOf(
  rotateAfter: readonly number[],
  frames: readonly JournalFrame[] = FRAMES,
): Promise<Example> {
  const { journal, folder, segments } = await openTemporaryJournal();
  const places: JournalPosition[] = [];
  for (const [index, frame] of frames.entries()) {
    places.push(await journal.append(frame));
    if (rotateAfter.includes(index)) await journal.rotate();
  }
  await compressed(segments);
  await journal.close();
  return {
    folder,
    bytes: readFileSync(join(segments, `000000000${rotateAfter.length + 1}.journal`)),
    places,
  };
}

beforeAll(async () => {
  one = await exampleOf([]);
  three = await exampleOf([3, 7]);
  small = await exampleOf([], FRAMES.slice(0, 3));
});

/** Opens a copy of an example with something done to it and reads everything. */
async function readOnly(
  example: Example,
  damage: (segments: string) => void,
): Promise<ReadJournal & { opening: readonly unknown[]; quarantine: string }> {
  const folder = temporaryJournalFolder();
  cpSync(example.folder, folder, { recursive: true });
  damage(join(folder, 'journal'));
  const opened = await openTemporaryJournal(folder);
  const read = await readAll(opened.journal);
  await opened.journal.close();
  rmSync(join(folder, 'journal'), { recursive: true });
  return { ...read, opening: opened.damage, quarantine: opened.quarantine };
}

/** The same, with a frame appended before, and opened and read once more. */
async function readDamaged(
  example: Example,
  damage: (segments: string) => void,
  from: JournalPosition = START,
): Promise<ReadJournal & { opening: readonly unknown[]; quarantine: string; folder: string }> {
  const folder = temporaryJournalFolder();
  cpSync(example.folder, folder, { recursive: true });
  damage(join(folder, 'journal'));
  const opened = await openTemporaryJournal(folder);
  await opened.journal.append(frameOf('after'));
  const read = await readAll(opened.journal, from);
  await opened.journal.close();
  expect(read.frames.at(-1)).toEqual(frameOf('after'));
  const again = await openTemporaryJournal(folder);
  expect(again.damage).toEqual([]);
  expect((await readAll(again.journal, from)).frames).toEqual(read.frames);
  await again.journal.close();
  rmSync(join(folder, 'journal'), { recursive: true });
  return {
    ...read,
    frames: read.frames.slice(0, -1),
    opening: opened.damage,
    quarantine: opened.quarantine,
    folder,
  };
}

const lastOf = (segments: string): string =>
  join(
    segments,
    readdirSync(segments)
      .filter((name) => name.endsWith('.journal'))
      .at(-1)!,
  );
const sum = (read: ReadJournal): number =>
  read.damage.reduce((total, { framesAtLeast }) => total + framesAtLeast, 0);

test(
  'a journal that is cut anywhere has every frame before the cut, and goes on',
  { timeout: 120_000 },
  async () => {
    const ends = small.places.map(({ offset }) => offset);
    for (let cut = 0; cut < small.bytes.length; cut++) {
      const readCopy = cut % 5 === 0 ? readDamaged : readOnly;
      const read = await readCopy(small, (segments) => truncateSync(lastOf(segments), cut));
      const whole = ends.filter((end) => end <= cut).length;
      expect([cut, read.frames]).toEqual([cut, FRAMES.slice(0, whole)]);
      expect(read.damage).toEqual([]);
      const start = whole === 0 ? small.bytes.indexOf('\nCSJ1 1.1') : ends[whole - 1]!;
      const offset = cut < start ? 0 : start;
      expect([cut, read.opening]).toEqual([
        cut,
        cut === offset
          ? []
          : [
              {
                segment: 1,
                offset,
                bytes: cut - offset,
                kind: 'torn',
                framesAtLeast: expect.any(Number),
                recordsAtLeast: expect.any(Number),
              },
            ],
      ]);
      if (cut !== offset) {
        const copy = readFileSync(join(read.quarantine, `0000000001.journal.from-${offset}`));
        expect(copy).toEqual(small.bytes.subarray(offset, cut));
      }
    }
  },
);

test('zeros at the end are torn, wherever they begin and however many they are', async () => {
  const ends = one.places.map(({ offset }) => offset);
  for (let cut = 1; cut <= one.bytes.length; cut += 23) {
    const zeros = Buffer.alloc(cut % 3 === 0 ? 70_000 : one.bytes.length - cut + 1);
    const read = await readDamaged(one, (segments) =>
      writeFileSync(lastOf(segments), Buffer.concat([one.bytes.subarray(0, cut), zeros])),
    );
    expect(read.frames).toEqual(FRAMES.filter((_each, index) => ends[index]! <= cut));
    expect([cut, read.damage]).toEqual([cut, []]);
    expect(read.opening).toMatchObject([{ kind: 'torn' }]);
  }
});

test('one damaged byte costs one frame at most, and it is counted', { timeout: 240_000 }, async () => {
  const starts = [one.bytes.indexOf('\nCSJ1 1.1'), ...one.places.map(({ offset }) => offset)];
  await fc.assert(
    fc.asyncProperty(fc.nat(one.bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (offset, mask) => {
      const bytes = Buffer.from(one.bytes);
      bytes.writeUInt8(bytes[offset]! ^ mask, offset);
      const read = await readOnly(one, (segments) => writeFileSync(lastOf(segments), bytes));
      const hit = starts.findLastIndex((start) => start <= offset);
      expect(read.frames).toEqual(FRAMES.filter((_each, index) => index !== hit));
      if (hit === -1 || read.opening.length > 0) return;
      expect(sum(read)).toBe(1);
      expect(read.damage).toMatchObject([{ kind: 'damaged', segment: 1, offset: starts[hit] }]);
      expect([0, hit]).toContain(read.damage[0]?.recordsAtLeast);
    }),
    { numRuns: ROUNDS },
  );
});

async function* chunksOf(bytes: Buffer, at: number): AsyncGenerator<Buffer> {
  yield* [bytes.subarray(0, at), bytes.subarray(at)];
}

test('a frame behind garbage is found wherever the bytes are divided', async () => {
  const garbage = Buffer.alloc(300, '\n');
  const frame = one.bytes.subarray(one.places[4]!.offset, one.places[5]!.offset);
  for (let at = garbage.length - 10; at <= garbage.length + 20; at++) {
    const found: (number | undefined)[] = [];
    for await (const { header } of scanSegment(chunksOf(Buffer.concat([garbage, frame]), at), 1, 0)) {
      found.push(header?.frame);
    }
    expect([at, found]).toEqual([at, [undefined, 6]]);
  }
});

test('every byte that is damaged costs the one frame that it is in', async () => {
  const starts = [0, one.bytes.indexOf('\nCSJ1 1.1'), ...one.places.map(({ offset }) => offset)];
  for (let offset = 0; offset < one.bytes.length; offset++) {
    for (const mask of [1, 1 << (offset % 8), one.bytes[offset]! ^ 10, one.bytes[offset]!]) {
      if (mask === 0) continue;
      const bytes = Buffer.from(one.bytes);
      bytes.writeUInt8(bytes[offset]! ^ mask, offset);
      const found: number[] = [];
      for await (const piece of scanSegment(chunksOf(bytes, offset >> 1), 1, 0)) {
        if (piece.header !== undefined) found.push(piece.offset);
      }
      const hit = starts.findLastIndex((start) => start <= offset);
      expect(found).toEqual(starts.slice(0, -1).filter((_each, index) => index !== hit));
    }
  }
});

test(
  'any damage leaves the frames that it does not touch, and no other; what is lost is counted',
  { timeout: 240_000 },
  async () => {
    const starts = [one.bytes.indexOf('\nCSJ1 1.1'), ...one.places.map(({ offset }) => offset)];
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.nat(one.bytes.length), fc.nat(60))
        .map(([at, length]) => one.bytes.subarray(at, at + length)),
      fc.constantFrom(
        Buffer.from('\nCSJ1 '),
        Buffer.from('\nCSJ1 1.99 write 1 1 999999999999 00000000 00000000 {}'),
        Buffer.alloc(5000),
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(one.bytes.length), fc.nat(200), piece, async (offset, removed, inserted) => {
        const until = Math.min(one.bytes.length, offset + removed);
        const bytes = Buffer.concat([one.bytes.subarray(0, offset), inserted, one.bytes.subarray(until)]);
        const read = await readOnly(one, (segments) => writeFileSync(lastOf(segments), bytes));
        const untouched = FRAMES.filter(
          (_each, index) => starts[index + 1]! <= offset || starts[index]! >= until,
        );
        const payloads = read.frames.map(({ payload }) => payload);
        // What is inserted may be a frame that was removed, in its turn.
        expect(FRAMES.map(({ payload }) => payload)).toEqual(expect.arrayContaining(payloads));
        expect(payloads).toEqual([...new Set(payloads)]);
        expect(payloads).toEqual(expect.arrayContaining(untouched.map(({ payload }) => payload)));
        if (read.opening.length === 0 && until < starts.at(-2)!) {
          expect(sum(read)).toBeGreaterThanOrEqual(FRAMES.length - read.frames.length);
        }
      }),
      { numRuns: ROUNDS, endOnFailure: true },
    );
  },
);

test('a last frame that is all there but damaged was not torn: it may have been acknowledged', async () => {
  for (const back of [1, 20, 60]) {
    const bytes = Buffer.from(one.bytes);
    bytes.writeUInt8(bytes.at(-back)! ^ 1, bytes.length - back);
    const read = await readDamaged(one, (segments) => writeFileSync(lastOf(segments), bytes));
    expect([read.opening, read.damage]).toMatchObject([[], [{ kind: 'damaged', framesAtLeast: 1 }]]);
    expect(read.frames).toEqual(FRAMES.slice(0, -1));
  }
});

test('a segment that is missing is named, and its frames are counted', async () => {
  const gone = (name: string) => (segments: string) => rmSync(join(segments, name));
  const first = await readDamaged(three, gone('0000000001.journal.zst'));
  expect(first.frames).toEqual(FRAMES.slice(4));
  expect(first.damage).toMatchObject([{ kind: 'missing_segment', segment: 1 }]);
  const second = await readDamaged(three, gone('0000000002.journal.zst'));
  expect(second.frames).toEqual([...FRAMES.slice(0, 4), ...FRAMES.slice(8)]);
  expect(second.damage).toMatchObject([{ kind: 'missing_segment', segment: 2, framesAtLeast: 4 }]);
  const last = await readDamaged(three, gone('0000000003.journal'));
  expect(last.frames).toEqual(FRAMES.slice(0, 8));
  expect(last.damage).toMatchObject([{ kind: 'missing_segment', segment: 3, framesAtLeast: 1 }]);
});

test('a reader that was in a missing segment misses only what it had not read', async () => {
  const gone = (segments: string): void => rmSync(join(segments, '0000000002.journal.zst'));
  const atItsEnd = await readDamaged(three, gone, three.places[7]!);
  expect([atItsEnd.frames, atItsEnd.damage]).toEqual([FRAMES.slice(8), []]);
  const before = await readDamaged(three, gone, three.places[6]!);
  expect([before.frames, before.damage]).toMatchObject([
    FRAMES.slice(8),
    [{ kind: 'missing_segment', segment: 2 }],
  ]);
});

test.each([
  ['an empty file', (path: string) => writeFileSync(path, '')],
  ['a directory', (path: string) => mkdirSync(join(path, 'x'), { recursive: true })],
  ['garbage', (path: string) => writeFileSync(path, Buffer.alloc(10_000, 'x\n'))],
])('%s in the place of a segment', async (_name, put) => {
  for (const [name, kept, lost] of [
    ['0000000001.journal', FRAMES.slice(4), undefined],
    ['0000000002.journal', [...FRAMES.slice(0, 4), ...FRAMES.slice(8)], 4],
    ['0000000003.journal', FRAMES.slice(0, 8), undefined],
  ] as const) {
    const read = await readDamaged(three, (segments) => {
      rmSync(join(segments, name), { force: true });
      rmSync(join(segments, `${name}.zst`), { force: true });
      put(join(segments, name));
    });
    expect([name, read.frames]).toEqual([name, kept]);
    if (lost !== undefined)
      expect(read.damage).toMatchObject([{ kind: 'damaged', segment: 2, framesAtLeast: lost }]);
  }
});

test('a compressed segment that is cut or damaged gives its good beginning', async () => {
  const { journal, folder, segments } = await openTemporaryJournal();
  const random = Array.from({ length: 400 }, (_each, index) =>
    frameOf({
      index,
      text: Buffer.from(
        Array.from({ length: 999 }, (_one, at) => (index * 7919 + at * at * 31) % 251),
      ).toString('base64'),
    }),
  );
  await Promise.all(random.map((frame) => journal.append(frame)));
  await journal.rotate();
  await journal.append(frameOf('next'));
  await compressed(segments);
  await journal.close();
  const example = { folder, bytes: readFileSync(join(segments, '0000000001.journal.zst')), places: [] };
  for (const [change, leastFrames] of [
    [(bytes: Buffer) => bytes.subarray(0, bytes.length - 1), 399],
    [(bytes: Buffer) => bytes.subarray(0, bytes.length - 9), 1],
    [(bytes: Buffer) => bytes.subarray(0, 3), 0],
    [(bytes: Buffer) => bytes.subarray(0, 0), 0],
    [
      (bytes: Buffer) =>
        Buffer.concat([
          bytes.subarray(0, bytes.length >> 1),
          Buffer.alloc(50),
          bytes.subarray(50 + (bytes.length >> 1)),
        ]),
      0,
    ],
  ] as const) {
    const read = await readDamaged(example, (copy) =>
      writeFileSync(join(copy, '0000000001.journal.zst'), change(example.bytes)),
    );
    const found = read.frames.slice(0, -1);
    expect(read.frames.at(-1)).toEqual(frameOf('next'));
    const lost = random.length - found.length;
    if (change(example.bytes).length < 1000 || lost > 0)
      expect(sum(read)).toBeGreaterThanOrEqual(found.length === 0 ? 0 : lost);
    expect(found.length).toBeGreaterThanOrEqual(leastFrames);
    for (const frame of found) expect(random).toContainEqual(frame);
  }
});

test('a header that lies about a length, with a checksum that holds, takes no memory and hides nothing', async () => {
  const fields = `1.13 write 1795200000000 1 ${200 * 1024 * 1024} 00000000`;
  const lie = Buffer.from(`\nCSJ1 ${fields} ${crc32(fields).toString(16).padStart(8, '0')} {}`);
  const frame = one.places[4]!.offset;
  const before = process.memoryUsage();
  const read = await readDamaged(one, (segments) =>
    writeFileSync(
      lastOf(segments),
      Buffer.concat([one.bytes.subarray(0, frame), lie, one.bytes.subarray(frame)]),
    ),
  );
  expect(read.frames).toEqual(FRAMES);
  expect(read.damage).toMatchObject([{ kind: 'damaged', offset: frame, bytes: lie.length }]);
  expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 1024 * 1024);
});

test('a frame that comes again, or that belongs to another segment, is none', async () => {
  const again = one.bytes.subarray(one.places[1]!.offset, one.places[3]!.offset);
  const stale = Buffer.from(three.bytes).subarray(three.bytes.indexOf('\nCSJ1 3.9 '));
  for (const inserted of [again, stale]) {
    const at = one.places[6]!.offset;
    const read = await readDamaged(one, (segments) =>
      writeFileSync(
        lastOf(segments),
        Buffer.concat([one.bytes.subarray(0, at), inserted, one.bytes.subarray(at)]),
      ),
    );
    expect(read.frames).toEqual(FRAMES);
    expect(read.damage).toMatchObject([{ kind: 'damaged', offset: at, bytes: inserted.length }]);
  }
});

test('what a crash left of a compression is cleared away, and the original holds', async () => {
  const read = await readDamaged(one, (segments) => {
    writeFileSync(join(segments, '0000000001.journal.zst.tmp'), 'half');
    writeFileSync(join(segments, '0000000001.journal.zst'), 'other');
    writeFileSync(join(segments, 'notes.txt'), 'a stranger');
  });
  expect([read.frames, read.damage, read.opening]).toEqual([FRAMES, [], []]);
});
