import type { DuckDBConnection } from '@duckdb/node-api';
import { type Change, changeOf, FrameApplier, moveOn } from '../writer/frame-applier.ts';
import type { JournalFrame } from '../journal/journal-frame.ts';
import type { Journal, JournalDamage, JournalPosition } from '../journal/journal.ts';
import { KnownKeys } from '../writer/known-keys.ts';
import { isDatabaseDamage, isNoDamage } from './database-file.ts';

/** Records, and bytes of their texts, that are applied in one transaction. */
const RECORDS_AT_ONCE = 20_000;
const CHARACTERS_AT_ONCE = 32 * 1024 * 1024;

interface ReadFrame {
  readonly change: Change;
  readonly recordCount: number;
}

/**
 * Applies what a database lacks of its journal.
 *
 * A frame that cannot be applied, while those around it can, is passed over and counted as damage: it must not keep the books
 * closed for ever.
 *
 * @returns How many frames were applied.
 * @throws Error of the database when it is damaged, or of the disk.
 */
export async function replayJournal(
  connection: DuckDBConnection,
  journal: Journal,
  from: JournalPosition,
  onDamage: (damage: JournalDamage) => void,
): Promise<number> {
  let applier: FrameApplier | undefined;
  let applied = 0;
  const apply = async (frames: readonly ReadFrame[]): Promise<void> => {
    applier ??= await createApplier(connection);
    applied += await applyFrames(connection, applier, frames, onDamage);
  };
  try {
    let waiting: ReadFrame[] = [];
    let records = 0;
    let characters = 0;
    for await (const { frame, next } of journal.read(from, onDamage)) {
      const change = readChange(frame, next, onDamage);
      if (change === undefined) continue;
      waiting.push({ change, recordCount: frame.recordCount });
      records += frame.recordCount;
      characters += frame.payload.length;
      if (records < RECORDS_AT_ONCE && characters < CHARACTERS_AT_ONCE) continue;
      await apply(waiting);
      waiting = [];
      records = 0;
      characters = 0;
    }
    if (waiting.length > 0) await apply(waiting);
  } finally {
    applier?.close();
  }
  return applied;
}

async function createApplier(connection: DuckDBConnection): Promise<FrameApplier> {
  const known = new KnownKeys();
  await known.load(connection);
  return FrameApplier.create(connection, known);
}

function readChange(
  frame: JournalFrame,
  next: JournalPosition,
  onDamage: (damage: JournalDamage) => void,
): Change | undefined {
  try {
    return changeOf(frame, next);
  } catch {
    onDamage(unreadable(next, frame.recordCount));
    return undefined;
  }
}

/** All at once, or, when that fails, each for itself. */
async function applyFrames(
  connection: DuckDBConnection,
  applier: FrameApplier,
  frames: readonly ReadFrame[],
  onDamage: (damage: JournalDamage) => void,
): Promise<number> {
  try {
    await applier.apply(frames.map(({ change }) => change));
    return frames.length;
  } catch (error) {
    if (isDatabaseDamage(error) || isNoDamage(error)) throw error;
    const [first] = frames;
    if (first === undefined) return 0;
    if (frames.length === 1) {
      onDamage(unreadable(first.change.end, first.recordCount));
      await moveOn(connection, first.change.end);
      return 0;
    }
  }
  let applied = 0;
  for (const frame of frames) applied += await applyFrames(connection, applier, [frame], onDamage);
  return applied;
}

function unreadable({ segment, offset }: JournalPosition, recordCount: number): JournalDamage {
  return { segment, offset, bytes: 0, kind: 'damaged', framesAtLeast: 1, recordsAtLeast: recordCount };
}
