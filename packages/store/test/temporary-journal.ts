import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { JournalFrame } from '../src/journal/journal-frame.ts';
import {
  type Journal,
  type JournalDamage,
  type JournalOptions,
  type JournalPosition,
  openJournal,
} from '../src/journal/journal.ts';

const folders: string[] = [];
const journals: Journal[] = [];
afterAll(async () => {
  await Promise.all(journals.map((journal) => journal.close()));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export const START: JournalPosition = { segment: 1, offset: 0 };

export function temporaryJournalFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'costspan-journal-'));
  folders.push(folder);
  return folder;
}

/** Opens the journal of a folder; it is closed, and the folder removed, after the tests of the file. */
export async function openTemporaryJournal(
  folder: string = temporaryJournalFolder(),
  options: Partial<JournalOptions> = {},
): Promise<{
  journal: Journal;
  damage: readonly JournalDamage[];
  folder: string;
  segments: string;
  quarantine: string;
}> {
  const segments = join(folder, 'journal');
  const quarantine = join(folder, 'quarantine');
  const opened = await openJournal({ folder: segments, quarantineFolder: quarantine, ...options });
  journals.push(opened.journal);
  return { ...opened, folder, segments, quarantine };
}

export function frameOf(value: unknown, recordCount = 1): JournalFrame {
  return { kind: 'write', atUnixMillis: 1_795_200_000_000, recordCount, payload: JSON.stringify(value) };
}

export interface ReadJournal {
  readonly frames: readonly JournalFrame[];
  readonly places: readonly JournalPosition[];
  readonly damage: readonly JournalDamage[];
}

export async function readAll(journal: Journal, from: JournalPosition = START): Promise<ReadJournal> {
  const frames: JournalFrame[] = [];
  const places: JournalPosition[] = [];
  const damage: JournalDamage[] = [];
  for await (const { frame, next } of journal.read(from, (each) => damage.push(each))) {
    frames.push(frame);
    places.push(next);
  }
  return { frames, places, damage };
}

/** Waits until every closed segment is compressed. */
export async function compressed(segments: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const names = readdirSync(segments);
    if (
      names.filter((name) => name.endsWith('.journal')).length === 1 &&
      !names.some((name) => name.endsWith('.tmp'))
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`still not compressed: ${readdirSync(segments).join(' ')}`);
}
