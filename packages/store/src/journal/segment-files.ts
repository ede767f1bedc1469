import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib';

/** A segment of a journal as it lies in the folder. */
export interface SegmentFile {
  readonly number: number;
  readonly path: string;
  readonly isCompressed: boolean;
}

const SEGMENT_FILE = /^(\d{10})\.journal(\.zst)?$/;
const UNFINISHED_FILE = /^\d{10}\.journal\.zst\.tmp$/;
const READ_BYTES = 1024 * 1024;

export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, '0')}.journal`);
}

/** The segments of a folder, ascending. While a segment is compressed it is there twice, and the original is the one that counts. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const found = new Map<number, SegmentFile>();
  for (const name of (await readdir(folder)).toSorted()) {
    const match = SEGMENT_FILE.exec(name);
    const number = Number(match?.[1]);
    if (match === null || found.has(number)) continue;
    found.set(number, { number, path: join(folder, name), isCompressed: match[2] !== undefined });
  }
  return [...found.values()];
}

/** Makes the folder, durably, if it is not there. */
export async function makeFolder(folder: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true });
  if (created !== undefined) await syncFolder(dirname(folder));
}

/** The same, and clears it of what a crash left unfinished. */
export async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  for (const name of await readdir(folder)) {
    if (UNFINISHED_FILE.test(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Makes the names of a folder durable: what was created, renamed or removed in it. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folder as a file, and makes names durable by itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * The bytes of a segment from `offset` to `end`, uncompressed, as far as they can be read: a file that is cut off,
 * damaged, missing or none at all ends early.
 */
export async function* segmentBytes(
  segment: SegmentFile,
  offset: number,
  end: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer, void, undefined> {
  if (end <= offset) return;
  const opened = await openSegment(segment);
  if (opened === undefined) return;
  const { handle, isCompressed } = opened;
  const file = handle.createReadStream({
    highWaterMark: READ_BYTES,
    ...(!isCompressed && { start: offset, end: end - 1 }),
  });
  const bytes = isCompressed ? file.pipe(createZstdDecompress({ chunkSize: READ_BYTES })) : file;
  // A pipe does not hand on the failure of its source.
  file.on('error', () => bytes.destroy());
  let position = isCompressed ? 0 : offset;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const wanted = chunk.subarray(Math.max(0, offset - position), Math.max(0, end - position));
      position += chunk.length;
      if (wanted.length > 0) yield wanted;
    }
  } catch {
    // What is missing is told by the numbers of the frames that follow.
  } finally {
    bytes.destroy();
    file.destroy();
    await handle.close().catch(() => undefined);
  }
}

/** A segment may have been compressed since it was listed. */
async function openSegment(
  segment: SegmentFile,
): Promise<{ readonly handle: FileHandle; readonly isCompressed: boolean } | undefined> {
  try {
    return { handle: await open(segment.path, 'r'), isCompressed: segment.isCompressed };
  } catch {
    if (segment.isCompressed) return undefined;
  }
  try {
    return { handle: await open(`${segment.path}.zst`, 'r'), isCompressed: true };
  } catch {
    return undefined;
  }
}

/** Puts a compressed segment in the place of a closed one; a crash leaves the one or the other, or both. */
export async function compressSegment(folder: string, number: number): Promise<void> {
  const path = segmentPath(folder, number);
  const unfinished = `${path}.zst.tmp`;
  const { atime, mtime } = await stat(path);
  const parameters = { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 1 };
  try {
    await pipeline(
      createReadStream(path, { highWaterMark: READ_BYTES }),
      createZstdCompress({ params: parameters, chunkSize: READ_BYTES }),
      createWriteStream(unfinished, { flush: true }),
    );
    await utimes(unfinished, atime, mtime);
    await rename(unfinished, `${path}.zst`);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await syncFolder(folder);
  await rm(path);
  await syncFolder(folder);
}
