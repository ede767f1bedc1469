/**
 * A data folder as a crash leaves it, with one file of it or two damaged anywhere: it opens, and what is lost is said.
 *
 * Few places in CI. A thousand of them: `COSTSPAN_DAMAGE_RUNS=1000 vitest run packages/store/test/damage.test.ts`.
 */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CostRecord } from '@costspan/cost-model';
import { beforeAll, expect, test } from 'vitest';
import { journalPosition, writeArchive } from '../src/archive/record-archive.ts';
import { type OpenBooks, openBooks } from '../src/recovery/open-books.ts';
import { replayJournal } from '../src/recovery/replay-journal.ts';
import type { RecoveryReport } from '../src/recovery-report.ts';
import { writePayload } from '../src/writer/write-payload.ts';
import { sampleRecords } from './arbitrary-record.ts';
import { temporaryFolder } from './temporary-store.ts';

const RUNS = Number(process.env['COSTSPAN_DAMAGE_RUNS'] ?? 12);
const FIRST_SEED = Number(process.env['COSTSPAN_DAMAGE_SEED'] ?? 1);
const RECORDS = sampleRecords(7, 240);
const PER_FRAME = 4;
const NOW = new Date('2026-11-21T12:00:00Z');

async function append(books: OpenBooks, from: number, until: number): Promise<void> {
  for (let first = from; first < until; first += PER_FRAME) {
    const texts = RECORDS.slice(first, first + PER_FRAME).map((record) => JSON.stringify(record));
    const payload = writePayload({ records: texts, corrections: [] });
    await books.journal.append({ kind: 'write', atUnixMillis: 1, recordCount: PER_FRAME, payload });
  }
}

async function apply(books: OpenBooks): Promise<void> {
  const connection = await books.instance.connect();
  await replayJournal(connection, books.journal, await journalPosition(connection), () =>
    expect.unreachable(),
  );
  connection.closeSync();
}

let template = '';

/** The first third is in the archive and in a removed segment, the second in the database's file and its WAL, the last in the journal only. */
beforeAll(async () => {
  const folder = temporaryFolder();
  const books = await openBooks(folder, NOW);
  await append(books, 0, 80);
  await apply(books);
  const closed = await books.journal.rotate();
  const connection = await books.instance.connect();
  await writeArchive(connection, join(folder, 'archive'), closed);
  await books.journal.removeThrough(closed);
  await append(books, 80, 120);
  await apply(books);
  await connection.run('CHECKPOINT');
  connection.closeSync();
  for (let from = 120; from < 160; from += 8) {
    await append(books, from, from + 8);
    await apply(books);
  }
  await append(books, 160, 240);
  template = temporaryFolder();
  cpSync(folder, template, { recursive: true });
  books.instance.closeSync();
  await books.journal.close();
}, 60_000);

/** Numbers from 0 to below a limit, the same ones for a seed. */
function numbersOf(seed: number): (limit: number) => number {
  let state = (seed * 2_654_435_761 + 12_345) >>> 0;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

const DAMAGES = ['flip', 'zeros', 'garbage', 'cut', 'zero tail', 'garbage tail', 'empty', 'absent'] as const;

function damage(path: string, next: (limit: number) => number): string {
  const kind = DAMAGES[next(DAMAGES.length)]!;
  const bytes = readFileSync(path);
  const offset = next(bytes.length);
  const run = 1 + next(5000);
  const garbage = Buffer.from(Array.from({ length: run }, () => next(256)));
  if (kind === 'absent') rmSync(path);
  else if (kind === 'cut') writeFileSync(path, bytes.subarray(0, offset));
  else if (kind === 'empty') writeFileSync(path, '');
  else if (kind === 'zero tail') writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(run)]));
  else if (kind === 'garbage tail') writeFileSync(path, Buffer.concat([bytes, garbage]));
  else {
    if (kind === 'flip') bytes[offset]! ^= 1 << next(8);
    else if (kind === 'zeros') bytes.fill(0, offset, Math.min(offset + run, bytes.length));
    else garbage.copy(bytes, offset);
    writeFileSync(path, bytes);
  }
  return `${kind} at ${offset} of ${path}`;
}

async function readBooks(books: OpenBooks): Promise<CostRecord[]> {
  const connection = await books.instance.connect();
  const reader = await connection.runAndReadAll('SELECT record, total::VARCHAR FROM cost_records');
  connection.closeSync();
  return reader.getRows().map(([text, total]) => {
    const record = JSON.parse(String(text)) as CostRecord;
    expect(total).toBe(record.cost === null ? null : record.cost.total);
    return record;
  });
}

const EXPECTED = new Map(RECORDS.map((record) => [`${record.traceId} ${record.spanId}`, record]));

/** Opens a folder and compares what is in it; gives the report and how many records are missing. */
async function openAndCompare(folder: string): Promise<{ report: RecoveryReport; lost: number }> {
  const books = await openBooks(folder, NOW);
  try {
    const found = await readBooks(books);
    for (const record of found) expect(record).toEqual(EXPECTED.get(`${record.traceId} ${record.spanId}`));
    const keys = new Set(found.map((record) => `${record.traceId} ${record.spanId}`));
    expect(keys.size).toBe(found.length);
    return { report: books.report, lost: EXPECTED.size - found.length };
  } finally {
    books.instance.closeSync();
    await books.journal.close();
  }
}

test('the folder is complete as it was left', async () => {
  const folder = temporaryFolder();
  cpSync(template, folder, { recursive: true });
  expect(await openAndCompare(folder)).toMatchObject({
    lost: 0,
    report: { database: 'replayed', framesReplayed: 20, isComplete: true },
  });
});

test('a damaged database or WAL loses nothing', { timeout: 1_800_000 }, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
    const folder = temporaryFolder();
    cpSync(template, folder, { recursive: true });
    const next = numbersOf(seed);
    const path = join(folder, next(3) === 0 ? 'records.duckdb' : 'records.duckdb.wal');
    const what = damage(path, next);
    const damaged = existsSync(path) ? readFileSync(path) : undefined;
    const { report, lost } = await openAndCompare(folder);
    expect({ what, lost, isComplete: report.isComplete }).toEqual({ what, lost: 0, isComplete: true });
    const kept = report.quarantineFolder === undefined ? [] : readdirSync(report.quarantineFolder);
    const isKept = kept.length > 0;
    expect({ what, isKept }).toEqual({ what, isKept: report.database === 'rebuilt' });
    if (isKept && !/^absent.*duckdb$/.test(what))
      expect({ what, kept }).toMatchObject({ kept: expect.arrayContaining(['records.duckdb']) });
    if (isKept && damaged !== undefined) {
      const kept = readFileSync(
        join(report.quarantineFolder!, path.endsWith('.wal') ? 'records.duckdb.wal' : 'records.duckdb'),
      );
      expect({ what, isSame: kept.equals(damaged) }).toEqual({ what, isSame: true });
    }
    const again = await openAndCompare(folder);
    expect({ what, ...again.report }).toMatchObject({ database: 'intact', isComplete: true });
    rmSync(folder, { recursive: true });
  }
});

/** Every file of the folder but the lock. */
function filesOf(folder: string): string[] {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return found.flatMap((each) => (each.isFile() ? [join(each.parentPath, each.name)] : [])).toSorted();
}

test(
  'two damaged files open, and what is lost is never more than is said',
  { timeout: 1_800_000 },
  async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      const folder = temporaryFolder();
      cpSync(template, folder, { recursive: true });
      const next = numbersOf(seed + 1_000_000);
      const files = filesOf(folder);
      const what = [damage(files[next(files.length)]!, next)];
      const second = files[next(files.length)]!;
      if (existsSync(second) && readFileSync(second).length > 0) what.push(damage(second, next));
      const { report, lost } = await openAndCompare(folder);
      // A frame that is cut off at the journal's end looks as if it had never been answered.
      const isTorn =
        report.journalDamage.some(({ kind }) => kind === 'torn') ||
        what.some((each) => each.endsWith('journal'));
      if (lost > 0 && !isTorn)
        expect({ what, isComplete: report.isComplete }).toEqual({ what, isComplete: false });
      expect({ what, isAtLeast: report.recordsLostAtLeast <= lost }).toEqual({ what, isAtLeast: true });
      const again = await openAndCompare(folder);
      expect({ what, lost: again.lost }).toEqual({ what, lost });
      expect(again.report.database).not.toBe('rebuilt');
      rmSync(folder, { recursive: true });
    }
  },
);
