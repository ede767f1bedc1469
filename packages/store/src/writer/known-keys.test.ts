import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import type { RecordKey } from './frame-applier.ts';
import { KnownKeys } from './known-keys.ts';

let connection: DuckDBConnection;
beforeEach(async () => {
  const instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run(
    'CREATE TABLE cost_records (trace_id VARCHAR, span_id VARCHAR, start_unix_nano UBIGINT)',
  );
  return () => instance.closeSync();
});

/** Two tables of 786,432 keys are the fewest that are kept. */
const TABLE_KEYS = 786_432;
const KEYS = 2 * TABLE_KEYS + 1;

function keyAt(index: number, startTimeUnixNano = String(index)): RecordKey {
  return {
    traceId: index.toString(16).padStart(32, '0'),
    spanId: index.toString(16).padStart(16, '0'),
    startTimeUnixNano,
  };
}

/** The keys that {@link keyAt} makes of some numbers. */
async function insertKeys(count: number): Promise<void> {
  const columns = `lpad(lower(hex(range)), 32, '0'), lpad(lower(hex(range)), 16, '0'), range`;
  await connection.run(`INSERT INTO cost_records SELECT ${columns} FROM range(${count})`);
}

/** The statements that the database is asked from now on. */
function questions(): string[] {
  const asked: string[] = [];
  const ask = connection.runAndReadAll.bind(connection);
  connection.runAndReadAll = (sql, ...parameters) => {
    asked.push(sql);
    return ask(sql, ...parameters);
  };
  return asked;
}

test('until the keys of the database are loaded it is asked, and afterwards it need not be', async () => {
  await insertKeys(10);
  const known = new KnownKeys();
  expect(known.mayHave(keyAt(99))).toBe(true);
  expect(await known.add(connection, [keyAt(3), keyAt(20), keyAt(20)])).toEqual([false, true, false]);
  await known.load(connection);
  expect(known.mayHave(keyAt(99))).toBe(false);
  expect(known.mayHave(keyAt(99, '1'))).toBe(false);
  expect(known.mayHave(keyAt(9))).toBe(true);
  expect(await known.add(connection, [keyAt(4, '77'), keyAt(21), keyAt(21)])).toEqual([false, true, false]);
  const asked = questions();
  expect(await known.add(connection, [keyAt(22), keyAt(23, '1')])).toEqual([true, true]);
  expect(asked).toEqual([]);
});

test('every key of the database is read, however many there are', async () => {
  await insertKeys(70_000);
  const known = new KnownKeys();
  await known.load(connection);
  const isSeen = Array.from({ length: 70_001 }, (_each, index) => known.hasSeen(keyAt(index)));
  expect(isSeen.indexOf(false)).toBe(70_000);
  // Whoever writes beside that is told the same.
  expect(await known.add(connection, [keyAt(0), keyAt(69_999), keyAt(70_000)])).toEqual([false, false, true]);
});

test('loading that is stopped leaves the answers as they were', async () => {
  await insertKeys(10);
  const known = new KnownKeys();
  await known.load(connection, AbortSignal.abort());
  const asked = questions();
  expect(await known.add(connection, [keyAt(3), keyAt(20, '5')])).toEqual([false, true]);
  expect(asked).toHaveLength(1);
  expect(await known.add(connection, [keyAt(30)])).toEqual([true]);
  expect(asked).toHaveLength(1);
});

test('keys of any form are told apart as a set of texts tells them', async () => {
  const id = fc.oneof(
    fc.nat(5).map((value) => value.toString(16).padStart(32, '0')),
    fc.nat(5).map((value) => value.toString(16).padStart(16, '0')),
    fc.constantFrom('é'.repeat(16), 'é'.repeat(32), '', '"', '\n', '😀'.repeat(8)),
  );
  const key = fc.record({ traceId: id, spanId: id, startTimeUnixNano: fc.nat(3).map(String) });
  const keys = fc.uniqueArray(key, { maxLength: 20, selector: textOf });
  await fc.assert(
    fc.asyncProperty(
      keys,
      fc.array(key, { maxLength: 20 }),
      fc.boolean(),
      async (stored, added, isLoaded) => {
        await connection.run('DELETE FROM cost_records');
        for (const each of stored) {
          await connection.run('INSERT INTO cost_records VALUES ($1, $2, $3::UBIGINT)', Object.values(each));
        }
        const known = new KnownKeys(1);
        if (isLoaded) await known.load(connection);
        const startOf = new Map(stored.map((each) => [textOf(each), each.startTimeUnixNano]));
        const told = new Set<string>();
        const expected = added.map((each) => {
          const text = textOf(each);
          const isKnown =
            told.has(text) || (isLoaded ? startOf.has(text) : startOf.get(text) === each.startTimeUnixNano);
          told.add(text);
          return !isKnown;
        });
        expect(await known.add(connection, added)).toEqual(expected);
      },
    ),
    { numRuns: 60 },
  );
});

function textOf({ traceId, spanId }: RecordKey): string {
  return JSON.stringify([traceId, spanId]);
}

test(
  'of more keys than are kept, none is taken for new that is in the books with its start',
  { timeout: 60_000 },
  async () => {
    const known = new KnownKeys(1);
    await known.load(connection);
    for (let first = 0; first < KEYS; first += 65_536) {
      const size = Math.min(65_536, KEYS - first);
      const keys = Array.from({ length: size }, (_each, index) => keyAt(first + index));
      expect(await known.add(connection, keys)).not.toContain(false);
    }
    await insertKeys(10);
    expect(known.mayHave(keyAt(KEYS + 1, '9'))).toBe(true);
    expect(known.mayHave(keyAt(KEYS + 1))).toBe(false);
    const asked = questions();
    // Later than all that is forgotten, so that it cannot be in the books.
    expect(await known.add(connection, [keyAt(KEYS)])).toEqual([true]);
    expect(asked).toHaveLength(0);
    expect(await known.add(connection, [keyAt(0), keyAt(9), keyAt(KEYS + 2, '9')])).toEqual([
      false,
      false,
      true,
    ]);
    // All of the books are searched only for a key whose fingerprint is there.
    expect(asked).toHaveLength(1);
    expect(await known.add(connection, [keyAt(9, '123'), keyAt(5, '123')])).toEqual([false, true]);
    expect(asked).toHaveLength(3);
  },
);

test(
  'more keys than are kept are read up to there, and the database is asked of the others',
  { timeout: 60_000 },
  async () => {
    await insertKeys(KEYS + 100_000);
    const known = new KnownKeys(1);
    await known.load(connection);
    const asked = questions();
    expect(known.hasSeen(keyAt(KEYS))).toBe(true);
    expect(await known.add(connection, [keyAt(0), keyAt(KEYS)])).toEqual([false, false]);
    expect(asked).toHaveLength(1);
    expect(await known.add(connection, [keyAt(KEYS + 100_000)])).toEqual([true]);
    expect(asked).toHaveLength(1);
  },
);
