import type { CostRecord } from '@costspan/cost-model';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { arbitraryRecord, sampleRecords } from '../../test/arbitrary-record.ts';
import { gpuRecord } from '../../test/gpu-records.ts';
import { appendRows, createTemporaryTable, rowOf } from '../append-rows.ts';
import { RECORD_COLUMNS } from '../record-columns.ts';
import { selectRecords } from './record-projection.ts';
import { TEXT_SEPARATOR } from './write-payload.ts';

let connection: DuckDBConnection;
beforeAll(async () => {
  const instance = await DuckDBInstance.create(':memory:');
  connection = await instance.connect();
  await connection.run(createTemporaryTable('expected', RECORD_COLUMNS));
  await connection.run(createTemporaryTable('projected', RECORD_COLUMNS));
  return () => instance.closeSync();
});

/** The rows that the database derives from the JSON, beside those that the columns' own definitions give. */
async function expectSameRows(records: readonly CostRecord[]): Promise<void> {
  await connection.run('DELETE FROM expected; DELETE FROM projected');
  await appendRows(
    connection,
    'expected',
    RECORD_COLUMNS,
    records.map((record) => rowOf(RECORD_COLUMNS, record)),
  );
  const texts = records.map((record) => JSON.stringify(record));
  const { sql, parameters } = selectRecords(Buffer.from(texts.join(TEXT_SEPARATOR)));
  const insert = await connection.prepare(`INSERT INTO projected ${sql}`);
  for (const [name, bytes] of Object.entries(parameters)) insert.bindBlob(insert.parameterIndex(name), bytes);
  await insert.run();
  insert.destroySync();
  const rows = async (table: string): Promise<unknown[]> => {
    const found = await connection.runAndReadAll(`SELECT * FROM ${table} ORDER BY rowid`);
    return found.getRows().map((row) => row.map((value) => (value === null ? null : String(value))));
  };
  expect(await rows('projected')).toEqual(await rows('expected'));
}

const instant = fc
  .oneof(
    fc.bigInt({ min: 1_700_000_000_000_000_000n, max: 1_800_000_000_000_000_000n }),
    fc.constantFrom(0n, 2n ** 63n, 2n ** 64n - 1n),
  )
  .map(String);

const gpu: fc.Arbitrary<NonNullable<CostRecord['gpu']>> = fc.record({
  pool: fc.string(),
  replica: fc.constant(null),
  basis: fc.constantFrom('estimated', 'settled'),
  seconds: fc.constant('0.000000001'),
  share: fc.constant(0.5),
  used: fc.constant('0.000000000001'),
  slack: fc.constant('0.000000000000'),
  idle: fc.constant('0.000000000000'),
  overhead: fc.constant('0.000000000000'),
  intervals: fc.array(fc.record({ startUnixNano: instant, endUnixNano: instant, weight: fc.constant(1) }), {
    maxLength: 3,
  }),
  adjustedCount: fc.constant(1),
  flags: fc.constant([]),
  late: fc.constant(null),
  windows: fc.constant([]),
});

const anyRecord: fc.Arbitrary<CostRecord> = fc
  .tuple(
    arbitraryRecord,
    fc.option(gpu, { nil: undefined }),
    fc.constantFrom('span', 'estimated'),
    fc.boolean(),
  )
  .map(([record, served, usageSource, isNull]) => ({
    ...record,
    usageSource: usageSource as CostRecord['usageSource'],
    ...(served !== undefined ? { gpu: served } : isNull && { gpu: null }),
  }));

test('the database derives from a record what the columns say', async () => {
  await fc.assert(fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), expectSameRows), {
    numRuns: 60,
  });
});

test.each<[string, Partial<CostRecord>]>([
  ['half of a surrogate pair', { feature: 'half \ud800', tenant: '\\ud800', service: '\udfff\ud83d\ude00' }],
  ['what JSON escapes', { feature: '\0\u0001\n\t\r\\"\u2028\u007f', tenant: '\\n', route: '"' }],
  [
    'the largest of numbers',
    {
      cost: { currency: 'USD', total: `${'9'.repeat(26)}.${'9'.repeat(12)}`, lines: [] },
      startTimeUnixNano: String(2n ** 64n - 1n),
      usage: { input: Number.MAX_SAFE_INTEGER, inputAudio: Number.MAX_SAFE_INTEGER },
    },
  ],
  ['a negative amount', { cost: { currency: 'EUR', total: '-0.000000000001', lines: [] } }],
  [
    'an instant of a GPU',
    { startTimeUnixNano: '7', gpu: gpuRecord(1, { start: 5, intervals: [[9, 9]] }).gpu ?? null },
  ],
])('%s is the same in both', async (_name, part) => {
  const [first, second] = sampleRecords(4, 2);
  await expectSameRows([first!, { ...second!, ...part }]);
});
