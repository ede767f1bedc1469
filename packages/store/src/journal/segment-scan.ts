import { crc32 } from 'node:zlib';
import { FRAME_START, type FrameHeader, HEADER_BYTES_MAX, readHeader } from './journal-frame.ts';

/** A whole frame of a segment. */
export interface ScannedFrame {
  readonly header: FrameHeader;
  /** Its bytes are valid until the next piece is asked for. */
  readonly payload: Buffer;
  readonly offset: number;
  readonly end: number;
}

/** Bytes between two frames that belong to none. */
export interface ScannedGarbage {
  readonly header?: never;
  readonly offset: number;
  readonly end: number;
  /** Frames whose header is there but whose payload is not. */
  readonly frames: number;
  readonly records: number;
  /** The number of the last of those. */
  readonly lastFrame: number | undefined;
}

/**
 * Finds the frames of a segment in its bytes, which begin at `offset`.
 *
 * 1. A frame is its start, a header whose checksum holds, and a payload whose checksum holds. One of another segment, or
 *    with a number that was there already, is what the disk kept of other times, and no frame of this segment.
 * 2. Where no frame is, the next place is tried that looks like a start; everything up to there is garbage.
 *
 * Memory is bounded by the longest frame: what a header claims is only ever collected from bytes that are there.
 */
export async function* scanSegment(
  chunks: AsyncIterable<Buffer>,
  segment: number,
  offset: number,
): AsyncGenerator<ScannedFrame | ScannedGarbage, void, undefined> {
  const window = new ByteWindow(chunks, offset);
  let garbage: { offset: number; frames: number; records: number; lastFrame: number | undefined } | undefined;
  let lastFrame = -1;
  for (;;) {
    if (window.bytes.length < HEADER_BYTES_MAX) await window.fill(HEADER_BYTES_MAX);
    if (window.bytes.length === 0) break;
    const found = readHeader(window.bytes);
    const isInTurn =
      found?.segment === segment &&
      (found.kind === 'segment' ? window.offset === 0 : found.frame > lastFrame);
    const header = isInTurn ? found : undefined;
    if (header !== undefined) {
      const end = header.headerBytes + header.payloadBytes;
      if (window.bytes.length < end) await window.fill(end);
      const payload = window.bytes.subarray(header.headerBytes, end);
      if (window.bytes.length >= end && crc32(payload) === header.payloadCrc) {
        if (garbage !== undefined) yield { ...garbage, end: window.offset };
        garbage = undefined;
        lastFrame = header.frame;
        yield { header, payload, offset: window.offset, end: window.offset + end };
        window.skip(end);
        continue;
      }
    }
    garbage ??= { offset: window.offset, frames: 0, records: 0, lastFrame: undefined };
    garbage.frames += header === undefined ? 0 : 1;
    garbage.records += header?.recordCount ?? 0;
    garbage.lastFrame = header?.frame ?? garbage.lastFrame;
    const next = window.bytes.indexOf(FRAME_START, 1);
    // The start of a frame may lie across the end of the window.
    window.skip(next !== -1 ? next : Math.max(1, window.bytes.length - FRAME_START.length + 1));
  }
  if (garbage !== undefined) yield { ...garbage, end: window.offset };
}

/** The bytes from a place on, as many as are looked at. */
class ByteWindow {
  bytes: Buffer = Buffer.alloc(0);
  offset: number;
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(chunks: AsyncIterable<Buffer>, offset: number) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.offset = offset;
  }

  /** Reads on until it holds so many bytes, or all there are. */
  async fill(byteCount: number): Promise<void> {
    const parts = [this.bytes];
    let total = this.bytes.length;
    while (total < byteCount) {
      const next = await this.#chunks.next();
      if (next.done === true) break;
      parts.push(next.value);
      total += next.value.length;
    }
    if (parts.length > 1) this.bytes = Buffer.concat(parts, total);
  }

  skip(byteCount: number): void {
    this.bytes = this.bytes.subarray(byteCount);
    this.offset += byteCount;
  }
}
