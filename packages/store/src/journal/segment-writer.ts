import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HEADER_BYTES_MAX, type SegmentStart, writeFrame } from './journal-frame.ts';
import type { JournalPosition } from './journal.ts';
import { segmentPath, syncFolder } from './segment-files.ts';

/** The segment that is written to. What is written is on disk, or the segment is as it was before. */
export class SegmentWriter {
  readonly number: number;
  readonly #handle: FileHandle;
  #end: number;
  #isEmpty: boolean;
  /** Whether bytes of a failed write may lie behind the end. */
  #mustCut = false;

  private constructor(number: number, handle: FileHandle, end: number, isEmpty: boolean) {
    this.number = number;
    this.#handle = handle;
    this.#end = end;
    this.#isEmpty = isEmpty;
  }

  /** Starts a segment behind a place; a file of that name, as a failed start leaves it, is overwritten. */
  static async create(
    folder: string,
    number: number,
    start: { readonly after: JournalPosition | null; readonly lastFrame: number },
  ): Promise<SegmentWriter> {
    const path = segmentPath(folder, number);
    const handle = await open(path, 'w');
    try {
      const writer = new SegmentWriter(number, handle, 0, true);
      const payload = JSON.stringify(start.after);
      const bytes = Buffer.alloc(HEADER_BYTES_MAX + payload.length);
      const frame: SegmentStart = { kind: 'segment', atUnixMillis: Date.now(), recordCount: 0, payload };
      const place = { segment: number, frame: start.lastFrame, payloadBytes: payload.length };
      await writer.write(bytes.subarray(0, writeFrame(bytes, 0, frame, place)));
      await syncFolder(dirname(path));
      writer.#isEmpty = true;
      return writer;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Goes on with a segment that ends with a whole frame. */
  static async reopen(
    path: string,
    state: { number: number; end: number; isEmpty: boolean },
  ): Promise<SegmentWriter> {
    return new SegmentWriter(state.number, await open(path, 'r+'), state.end, state.isEmpty);
  }

  get position(): JournalPosition {
    return { segment: this.number, offset: this.#end };
  }

  /** Whether there is no frame in it. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.#mustCut) await this.#cut();
    try {
      let written = 0;
      while (written < bytes.length) {
        const left = bytes.length - written;
        const { bytesWritten } = await this.#handle.write(bytes, written, left, this.#end + written);
        written += bytesWritten;
      }
      await this.#handle.datasync();
    } catch (error) {
      this.#mustCut = true;
      // When it fails now, it is done before the next write.
      await this.#cut().catch(() => undefined);
      throw error;
    }
    this.#end += bytes.length;
    this.#isEmpty = false;
  }

  async close(): Promise<void> {
    if (this.#mustCut) await this.#cut().catch(() => undefined);
    await this.#handle.close();
  }

  async #cut(): Promise<void> {
    await this.#handle.truncate(this.#end);
    await this.#handle.datasync();
    this.#mustCut = false;
  }
}
