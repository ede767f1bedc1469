import type { JournalFrame, NewJournalFrame } from './journal-frame.ts';
import { openFileJournal } from './file-journal.ts';

export { JournalWriteError } from './journal-write-error.ts';

/** A place between two frames. Places are ordered by segment, then by offset. */
export interface JournalPosition {
  /** Number of the segment, from 1. */
  readonly segment: number;
  /** Bytes before it in the segment, uncompressed. */
  readonly offset: number;
}

/** Bytes of a journal that are no whole frame. */
export interface JournalDamage {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  /** `torn`: the end of a segment, as a crash leaves it; no answer was given for what was in it. `damaged`: anything else. */
  readonly kind: 'torn' | 'damaged' | 'missing_segment';
  /** Frames that were lost, as far as can be told: at least. */
  readonly framesAtLeast: number;
  /** Records in those whose header can be read. */
  readonly recordsAtLeast: number;
}

export interface JournalOptions {
  /** The folder of the segments; it is created when it does not exist. */
  readonly folder: string;
  /** A segment is closed when it has grown to this. Default 64 MiB. */
  readonly segmentBytesMax?: number;
  /** Bytes that may wait for the disk; an append beyond it is refused. Default 128 MiB. */
  readonly waitingBytesMax?: number;
  /** The next frame goes behind this place in any case: what is known to have been read, should the journal's end be lost. */
  readonly behind?: JournalPosition;
}

/** The journal of all changes: the source of the books, from which the database can be made again. */
export interface Journal {
  /** Where the next frame goes. */
  readonly end: JournalPosition;
  /**
   * Appends a frame durably; frames that wait share one flush of the disk and are written in the order of the calls.
   *
   * @returns The place behind the frame.
   * @throws JournalWriteError
   */
  append(frame: NewJournalFrame): Promise<JournalPosition>;
  /** The frames from a place on, in order, up to where the journal ended at the call; what is damaged is reported and passed over. */
  read(
    from: JournalPosition,
    onDamage: (damage: JournalDamage) => void,
  ): AsyncIterable<{ readonly frame: JournalFrame; readonly next: JournalPosition }>;
  /**
   * Closes the segment that is written to, after the appends before, so that the next frame starts another one.
   *
   * @returns The number of the last closed segment: of that one, or of the one before when it held no frame yet.
   * @throws JournalWriteError
   */
  rotate(): Promise<number>;
  /**
   * Where to read from to find all frames since a time, as the files' times tell it: the start of a segment.
   *
   * @param bytesMax - When these are more bytes, the place that is so many before the end, which may lie inside of a frame. A
   * compressed segment is read from its start.
   */
  placeBefore(sinceUnixMillis: number, bytesMax?: number): Promise<JournalPosition>;
  /** Removes the segments up to that number; the one that is written to stays. */
  removeThrough(segment: number): Promise<void>;
  /** Waits for what is under way and refuses more. */
  close(): Promise<void>;
}

/**
 * Opens the journal of a folder. A torn end is trimmed, a copy of it is kept in `quarantineFolder`. Only one process, and only
 * one journal in it, may have a folder open.
 *
 * @returns The journal, and what was trimmed; other damage is told when it is read.
 * @throws Error of the file system when the folder cannot be read or written.
 */
export async function openJournal(
  options: JournalOptions & { readonly quarantineFolder: string },
): Promise<{ readonly journal: Journal; readonly damage: readonly JournalDamage[] }> {
  return openFileJournal(options);
}
