import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalFrame } from '../journal/journal-frame.ts';
import type { StoreEvent } from '../store-event.ts';

const FILE = 'refused-by-the-database.jsonl';

/** Keeps a frame that the database cannot take, as a line of JSON in the quarantine, and tells of it. Never throws. */
export function putAsideFrame(
  dataFolder: string,
  frame: JournalFrame,
  error: unknown,
  onEvent: (event: StoreEvent) => void,
): void {
  const message = error instanceof Error ? error.message : String(error);
  const folder = join(dataFolder, 'quarantine');
  try {
    mkdirSync(folder, { recursive: true });
    const line = JSON.stringify({ message, ...frame });
    appendFileSync(join(folder, FILE), `${line}\n`, { flush: true });
  } catch {
    // The event is all that is left.
  }
  onEvent({ code: 'frame_refused', records: frame.recordCount, message });
}
