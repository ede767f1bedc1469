import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HEADER_BYTES_MAX, type SegmentStart, writeFrame } from './journal-frame.ts';
import type { JournalPosition } from './journal.ts';
import { segmentPath, syncFolder } from './segment-files.ts';

interface SegmentState {
  readonly path: string;
  readonly number: number;
  readonly end: number;
  readonly isEmpty: boolean;
}

/** The segment that is written to. What is written is on disk, or the segment is as it was before. */
export class SegmentWriter {
  readonly number: number;
  readonly #path: string;
  readonly #handle: FileHandle;
  #end: number;
  #isEmpty: boolean;
  /** Whether bytes of a failed write may lie behind the end. */
  #mustCut = false;
  #isGone = false;

  private constructor({ path, number, end, isEmpty }: SegmentState, handle: FileHandle) {
    this.#path = path;
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
      const writer = new SegmentWriter({ path, number, end: 0, isEmpty: true }, handle);
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
  static async reopen(path: string, state: Omit<SegmentState, 'path'>): Promise<SegmentWriter> {
    return new SegmentWriter({ path, ...state }, await open(path, 'r+'));
  }

  get position(): JournalPosition {
    return { segment: this.number, offset: this.#end };
  }

  /** Whether there is no frame in it. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Whether the file was removed or moved away: what is written to it would not be found again. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** @throws Error of the file system, also when the file is gone. */
  async write(bytes: Buffer): Promise<void> {
    if (this.#mustCut) await this.#cut();
    try {
      let written = 0;
      while (written < bytes.length) {
        const left = bytes.length - written;
        const { bytesWritten } = await this.#handle.write(bytes, written, left, this.#end + written);
        written += bytesWritten;
      }
      await Promise.all([this.#handle.datasync(), this.#checkPlace()]);
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

  async #checkPlace(): Promise<void> {
    const [{ nlink }, isThere] = await Promise.all([this.#handle.stat(), hasFile(this.#path)]);
    this.#isGone = nlink === 0 || !isThere;
    if (this.#isGone) throw new Error(`${this.#path} was removed while it was written to`);
  }

  async #cut(): Promise<void> {
    await this.#handle.truncate(this.#end);
    await this.#handle.datasync();
    this.#mustCut = false;
  }
}

/** A failure to look tells nothing. */
function hasFile(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}
