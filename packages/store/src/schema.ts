import type { DuckDBConnection } from '@duckdb/node-api';

/**
 * The table's columns are what is asked for; `record` holds the record as it came, so that nothing is lost
 * and a later version can derive columns from it. `segment` is that of the journal which changed the record last, 0 for one
 * from before there was a journal; `journal_position` has one row: how far the journal is applied.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE cost_records (
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR NOT NULL,
    entry_span_id VARCHAR,
    start_unix_nano UBIGINT NOT NULL,
    service VARCHAR,
    environment VARCHAR,
    feature VARCHAR,
    tenant VARCHAR,
    route VARCHAR,
    provider VARCHAR,
    model VARCHAR,
    operation VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    reason VARCHAR,
    reason_detail VARCHAR,
    currency VARCHAR,
    total DECIMAL(38, 12),
    input_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    record VARCHAR NOT NULL,
    PRIMARY KEY (trace_id, span_id)
  )`,
  'ALTER TABLE cost_records ADD COLUMN usage_bound VARCHAR',
  `ALTER TABLE cost_records ADD COLUMN gpu_pool VARCHAR;
  ALTER TABLE cost_records ADD COLUMN gpu_basis VARCHAR;
  ALTER TABLE cost_records ADD COLUMN gpu_start_unix_nano UBIGINT;
  ALTER TABLE cost_records ADD COLUMN gpu_end_unix_nano UBIGINT;
  CREATE TABLE gpu_windows (
    pool VARCHAR NOT NULL,
    start_unix_nano UBIGINT NOT NULL,
    end_unix_nano UBIGINT NOT NULL,
    revision INTEGER NOT NULL,
    currency VARCHAR NOT NULL,
    bill DECIMAL(38, 12) NOT NULL,
    used DECIMAL(38, 12) NOT NULL,
    slack DECIMAL(38, 12) NOT NULL,
    idle DECIMAL(38, 12) NOT NULL,
    unsampled DECIMAL(38, 12) NOT NULL,
    overhead DECIMAL(38, 12) NOT NULL,
    record VARCHAR NOT NULL,
    PRIMARY KEY (pool, start_unix_nano, revision)
  );
  CREATE TABLE gpu_pools (
    pool VARCHAR PRIMARY KEY,
    observed_from_unix_nano UBIGINT NOT NULL,
    closed_until_unix_nano UBIGINT
  );
  CREATE TABLE gpu_reopened (
    pool VARCHAR NOT NULL,
    start_unix_nano UBIGINT NOT NULL,
    end_unix_nano UBIGINT NOT NULL
  )`,
  // A primary key would keep every key in memory and double the work of an insert; the writer tells what is new.
  `CREATE TABLE cost_records_by_segment (
    trace_id VARCHAR NOT NULL,
    span_id VARCHAR NOT NULL,
    entry_span_id VARCHAR,
    start_unix_nano UBIGINT NOT NULL,
    service VARCHAR,
    environment VARCHAR,
    feature VARCHAR,
    tenant VARCHAR,
    route VARCHAR,
    provider VARCHAR,
    model VARCHAR,
    operation VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    reason VARCHAR,
    reason_detail VARCHAR,
    currency VARCHAR,
    total DECIMAL(38, 12),
    input_tokens BIGINT NOT NULL,
    cache_read_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    record VARCHAR NOT NULL,
    usage_bound VARCHAR,
    gpu_pool VARCHAR,
    gpu_basis VARCHAR,
    gpu_start_unix_nano UBIGINT,
    gpu_end_unix_nano UBIGINT,
    segment INTEGER NOT NULL
  );
  INSERT INTO cost_records_by_segment BY NAME SELECT *, 0 AS segment FROM cost_records;
  DROP TABLE cost_records;
  ALTER TABLE cost_records_by_segment RENAME TO cost_records;
  CREATE TABLE journal_position (segment INTEGER NOT NULL, byte_offset BIGINT NOT NULL);
  INSERT INTO journal_position VALUES (1, 0)`,
];

/** The schema that this version writes. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * Brings a database to {@link SCHEMA_VERSION}, one transaction for each step.
 *
 * @returns The version it found, so that one from a newer Costspan can be left alone.
 */
export async function migrate(connection: DuckDBConnection): Promise<number> {
  await connection.run('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)');
  const reader = await connection.runAndReadAll(
    'SELECT coalesce(max(version), 0) AS version FROM schema_version',
  );
  const found = Number(reader.getRowObjects()[0]?.['version'] ?? 0);
  for (let version = found; version < SCHEMA_VERSION; version++) {
    await connection.run('BEGIN TRANSACTION');
    await connection.run(MIGRATIONS[version] ?? '');
    await connection.run('INSERT INTO schema_version VALUES ($1)', [version + 1]);
    await connection.run('COMMIT');
  }
  return found;
}
