import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  type ArchiveState,
  comparePositions,
  isMissing,
  NO_ARCHIVE,
  readManifest,
  writeManifest,
} from '../archive/archive-manifest.ts';
import { syncPath } from '../archive/durable-file.ts';
import { journalPosition, restoreArchive } from '../archive/record-archive.ts';
import { type Journal, type JournalDamage, type JournalPosition, openJournal } from '../journal/journal.ts';
import { listSegments, type SegmentFile } from '../journal/segment-files.ts';
import type { RecoveryReport } from '../recovery-report.ts';
import { migrate, SCHEMA_VERSION } from '../schema.ts';
import { findDatabaseProblem } from './database-blocks.ts';
import {
  DATABASE_FILE,
  isDatabaseDamage,
  isNoDamage,
  type OpenDatabase,
  openDatabase,
  WAL_SUFFIX,
} from './database-file.ts';
import { DatabaseMarks } from './database-marks.ts';
import { Quarantine } from './quarantine.ts';
import { moveOn } from '../writer/frame-applier.ts';
import { replayJournal } from './replay-journal.ts';
import { salvageDatabase, salvagedFrame } from './salvage.ts';

export const ARCHIVE_FOLDER = 'archive';
const JOURNAL_FOLDER = 'journal';
/** What a segment without a frame has. */
const EMPTY_SEGMENT_BYTES_MAX = 128;
/** A database that is being made; only a finished one gets the database's name. */
const BUILDING_FILE = 'records.duckdb.rebuilding';

/** A database and a journal that say the same. */
export interface OpenBooks {
  readonly instance: OpenDatabase;
  readonly journal: Journal;
  readonly report: RecoveryReport;
  readonly marks: DatabaseMarks;
  /** Whether the database has what neither the archive nor the journal has, so that it should be archived soon. */
  readonly isArchiveDue: boolean;
}

/** The data folder is from a newer version. */
export class NewerSchemaError extends Error {}

interface Found {
  readonly instance: OpenDatabase | undefined;
  /** Why it cannot be used, in fixed words. */
  readonly problem: string | undefined;
}

/**
 * Opens the books of a data folder whose lock is held, whatever state they are in.
 *
 * 1. The database is checked and opened; one that was not closed in good order has all its blocks compared.
 * 2. The journal is opened. It goes on behind everything that the database and the archive know of.
 * 3. A database that cannot be used, or that ends before the journal begins, is made again beside it: from the archive,
 *    then the journal, and, where these are not whole, from what can be read of the old one. It then takes its place.
 * 4. What the journal has and the database has not is applied.
 *
 * Everything that could not be read is kept in the quarantine. A crash anywhere leaves a folder that opens as well.
 *
 * @throws NewerSchemaError, or an Error of the file system or the database when the folder or the disk cannot be used.
 */
export async function openBooks(folder: string, openedAt: Date): Promise<OpenBooks> {
  const opening = new BooksOpening(folder, openedAt);
  try {
    return await opening.open();
  } catch (error) {
    await opening.abandon();
    throw error;
  }
}

class BooksOpening {
  readonly #folder: string;
  readonly #openedAt: Date;
  readonly #path: string;
  readonly #archiveFolder: string;
  readonly #marks: DatabaseMarks;
  readonly #quarantine: Quarantine;
  readonly #damage: JournalDamage[] = [];
  #archiveDamage: readonly { readonly day: string; readonly recordsAtLeast: number }[] = [];
  #framesReplayed = 0;
  #recordsSalvaged = 0;
  #recordsLost = 0;
  #archive: ArchiveState = NO_ARCHIVE;
  #instance: OpenDatabase | undefined;
  #journal: Journal | undefined;

  constructor(folder: string, openedAt: Date) {
    this.#folder = folder;
    this.#openedAt = openedAt;
    this.#path = join(folder, DATABASE_FILE);
    this.#archiveFolder = join(folder, ARCHIVE_FOLDER);
    this.#marks = new DatabaseMarks(folder);
    this.#quarantine = new Quarantine(folder, openedAt);
  }

  async open(): Promise<OpenBooks> {
    for (const suffix of ['', WAL_SUFFIX])
      await rm(join(this.#folder, `${BUILDING_FILE}${suffix}`), { force: true });
    const manifest = await readManifest(this.#archiveFolder);
    for (const path of manifest.damaged) await this.#quarantine.copy(path);
    const { state: archive } = manifest;
    this.#archive = archive;
    if (archive.schema > SCHEMA_VERSION) throw newerSchema(this.#archiveFolder, archive.schema);
    const segments = await foundSegments(join(this.#folder, JOURNAL_FOLDER));
    const isNew = archive.throughSegment < 0 && (await this.#isEmpty(segments));
    const found = isNew ? await this.#openNew() : await this.#openExisting();
    this.#instance = found.instance;

    const { instance } = found;
    const applied = instance === undefined ? undefined : await withConnection(instance, journalPosition);
    const isJournalLost =
      segments.length === 0 && (archive.throughSegment >= 0 || comparePositions(applied ?? START, START) > 0);
    const isAhead = applied !== undefined && (await isBehindDatabase(segments, applied));
    const journal =
      this.#journal ?? (await this.#openJournal(latest(applied ?? START, replayStart(archive)), segments));

    let problem = found.problem;
    if (applied !== undefined && isBehindArchive(applied, archive, segments)) problem = 'behind_archive';
    let isSourceWhole = !isJournalLost && manifest.damaged.length === 0 && !isAhead;
    if (problem === undefined && !(await this.#replayWhole())) problem = 'damage_found_while_reading';
    if (problem !== undefined) isSourceWhole = await this.#rebuild(archive, isSourceWhole);
    await this.#keepDamagedSegments(segments);
    await this.#marks.clear();
    const report = this.#report(problem, isSourceWhole);
    const isArchiveDue = !isNew && (archive.throughSegment < 0 || !report.isComplete);
    return { instance: this.#openedInstance, journal, report, marks: this.#marks, isArchiveDue };
  }

  async abandon(): Promise<void> {
    this.#instance?.closeSync();
    await this.#journal?.close().catch(() => undefined);
  }

  get #openedInstance(): OpenDatabase {
    if (this.#instance === undefined) throw new Error('the database is not open');
    return this.#instance;
  }

  get #openedJournal(): Journal {
    if (this.#journal === undefined) throw new Error('the journal is not open');
    return this.#journal;
  }

  /** Nothing was ever written. A process may have begun to make the folder's files. */
  async #isEmpty(segments: readonly SegmentFile[]): Promise<boolean> {
    if (await isDatabaseThere(this.#path)) return false;
    const [first, second] = segments;
    if (first === undefined) return true;
    return (
      second === undefined && first.number === 1 && (await stat(first.path)).size <= EMPTY_SEGMENT_BYTES_MAX
    );
  }

  /** The journal comes first and the archive's manifest second: where there is none, a database may have older records. */
  async #openNew(): Promise<Found> {
    await this.#openJournal(START, []);
    await writeManifest(this.#archiveFolder, { ...NO_ARCHIVE, throughSegment: 0, schema: SCHEMA_VERSION });
    const instance = await openDatabase(this.#path);
    await withConnection(instance, migrate);
    return { instance, problem: undefined };
  }

  async #openExisting(): Promise<Found> {
    if (!(await isDatabaseThere(this.#path))) return { instance: undefined, problem: 'missing' };
    if ((await this.#marks.damage()) !== undefined)
      return { instance: undefined, problem: 'damage_found_while_reading' };
    if (!(await this.#marks.wasClosedWell())) {
      const problem = await findDatabaseProblem(this.#path);
      if (problem !== undefined) return { instance: undefined, problem };
    }
    if (!(await this.#marks.beginOpening())) return { instance: undefined, problem: 'crashed_while_opening' };
    let instance: OpenDatabase | undefined;
    try {
      instance = await openDatabase(this.#path);
      const schema = await withConnection(instance, migrate);
      if (schema > SCHEMA_VERSION) throw newerSchema(this.#path, schema);
      // What a migration has written is in memory until then.
      if (schema < SCHEMA_VERSION) await withConnection(instance, (each) => each.run('CHECKPOINT'));
      await this.#marks.endOpening();
      return { instance, problem: undefined };
    } catch (error) {
      instance?.closeSync();
      if (error instanceof NewerSchemaError || isNoDamage(error)) {
        await this.#marks.endOpening();
        throw error;
      }
      return { instance: undefined, problem: 'unreadable' };
    }
  }

  /** @param behind - Where the journal may go on at the earliest, should its own end be lost. */
  async #openJournal(behind: JournalPosition, segments: readonly SegmentFile[]): Promise<Journal> {
    const opened = await openJournal({
      folder: join(this.#folder, JOURNAL_FOLDER),
      quarantineFolder: this.#quarantine.folder,
      behind,
    });
    this.#journal = opened.journal;
    this.#damage.push(...opened.damage);
    if (opened.damage.length > 0 && segments.length > 0) this.#quarantine.markUsed();
    return opened.journal;
  }

  async #replay(instance: OpenDatabase): Promise<void> {
    this.#framesReplayed += await withConnection(instance, async (connection) => {
      const from = await this.#replayFrom(connection);
      return replayJournal(connection, this.#openedJournal, from, (damage) => this.#noteDamage(damage));
    });
  }

  /** A database that has all of the archive has all of the segments that the archive made superfluous. */
  async #replayFrom(connection: DuckDBConnection): Promise<JournalPosition> {
    const applied = await journalPosition(connection);
    const hasArchive = comparePositions(applied, this.#archive.position) >= 0;
    return hasArchive ? latest(applied, replayStart(this.#archive)) : applied;
  }

  /** Replays into the database as it was found; false when that shows that it is damaged. */
  async #replayWhole(): Promise<boolean> {
    try {
      await this.#replay(this.#openedInstance);
      return true;
    } catch (error) {
      if (!isDatabaseDamage(error)) throw error;
      this.#framesReplayed = 0;
      return false;
    }
  }

  #noteDamage(damage: JournalDamage): void {
    const isKnown = this.#damage.some(
      ({ segment, offset }) => segment === damage.segment && offset === damage.offset,
    );
    if (!isKnown) this.#damage.push(damage);
  }

  /** A damaged segment goes on being read, and is removed when the archive has what could be. */
  async #keepDamagedSegments(segments: readonly SegmentFile[]): Promise<void> {
    const damaged = new Set(this.#damage.map(({ kind, segment }) => (kind === 'damaged' ? segment : 0)));
    for (const { number, path } of segments) if (damaged.has(number)) await this.#quarantine.copy(path);
  }

  /** Makes the database again. Tells whether archive and journal were whole. */
  async #rebuild(archive: ArchiveState, isSourceWhole: boolean): Promise<boolean> {
    this.#instance?.closeSync();
    this.#instance = undefined;
    const kept = await this.#quarantine.keep(this.#path);
    await this.#quarantine.copy(`${this.#path}${WAL_SUFFIX}`);
    const building = join(this.#folder, BUILDING_FILE);
    this.#instance = await openDatabase(building);
    const connection = await this.#instance.connect();
    try {
      await migrate(connection);
      const restored = await restoreArchive(connection, this.#archiveFolder, this.#quarantine.folder);
      this.#archiveDamage = restored.damaged;
      if (restored.damaged.length > 0) this.#quarantine.markUsed();
      await moveOn(connection, replayStart(archive));
      await this.#replay(this.#instance);
      const isWhole =
        archive.throughSegment >= 0 &&
        isSourceWhole &&
        restored.damaged.length === 0 &&
        !this.#hasLostFrames();
      if (!isWhole && kept !== undefined) await this.#salvage(connection, kept);
      await connection.run('CHECKPOINT');
      connection.closeSync();
      this.#instance.closeSync();
      this.#instance = undefined;
      await rm(`${this.#path}${WAL_SUFFIX}`, { force: true });
      await rename(building, this.#path);
      await syncPath(this.#folder);
      this.#instance = await openDatabase(this.#path);
      return isWhole;
    } catch (error) {
      connection.closeSync();
      throw error;
    }
  }

  /** What is found goes into the journal first, as everything does. */
  async #salvage(connection: DuckDBConnection, path: string): Promise<void> {
    const salvaged = await salvageDatabase(connection, path, async (table, texts) => {
      const frame = salvagedFrame(table, texts, this.#openedAt);
      await this.#openedJournal.append(frame);
      this.#recordsSalvaged += frame.recordCount;
    });
    await this.#replay(this.#openedInstance);
    const reader = await connection.runAndReadAll('SELECT count(*) FROM cost_records');
    this.#recordsLost = Math.max(0, salvaged.records - Number(reader.getRows()[0]?.[0] ?? 0));
  }

  #hasLostFrames(): boolean {
    return this.#damage.some(({ kind }) => kind !== 'torn');
  }

  #report(problem: string | undefined, isSourceWhole: boolean): RecoveryReport {
    const lost =
      this.#damage.reduce(
        (sum, { kind, recordsAtLeast }) => sum + (kind === 'torn' ? 0 : recordsAtLeast),
        0,
      ) + this.#archiveDamage.reduce((sum, { recordsAtLeast }) => sum + recordsAtLeast, 0);
    const hadFrames = this.#framesReplayed > 0;
    return {
      database: problem === undefined ? (hadFrames ? 'replayed' : 'intact') : 'rebuilt',
      ...(problem !== undefined && { databaseProblem: problem }),
      framesReplayed: this.#framesReplayed,
      journalDamage: this.#damage,
      archiveDamage: this.#archiveDamage,
      ...(this.#recordsSalvaged > 0 && { recordsSalvaged: this.#recordsSalvaged }),
      recordsLostAtLeast: Math.max(this.#recordsLost, lost - this.#recordsSalvaged, 0),
      isComplete: isSourceWhole && !this.#hasLostFrames(),
      ...(this.#quarantine.isUsed && { quarantineFolder: this.#quarantine.folder }),
    };
  }
}

const START: JournalPosition = { segment: 1, offset: 0 };

/** Where the journal is read on after the archive: segments up to the archive's may be gone. */
function replayStart({ position, throughSegment }: ArchiveState): JournalPosition {
  return position.segment > throughSegment
    ? position
    : { segment: Math.max(throughSegment + 1, 1), offset: 0 };
}

/** Whether a database lacks what the archive has and the journal has no longer. */
function isBehindArchive(
  applied: JournalPosition,
  archive: ArchiveState,
  segments: readonly SegmentFile[],
): boolean {
  if (comparePositions(applied, archive.position) >= 0) return false;
  return !segments.some(({ number }) => number === applied.segment);
}

/** Whether the journal ends before the place up to which the database had applied it. */
async function isBehindDatabase(
  segments: readonly SegmentFile[],
  applied: JournalPosition,
): Promise<boolean> {
  const last = segments.at(-1);
  if (last === undefined || last.number < applied.segment) return comparePositions(applied, START) > 0;
  if (last.number > applied.segment || last.isCompressed) return false;
  return (await stat(last.path)).size < applied.offset;
}

function latest(left: JournalPosition, right: JournalPosition): JournalPosition {
  return comparePositions(left, right) < 0 ? right : left;
}

async function foundSegments(folder: string): Promise<SegmentFile[]> {
  try {
    return await listSegments(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function isDatabaseThere(path: string): Promise<boolean> {
  const names = await readdir(dirname(path));
  return names.includes(basename(path));
}

async function withConnection<Result>(
  instance: OpenDatabase,
  body: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await instance.connect();
  try {
    return await body(connection);
  } finally {
    connection.closeSync();
  }
}

function newerSchema(path: string, schema: number): NewerSchemaError {
  return new NewerSchemaError(
    `${path} has schema ${schema}, this Costspan knows up to ${SCHEMA_VERSION}: use a newer Costspan or another data folder`,
  );
}
