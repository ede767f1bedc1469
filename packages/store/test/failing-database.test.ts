/** What happens to writes, settlements and questions when the database fails under them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BooksDatabase } from '../src/books-database.ts';
import { DATABASE_FILE, type StoreEvent } from '../src/index.ts';
import { RecordWriter } from '../src/writer/record-writer.ts';
import { openDatabase } from '../src/recovery/database-file.ts';
import { DatabaseMarks } from '../src/recovery/database-marks.ts';
import { openBooks } from '../src/recovery/open-books.ts';
import { summary } from '../src/queries/report-queries.ts';
import { sampleRecords } from './arbitrary-record.ts';
import { gpuRecord, gpuWindow, settlementOf } from './gpu-records.ts';
import { allRecords, openStore, temporaryFolder } from './temporary-store.ts';

async function openWriter(folder: string): Promise<{
  writer: RecordWriter;
  database: BooksDatabase;
  errors: string[];
  close: () => Promise<void>;
}> {
  const { instance, journal } = await openBooks(folder, new Date());
  const openAgain = (): ReturnType<typeof openDatabase> => openDatabase(join(folder, DATABASE_FILE));
  const database = await BooksDatabase.connect(instance, openAgain, () => writer.untilAnswerable());
  const errors: string[] = [];
  const writer: RecordWriter = await RecordWriter.create({
    database,
    journal,
    queuedRecordsMax: 10_000,
    now: () => Date.now(),
    putAside: () => expect.unreachable(),
    onDatabaseError: (error) => errors.push(String(error)),
  });
  const close = async (): Promise<void> => {
    await writer.close();
    await database.close();
    await journal.close();
  };
  return { writer, database, errors, close };
}

/** Lets the next statement of that text fail. */
function failOnce(database: BooksDatabase, sql: string, message: string): void {
  const connection = database.writing;
  const run = connection.run.bind(connection);
  connection.run = (statement, ...parameters) => {
    if (statement !== sql) return run(statement, ...parameters);
    connection.run = run;
    return Promise.reject(new Error(message));
  };
}

test('a database that is lost is opened anew, and what was written meanwhile is applied once', async () => {
  const { writer, database, errors, close } = await openWriter(temporaryFolder());
  const [first, second, third] = sampleRecords(3, 3);
  expect(await writer.write([first!])).toEqual([true]);
  database.writing.closeSync();
  expect(await Promise.all([writer.write([second!]), writer.write([first!, third!])])).toEqual([
    [true],
    [false, true],
  ]);
  expect(errors).not.toEqual([]);
  expect(writer.health.problem).toBeUndefined();
  expect((await database.queries.ask((connection) => summary(connection, {}))).calls).toBe(3);
  await close();
});

test('a commit that fails after it was done is not done twice', async () => {
  const { writer, database, close } = await openWriter(temporaryFolder());
  const connection = database.writing;
  const run = connection.run.bind(connection);
  connection.run = async (statement, ...parameters) => {
    const result = await run(statement, ...parameters);
    if (statement !== 'COMMIT') return result;
    connection.run = run;
    throw new Error('IO Error: Could not sync file');
  };
  const [first, second] = sampleRecords(3, 2);
  expect(await writer.write([first!])).toEqual([true]);
  expect(await writer.write([first!, second!])).toEqual([false, true]);
  expect((await database.queries.ask((each) => summary(each, {}))).calls).toBe(2);
  await close();
});

test('a settlement that is durable and cannot be committed is applied from its frame', async () => {
  const folder = temporaryFolder();
  const { writer, database, close } = await openWriter(folder);
  const record = gpuRecord(1);
  await writer.write([record]);
  failOnce(database, 'COMMIT', 'TransactionContext Error: Failed to commit: No space left on device');
  const settled = [settlementOf(record, '0.1')];
  expect(await writer.settle({ windows: [gpuWindow()], marks: [], settled })).toBe('written');
  expect(await writer.settle({ windows: [], marks: [], settled })).toBe('stale');
  expect((await database.queries.ask((connection) => summary(connection, {}))).total).toBe('0.100000000000');
  await close();
  const store = await openStore({ path: folder });
  expect((await store.summary({})).total).toBe('0.100000000000');
  expect(await allRecords(store)).toEqual([settled[0]!.after]);
});

const BLOCKS_START = 12_288;
const BLOCK_BYTES = 262_144;

/** Flips a bit of a block behind the back of the database, as a disk does it. */
async function damageBlock(folder: string, block: number): Promise<void> {
  const file = join(folder, DATABASE_FILE);
  const bytes = readFileSync(file);
  const offset = BLOCKS_START + block * BLOCK_BYTES + 1000;
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  await new DatabaseMarks(folder).closedWell();
}

test(
  'a damaged database says so, keeps no question for ever, and is made again by the next start',
  {
    timeout: 60_000,
  },
  async () => {
    const path = temporaryFolder();
    const records = sampleRecords(11, 3000);
    const before = await openStore({ path });
    await before.write(records);
    await before.close();
    await damageBlock(path, 1);
    const events: StoreEvent[] = [];
    const store = await openStore({ path, onEvent: (event) => events.push(event) });
    expect(store.recovery.database).toBe('intact');
    const [fresh] = sampleRecords(12, 1);
    await expect(store.write([...records, fresh!])).rejects.toMatchObject({ code: 'commit_failed' });
    expect(store.health.problem).toBe('database_failed');
    expect(events).toContainEqual(expect.objectContaining({ code: 'database_damaged' }));
    await expect(store.summary({})).rejects.toMatchObject({ code: 'unavailable' });
    await store.close();
    const after = await openStore({ path });
    expect(after.recovery).toMatchObject({ database: 'rebuilt', isComplete: true, recordsLostAtLeast: 0 });
    expect(await after.write([...records, fresh!])).not.toContain(true);
  },
);

test('a question that reads a damaged part is refused', async () => {
  const path = temporaryFolder();
  const before = await openStore({ path });
  await before.write(sampleRecords(11, 3000));
  await before.close();
  await damageBlock(path, 2);
  const store = await openStore({ path });
  await expect(store.summary({})).rejects.toMatchObject({ name: 'StoreQueryError', code: 'unavailable' });
});

test('a store closes although its database takes nothing and maintenance waits for that', async () => {
  const path = temporaryFolder();
  const records = sampleRecords(11, 3000);
  const before = await openStore({ path });
  await before.write(records);
  await before.close();
  await damageBlock(path, 1);
  const store = await openStore({ path, maintenance: { everyMillis: 0, checkMillis: 20 } });
  await expect(store.write(records)).rejects.toMatchObject({ code: 'commit_failed' });
  const segments = (): string[] => readdirSync(join(path, 'journal'));
  await expect.poll(segments).toHaveLength(2);
  await store.close();
});

test('of frames without records, only so many wait for a database that takes none', async () => {
  const { writer, database, close } = await openWriter(temporaryFolder());
  const stuck = Promise.withResolvers<void>();
  const run = database.writing.run.bind(database.writing);
  database.writing.run = async (...parameters) => {
    await stuck.promise;
    return run(...parameters);
  };
  const durable: Promise<void>[] = [];
  while (writer.health.problem === undefined && durable.length < 50_000) {
    durable.push(writer.append({ records: [], corrections: [], context: '{}' }).durable);
  }
  expect(writer.health).toMatchObject({ problem: 'backlog_full', waitingRecords: 0 });
  expect(durable.length).toBeLessThan(25_000);
  await Promise.all(durable);
  stuck.resolve();
  await writer.untilApplied();
  expect(writer.health).toEqual({ problem: undefined, waitingRecords: 0, waitingBytes: 0 });
  await close();
});
