import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JournalPosition } from '../journal/journal.ts';
import { replaceFile } from './durable-file.ts';

/** A Parquet file of the archive. */
export interface ArchivedFile {
  /** Its path in the archive's folder. A part of the checksum is in its name, so that no file is ever changed. */
  readonly file: string;
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What the archive has of one day (UTC, by the calls' start), or of all days outside of 2000 to 2099. */
export interface ArchivedDay extends ArchivedFile {
  /** `2026-11-20`, or `other`. */
  readonly day: string;
  /** Sum of the totals whatever their currency, with 12 places: for comparison, not for reports. */
  readonly totals: string;
}

export type GpuTable = 'gpu_windows' | 'gpu_pools' | 'gpu_reopened';

export interface ArchivedTable extends ArchivedFile {
  readonly table: GpuTable;
}

/**
 * The archive: Parquet files of cost records, one for each day, and the GPU books, with a manifest of checksums. It holds
 * everything that the journal brought before `position`; the journal has what came later.
 */
export interface ArchiveState {
  /** The segments up to this one are not needed any more; -1 when there is no archive. */
  readonly throughSegment: number;
  /** How far the journal was applied to what is archived. It may be the end of the segment `throughSegment`. */
  readonly position: JournalPosition;
  /** The schema of the database that it was written from. */
  readonly schema: number;
  readonly days: readonly ArchivedDay[];
  readonly tables: readonly ArchivedTable[];
}

/** An archive that was not begun. A database without one may have records of segment 0, from before there was a journal. */
export const NO_ARCHIVE: ArchiveState = {
  throughSegment: -1,
  position: { segment: 1, offset: 0 },
  schema: 0,
  days: [],
  tables: [],
};

/** There are two, so that one damaged block of a disk does not cost the archive. */
export const MANIFEST_FILES: readonly string[] = ['manifest.json', 'manifest-copy.json'];

export async function writeManifest(folder: string, state: ArchiveState): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = `${JSON.stringify({ sha256: digestOf(state), ...state }, undefined, 1)}\n`;
  for (const name of MANIFEST_FILES) await replaceFile(join(folder, name), text);
}

export interface FoundManifest {
  readonly state: ArchiveState;
  /** Paths of manifests that are there and cannot be read. */
  readonly damaged: readonly string[];
}

/** Reads the newer of the two manifests; {@link NO_ARCHIVE} when none can be read. */
export async function readManifest(folder: string): Promise<FoundManifest> {
  const states: ArchiveState[] = [];
  const damaged: string[] = [];
  for (const name of MANIFEST_FILES) {
    const path = join(folder, name);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (text === undefined) continue;
    const state = parseManifest(text);
    if (state === undefined) damaged.push(path);
    else states.push(state);
  }
  const newest = states.reduce<ArchiveState | undefined>(
    (best, state) =>
      best === undefined || comparePositions(best.position, state.position) < 0 ? state : best,
    undefined,
  );
  return { state: newest ?? NO_ARCHIVE, damaged };
}

/** Negative when `left` is before `right`. */
export function comparePositions(left: JournalPosition, right: JournalPosition): number {
  return left.segment - right.segment || left.offset - right.offset;
}

function parseManifest(text: string): ArchiveState | undefined {
  try {
    const { sha256, ...state } = JSON.parse(text) as { readonly sha256: string } & ArchiveState;
    return sha256 === digestOf(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** What is signed is written in the order of the properties, which JSON keeps. */
function digestOf(state: ArchiveState): string {
  return createHash('sha256').update(JSON.stringify(state)).digest('hex');
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
