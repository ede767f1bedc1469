import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
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
const KEYS = 2 * 786_432 + 1;

function keyAt(index: number, startTimeUnixNano = String(index)): RecordKey {
  return {
    traceId: index.toString(16).padStart(32, '0'),
    spanId: index.toString(16).padStart(16, '0'),
    startTimeUnixNano,
  };
}

const KEY_COLUMNS = `lpad(lower(hex(range)), 32, '0'), lpad(lower(hex(range)), 16, '0'), range`;

test('until the keys of the database are loaded it is asked, and afterwards it need not be', async () => {
  await connection.run(`INSERT INTO cost_records SELECT ${KEY_COLUMNS} FROM range(10)`);
  const known = new KnownKeys();
  expect(known.mayHave(keyAt(99))).toBe(true);
  expect(await known.add(connection, [keyAt(3), keyAt(20), keyAt(20)])).toEqual([false, true, false]);
  await known.load(connection);
  expect(known.mayHave(keyAt(99))).toBe(false);
  expect(await known.add(connection, [keyAt(4, '77'), keyAt(21), keyAt(21)])).toEqual([false, true, false]);
});

test('of more keys than are kept, none is taken for new that is in the books', async () => {
  const known = new KnownKeys(1);
  await known.load(connection);
  for (let first = 0; first < KEYS; first += 65_536) {
    const size = Math.min(65_536, KEYS - first);
    const keys = Array.from({ length: size }, (_each, index) => keyAt(first + index));
    expect(await known.add(connection, keys)).not.toContain(false);
  }
  await connection.run(`INSERT INTO cost_records SELECT ${KEY_COLUMNS} FROM range(10)`);
  expect(known.mayHave(keyAt(KEYS + 1))).toBe(true);
  const keys = [keyAt(0), keyAt(9), keyAt(KEYS), keyAt(5, '123'), keyAt(KEYS)];
  expect(await known.add(connection, keys)).toEqual([false, false, true, false, false]);
});
