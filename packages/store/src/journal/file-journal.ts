import { rm, stat } from 'node:fs/promises';
import { findJournalEnd, type JournalEnd } from './find-journal-end.ts';
import {
  frameBytesMax,
  type JournalFrame,
  type NewJournalFrame,
  PAYLOAD_BYTES_MAX,
  writeFrame,
} from './journal-frame.ts';
import { comparePositions, readJournal } from './journal-reader.ts';
import { JournalWriteError, writeErrorOf } from './journal-write-error.ts';
import type { Journal, JournalDamage, JournalOptions, JournalPosition } from './journal.ts';
import {
  compressSegment,
  listSegments,
  makeFolder,
  prepareFolder,
  segmentPath,
  syncFolder,
} from './segment-files.ts';
import { SegmentWriter } from './segment-writer.ts';

const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;
const WAITING_BYTES_MAX = 128 * 1024 * 1024;

/** Frames that share a flush, unless one alone is longer; also what is kept in memory for the next group. */
const GROUP_BYTES_MAX = 4 * 1024 * 1024;

interface WaitingFrame {
  readonly kind: 'frame';
  readonly frame: NewJournalFrame;
  readonly payloadBytes: number;
  readonly resolve: (next: JournalPosition) => void;
  readonly reject: (error: JournalWriteError) => void;
}

interface WaitingRotation {
  readonly kind: 'rotation';
  readonly resolve: (closed: number) => void;
  readonly reject: (error: JournalWriteError) => void;
}

export async function openFileJournal(
  options: JournalOptions & { readonly quarantineFolder: string },
): Promise<{ readonly journal: Journal; readonly damage: readonly JournalDamage[] }> {
  await prepareFolder(options.folder);
  const found = await findJournalEnd(options.folder, options.quarantineFolder);
  const journal = new FileJournal(options, await openSegment(options, found), found.lastFrame);
  await journal.compressClosed();
  return { journal, damage: found.trimmed };
}

async function openSegment({ folder, behind }: JournalOptions, found: JournalEnd): Promise<SegmentWriter> {
  const { open, after, lastFrame } = found;
  const isBehind = (place: JournalPosition): boolean =>
    behind === undefined || comparePositions(place, behind) >= 0;
  if (open !== undefined && isBehind({ segment: open.number, offset: open.end })) {
    return SegmentWriter.reopen(open.path, open);
  }
  const isFree = isBehind({ segment: found.nextSegment, offset: 0 });
  const number = isFree ? found.nextSegment : (behind?.segment ?? 0) + 1;
  return SegmentWriter.create(folder, number, { after, lastFrame });
}

/**
 * The journal of a folder of segment files.
 *
 * 1. A frame waits in the queue; a queue that is full refuses it.
 * 2. The frames that wait when the disk is free are written together, behind what is there, and flushed.
 * 3. All of them are answered. If the disk refuses, the file is cut back to where it ended before, and none was written.
 * 4. A segment whose file was removed refuses the frames that found it so, and is followed by another.
 * 5. A segment that has grown large is closed before the next group, and compressed while nobody waits for it.
 */
class FileJournal implements Journal {
  readonly #folder: string;
  readonly #segmentBytesMax: number;
  readonly #waitingBytesMax: number;
  #segment: SegmentWriter;
  #lastFrame: number;
  #queue: (WaitingFrame | WaitingRotation)[] = [];
  #waitingBytes = 0;
  #running: Promise<void> | undefined;
  #closed = false;
  #removedThrough = 0;
  #housekeeping: Promise<void> = Promise.resolve();
  #groupBytes: Buffer = Buffer.allocUnsafeSlow(64 * 1024);

  constructor(options: JournalOptions, segment: SegmentWriter, lastFrame: number) {
    this.#folder = options.folder;
    this.#segmentBytesMax = options.segmentBytesMax ?? SEGMENT_BYTES_MAX;
    this.#waitingBytesMax = options.waitingBytesMax ?? WAITING_BYTES_MAX;
    this.#segment = segment;
    this.#lastFrame = lastFrame;
  }

  get end(): JournalPosition {
    return this.#segment.position;
  }

  append(frame: NewJournalFrame): Promise<JournalPosition> {
    const payloadBytes = Buffer.byteLength(frame.payload);
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(payloadBytes);
      if (refusal !== undefined) return reject(refusal);
      this.#waitingBytes += payloadBytes;
      this.#enqueue({ kind: 'frame', frame, payloadBytes, resolve, reject });
    });
  }

  read(
    from: JournalPosition,
    onDamage: (damage: JournalDamage) => void,
  ): AsyncIterable<{ readonly frame: JournalFrame; readonly next: JournalPosition }> {
    const until = this.#segment.position;
    const removedThrough = (): number => this.#removedThrough;
    return readJournal({
      folder: this.#folder,
      from,
      until,
      untilFrame: this.#lastFrame,
      removedThrough,
      onDamage,
    });
  }

  async rotate(): Promise<number> {
    if (this.#closed) throw closedError();
    return new Promise((resolve, reject) => this.#enqueue({ kind: 'rotation', resolve, reject }));
  }

  async placeBefore(
    sinceUnixMillis: number,
    bytesMax: number = Number.POSITIVE_INFINITY,
  ): Promise<JournalPosition> {
    const { end } = this;
    let place = end;
    let bytesLeft = bytesMax;
    for (const { number, path, isCompressed } of (await listSegments(this.#folder)).toReversed()) {
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || found.mtimeMs < sinceUnixMillis) continue;
      const size = number === end.segment ? end.offset : found.size;
      // How long a compressed one is, is not known before it is read.
      const bytes = isCompressed ? this.#segmentBytesMax : size;
      place = { segment: number, offset: isCompressed ? 0 : Math.max(0, bytes - bytesLeft) };
      bytesLeft -= bytes;
      if (bytesLeft <= 0) break;
    }
    return place;
  }

  async removeThrough(segment: number): Promise<void> {
    await this.#afterHousekeeping(async () => {
      const last = Math.min(segment, this.#segment.number - 1);
      for (const { number } of await listSegments(this.#folder)) {
        if (number > last) break;
        const path = segmentPath(this.#folder, number);
        await rm(path, { recursive: true, force: true });
        await rm(`${path}.zst`, { recursive: true, force: true });
        this.#removedThrough = number;
      }
      await syncFolder(this.#folder);
    });
  }

  async close(): Promise<void> {
    const wasClosed = this.#closed;
    this.#closed = true;
    await this.#running;
    await this.#housekeeping;
    if (!wasClosed) await this.#segment.close();
  }

  /** Compresses in the background what was closed when the journal was open before. */
  async compressClosed(): Promise<void> {
    for (const { number, isCompressed } of await listSegments(this.#folder)) {
      if (number < this.#segment.number && !isCompressed) this.#compress(number);
    }
  }

  #refusal(payloadBytes: number): JournalWriteError | undefined {
    if (this.#closed) return closedError();
    if (payloadBytes > PAYLOAD_BYTES_MAX) {
      return new JournalWriteError(
        'queue_full',
        `a frame has ${payloadBytes} bytes, at most ${PAYLOAD_BYTES_MAX} fit`,
      );
    }
    if (this.#waitingBytes === 0 || this.#waitingBytes + payloadBytes <= this.#waitingBytesMax)
      return undefined;
    const message = `${this.#waitingBytes} bytes wait for the disk, at most ${this.#waitingBytesMax} may`;
    return new JournalWriteError('queue_full', message);
  }

  #enqueue(waiting: WaitingFrame | WaitingRotation): void {
    this.#queue.push(waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What is appended in the same turn is written together.
    await Promise.resolve();
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (next.kind === 'rotation') {
        this.#queue.shift();
        const rotation = next;
        await this.#rotate().then(rotation.resolve, (error) => rotation.reject(writeErrorOf(error)));
        continue;
      }
      const group = this.#takeGroup();
      await this.#write(group).catch((error) => {
        for (const { reject } of group) reject(writeErrorOf(error));
      });
    }
    this.#running = undefined;
  }

  /** The frames that share the next flush. */
  #takeGroup(): WaitingFrame[] {
    const group: WaitingFrame[] = [];
    let groupBytes = 0;
    for (const next of this.#queue) {
      if (next.kind === 'rotation') break;
      groupBytes += frameBytesMax(next.payloadBytes);
      if (group.length > 0 && groupBytes > GROUP_BYTES_MAX) break;
      group.push(next);
    }
    this.#queue.splice(0, group.length);
    return group;
  }

  async #write(group: readonly WaitingFrame[]): Promise<void> {
    try {
      const { isGone, position } = this.#segment;
      if (isGone || position.offset >= this.#segmentBytesMax) await this.#startSegment();
      const segment = this.#segment;
      const start = segment.position.offset;
      const { bytes, ends } = this.#encode(group, segment.number);
      await segment.write(bytes);
      this.#lastFrame += group.length;
      group.forEach(({ resolve }, index) => {
        resolve({ segment: segment.number, offset: start + (ends[index] ?? 0) });
      });
    } finally {
      for (const { payloadBytes } of group) this.#waitingBytes -= payloadBytes;
    }
  }

  #encode(group: readonly WaitingFrame[], segment: number): { bytes: Buffer; ends: readonly number[] } {
    const bytesMax = group.reduce((total, { payloadBytes }) => total + frameBytesMax(payloadBytes), 0);
    let target = this.#groupBytes;
    if (target.length < bytesMax) {
      target = Buffer.allocUnsafeSlow(bytesMax <= GROUP_BYTES_MAX ? GROUP_BYTES_MAX : bytesMax);
      if (bytesMax <= GROUP_BYTES_MAX) this.#groupBytes = target;
    }
    let end = 0;
    const ends = group.map(({ frame, payloadBytes }, index) => {
      const place = { segment, frame: this.#lastFrame + 1 + index, payloadBytes };
      return (end += writeFrame(target, end, frame, place));
    });
    return { bytes: target.subarray(0, end), ends };
  }

  async #rotate(): Promise<number> {
    if (!this.#segment.isEmpty) await this.#startSegment();
    return this.#segment.number - 1;
  }

  async #startSegment(): Promise<void> {
    const closed = this.#segment;
    const start = { after: closed.position, lastFrame: this.#lastFrame };
    await makeFolder(this.#folder);
    this.#segment = await SegmentWriter.create(this.#folder, closed.number + 1, start);
    // Everything in it is on disk already.
    await closed.close().catch(() => undefined);
    this.#compress(closed.number);
  }

  /** A segment that cannot be compressed stays as it is. */
  #compress(number: number): void {
    this.#afterHousekeeping(async () => {
      if (!this.#closed && number > this.#removedThrough) await compressSegment(this.#folder, number);
    }).catch(() => undefined);
  }

  /** One piece of work on closed segments at a time. */
  #afterHousekeeping(work: () => Promise<void>): Promise<void> {
    const done = this.#housekeeping.then(work);
    this.#housekeeping = done.catch(() => undefined);
    return done;
  }
}

function closedError(): JournalWriteError {
  return new JournalWriteError('closed', 'the journal is closed');
}
