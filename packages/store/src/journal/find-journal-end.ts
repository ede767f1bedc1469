import { createWriteStream } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HEADER_BYTES_MAX, isPartOfHeader, readHeader } from './journal-frame.ts';
import type { JournalDamage, JournalPosition } from './journal.ts';
import { listSegments, segmentBytes, type SegmentFile, syncFolder } from './segment-files.ts';
import { type ScannedGarbage, scanSegment } from './segment-scan.ts';

/** Where a journal that was found on disk goes on. */
export interface JournalEnd {
  /** The segment that can be written on; `undefined` when another one has to be started. */
  readonly open:
    | { readonly path: string; readonly number: number; readonly end: number; readonly isEmpty: boolean }
    | undefined;
  /** The number of a segment that is started. */
  readonly nextSegment: number;
  readonly after: JournalPosition | null;
  /** The last number that a frame had, whether or not it can be read. */
  readonly lastFrame: number;
  readonly trimmed: readonly JournalDamage[];
}

/** More of a torn end is not kept. */
const QUARANTINED_BYTES_MAX = 256 * 1024 * 1024;

/**
 * Finds the end of the journal in a folder.
 *
 * 1. A last segment that ends with a whole frame goes on.
 * 2. One that ends as a crash leaves it, with a part of a frame or with zeros, was never acknowledged from there on: a
 *    copy of that is kept, it is trimmed, and the segment goes on.
 * 3. One that ends in any other way is left as it is, and another segment is started. At least one frame was lost, so
 *    that the numbers go on behind it: a reader sees the gap.
 */
export async function findJournalEnd(folder: string, quarantineFolder: string): Promise<JournalEnd> {
  const segments = await listSegments(folder);
  const last = segments.at(-1);
  if (last === undefined) return { open: undefined, nextSegment: 1, after: null, lastFrame: 0, trimmed: [] };
  const contents = await contentsOf(last);
  const { lastFrame, end, isEmpty, tail } = contents;
  const lastNumber = lastFrame ?? (await lastFrameOf(segments.slice(0, -1)));
  const nothingTrimmed = { lastFrame: lastNumber, trimmed: [] };
  if (!(await isFile(last)) || last.isCompressed) {
    // The segment that was written to is gone; what it held nobody knows.
    const nextSegment = last.number + (last.isCompressed ? 2 : 1);
    const after = { segment: last.number, offset: tail?.end ?? end };
    return { open: undefined, nextSegment, after, trimmed: [], lastFrame: lastNumber + 1 };
  }
  const place = { path: last.path, number: last.number, end, isEmpty };
  const next = { nextSegment: last.number + 1, after: { segment: last.number, offset: end } };
  if (tail === undefined && end > 0) return { ...nothingTrimmed, ...next, open: place };
  if (tail === undefined)
    return { ...nothingTrimmed, open: undefined, nextSegment: last.number, after: await endBefore(segments) };
  if (!(await isTorn(last, tail))) {
    const behind = Math.max(lastNumber + Math.max(1, tail.frames), tail.lastFrame ?? 0);
    const after = { segment: last.number, offset: tail.end };
    return { open: undefined, nextSegment: last.number + 1, after, lastFrame: behind, trimmed: [] };
  }
  await trim(last, tail, quarantineFolder);
  const trimmed: JournalDamage[] = [
    {
      segment: last.number,
      offset: tail.offset,
      bytes: tail.end - tail.offset,
      kind: 'torn',
      framesAtLeast: tail.frames,
      recordsAtLeast: tail.records,
    },
  ];
  if (end > 0) return { lastFrame: lastNumber, trimmed, ...next, open: place };
  return {
    lastFrame: lastNumber,
    trimmed,
    open: undefined,
    nextSegment: last.number,
    after: await endBefore(segments),
  };
}

interface SegmentContents {
  readonly lastFrame: number | undefined;
  /** Behind its last whole frame. */
  readonly end: number;
  readonly isEmpty: boolean;
  /** What follows that. */
  readonly tail: ScannedGarbage | undefined;
}

async function contentsOf(segment: SegmentFile): Promise<SegmentContents> {
  let lastFrame: number | undefined;
  let end = 0;
  let isEmpty = true;
  let tail: ScannedGarbage | undefined;
  for await (const piece of scanSegment(segmentBytes(segment, 0), segment.number, 0)) {
    if (piece.header === undefined) {
      tail = piece;
      continue;
    }
    tail = undefined;
    lastFrame = piece.header.frame;
    end = piece.end;
    isEmpty &&= piece.header.kind === 'segment';
  }
  return { lastFrame, end, isEmpty, tail };
}

/** The number of the last frame that there is a trace of. */
async function lastFrameOf(segments: readonly SegmentFile[]): Promise<number> {
  for (const segment of segments.toReversed()) {
    const { lastFrame, tail } = await contentsOf(segment);
    if (lastFrame !== undefined) return Math.max(lastFrame, tail?.lastFrame ?? 0);
  }
  return 0;
}

/** The end of the segment before the last one. */
async function endBefore(segments: readonly SegmentFile[]): Promise<JournalPosition | null> {
  const before = segments.at(-2);
  if (before === undefined) return null;
  const { end, tail } = await contentsOf(before);
  return { segment: before.number, offset: tail?.end ?? end };
}

async function isFile(segment: SegmentFile): Promise<boolean> {
  return (await stat(segment.path)).isFile();
}

/**
 * Whether the end of a segment looks as a crash leaves it: the first part of one frame, or nothing, and then zeros that the
 * file system put where it had not written yet. JSON text has no zeros.
 */
async function isTorn(segment: SegmentFile, tail: ScannedGarbage): Promise<boolean> {
  let head = Buffer.alloc(0);
  let length = 0;
  let writtenLength = 0;
  for await (const chunk of segmentBytes(segment, tail.offset)) {
    if (head.length < HEADER_BYTES_MAX) head = Buffer.concat([head, chunk.subarray(0, HEADER_BYTES_MAX)]);
    const trailing = trailingZeros(chunk);
    if (trailing < chunk.length) writtenLength = length + chunk.length - trailing;
    length += chunk.length;
  }
  if (writtenLength === 0) return true;
  const header = readHeader(head);
  if (header !== undefined) return writtenLength < header.headerBytes + header.payloadBytes;
  return writtenLength <= HEADER_BYTES_MAX && isPartOfHeader(head.toString('latin1', 0, writtenLength));
}

function trailingZeros(bytes: Buffer): number {
  let index = bytes.length;
  while (index > 0 && bytes[index - 1] === 0) index--;
  return bytes.length - index;
}

async function trim(segment: SegmentFile, tail: ScannedGarbage, quarantineFolder: string): Promise<void> {
  await mkdir(quarantineFolder, { recursive: true });
  const copy = join(quarantineFolder, `${basename(segment.path)}.from-${tail.offset}`);
  const end = Math.min(tail.end, tail.offset + QUARANTINED_BYTES_MAX);
  await pipeline(segmentBytes(segment, tail.offset, end), createWriteStream(copy, { flush: true }));
  await syncFolder(quarantineFolder);
  const handle = await open(segment.path, 'r+');
  try {
    await handle.truncate(tail.offset);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
