import type { DuckDBConnection } from '@duckdb/node-api';

/** What the archive has of one day (UTC, by the calls' start). */
export interface ArchivedDay {
  readonly day: string;
  readonly file: string;
  readonly records: number;
  readonly sha256: string;
}

/**
 * The archive: Parquet files of cost records, one for each day, and the GPU books, with a manifest of checksums. It holds
 * everything that the journal's segments up to `throughSegment` brought; the journal has what came later.
 */
export interface ArchiveState {
  readonly throughSegment: number;
  readonly days: readonly ArchivedDay[];
}

/**
 * Writes every day anew that a segment after the archive's own and up to `throughSegment` has changed, then the manifest.
 * The database must have applied those segments. A crash in between leaves an archive that is as good as before.
 */
export async function writeArchive(
  connection: DuckDBConnection,
  folder: string,
  throughSegment: number,
): Promise<ArchiveState> {
  throw new Error(`not written yet: ${String(connection)} ${folder} ${throughSegment}`);
}

/** Reads the manifest; the empty state when there is no archive. */
export async function readArchiveState(folder: string): Promise<ArchiveState> {
  throw new Error(`not written yet: ${folder}`);
}

/** Fills an empty database from the archive, a day at a time; days that cannot be read are moved to the quarantine and named. */
export async function restoreArchive(
  connection: DuckDBConnection,
  folder: string,
  quarantineFolder: string,
): Promise<{
  readonly state: ArchiveState;
  readonly damaged: readonly { day: string; recordsAtLeast: number }[];
}> {
  throw new Error(`not written yet: ${String(connection)} ${folder} ${quarantineFolder}`);
}
