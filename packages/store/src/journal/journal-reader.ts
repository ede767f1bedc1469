import type { FrameHeader, JournalFrame } from './journal-frame.ts';
import type { JournalDamage, JournalPosition } from './journal.ts';
import { listSegments, segmentBytes } from './segment-files.ts';
import { type ScannedGarbage, scanSegment } from './segment-scan.ts';

/** What of a journal is read. */
export interface JournalRange {
  readonly folder: string;
  readonly from: JournalPosition;
  readonly until: JournalPosition;
  /** The number of the last frame before `until`. */
  readonly untilFrame: number;
  /** The last segment that was removed on purpose; what is missing up to there is not lost. */
  readonly removedThrough: () => number;
  readonly onDamage: (damage: JournalDamage) => void;
}

/** The frames of a journal in order. What cannot be read is counted by the numbers of the frames around it. */
export async function* readJournal(
  range: JournalRange,
): AsyncGenerator<{ readonly frame: JournalFrame; readonly next: JournalPosition }, void, undefined> {
  const { from, until } = range;
  const losses = new LossAccount(range);
  for (const file of await listSegments(range.folder)) {
    if (file.number < from.segment || file.number > until.segment) continue;
    const start = file.number === from.segment ? from.offset : 0;
    const stop = file.number === until.segment ? until.offset : Number.POSITIVE_INFINITY;
    losses.beginSegment(file.number);
    for await (const piece of scanSegment(segmentBytes(file, start, stop), file.number, start)) {
      if (piece.header === undefined) {
        losses.addGarbage(piece);
        continue;
      }
      const { kind, atUnixMillis, recordCount } = piece.header;
      const payload = piece.payload.toString('utf8');
      losses.addFrame(piece.header, piece.end, payload);
      if (kind === 'segment') continue;
      yield {
        frame: { kind, atUnixMillis, recordCount, payload },
        next: { segment: file.number, offset: piece.end },
      };
    }
    losses.endSegment();
  }
  losses.finish();
}

/** Negative when `left` is before `right`. */
export function comparePositions(left: JournalPosition, right: JournalPosition): number {
  return left.segment - right.segment || left.offset - right.offset;
}

type Pending = { -readonly [name in keyof JournalDamage]: JournalDamage[name] } & { atEnd: boolean };

/**
 * Counts what is lost between the frames that are read.
 *
 * 1. What is unreadable or absent is kept until the next frame, whose number tells how many are missing before it.
 * 2. None is missing: then what lies at the end of a segment is torn, and was never acknowledged.
 * 3. Before the first frame no number is known; then a segment's start tells where the one before it ended.
 */
class LossAccount {
  readonly #range: JournalRange;
  #segment: number;
  /** Behind the last whole frame. */
  #place: JournalPosition;
  #lastFrame: number | undefined;
  #pending: Pending[] = [];
  #isBlank = true;

  constructor(range: JournalRange) {
    this.#range = range;
    this.#segment = range.from.segment - 1;
    this.#place = range.from;
    this.#lastFrame = comparePositions(range.from, { segment: 1, offset: 0 }) <= 0 ? 0 : undefined;
  }

  beginSegment(number: number): void {
    const absent = this.#segment + 1;
    if (number > absent) this.#addAbsent('missing_segment', absent);
    this.#segment = number;
    this.#isBlank = true;
  }

  addGarbage({ offset, end, frames, records }: ScannedGarbage): void {
    this.#isBlank = false;
    const pending = this.#add('damaged', { segment: this.#segment, offset });
    pending.bytes = end - offset;
    pending.framesAtLeast = frames;
    pending.recordsAtLeast = records;
    pending.atEnd = true;
  }

  addFrame(header: FrameHeader, end: number, payload: string): void {
    this.#isBlank = false;
    for (const pending of this.#pending) if (pending.segment === header.segment) pending.atEnd = false;
    if (header.kind === 'segment') this.#settle(this.#lostBefore(header.frame, payload));
    else this.#settle(this.#lastFrame === undefined ? undefined : header.frame - this.#lastFrame - 1);
    this.#lastFrame = header.frame;
    this.#place = { segment: header.segment, offset: end };
  }

  endSegment(): void {
    if (this.#isBlank) this.#addAbsent('damaged', this.#segment);
  }

  finish(): void {
    const { until, untilFrame } = this.#range;
    if (comparePositions(this.#range.from, until) >= 0) return;
    if (this.#segment < until.segment)
      this.#add('missing_segment', { segment: this.#segment + 1, offset: 0 });
    this.#settle(this.#lastFrame === undefined ? undefined : untilFrame - this.#lastFrame);
  }

  /** What was removed on purpose is not missed: the account starts again behind it. */
  #addAbsent(kind: Pending['kind'], segment: number): void {
    if (segment > this.#range.removedThrough()) {
      this.#add(kind, { segment, offset: 0 });
      return;
    }
    this.#lastFrame = undefined;
    this.#place = { segment: this.#range.removedThrough() + 1, offset: 0 };
  }

  #add(kind: Pending['kind'], { segment, offset }: JournalPosition): Pending {
    const pending = { kind, segment, offset, bytes: 0, framesAtLeast: 0, recordsAtLeast: 0, atEnd: false };
    this.#pending.push(pending);
    return pending;
  }

  /** Frames that are missing before a segment; `undefined` when it is not known how many. */
  #lostBefore(frame: number, payload: string): number | undefined {
    const after = positionOf(payload);
    if (after === undefined) return this.#pending.length === 0 ? 0 : undefined;
    if (this.#lastFrame !== undefined) return Math.max(0, frame - this.#lastFrame);
    return comparePositions(after, this.#place) <= 0 ? 0 : undefined;
  }

  #settle(lost: number | undefined): void {
    if (lost !== undefined && lost > 0 && this.#pending.length === 0) this.#add('damaged', this.#place);
    const seen = this.#pending.reduce((total, { framesAtLeast }) => total + framesAtLeast, 0);
    const unseenAt =
      this.#pending.find(({ kind }) => kind === 'missing_segment') ??
      this.#pending.find(({ bytes }) => bytes > 0) ??
      this.#pending[0];
    if (unseenAt !== undefined) unseenAt.framesAtLeast += Math.max(0, (lost ?? 0) - seen);
    for (const { atEnd, ...damage } of this.#pending) {
      if (damage.bytes === 0 && lost === 0) continue;
      if (atEnd && lost === 0) damage.kind = 'torn';
      if (damage.bytes > 0 && lost === undefined) damage.framesAtLeast ||= 1;
      this.#range.onDamage(damage);
    }
    this.#pending = [];
  }
}

const POSITION = /^\{"segment":(\d+),"offset":(\d+)\}$/;

function positionOf(payload: string): JournalPosition | undefined {
  const match = POSITION.exec(payload);
  return match === null ? undefined : { segment: Number(match[1]), offset: Number(match[2]) };
}
