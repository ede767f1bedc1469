import type { NewJournalFrame } from '../journal/journal-frame.ts';
import { type Journal, type JournalPosition, JournalWriteError } from '../journal/journal.ts';
import { StoreWriteError } from '../record-store.ts';

/** Appends to a journal and remembers whether that works. */
export class JournalWriter {
  readonly #journal: Journal;
  #problem: 'disk_full' | 'io_error' | undefined;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  get end(): JournalPosition {
    return this.#journal.end;
  }

  /** Why the last append failed; `undefined` when it did not. */
  get problem(): 'disk_full' | 'io_error' | undefined {
    return this.#problem;
  }

  /**
   * @returns The place behind the frame, when it is durable.
   * @throws StoreWriteError
   */
  async append(frame: NewJournalFrame): Promise<JournalPosition> {
    try {
      const end = await this.#journal.append(frame);
      this.#problem = undefined;
      return end;
    } catch (error) {
      const code = error instanceof JournalWriteError ? error.code : 'io_error';
      const isRefused = code === 'closed' || code === 'queue_full';
      if (!isRefused) this.#problem = code;
      const message = `the records could not be written: ${messageOf(error)}`;
      throw new StoreWriteError(isRefused ? code : 'commit_failed', message, { cause: error });
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The database does not take what is in the journal. */
export function commitError(cause: unknown): StoreWriteError {
  const message = `the records could not be committed: ${messageOf(cause)}`;
  return new StoreWriteError('commit_failed', message, { cause });
}
